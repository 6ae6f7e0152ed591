"""A PDF → a book: its text where it has one, recognised from its pictures where not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from voicemill.books.book import Block, Book, Page
from voicemill.books.cleaning.pages import rights_line
from voicemill.books.cleaning.words import plain
from voicemill.books.language import with_language
from voicemill.books.layout.lines import runs_of, sheet
from voicemill.books.layout.pages import Bookmark, bound
from voicemill.books.layout.parts import Sheet
from voicemill.books.limits import FILE_BYTES, PAGES, PIXELS
from voicemill.books.ocr.recognising import (
    INSTALL,
    Reader,
    Reading,
    can_read,
    extraction_of,
    no_recogniser,
    sheet_of,
    shown_numbers,
    told_of,
)
from voicemill.books.ocr.recognition import HERE, Recognition
from voicemill.books.pdf.cover import cover_of
from voicemill.books.pdf.process import REPAIR, PdfProcess
from voicemill.errors import BookError

DPI = 200  # pages are drawn for recognition at this resolution
GARBAGE = 0.3  # of a page's characters: as many without meaning, and its text layer is useless
# Titles that programs put in by themselves.
NO_TITLE = re.compile(
    r"(untitled|microsoft word|document\d*|.*\.(docx?|tex|dvi|indd|qxd|pdf|odt|rtf))\b.*\Z",
    re.IGNORECASE,
)
NO_AUTHOR = frozenset(("unknown", "anonymous", "user", "administrator", "admin", "(anonymous)"))


def read_pdf(data: bytes, name: str, recognition: Recognition = HERE) -> Book:
    """Return the book a PDF holds; its cover is its first page, where that looks like one.

    Raises BookError: locked, damaged, cut off, without pages, too big, made to do harm,
    without text where no text recognition is installed, stopped.
    """
    _refuse_unfinished(data, name)
    with PdfProcess(data, name) as pdf:
        _refuse_count(pdf.page_count, name)
        facts = pdf.facts()
        meta = facts["meta"]
        sheets, pictures = _text_layer(pdf, recognition)
        found = _recognised(pdf, sheets, pictures, meta["Lang"], recognition)
        cover, cover_notes = cover_of(pdf, found.sheets[0])
    pages, chapters = bound(found.sheets, _bookmarks(facts["outline"]))
    if not any(block.text for page in pages for block in page.blocks):
        what = "no text was found on its pages"
        raise BookError(what, where=name, remedy="Check in a PDF viewer that it holds text")
    copyright_page = _said(pages, "copyright")
    return with_language(
        Book(
            _title(meta, pages, name),
            _author(meta),
            meta["Lang"].strip(),
            pages,
            chapters,
            format="pdf",
            rights=rights_line(copyright_page),
            cover=cover,
            notes=(*found.notes, *cover_notes),
            extraction=found.by,
        )
    )


def _refuse_unfinished(data: bytes, name: str) -> None:
    """Refuse what is no PDF, or only the beginning of one: a reader would mend it silently."""
    if len(data) > FILE_BYTES:
        raise BookError("the file is too big", where=name, remedy="Divide it into several files")
    head = data[:2048]
    if b"%PDF-" not in head:
        remedy = "Check that the file is the PDF you meant; a web page may have been saved instead"
        raise BookError("this is no PDF", where=name, remedy=remedy)
    length = re.search(rb"/Linearized\b.{0,200}?/L\s+(\d{1,12})", head, re.DOTALL)
    cut = length is not None and int(length[1]) > len(data)
    if cut or (b"%%EOF" not in data and b"startxref" not in data):
        raise BookError(
            "the PDF is cut off: its end is missing", where=name, remedy="Copy it again"
        )


def _refuse_count(count: int, name: str) -> None:
    if count <= 0:
        raise BookError("the PDF has no pages", where=name, remedy=REPAIR)
    if count > PAGES:
        what = f"the PDF has {count:,} pages, more than the limit of {PAGES:,}"
        raise BookError(what, where=name, remedy="Divide it into volumes")


def _text_layer(pdf: PdfProcess, recognition: Recognition) -> tuple[list[Sheet], list[int]]:
    """Return every page by its text, and the numbers of those that are only pictures."""
    sheets, pictures = [], []
    for number, told in enumerate(pdf.texts(), start=1):
        recognition.go_on(pdf.name)
        width, height = told["size"]
        useless = _is_garbage(run[0] for run in told["runs"])
        runs = [] if useless else runs_of(told["runs"], width, height)
        sheets.append(sheet(runs, width, height, told["label"]))
        if told["drawn"] and not sheets[-1].lines:
            pictures.append(number)
    return sheets, pictures


def _is_garbage(texts: Iterable[str]) -> bool:
    """Tell a text layer whose characters mean nothing: private ones, or unknown."""
    characters = [c for text in texts for c in text if not c.isspace()]
    odd = sum(c == "\ufffd" or "\ue000" <= c <= "\uf8ff" for c in characters)
    return odd > GARBAGE * len(characters)


@dataclass(frozen=True)
class _Found:
    """All pages, those that are pictures recognised. by: what did it."""

    sheets: Sequence[Sheet]
    notes: tuple[str, ...] = ()
    by: tuple[str, ...] = ()


def _recognised(
    pdf: PdfProcess,
    sheets: list[Sheet],
    pictures: Sequence[int],
    language: str,
    recognition: Recognition,
) -> _Found:
    """Read the pages that are pictures."""
    if not pictures:
        return _Found(sheets)
    if not can_read(recognition):
        if not any(page.has_text for page in sheets):
            raise no_recogniser(pdf.name)
        numbers = shown_numbers(pictures)
        return _Found(sheets, (f"{numbers} without text, only pictures. To read them: {INSTALL}.",))
    reader = Reader(pdf.name, language.strip(), recognition)
    readings: list[tuple[int, Reading]] = []
    found = list(sheets)
    for done, number in enumerate(pictures):
        recognition.told(done, len(pictures), pdf.name)
        reading, page = _recognised_page(pdf, reader, number)
        readings.append((number, reading))
        if reading.has_text:
            found[number - 1] = replace(page, label=sheets[number - 1].label or page.label)
    recognition.told(len(pictures), len(pictures), pdf.name)
    by = extraction_of(reading for _number, reading in readings)
    return _Found(found, (*told_of(readings), *reader.notes), by)


def _recognised_page(pdf: PdfProcess, reader: Reader, number: int) -> tuple[Reading, Sheet]:
    import numpy as np

    told, pixels = pdf.render(number, DPI, PIXELS)
    rows = np.frombuffer(pixels, dtype=np.uint8).reshape(told["height"], told["stride"])
    picture = np.ascontiguousarray(rows[:, : told["width"]])
    reading = reader.read(picture, number)
    return reading, sheet_of(reading, told["width"], told["height"], told["scale"])


def _bookmarks(outline: Iterable[Sequence[object]]) -> list[Bookmark]:
    found = []
    for depth, title, page, _height in outline:
        if plain(str(title)) and isinstance(page, int) and isinstance(depth, int):
            found.append(Bookmark(plain(str(title)), page + 1, depth))
    return found


def _title(meta: Mapping[str, str], pages: Sequence[Page], name: str) -> str:
    """Return the title the file declares, else its largest heading near the front."""
    declared = plain(meta["Title"])
    if declared and not NO_TITLE.match(declared):
        return declared
    front = [block for page in pages[:3] for block in page.blocks if block.kind == "heading"]
    levels = Counter(block.level for page in pages for block in page.blocks)
    alone = [block for block in front if levels[block.level] == 1 or block.level == 1]
    largest = min(alone, key=_level, default=None)
    return largest.text if largest else PurePath(name).stem


def _level(block: Block) -> int:
    return block.level


def _author(meta: Mapping[str, str]) -> str:
    declared = plain(meta["Author"])
    return "" if declared.casefold() in NO_AUTHOR else declared


def _said(pages: Iterable[Page], kind: str) -> str:
    return "\n".join(block.text for page in pages for block in page.blocks if block.kind == kind)
