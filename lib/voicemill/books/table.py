"""A Book → the table of its pages, which people edit and production narrates."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from voicemill.books.book import KINDS, Block, Book, Page
from voicemill.errors import UnknownName

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("page", "chapter", "text", "language", "label")
HEADING_MARK = "# "


def pages_table(
    book: Book, include: Collection[str] = ("heading", "paragraph"), *, marked: bool = True
) -> pd.DataFrame:
    """Return one row for each page that has something to narrate.

    include: the kinds of blocks whose text is taken; raises UnknownName for one not of KINDS.
    marked: whether headings are marked, for whoever wants to tell them from paragraphs.

    Columns: page, the number in reading order as text; chapter, the title of the chapter that
    the page's first text belongs to; text, the page's paragraphs parted by a blank line, a
    heading being a paragraph that begins with "# "; language, that of most of the page's text;
    label, the number printed on the page. Paragraphs that begin with "#" themselves get a
    backslash before it, so that nothing is taken for a heading that is none.
    """
    import pandas as pd

    for kind in include:
        if kind not in KINDS:
            raise UnknownName("kind of block", kind, KINDS)
    rows = [
        _row(book, page, blocks, _marked if marked else _plain)
        for page in book.pages
        if (blocks := [(i, block) for i, block in enumerate(page.blocks) if block.kind in include])
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")


def pages_of_file(path: Path) -> pd.DataFrame | Path:
    """Return the pages of a book file as they are to be spoken; a table of pages as it is.

    Raises BookError.
    """
    from voicemill.books.reading import is_table, read_book

    return path if is_table(path) else pages_table(read_book(path), marked=False)


def _row(
    book: Book, page: Page, blocks: list[tuple[int, Block]], written: Callable[[Block], str]
) -> tuple[str, ...]:
    places = [(chapter.page, chapter.block) for chapter in book.chapters]
    chapter = bisect_right(places, (page.number, blocks[0][0])) - 1
    letters: Counter[str] = Counter()
    for _place, block in blocks:
        letters[block.language or book.language] += len(block.text)
    return (
        str(page.number),
        book.chapters[chapter].title if chapter >= 0 else "",
        "\n\n".join(written(block) for _place, block in blocks),
        letters.most_common(1)[0][0],
        page.label,
    )


def _plain(block: Block) -> str:
    return block.text


def _marked(block: Block) -> str:
    if block.kind == "heading":
        return HEADING_MARK + block.text
    return "\\" + block.text if block.text.startswith(("#", "\\#")) else block.text
