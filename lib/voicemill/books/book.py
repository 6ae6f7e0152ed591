"""A book as it was read: pages of blocks, chapters, and what was found out about it."""

from __future__ import annotations

from dataclasses import dataclass, field

# What a block can be. Only headings and paragraphs are narrated unless a person wishes more.
KINDS = ("heading", "paragraph", "footnote", "contents", "copyright", "header", "footer", "image")


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph or another piece of a page, without line breaks inside.

    kind: one of KINDS; image: its text is what stands for the picture.
    level: of a heading, 1 the highest.  language: a BCP 47 tag where it differs from the
    book's, else "".  raw: the text as it stood in the file, before cleaning, where it differs.
    """

    kind: str
    text: str
    level: int = 0
    language: str = ""
    raw: str = ""


@dataclass(frozen=True)
class Page:
    """A page. number: from 1, in reading order; label: what is printed on it, such as "xii".

    confidence: how sure the recogniser of a scanned page is, 0 to 1; None for real text, and
    where the recogniser does not say.
    """

    number: int
    blocks: tuple[Block, ...]
    label: str = ""
    confidence: float | None = None


@dataclass(frozen=True)
class Chapter:
    """A chapter. page and block: where it begins, as number of the page and place on it."""

    title: str
    page: int
    block: int = 0


@dataclass(frozen=True)
class Book:
    """A book.

    language: a BCP 47 tag; language_source: "declared" by the file, "detected" from its text,
    or "" when neither.  format: pdf, epub, docx, html, markdown, text, images.
    extraction: what recognised those of its pages that are pictures, such as "rapidocr".
    cover: the bytes of its picture, None without one.  notes: sentences for the person who
    reads it in, such as which pages were recognised from pictures and how surely.
    """

    title: str
    author: str
    language: str
    pages: tuple[Page, ...]
    chapters: tuple[Chapter, ...] = ()
    language_source: str = ""
    format: str = ""
    publisher: str = ""
    rights: str = ""
    cover: bytes | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    extraction: tuple[str, ...] = ()

    @property
    def words(self) -> int:
        """How many words it has, counted roughly by spaces."""
        return sum(len(block.text.split()) for page in self.pages for block in page.blocks)
