"""A narrated book, as the catalog has it: its pages in order, each with its sound and cues."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from voicemill.audio import Cue
from voicemill.catalog import AudioSource, Item, KeptBook
from voicemill.errors import BookError
from voicemill.production.narration.joining import JoinedPage, Piece
from voicemill.production.narration.page import piece_of
from voicemill.production.narration.script import Narration, is_silent, pause_before
from voicemill.production.narration.sentences import clip_of
from voicemill.production.workshop import Workshop

_MARK = re.compile(r"^(?:#{1,6}[ \t]+|\\(?=#))", re.MULTILINE)  # of headings, see books.table

_PAGES_AT_ONCE = 50  # what is known of their sentences is not kept longer


@dataclass(frozen=True)
class NarratedPage:
    """A page with its audio. chapter: that it belongs to.  label: the number printed on it.

    source: its own file in the store.  sentences: places in its text.  cues: when they, and
    words, are heard in that file.  joined: its sound, for joining it with others.
    """

    key: str
    label: str
    chapter: str
    text: str
    language: str
    source: AudioSource
    sentences: tuple[tuple[int, int], ...]
    cues: tuple[Cue, ...]
    joined: JoinedPage


@dataclass(frozen=True)
class Audiobook:
    """A book and its narrated pages. missing: keys of the pages that have no audio."""

    collection: str
    title: str
    author: str
    language: str
    pages: tuple[NarratedPage, ...]
    missing: tuple[str, ...]
    cover: bytes | None = field(default=None, repr=False)

    @property
    def chapters(self) -> tuple[tuple[str, tuple[NarratedPage, ...]], ...]:
        """Title and pages of each chapter; without chapters, the whole book as one."""
        found: list[tuple[str, list[NarratedPage]]] = []
        for page in self.pages:
            if not found or page.chapter != found[-1][0]:
                found.append((page.chapter, []))
            found[-1][1].append(page)
        return tuple((title or self.title, tuple(pages)) for title, pages in found)

    @property
    def narrators(self) -> tuple[str, ...]:
        """Everybody who speaks, who says most first: voices, or who recorded it."""
        said: dict[str, float] = {}
        for page in self.pages:
            name = page.source.voice or page.source.attribution or "a person"
            said[name] = said.get(name, 0.0) + page.source.duration_s
        return tuple(sorted(said, key=lambda name: -said[name]))

    @property
    def licences(self) -> tuple[str, ...]:
        """Licences and attributions of its audio, each once."""
        found = (text for p in self.pages for text in (p.source.licence, p.source.attribution))
        return tuple(dict.fromkeys(text for text in found if text))


def open_audiobook(collection: str, shop: Workshop, *, partial_book: bool = False) -> Audiobook:
    """Return a book as far as it is narrated.

    partial_book: whether pages may be missing.  Raises ItemUnknown for a collection that does
    not exist, and BookError when pages are missing, or all of them.
    """
    items = [item for item in shop.catalog.books.pages(collection) if not is_silent(item.text)]
    kept = shop.catalog.books.get(collection) or KeptBook(collection, collection)
    labels, there = dict(kept.pages), shop.store.sizes()
    present: list[Item] = []
    pages: list[NarratedPage] = []
    for start in range(0, len(items), _PAGES_AT_ONCE):
        found = _best(items[start : start + _PAGES_AT_ONCE], shop)
        parts = _parts(list(found.values()), there, shop)
        for item in (one for one in items[start : start + _PAGES_AT_ONCE] if one.id in found):
            begins = bool(item.category) and (not pages or pages[-1].chapter != item.category)
            label = labels.get(item.key, "")
            pages.append(_page(item, found[item.id], label, begins, len(pages), parts, shop))
            present.append(item)
    missing = _missing(items, present, collection, partial_book=partial_book)
    language = kept.language or _commonest([item.language for item in present])
    title = kept.title or collection
    return Audiobook(collection, title, kept.author, language, tuple(pages), missing, kept.cover)


def _missing(
    items: Sequence[Item], present: Sequence[Item], collection: str, *, partial_book: bool
) -> tuple[str, ...]:
    """Return the keys of the pages that are missing, if some may be."""
    there = {item.id for item in present}
    missing = tuple(item.key for item in items if item.id not in there)
    if not present or (missing and not partial_book):
        raise BookError(
            f"{len(missing)} of {len(items)} pages have no audio: {_listed(missing)}",
            where=f"book '{collection}'",
            remedy="Narrate them first, or ask for a partial book"
            if present
            else "Narrate it first",
        )
    return missing


def _best(items: Sequence[Item], shop: Workshop) -> dict[int, AudioSource]:
    """Return item id → the source to be heard, of those that have one."""
    found = {}
    for item in items:
        best = shop.catalog.best(item, shop.store)
        if best.source is not None:
            found[item.id] = best.source
    return found


def _parts(
    sources: Sequence[AudioSource], there: Mapping[str, int], shop: Workshop
) -> dict[str, AudioSource]:
    """Return fingerprint → the kept sentence, of some pages, as far as their files are there."""
    names = {line[0] for source in sources for line in _record(source).get("lines", ())}
    now = datetime.now(UTC)
    ids = {
        name: one.id
        for name, stored in shop.catalog.sources.stored(names).items()
        for one in stored
        if one.cached_until is None or one.cached_until > now
    }
    by_id = shop.catalog.sources.by_ids(ids.values())
    return {
        name: by_id[source_id]
        for name, source_id in ids.items()
        if source_id in by_id and there.get(by_id[source_id].file) == by_id[source_id].size_bytes
    }


def _page(
    item: Item,
    source: AudioSource,
    label: str,
    begins: bool,
    place: int,
    parts: Mapping[str, AudioSource],
    shop: Workshop,
) -> NarratedPage:
    record = _record(source)
    text = str(record.get("text", item.text))
    sentences = tuple((start, end) for start, end in record.get("sentences", ()))
    cues = _cues(record, source, item, place + 1, text)
    narration = Narration.from_text(record["narration"]) if record else Narration()
    joined = JoinedPage(
        key=item.key,
        number=place + 1,
        text=_MARK.sub("", text),
        sentences=tuple(text[start:end] for start, end in sentences),
        pieces=_pieces(record, source, cues, parts, narration, shop),
        pause_before_s=pause_before(text, begins, narration.pauses),
        chapter=item.category if begins else "",
    )
    return NarratedPage(
        item.key, label, item.category, text, item.language, source, sentences, cues, joined
    )


def _pieces(
    record: Mapping[str, Any],
    source: AudioSource,
    cues: tuple[Cue, ...],
    parts: Mapping[str, AudioSource],
    narration: Narration,
    shop: Workshop,
) -> tuple[Piece, ...]:
    """Return the kept sentences of a page; when one is gone, or a person spoke, its file."""
    lines = record.get("lines", ())
    if lines and all(name in parts for name, _sentence, _pause_s in lines):
        return tuple(
            piece_of(parts[name], sentence, pause_s, shop) for name, sentence, pause_s in lines
        )
    inside = cues if record else ()
    load = partial(clip_of, source.file, shop)
    return (
        Piece(load, source.duration_s, None, narration.pauses.paragraph, inside, trim=not record),
    )


def _cues(
    record: Mapping[str, Any], source: AudioSource, item: Item, number: int, text: str
) -> tuple[Cue, ...]:
    if not record:
        whole = _MARK.sub("", text)
        return (Cue(0.0, source.duration_s, whole, "sentence", number, item.key),)
    heard = zip(record["heard_s"], record["sentences"], strict=True)
    sentences = [
        Cue(start_s, end_s, text[start:end], "sentence", number, item.key)
        for (start_s, end_s), (start, end) in heard
    ]
    words = [
        Cue(start_s, end_s, word, "word", number, item.key)
        for start_s, end_s, word in record.get("words", ())
    ]
    return (*sentences, *words)


def _record(source: AudioSource) -> dict[str, Any]:
    """Return how a page was joined; empty when it was not, such as a person's recording."""
    return dict(source.metadata.get("page", {}))


def _commonest(languages: Collection[str]) -> str:
    return max(languages, key=list(languages).count, default="")


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(keys[:8]) + (f" and {len(keys) - 8} more" if len(keys) > 8 else "")
