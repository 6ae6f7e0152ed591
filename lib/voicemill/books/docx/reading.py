"""A Word file (DOCX) → a Book."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import etree

from voicemill.books import limits
from voicemill.books.archives import Archive, open_archive, too_large
from voicemill.books.book import Block, Book
from voicemill.books.docx.styles import Styles, W, outline_level, styles_of
from voicemill.books.flow import PageBreak, Piece
from voicemill.books.html.parsing import parse_xml
from voicemill.books.html.reading import book_of, first_heading
from voicemill.books.language import language_tag
from voicemill.errors import BookError

if TYPE_CHECKING:
    from docx.opc.coreprops import CoreProperties

_DOCUMENT = "word/document.xml"
_NOTES = (("word/footnotes.xml", "footnote"), ("word/endnotes.xml", "endnote"))
_PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# Deleted text that is only kept to be restored, and the hidden code of fields.
_UNREAD = frozenset((W + "del", W + "moveFrom", W + "instrText", W + "delText", _FALLBACK))
_ENDS_SENTENCE = ".!?…:;,。！？；，।؟"


def read_docx(data: bytes, name: str) -> Book:
    """Read a DOCX: headings, paragraphs, lists, tables, notes, pictures' descriptions.

    name: how errors call it; its stem is the title of a file that states none.
    Pages begin where Word noted that they do, or at page breaks; long ones are divided. The
    language is that of the file's properties: what Word notes on each run is mostly the
    language of the keyboard. Raises BookError when it is damaged, locked or dangerous.
    """
    archive = open_archive(data, name)
    _refuse_harm(archive)
    properties = _properties(data, name)
    body = parse_xml(archive.read(_DOCUMENT), name)
    styles = styles_of(_part(archive, "word/styles.xml"))
    pieces = _Reader(styles, _notes(archive)).read(body)
    return book_of(
        pieces,
        name,
        title=properties.title or first_heading(pieces),
        author=_author(properties),
        language=language_tag(properties.language or ""),
        format="docx",
    )


def _refuse_harm(archive: Archive) -> None:
    """Refuse what python-docx would unpack without asking for its size."""
    if _DOCUMENT not in archive:
        remedy = "Open it in Word and save it as DOCX"
        raise BookError("the archive is no DOCX", where=archive.name, remedy=remedy)
    parts = [path for path in archive.files if path.endswith((".xml", ".rels"))]
    total = sum(archive.files[path].file_size for path in parts)
    if total > limits.TEXT_BYTES:
        raise too_large("its text", total, limits.TEXT_BYTES, archive.name)
    for path in parts:
        data = archive.read(path)
        if b"<!ENTITY" in data or "<!ENTITY".encode("utf-16-le") in data:
            what = f"'{path}' in it declares entities, which can unpack without end"
            remedy = "It was not read; get the book from a source you trust"
            raise BookError(what, where=archive.name, remedy=remedy)


def _properties(data: bytes, name: str) -> CoreProperties:
    import docx
    from docx.opc.exceptions import OpcError

    try:
        found: CoreProperties = docx.Document(io.BytesIO(data)).core_properties
    except (OpcError, KeyError, ValueError, AttributeError, etree.LxmlError, OSError) as error:
        reason = " ".join(str(error).split())[:160]
        remedy = "Open it in Word or LibreOffice and save it again as DOCX"
        raise BookError(
            f"the Word file is damaged ({reason})", where=name, remedy=remedy
        ) from error
    return found


def _author(properties: CoreProperties) -> str:
    # python-docx names itself where nobody else is named.
    return "" if properties.author == "python-docx" else properties.author or ""


def _part(archive: Archive, path: str) -> etree._Element | None:
    return parse_xml(archive.read(path), f"{archive.name}: {path}") if path in archive else None


def _notes(archive: Archive) -> dict[tuple[str, str], etree._Element]:
    found = {}
    for path, tag in _NOTES:
        root = _part(archive, path)
        for note in () if root is None else root.iter(W + tag):
            found[tag, str(note.get(W + "id"))] = note
    return found


class _Reader:
    """Paragraphs and tables in the order of the file."""

    def __init__(self, styles: Styles, notes: dict[tuple[str, str], etree._Element]) -> None:
        self._styles = styles
        self._notes = notes
        self._pieces: list[Piece] = []
        self._after: list[Piece] = []

    def read(self, root: etree._Element) -> list[Piece]:
        for element, in_contents in _parts(root):
            if element.tag == W + "tr":
                self._row(element)
            else:
                self._paragraph(element, in_contents)
        return self._pieces

    def _paragraph(self, paragraph: etree._Element, in_contents: bool) -> None:
        properties = paragraph.find(W + "pPr")
        style = "" if properties is None else _value(properties.find(W + "pStyle"))
        before = None if properties is None else properties.find(W + "pageBreakBefore")
        if (before is not None and _value(before) not in ("0", "false")) or (
            style in self._styles.breaks
        ):
            self._pieces.append(PageBreak())
        text = self._text(paragraph)
        level = outline_level(properties) or self._styles.levels.get(style, 0)
        if in_contents or style in self._styles.contents:
            self._add(Block("contents", text))
        elif level:
            self._add(Block("heading", text, level))
        else:
            self._add(Block("paragraph", text))

    def _row(self, row: etree._Element) -> None:
        """Add a row of a table as a paragraph of its cells."""
        text = ""
        for cell in row.iterchildren(W + "tc"):
            said = " ".join(filter(None, (self._text(p) for p in cell.iter(W + "p"))))
            joint = (
                ("" if not text else " " if text[-1] in _ENDS_SENTENCE else ", ") if said else ""
            )
            text += joint + said
        self._add(Block("paragraph", text))

    def _add(self, block: Block) -> None:
        if block.text:
            self._pieces.append(block)
        self._pieces += self._after
        self._after = []

    def _text(self, paragraph: etree._Element) -> str:
        """Return the text of a paragraph; its notes, pictures and page ends follow it."""
        runs: list[str] = []
        for element in _read(paragraph):
            tag = element.tag
            if tag == W + "t":
                runs.append(str(element.text or ""))
            elif tag in (W + "tab", W + "br", W + "cr") and element.getparent() is not None:
                self._space(element, runs)
            elif tag == W + "p":
                runs.append(" ")  # A text box inside the paragraph.
            elif tag == W + "lastRenderedPageBreak":
                self._break_page(runs)
            elif tag == W + "noBreakHyphen":
                runs.append("‑")
            elif tag in (W + "footnoteReference", W + "endnoteReference"):
                self._note(element)
            elif tag == _PICTURE and (said := " ".join((element.get("descr") or "").split())):
                self._after.append(Block("image", said))
        return " ".join("".join(runs).split())

    def _space(self, element: etree._Element, runs: list[str]) -> None:
        above = element.getparent()
        if above is None or above.tag != W + "r":
            return  # A tab stop of the paragraph's settings.
        if element.get(W + "type") == "page":
            self._break_page(runs)
        runs.append(" ")

    def _break_page(self, runs: list[str]) -> None:
        waiting = self._after if "".join(runs).strip() else self._pieces
        waiting.append(PageBreak())

    def _note(self, reference: etree._Element) -> None:
        tag = etree.QName(reference).localname.removesuffix("Reference")
        note = self._notes.get((tag, str(reference.get(W + "id"))))
        texts = [] if note is None else [_plain(paragraph) for paragraph in note.iter(W + "p")]
        self._after += [Block("footnote", text) for text in texts if text]


def _parts(root: etree._Element) -> Iterator[tuple[etree._Element, bool]]:
    """Yield paragraphs and rows of tables, and whether they stand in a table of contents."""
    inside: etree._Element | None = None
    contents: list[etree._Element] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            if element is inside:
                inside = None
            if contents and contents[-1] is element:
                contents.pop()
        elif inside is None and element.tag == W + "sdt" and _is_contents(element):
            contents.append(element)
        elif inside is None and element.tag in (W + "p", W + "tr", _FALLBACK):
            inside = element
            if element.tag != _FALLBACK:
                yield element, bool(contents)


def _is_contents(block: etree._Element) -> bool:
    gallery = block.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and _value(gallery) == "Table of Contents"


def _read(paragraph: etree._Element) -> Iterator[etree._Element]:
    """Yield the elements of a paragraph without what is deleted or hidden."""
    unread: etree._Element | None = None
    for event, element in etree.iterwalk(paragraph, events=("start", "end")):
        if event == "end":
            unread = None if element is unread else unread
        elif unread is None and element.tag in _UNREAD:
            unread = element
        elif unread is None:
            yield element


def _plain(paragraph: etree._Element) -> str:
    texts = [str(e.text or "") if e.tag == W + "t" else " " for e in _read(paragraph)
             if e.tag in (W + "t", W + "tab", W + "br")]  # fmt: skip
    return " ".join("".join(texts).split())


def _value(element: etree._Element | None) -> str:
    return "" if element is None else str(element.get(W + "val") or "")
