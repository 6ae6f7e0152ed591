"""How far a book is, from the catalog alone: also while another process narrates it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from voicemill.catalog import AudioSource, Catalog, Item, RunState
from voicemill.catalog.audio_source import SOURCE_TYPES
from voicemill.production.progress import Progress

PAGE_STATUSES = ("pending", "processing", "completed", "failed")
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
    run_id: the newest run that narrated it, "" when none did.
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
    run = _newest_run(collection, catalog)
    pages = tuple(_pages(items, run, catalog))
    counts = Counter(page.status for page in pages)
    heard = counts["completed"]
    working = run is not None and run.status == "processing"
    created_at, updated_at = catalog.books.moments(collection)
    return BookStatus(
        collection=collection,
        title=(kept and kept.title) or collection,
        processing_status=_status(counts, len(pages), working=working),
        processing_progress=100 * heard // len(pages) if pages else 0,
        total_pages=len(pages),
        pages_status={name: counts[name] for name in PAGE_STATUSES},
        pages_with_audio=heard,
        audio_ready=bool(pages) and heard == len(pages),
        estimated_time_remaining=Progress.of(run).left_s if run and working else None,
        created_at=created_at,
        updated_at=updated_at,
        processing_started_at=run.started_at if run else None,
        processing_completed_at=run.finished_at if run else None,
        run_id=run.id if run else "",
        error=run.error if run else "",
        pages=pages,
    )


def _newest_run(collection: str, catalog: Catalog) -> RunState | None:
    for row in catalog.runs.table(_LOOKED_AT):
        if collection in row["parameters"].get("collections", ()):
            return catalog.runs.state(row["id"])
    return None


def _pages(items: Sequence[Item], run: RunState | None, catalog: Catalog) -> Sequence[PageStatus]:
    sources: dict[int, list[AudioSource]] = {}
    for source in catalog.sources.of_items(item.id for item in items):
        sources.setdefault(source.item_id, []).append(source)
    failed = {}
    if run is not None:
        rows = catalog.runs.outcomes(run.id, "failed")
        failed = {(row["collection"], row["key"]): row["reason"] for row in rows}
    making = set(run.making) if run is not None and run.status == "processing" else set()
    return [_page(item, sources.get(item.id, ()), failed, making) for item in items]


def _page(
    item: Item,
    sources: Sequence[AudioSource],
    failed: Mapping[tuple[str, str], str],
    making: set[str],
) -> PageStatus:
    now = datetime.now(UTC)
    good = [source for source in sources if not source.expired(now)]
    fresh = [source for source in good if _says(source, item)]
    if fresh:
        best = min(fresh, key=lambda one: (one.id != item.preferred_source_id, _rank(one)))
        return PageStatus(item.key, item.text, "completed", best.file, best.duration_s)
    if f"{item.collection} '{item.key}'" in making:
        return PageStatus(item.key, item.text, "processing")
    if reason := failed.get((item.collection, item.key)):
        return PageStatus(item.key, item.text, "failed", reason=reason)
    why = "its text has changed since it was narrated" if good else ""
    return PageStatus(item.key, item.text, "pending", reason=why)


def _says(source: AudioSource, item: Item) -> bool:
    """Whether audio is of the text as it is now; of a recording only its listener can tell."""
    page = source.metadata.get("page")
    return page is None or page["text"] == item.text


def _rank(source: AudioSource) -> int:
    return SOURCE_TYPES.index(source.source_type)


def _status(counts: Mapping[str, int], total: int, *, working: bool) -> str:
    if working:
        return "processing"
    if total and counts["completed"] == total:
        return "completed"
    return "failed" if counts["failed"] else "pending"
