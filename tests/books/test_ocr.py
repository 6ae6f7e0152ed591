"""Books that are pictures: scanned PDF files, PNG, JPEG and TIFF."""

from __future__ import annotations

import shutil
import struct
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from books.pdf_samples import (
    Book,
    encoded,
    font_file,
    picture,
    scanned,
    sentences,
)
from judges import not_here
from voicemill.books.ocr.images import read_images
from voicemill.books.ocr.recognising import recognisers
from voicemill.books.ocr.tesseract import packs
from voicemill.books.pdf.reading import read_pdf
from voicemill.errors import BookError

ENGLISH = sentences(6)
needs_rapidocr = pytest.mark.skipif(
    "rapidocr" not in {r.name for r in recognisers("en")}, reason="rapidocr is not installed"
)


def pack_or_skip(pack: str) -> None:
    if pack not in packs():
        not_here(f"tesseract with its pack {pack} is not installed")


def told(book: object) -> str:
    return " ".join(block.text for page in book.pages for block in page.blocks)  # type: ignore[attr-defined]


@needs_rapidocr
def test_a_scanned_book_is_recognised_and_says_by_what_and_how_surely() -> None:
    pages = [picture(ENGLISH[:3]), picture(ENGLISH[3:])]
    book = read_pdf(scanned(pages), "scan.pdf")
    assert told(book) == " ".join(ENGLISH)
    assert all(page.confidence is not None and page.confidence > 0.9 for page in book.pages)
    (note,) = book.notes
    assert note.startswith("Pages 1–2 recognised from pictures by rapidocr, 9")


@needs_rapidocr
def test_a_book_with_one_scanned_page_keeps_the_text_of_the_others() -> None:
    made = Book()
    made.add_page()
    made.column(" ".join(ENGLISH[:3]), 50, 60, 320)
    made.add_page()
    made.image(picture(ENGLISH[3:]), 0, 0, 420)
    book = read_pdf(made.done(), "mixed.pdf")
    assert told(book) == " ".join(ENGLISH)
    assert [page.confidence is None for page in book.pages] == [True, False]
    assert book.notes[0].startswith("Page 2 recognised")


@needs_rapidocr
@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_a_picture_of_a_page_becomes_a_book(kind: str) -> None:
    book = read_images(encoded(picture(ENGLISH[:3]), kind), f"page.{kind.lower()}")
    assert told(book) == " ".join(ENGLISH[:3])
    assert (book.title, book.format, book.language) == ("page", "images", "en")
    assert book.pages[0].confidence is not None


@needs_rapidocr
def test_each_page_of_a_tiff_is_a_page_of_the_book() -> None:
    first, second = picture(ENGLISH[:3]), picture(ENGLISH[3:])
    data = encoded(first, "TIFF", save_all=True, append_images=[second], compression="tiff_lzw")
    book = read_images(data, "scan.tif")
    assert [page.number for page in book.pages] == [1, 2]
    assert told(book) == " ".join(ENGLISH)


@needs_rapidocr
def test_a_picture_in_colour_with_a_clear_background_is_read() -> None:
    grey = picture(ENGLISH[:2])
    clear = Image.new("RGBA", grey.size, (0, 0, 0, 0))
    clear.paste((10, 20, 120, 255), mask=grey.point(lambda value: 255 - value))
    assert told(read_images(encoded(clear, "PNG"), "clear.png")) == " ".join(ENGLISH[:2])


VIETNAMESE = [
    "Trời hôm nay rất đẹp, chúng tôi đi ra biển.",
    "Người lái đò kể chuyện cũ suốt đêm cho bà nghe.",
]


@needs_rapidocr
def test_chinese_scans_are_read() -> None:
    chinese = ["今天天气很好，我们一起去海边散步。", "书里有二十五页，每一页都很有意思。"]
    font = font_file("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf")
    book = read_images(encoded(picture(chinese, font), "PNG"), "zh.png")
    assert told(book) == "".join(chinese)


@needs_rapidocr
def test_letters_that_rapidocr_cannot_know_are_warned_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    book = read_images(encoded(picture(VIETNAMESE), "PNG"), "vi.png")
    assert any("in 'vi'" in note and "Install tesseract" in note for note in book.notes)


