"""A Book → the table of its pages, which people edit and production narrates."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

from voicemill.books.book import KINDS, Block, Book, Page
from voicemill.errors import UnknownName

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("page", "chapter", "text", "language", "label")
HEADING_MARK = "# "


def pages_table(book: Book, include: Collection[str] = ("heading", "paragraph")) -> pd.DataFrame:
    """Return one row for each page that has something to narrate.

    include: the kinds of blocks whose text is taken; raises UnknownName for one not of KINDS.

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
        _row(book, page, blocks)
        for page in book.pages
        if (blocks := [(i, block) for i, block in enumerate(page.blocks) if block.kind in include])
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")


def _row(book: Book, page: Page, blocks: list[tuple[int, Block]]) -> tuple[str, ...]:
    places = [(chapter.page, chapter.block) for chapter in book.chapters]
    chapter = bisect_right(places, (page.number, blocks[0][0])) - 1
    letters: Counter[str] = Counter()
    for _place, block in blocks:
        letters[block.language or book.language] += len(block.text)
    return (
        str(page.number),
        book.chapters[chapter].title if chapter >= 0 else "",
        "\n\n".join(_written(block) for _place, block in blocks),
        letters.most_common(1)[0][0],
        page.label,
    )


def _written(block: Block) -> str:
    if block.kind == "heading":
        return HEADING_MARK + block.text
    return "\\" + block.text if block.text.startswith(("#", "\\#")) else block.text
