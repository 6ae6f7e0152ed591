"""A first page that looks like a cover becomes the book's cover."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from books.pdf_samples import Book, novel, picture, sentences
from books.test_pdf_hostile import CATALOG, FONT, raw_pdf, stream
from voicemill.books.pdf.reading import read_pdf

BLUE = (20, 40, 160)


def pages_of_text(book: Book, count: int = 2) -> bytes:
    for number in range(count):
        book.add_page()
        book.column(" ".join(sentences(8, number * 8)), 50, 60, 320)
    return book.done()


def painted(size: tuple[int, int] = (800, 1130)) -> Image.Image:
    image = Image.new("RGB", size, BLUE)
    ImageDraw.Draw(image).ellipse((200, 300, 600, 700), fill=(250, 210, 40))
    return image


def seen(cover: bytes | None) -> Image.Image:
    assert cover is not None
    image = Image.open(io.BytesIO(cover))
    assert image.format == "JPEG"
    return image


def test_a_picture_with_the_title_on_it_is_the_cover_in_its_colours() -> None:
    book = Book()
    book.add_page()
    book.image(painted(), 0, 0, 420, 595)
    book.at(100, 80, "The Wooden Box", 24)
    cover = seen(read_pdf(pages_of_text(book), "b.pdf").cover)
    assert cover.size[1] == 1400
    assert abs(cover.size[0] - 1400 * 420 / 595) < 3
    red, green, blue = cover.getpixel((20, 1380))  # type: ignore[misc]
    assert blue > 140
    assert max(red, green) < 60


def test_a_cover_drawn_without_a_picture_counts_too() -> None:
    book = Book()
    book.add_page()
    book.set_fill_color(*BLUE)
    book.rect(0, 0, 420, 595, style="F")
    book.at(100, 80, "The Wooden Box", 24)
    assert seen(read_pdf(pages_of_text(book), "b.pdf").cover).mode == "RGB"


def test_a_page_lying_on_its_side_keeps_its_longest_side() -> None:
    book = Book((900, 300))
    book.add_page()
    book.image(painted((900, 300)), 0, 0, 900, 300)
    book.at(100, 80, "The Wooden Box", 24)
    assert max(seen(read_pdf(pages_of_text(book), "b.pdf").cover).size) == 1400


def test_pages_of_text_and_title_pages_are_no_cover() -> None:
    assert read_pdf(novel(4), "novel.pdf").cover is None
    title = Book()
    title.add_page()
    title.at(100, 200, "The Wooden Box", 24)
    assert read_pdf(pages_of_text(title), "b.pdf").cover is None


def test_a_full_page_on_coloured_paper_is_no_cover() -> None:
    book = Book()
    book.add_page()
    book.set_fill_color(200, 180, 140)
    book.rect(0, 0, 420, 595, style="F")
    book.column(" ".join(sentences(12)), 50, 60, 320)
    assert read_pdf(pages_of_text(book), "b.pdf").cover is None


def test_one_page_alone_has_no_cover() -> None:
    book = Book()
    book.add_page()
    book.image(painted(), 0, 0, 420, 595)
    book.at(100, 80, "The Wooden Box", 24)
    assert read_pdf(book.done(), "b.pdf").cover is None


def test_of_a_picture_the_recognised_words_decide() -> None:
    pytest.importorskip("rapidocr")
    yellow = Image.merge("RGB", [picture(sentences(9)).point(lambda value: value * 7 // 8)] * 3)
    for image, is_cover in ((painted(), True), (yellow, False)):
        book = Book()
        book.set_lang("en")
        book.add_page()
        book.image(image, 0, 0, 420, 595)
        assert (read_pdf(pages_of_text(book), "b.pdf").cover is not None) == is_cover


def test_a_cover_is_found_where_no_text_recognition_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    book = Book()
    book.add_page()
    book.image(painted(), 0, 0, 420, 595)
    assert read_pdf(pages_of_text(book), "b.pdf").cover is not None


@pytest.mark.timeout(30)
def test_a_first_page_with_a_giant_picture_is_read_without_its_cover() -> None:
    head = b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /BitsPerComponent 8"
    image = stream(b"\0" * 100_000, packed=True, more=head + b" /ColorSpace /DeviceGray")
    first = stream(b"BT /F1 12 Tf 50 500 Td (The Box) Tj ET q 400 0 0 600 0 0 cm /I Do Q")
    second = stream(b"BT /F1 12 Tf 50 500 Td (The ferryman slept until noon.) Tj ET")
    used = FONT[:-3] + b" /XObject << /I 7 0 R >> >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 600] /Contents %d 0 R /Resources %s >>"
    kids = b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>"
    data = raw_pdf(CATALOG, kids, page % (5, used), page % (6, used), first, second, image)
    book = read_pdf(data, "b.pdf")
    assert book.cover is None
    assert book.pages[1].blocks[0].text == "The ferryman slept until noon."
    assert "could not be drawn as a cover" in book.notes[0]