def test_vietnamese_is_read_by_tesseract_though_nobody_said_the_language() -> None:
    pack_or_skip("vie")
    book = read_images(encoded(picture(VIETNAMESE), "PNG"), "vi.png")
    assert told(book) == " ".join(VIETNAMESE)
    assert "tesseract" in book.notes[0]


def test_without_text_recognition_a_scan_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_ocr(monkeypatch, tmp_path)
    for read, data in (
        (read_pdf, scanned([picture(ENGLISH[:1])])),
        (read_images, encoded(picture(ENGLISH[:1]), "PNG")),
    ):
        with pytest.raises(BookError, match=r"pip install 'voicemill\[ocr\]'"):
            read(data, "scan")


def test_without_text_recognition_a_book_with_one_scanned_page_says_which_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_ocr(monkeypatch, tmp_path)
    made = Book()
    made.add_page()
    made.column(" ".join(ENGLISH[:3]), 50, 60, 320)
    made.add_page()
    made.image(picture(ENGLISH[3:]), 0, 0, 420)
    book = read_pdf(made.done(), "mixed.pdf")
    assert told(book) == " ".join(ENGLISH[:3])
    assert book.notes == (
        "Page 2 without text, only pictures. To read them: pip install 'voicemill[ocr]'.",
    )


def without_ocr(monkeypatch: pytest.MonkeyPatch, empty: Path) -> None:
    """Hide tesseract and rapidocr, as on a machine that has neither."""
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setitem(sys.modules, "rapidocr", None)


@pytest.mark.parametrize(
    ("language", "pack", "font"),
    [
        ("hi", "hin", ("pylopdf_fonts_hi", "NotoSansDevanagari-Variable.ttf")),
        ("ar", "ara", ("pylopdf_fonts_ar", "NotoNaskhArabic-Variable.ttf")),
    ],
)
def test_tesseract_reads_what_rapidocr_has_no_model_for(
    language: str, pack: str, font: tuple[str, ...]
) -> None:
    pack_or_skip(pack)
    (chosen,) = recognisers(language)
    assert chosen.name == f"tesseract ({pack})"
    text = {"hi": "बाज़ार में राम और कमल", "ar": "ذهب الولد الى السوق"}[language]
    made = Book()
    made.set_lang(language)
    made.add_page()
    made.image(picture([text], font_file(*font), 44), 0, 0, 420)
    book = read_pdf(made.done(), "scan.pdf")
    shared = set(told(book).split()) & set(text.split())
    assert len(shared) >= len(text.split()) - 1
    assert "tesseract" in book.notes[0]


def test_tesseract_reads_english_with_its_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    pack_or_skip("eng")
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    book = read_images(encoded(picture(ENGLISH[:3]), "PNG"), "page.png")
    assert told(book) == " ".join(ENGLISH[:3])
    assert book.notes[0].startswith("Page 1 recognised from pictures by tesseract")


def giant_png(side: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = (
        chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(b"IEND", b"")
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.timeout(10)
@pytest.mark.parametrize("side", [10_000, 13_000, 46_000, 2**31 - 1])
def test_a_giant_picture_is_refused_without_decoding_it(side: int) -> None:
    with pytest.raises(BookError, match="pixels"):
        read_images(giant_png(side), "giant.png")


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7", b"<svg/>", encoded(Image.new("L", (9, 9)), "GIF")]
)
def test_what_is_no_picture_of_the_known_kinds_is_refused(data: bytes) -> None:
    with pytest.raises(BookError, match="no PNG, JPEG or TIFF"):
        read_images(data, "thing.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_picture_that_is_cut_off_is_refused(kind: str) -> None:
    data = encoded(picture(ENGLISH), kind)
    with pytest.raises(BookError, match=r"damaged|no PNG"):
        read_images(data[: len(data) // 2], "half")


@needs_rapidocr
def test_an_empty_sheet_says_that_no_text_was_found() -> None:
    with pytest.raises(BookError, match="no text was found"):
        read_images(encoded(Image.new("L", (800, 1000), 255), "PNG"), "empty.png")


def test_the_packs_of_tesseract_are_those_it_lists() -> None:
    assert bool(packs()) == (shutil.which("tesseract") is not None)
