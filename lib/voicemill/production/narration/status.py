"""How far a book is, from the catalog alone: also while another process narrates it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from voicemill.catalog import Catalog, Item, RunState
from voicemill.catalog.audio_source import SOURCE_TYPES
from voicemill.catalog.books import PageAudio
from voicemill.production.narration.script import is_silent
from voicemill.production.progress import Progress

PAGE_STATUSES = ("pending", "processing", "completed", "failed")
_LOCKED = "locked"  # why a run left a page alone, as plans say it
_LOOKED_AT = 200  # runs, from the newest, for one that narrated the book


@dataclass(frozen=True)
class PageStatus:
    """A page: its text, its file in the store, how long that is, and one of PAGE_STATUSES.

    reason: why it failed or has to be made again.
    """

    key: str
    text: str
    status: str
    file: str = ""
    duration_s: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class BookStatus:
    """A book on its way to audio.

    processing_status: one of PAGE_STATUSES.  processing_progress: percent of pages that have
    audio of their present text.  pages_status: how many pages have each status.
    estimated_time_remaining: seconds, None while nobody works on it or nothing is known yet.
    run_id: the run that narrates it now, or did last, "" when none did.
    """

    collection: str
    title: str
    processing_status: str
    processing_progress: int
    total_pages: int
    pages_status: Mapping[str, int]
    pages_with_audio: int
    audio_ready: bool
    estimated_time_remaining: float | None
    created_at: datetime | None
    updated_at: datetime | None
    processing_started_at: datetime | None
    processing_completed_at: datetime | None
    run_id: str
    error: str
    pages: tuple[PageStatus, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data that JSON can hold."""
        values = asdict(self)
        moments = {name: value for name, value in values.items() if isinstance(value, datetime)}
        return values | {name: moment.isoformat() for name, moment in moments.items()}

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {name}" for name, count in self.pages_status.items() if count)
        return f"{self.title}: {self.processing_progress} %, {self.total_pages} pages ({counts})"


def book_status(collection: str, catalog: Catalog) -> BookStatus:
    """Return how far a book is. Raises ItemUnknown for a collection that does not exist."""
    items = catalog.books.pages(collection)
    kept = catalog.books.get(collection)
    runs = _runs(collection, catalog)
    run = runs[0] if runs else None
    making = {place for one in runs if one.status == "processing" for place in one.making}
    pages = tuple(_pages(items, collection, making, catalog))
    counts = Counter(page.status for page in pages)
    heard = counts["completed"]
    # A run that narrates several books goes on when it has finished this one.
    to_come = heard < len(pages) or any(_place(item) in making for item in items)
    working = run is not None and run.status == "processing" and to_come
    created_at, updated_at = catalog.books.moments(collection)
    return BookStatus(
        collection=collection,
        title=(kept and kept.title) or collection,
        processing_status=_status(counts, len(pages), working=working),
        processing_progress=100 * heard // len(pages) if pages else 0,
        total_pages=len(pages),
        pages_status={name: counts[name] for name in PAGE_STATUSES},
        pages_with_audio=sum(bool(page.file) for page in pages),
        audio_ready=heard == len(pages) and any(page.file for page in pages),
        estimated_time_remaining=Progress.of(run).left_s if run and working else None,
        created_at=created_at,
        updated_at=updated_at,
        processing_started_at=run.started_at if run else None,
        processing_completed_at=run.finished_at if run else None,
        run_id=run.id if run else "",
        error=run.error if run else "",
        pages=pages,
    )


def _runs(collection: str, catalog: Catalog) -> Sequence[RunState]:
    """Return the newest run that narrates the book, before it all that do so right now."""
    rows = [
        row
        for row in catalog.runs.table(_LOOKED_AT)
        if collection in row["parameters"].get("collections", ())
    ]
    begun = [catalog.runs.state(row["id"]) for row in rows if row["status"] == "processing"]
    living = [state for state in begun if state.status == "processing"]
    return living or [catalog.runs.state(row["id"]) for row in rows[:1]]


def _pages(
    items: Sequence[Item], collection: str, making: set[str], catalog: Catalog
) -> Iterator[PageStatus]:
    audio: dict[int, list[PageAudio]] = {}
    for one in catalog.books.audio(collection):
        audio.setdefault(one.item_id, []).append(one)
    not_made = catalog.books.not_made(collection)
    for item in items:
        status, reason = not_made.get(item.id, ("", ""))
        yield _page(item, audio.get(item.id, ()), making, status, reason)


def _page(
    item: Item, audio: Sequence[PageAudio], making: set[str], last: str, why: str
) -> PageStatus:
    good = [one for one in audio if not one.expired]
    fresh = [one for one in good if one.says_page]
    if fresh:
        best = min(fresh, key=lambda one: (one.source_id != item.preferred_source_id, _rank(one)))
        return PageStatus(item.key, item.text, "completed", best.file, best.duration_s)
    if is_silent(item.text):
        return PageStatus(item.key, item.text, "completed", reason="there is nothing to say on it")
    if _place(item) in making:
        return PageStatus(item.key, item.text, "processing")
    if last == "failed" or (last == "skipped" and why != _LOCKED):  # nobody can say it
        return PageStatus(item.key, item.text, "failed", reason=why)
    if good:
        why = "its text has changed since it was narrated"
    elif audio:
        why = "its audio has expired"
    return PageStatus(item.key, item.text, "pending", reason=why)


def _place(item: Item) -> str:
    """Return the page as claims name it."""
    return f"{item.collection} '{item.key}'"


def _rank(audio: PageAudio) -> int:
    return SOURCE_TYPES.index(audio.source_type)


def _status(counts: Mapping[str, int], total: int, *, working: bool) -> str:
    if working:
        return "processing"
    if total and counts["completed"] == total:
        return "completed"
    return "failed" if counts["failed"] else "pending"
