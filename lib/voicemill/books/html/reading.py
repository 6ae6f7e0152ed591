"""An HTML file → a Book."""

from __future__ import annotations

from pathlib import PurePath

from lxml import etree

from voicemill.books.book import Block, Book
from voicemill.books.flow import Piece, arrange, with_openings
from voicemill.books.html.blocks import Places, blocks_of
from voicemill.books.html.parsing import attribute, parse_markup, tag_of


def read_html(data: bytes, name: str) -> Book:
    """Read one HTML or XHTML file.

    name: how errors call it; its stem is the title of a file that states none.
    Chapters are its main headings, pages those it marks or about 300 words each. The language
    is left as declared, '' without. Raises BookError when it is nested without end.
    """
    root = parse_markup(data, name)
    metas = _metas(root)
    language = _language(root) or metas.get("dc.language", "") or metas.get("language", "")
    pieces = blocks_of(root, language, Places())
    return book_of(
        pieces,
        name,
        title=metas.get("dc.title") or _title(root) or first_heading(pieces),
        author=metas.get("author") or metas.get("dc.creator", ""),
        language=language,
        rights=metas.get("dc.rights") or metas.get("copyright", ""),
        publisher=metas.get("dc.publisher", ""),
        format="html",
    )


def book_of(
    pieces: list[Piece], name: str, *, title: str, author: str, language: str, format: str,
    rights: str = "", publisher: str = "",
) -> Book:  # fmt: skip
    """Return a book of a flow without a table of contents; chapters are its main headings."""
    pages, chapters = arrange(with_openings(pieces), name)
    return Book(
        title=" ".join(title.split()) or PurePath(name).stem,
        author=" ".join(author.split()),
        language=language,
        pages=pages,
        chapters=chapters,
        format=format,
        rights=" ".join(rights.split()),
        publisher=" ".join(publisher.split()),
    )


def first_heading(pieces: list[Piece]) -> str:
    """Return the text of the first heading, '' without one."""
    headings = (
        piece.text for piece in pieces if isinstance(piece, Block) and piece.kind == "heading"
    )
    return next(headings, "")


def _metas(root: etree._Element) -> dict[str, str]:
    """Return the first value of each named meta element, Dublin Core's too."""
    found: dict[str, str] = {}
    for element in root.iter("{*}meta"):
        key = attribute(element, "name").lower().replace("dcterms.", "dc.")
        if key and attribute(element, "content"):
            found.setdefault(key, attribute(element, "content"))
    return found


def _language(root: etree._Element) -> str:
    for element in (root, *root.iterchildren("{*}body")):
        declared = attribute(element, "xml:lang") or attribute(element, "lang")
        if declared and tag_of(element) in ("html", "body"):
            return declared
    return ""


def _title(root: etree._Element) -> str:
    for element in root.iter("{*}title"):
        if element.text and element.text.strip():
            return str(element.text)
    return ""
