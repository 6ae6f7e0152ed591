"""A Book → the table of its pages, which people edit and production narrates."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from voicemill.books.book import KINDS, Block, Book, Page
from voicemill.errors import UnknownName

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("page", "chapter", "text", "language", "label")
CHAPTER_MARK = "# "
HEADING_MARK = "## "


def pages_table(book: Book, include: Collection[str] = ("heading", "paragraph")) -> pd.DataFrame:
    """Return one row for each page that has something to narrate.

    A page inside which a chapter begins is several rows, so that every chapter begins with a
    row: 12, 12b, 12c.

    include: the kinds of blocks whose text is taken; raises UnknownName for one not of KINDS.

    Columns: page, the number in reading order as text; chapter, the title of the chapter the
    row belongs to; text, its paragraphs parted by a blank line, the heading a chapter begins
    with being a paragraph that begins with "# ", every other heading one with "## "; language,
    that of most of the row's text; label, the number printed on the page. Paragraphs that begin
    with "#" themselves get a backslash before it, so that nothing is taken for a heading that is
    none.
    """
    import pandas as pd

    for kind in include:
        if kind not in KINDS:
            raise UnknownName("kind of block", kind, KINDS)
    return pd.DataFrame(list(_rows(book, include)), columns=list(COLUMNS), dtype="str")


def _rows(book: Book, include: Collection[str]) -> Iterator[tuple[str, ...]]:
    chapters = sorted(book.chapters, key=lambda chapter: (chapter.page, chapter.block))
    places = [(chapter.page, chapter.block) for chapter in chapters]
    before = -1  # the chapter of the row before
    for page in book.pages:
        parts = _parts(page, include, places)
        for index, (chapter, blocks) in enumerate(parts.items()):
            yield (
                f"{page.number}{_letters(index)}",
                chapters[chapter].title if chapter >= 0 else "",
                "\n\n".join(_marked(blocks, begins=chapter != before)),
                _language(book, blocks),
                page.label,
            )
            before = chapter


def _parts(
    page: Page, include: Collection[str], places: Sequence[tuple[int, int]]
) -> dict[int, list[Block]]:
    """Return the blocks of a page that are told, by the chapter they belong to.

    places: page and block where each chapter begins, in order.  A chapter is its number in
    them, -1 for what stands before the first.
    """
    parts: dict[int, list[Block]] = {}
    for index, block in enumerate(page.blocks):
        if block.kind in include:
            chapter = bisect_right(places, (page.number, index)) - 1
            parts.setdefault(chapter, []).append(block)
    return parts


def _letters(place: int) -> str:
    """Return what tells the rows of a page apart: "", "b" … "z", "aa" and so on."""
    letters = ""
    number = place + 1 if place else 0
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("a") + letter) + letters
    return letters


def _language(book: Book, blocks: Sequence[Block]) -> str:
    letters: Counter[str] = Counter()
    for block in blocks:
        letters[block.language or book.language] += len(block.text)
    return letters.most_common(1)[0][0]


def _marked(blocks: Sequence[Block], *, begins: bool) -> Iterator[str]:
    for index, block in enumerate(blocks):
        if block.kind == "heading":
            yield (CHAPTER_MARK if begins and index == 0 else HEADING_MARK) + block.text
        elif block.text.startswith(("#", "\\#")):
            yield "\\" + block.text
        else:
            yield block.text
