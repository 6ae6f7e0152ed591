"""Which pages of a book become one file: all of them, a chapter, a piece of one, a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from voicemill.audio import Profile
from voicemill.exports.naming import one_line
from voicemill.production.narration.audiobook import Audiobook, NarratedPage
from voicemill.production.narration.joining import JoinedPage


@dataclass(frozen=True)
class Part:
    """What becomes one file. title: in one line.  number, total: its place among all."""

    title: str
    pages: tuple[NarratedPage, ...]
    number: int
    total: int

    @property
    def joined(self) -> tuple[JoinedPage, ...]:
        """Its sound, as one stretch without chapters."""
        return tuple(replace(page.joined, chapter="") for page in self.pages)


def title_of(book: Audiobook) -> str:
    """Return a book's title in one line; one without is called as its collection."""
    return one_line(book.title) or one_line(book.collection) or "Book"


def whole(book: Audiobook) -> tuple[JoinedPage, ...]:
    """Return the sound of the whole book, each chapter marked where it begins."""
    found: list[JoinedPage] = []
    for number, (title, pages) in enumerate(book.chapters, start=1):
        chapter = one_line(title) or f"Chapter {number}"
        found += [
            replace(page.joined, chapter="" if place else chapter)
            for place, page in enumerate(pages)
        ]
    return tuple(found)


def chapter_parts(
    book: Audiobook, longest_s: float | None = None, profile: Profile | None = None
) -> tuple[Part, ...]:
    """Return one part for each chapter.

    longest_s: chapters that would last longer by this profile are divided between pages.
    """
    named: list[tuple[str, tuple[NarratedPage, ...]]] = []
    for number, (title, pages) in enumerate(book.chapters, start=1):
        chapter = one_line(title) or f"Chapter {number}"
        if longest_s is None or profile is None:
            named.append((chapter, pages))
            continue
        pieces = list(_divided(pages, longest_s, profile))
        named += [
            (chapter if len(pieces) == 1 else f"{chapter}, part {place} of {len(pieces)}", piece)
            for place, piece in enumerate(pieces, start=1)
        ]
    return _numbered(named)


def page_parts(book: Audiobook) -> tuple[Part, ...]:
    """Return one part for each page."""
    return _numbered([(f"Page {one_line(page.label or page.key)}", (page,)) for page in book.pages])


def lasts_s(page: JoinedPage) -> float:
    """Return about how long a page is heard, the pause after it included."""
    return sum(piece.duration_s + piece.pause_s for piece in page.pieces)


def _numbered(named: list[tuple[str, tuple[NarratedPage, ...]]]) -> tuple[Part, ...]:
    return tuple(
        Part(title, pages, number, len(named))
        for number, (title, pages) in enumerate(named, start=1)
    )


def _divided(
    pages: tuple[NarratedPage, ...], longest_s: float, profile: Profile
) -> Iterator[tuple[NarratedPage, ...]]:
    around_s = profile.head_s + profile.tail_s
    group: list[NarratedPage] = []
    group_s = around_s
    for page in pages:
        page_s = max(page.joined.pause_before_s, 0.0) + lasts_s(page.joined)
        if group and group_s + page_s > longest_s:
            yield tuple(group)
            group, group_s = [], around_s
        group.append(page)
        group_s += page_s
    yield tuple(group)
