"""A flow of blocks → pages and chapters, for formats whose text has no fixed pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from voicemill.books import limits
from voicemill.books.book import Block, Chapter, Page
from voicemill.books.text.headings import is_bare_number
from voicemill.errors import BookError

# About what a printed page holds, and two minutes of listening.
PAGE_WORDS = 300
# A printed page or a stretch without page marks longer than this is divided.
LONGEST_PAGE_WORDS = 1000

_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


@dataclass(frozen=True)
class PageBreak:
    """A page of the printed book begins here. label: what is printed on it."""

    label: str = ""


@dataclass(frozen=True)
class Opening:
    """A chapter begins with the next block."""

    title: str


Piece = Block | PageBreak | Opening


def rough_words(text: str) -> float:
    """Return about how many words a text has, also in scripts without spaces."""
    return len(text.split()) + len(_CJK.findall(text)) / 1.6 + len(_UNSPACED.findall(text)) / 5


def arrange(pieces: Iterable[Piece], name: str) -> tuple[tuple[Page, ...], tuple[Chapter, ...]]:
    """Lay blocks out on pages and say where the chapters begin.

    With page breaks the pages are the printed ones; a paragraph that runs on stays whole on
    the page where it begins. Without them a page is about PAGE_WORDS words, ends with a
    paragraph, and a chapter begins a new one. Raises BookError for more than limits.PAGES.
    """
    flow = list(pieces)
    printed = any(isinstance(piece, PageBreak) for piece in flow)
    layout = _Layout(printed, name)
    for piece in flow:
        layout.add(piece)
    return layout.finished()


def with_openings(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the flow with chapters opened at its main headings, for books without a toc.

    The main headings are those of the highest level that is used twice: a single heading above
    them is the book's title. A heading of only a number right before one is part of its chapter.
    """
    levels = [
        piece.level for piece in pieces if isinstance(piece, Block) and piece.kind == "heading"
    ]
    repeated = [level for level in set(levels) if levels.count(level) > 1]
    main = min(repeated, default=min(levels, default=0))
    opened: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Block) and piece.kind == "heading" and piece.level == main:
            _open(opened, piece.text)
        opened.append(piece)
    return opened


def _open(opened: list[Piece], title: str) -> None:
    """Open a chapter behind the flow so far, or before the headings with its number there."""
    place = len(opened)
    while not is_bare_number(title) and place and _is_number(opened[place - 1]):
        place -= 1
    numbers = [piece.text for piece in opened[place:] if isinstance(piece, Block)]
    if numbers and place and isinstance(opened[place - 1], Opening):
        place -= 1
        del opened[place]
    opened.insert(place, Opening(with_number(numbers, title)))


def _is_number(piece: Piece) -> bool:
    return isinstance(piece, Block) and piece.kind == "heading" and is_bare_number(piece.text)


def with_number(numbers: Iterable[str], title: str) -> str:
    """Return a chapter's title behind its numbers: "Chapter 2. The Ferry"."""
    return ". ".join([*(number.rstrip(" .:") for number in numbers), title])


@dataclass
class _Layout:
    """Pages in the making."""

    printed: bool
    name: str
    pages: list[list[Block]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    openings: list[tuple[str, int, int]] = field(default_factory=list)
    words: float = 0.0
    next_label: str | None = None
    titles: list[str] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        if isinstance(piece, PageBreak):
            self.next_label = piece.label
        elif isinstance(piece, Opening):
            self.titles.append(piece.title)
        else:
            for part in _divided(piece):
                self._add_block(part)

    def finished(self) -> tuple[tuple[Page, ...], tuple[Chapter, ...]]:
        pages = tuple(
            Page(number, tuple(blocks), label)
            for number, (blocks, label) in enumerate(
                zip(self.pages, self.labels, strict=True), start=1
            )
        )
        return pages, tuple(Chapter(title, page, block) for title, page, block in self.openings)

    def _add_block(self, block: Block) -> None:
        words = rough_words(block.text)
        if not self.pages or self.next_label is not None:
            self._begin(self.next_label or "", [])
        elif self.titles and not self.printed:
            self._begin("", [])
        elif self._is_full(words):
            self._begin("", self._last_headings())
        if self.titles:
            self._open_chapter()
        self.pages[-1].append(block)
        self.words += words

    def _is_full(self, more_words: float) -> bool:
        most = LONGEST_PAGE_WORDS if self.printed else PAGE_WORDS
        if self.words + more_words <= most or self.words < PAGE_WORDS / 3:
            return False
        # Nearer to the wished length with this paragraph than without it.
        over = self.words + more_words - PAGE_WORDS
        return self.printed or over > PAGE_WORDS - self.words

    def _last_headings(self) -> list[Block]:
        """Take headings from the end of a page, since they belong to what follows."""
        last, taken = self.pages[-1], list[Block]()
        while len(last) > 1 and last[-1].kind == "heading":
            taken.insert(0, last.pop())
        self._move_openings(len(last))
        return taken

    def _begin(self, label: str, carried: list[Block]) -> None:
        if len(self.pages) >= limits.PAGES:
            what = f"it has more than {limits.PAGES:,} pages"
            raise BookError(what, where=self.name, remedy="Split the book into parts")
        self.pages.append(carried)
        self.labels.append(label)
        self.words = sum(rough_words(block.text) for block in carried)
        self.next_label = None

    def _move_openings(self, kept: int) -> None:
        number = len(self.pages)
        self.openings = [
            (title, page + 1, block - kept) if page == number and block >= kept
            else (title, page, block)
            for title, page, block in self.openings
        ]  # fmt: skip

    def _open_chapter(self) -> None:
        title = ". ".join(dict.fromkeys(title.rstrip(" .:") for title in self.titles if title))
        if len(self.titles) == 1:
            title = self.titles[0]
        self.openings.append((title, len(self.pages), len(self.pages[-1])))
        self.titles = []


def _divided(block: Block) -> list[Block]:
    """Return the block, or parts of one too long to be a paragraph, cut at spaces."""
    if len(block.text) <= limits.PARAGRAPH_CHARS:
        return [block]
    parts, rest = [], block.text
    while rest:
        cut = len(rest)
        if cut > limits.PARAGRAPH_CHARS:
            space = rest.rfind(" ", 1, limits.PARAGRAPH_CHARS)
            cut = space if space > 0 else limits.PARAGRAPH_CHARS
        parts.append(replace(block, text=rest[:cut].strip(), raw=""))
        rest = rest[cut:].lstrip()
    return parts
