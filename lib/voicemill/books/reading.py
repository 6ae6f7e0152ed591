"""Any book file → a Book: its kind is told by its content, its language is settled."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from voicemill.books import limits
from voicemill.books.archives import open_archive, too_large
from voicemill.books.book import Book
from voicemill.books.decoding import decode
from voicemill.books.language import with_language
from voicemill.books.ocr.gemini import Gemini
from voicemill.books.ocr.recognition import Recognition
from voicemill.errors import BookError

Reader = Callable[[bytes, str], Book]

_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_HTML = re.compile(r"\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*(<!doctype\s+html|<html[\s>])",
                   re.IGNORECASE | re.DOTALL)  # fmt: skip
_MARKDOWN_HEADING = re.compile(r"^#{1,6} +\S", re.MULTILINE)
_MARKDOWN_ENDINGS = frozenset((".md", ".markdown", ".mdown", ".mkd"))
_HTML_ENDINGS = frozenset((".html", ".htm", ".xhtml"))
_TABLE_ENDINGS = frozenset((".csv", ".tsv", ".json", ".xlsx", ".xlsm", ".parquet"))
_AS_TABLE = "Read it as a table of pages, with the columns page and text"


def read_book(
    path: str | Path,
    *,
    gemini: Gemini | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Book:
    """Read a PDF, EPUB, DOCX, HTML, Markdown or text file, or a picture of a page.

    What kind it is its content says, not its name. The language is the declared one, else it is
    detected; Book.language_source says which.

    gemini: the service that recognises pages which are pictures, instead of what is installed.
    progress: called with the pages recognised so far and all that are to be; never for books
    of real text, which are read in seconds.  stop: asked before every page of a PDF or picture;
    when it says yes, or when one of the two raises, reading ends within that page and nothing
    of it is left.

    Raises BookError saying what is wrong and what to do: no such file, a folder, empty,
    damaged, locked, dangerous, nothing to read in it; ReadingStopped.
    """
    path = Path(path).expanduser()
    data = _bytes_of(path)
    name = path.name
    recognition = Recognition(gemini, progress, stop)
    book = _reader_of(data, name, recognition)(data, name)
    if not any(block.text.strip() for page in book.pages for block in page.blocks):
        remedy = "If its pages are pictures, read them with text recognition"
        raise BookError("there is no text in it", where=name, remedy=remedy)
    if len(book.pages) > limits.PAGES:
        what = f"it has {len(book.pages):,} pages, and at most {limits.PAGES:,} are read"
        raise BookError(what, where=name, remedy="Split the book into parts")
    return with_language(book)


def is_table(path: Path) -> bool:
    """Whether a file is a table of pages rather than a book, by its ending."""
    return path.suffix.lower() in _TABLE_ENDINGS


def _bytes_of(path: Path) -> bytes:
    where = str(path)
    try:
        if path.is_dir():
            raise BookError("this is a folder", where=where, remedy="Name a book file in it")
        size_bytes = path.stat().st_size
        if size_bytes > limits.FILE_BYTES:
            raise too_large("the file", size_bytes, limits.FILE_BYTES, where)
        data = path.read_bytes()
    except FileNotFoundError as error:
        remedy = "Look at the name and the folder"
        raise BookError("there is no such file", where=where, remedy=remedy) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        remedy = "Look whether you may read it and whether its disk is connected"
        raise BookError(f"it cannot be read ({reason})", where=where, remedy=remedy) from error
    if not data.strip(b"\x00 \t\r\n\f"):
        remedy = "Get the file again from where it came from"
        raise BookError("the file is empty", where=where, remedy=remedy)
    return data


def _reader_of(data: bytes, name: str, recognition: Recognition) -> Reader:
    """Return what reads this kind of file; raises BookError for kinds that nothing reads."""
    if b"%PDF-" in data[:1024]:
        from voicemill.books.pdf.reading import read_pdf

        return partial(read_pdf, recognition=recognition)
    if data.startswith(b"PK\x03\x04"):
        return _archive_reader(data, name)
    if data.startswith(_PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        from voicemill.books.ocr.images import read_images

        return partial(read_images, recognition=recognition)
    _refuse_other_formats(data, name)
    return _text_reader(data, name)


def _archive_reader(data: bytes, name: str) -> Reader:
    archive = open_archive(data, name)
    if "META-INF/container.xml" in archive or (
        "mimetype" in archive and archive.read("mimetype", 4096).strip() == b"application/epub+zip"
    ):
        from voicemill.books.epub.reading import read_epub

        return read_epub
    if "word/document.xml" in archive:
        from voicemill.books.docx.reading import read_docx

        return read_docx
    if any(path.startswith("xl/") for path in archive.files):
        raise BookError("it is a spreadsheet, not a book", where=name, remedy=_AS_TABLE)
    if "content.xml" in archive:
        remedy = "Save it as DOCX or EPUB and read that"
        raise BookError("OpenDocument files are not read", where=name, remedy=remedy)
    remedy = "If it is a ZIP with a book in it, unpack it and name the book"
    raise BookError("the archive is no EPUB and no DOCX", where=name, remedy=remedy)


def _refuse_other_formats(data: bytes, name: str) -> None:
    if data.startswith(b"PK"):
        remedy = "Get the file again from where it came from"
        raise BookError("the archive is damaged", where=name, remedy=remedy)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        remedy = "Open it in Word or LibreOffice and save it as DOCX, without a password"
        raise BookError("it is an old or locked Word file", where=name, remedy=remedy)
    if data.startswith(b"{\\rtf"):
        remedy = "Open it in Word or LibreOffice and save it as DOCX"
        raise BookError("rich text (RTF) is not read", where=name, remedy=remedy)
    if data[60:68] in (b"BOOKMOBI", b"TEXtREAd") or data.startswith(b"AT&TFORM"):
        remedy = "Convert it to EPUB or PDF, for example with Calibre"
        raise BookError("MOBI, AZW3 and DjVu are not read", where=name, remedy=remedy)


def _text_reader(data: bytes, name: str) -> Reader:
    ending = Path(name).suffix.lower()
    if is_table(Path(name)):
        raise BookError("it is a table, not a book file", where=name, remedy=_AS_TABLE)
    if len(data) > limits.DOCUMENT_BYTES:
        raise too_large("the text", len(data), limits.DOCUMENT_BYTES, name)
    text = decode(data, name).text[:200_000]
    if _HTML.match(text) or (ending in _HTML_ENDINGS and re.search(r"<\w+[^>]*>", text)):
        from voicemill.books.html.reading import read_html

        return read_html
    # In a .txt a line beginning with "# " is more likely a rule of a list than a heading.
    if ending in _MARKDOWN_ENDINGS or (
        ending != ".txt" and len(_MARKDOWN_HEADING.findall(text)) > 1
    ):
        from voicemill.books.text.markdown import read_markdown

        return read_markdown
    from voicemill.books.text.reading import read_text

    return read_text
