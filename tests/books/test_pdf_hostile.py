"""PDF files that are locked, damaged or made to do harm end with a sentence."""

from __future__ import annotations

import re
import zlib

import pytest
from fpdf.enums import AccessPermission, EncryptionMethod
from hypothesis import given, settings
from hypothesis import strategies as st

from books.pdf_samples import Book, novel
from voicemill.books.pdf.reading import read_pdf
from voicemill.errors import BookError

pytestmark = pytest.mark.timeout(30)


def raw_pdf(*objects: bytes) -> bytes:
    """Put numbered objects together to a PDF; the first is the catalog."""
    data = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(data)
    size = len(objects) + 1
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return data + b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
ONE_PAGE = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
FONT = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"


def page(size: bytes = b"400 600", contents: bytes = b"4 0 R", more: bytes = b"") -> bytes:
    return b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %s] /Contents %s /Resources %s %s >>" % (
        size,
        contents,
        FONT,
        more,
    )


def stream(content: bytes, *, packed: bool = False, more: bytes = b"") -> bytes:
    if packed:
        content, more = zlib.compress(content, 9), more + b" /Filter /FlateDecode"
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), more, content)


TEXT = stream(b"BT /F1 12 Tf 50 500 Td (The ferryman slept until noon.) Tj ET")


def refusal(data: bytes) -> BookError:
    with pytest.raises(BookError) as caught:
        read_pdf(data, "strange.pdf")
    assert str(caught.value).startswith("strange.pdf")
    assert caught.value.remedy
    return caught.value


def test_the_plain_page_the_hostile_ones_are_made_from_is_read() -> None:
    book = read_pdf(raw_pdf(CATALOG, ONE_PAGE, page(), TEXT), "plain.pdf")
    assert book.pages[0].blocks[0].text == "The ferryman slept until noon."


def test_a_locked_book_asks_for_a_copy_without_password() -> None:
    book = Book()
    book.set_encryption(
        owner_password="owner",
        user_password="secret",
        encryption_method=EncryptionMethod.RC4,
        permissions=AccessPermission.none(),
    )
    book.add_page()
    book.at(50, 50, "Hidden")
    assert "locked with a password" in refusal(book.done()).what


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<html>no</html>", b"%PD", b"\x00" * 5000])
def test_what_is_no_pdf_is_said_to_be_none(data: bytes) -> None:
    assert "no PDF" in refusal(data).what


@pytest.mark.parametrize("kept", [0.05, 0.3, 0.6, 0.95])
def test_a_book_cut_off_anywhere_is_refused_whole(kept: float) -> None:
    data = novel(8)
    assert "cut off" in refusal(data[: int(len(data) * kept)]).what


def test_a_book_whose_inside_is_rubbish_is_refused() -> None:
    data = novel(4)
    assert "damaged" in refusal(data[:100] + bytes(len(data) - 200) + data[-100:]).what


def test_a_book_without_pages_says_so() -> None:
    empty = raw_pdf(CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>")
    assert re.search("no pages|damaged", refusal(empty).what)


def test_a_book_of_blank_pages_says_that_it_has_no_text() -> None:
    blank = raw_pdf(CATALOG, ONE_PAGE, page(), stream(b""))
    assert "no text" in refusal(blank).what


def test_a_tree_of_pages_that_is_endlessly_deep_or_a_circle_is_refused() -> None:
    deep = [b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (n + 3) for n in range(20_000)]
    assert refusal(raw_pdf(CATALOG, *deep, page()))
    circle = b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"
    assert refusal(raw_pdf(CATALOG, circle))


def test_a_book_that_claims_two_billion_pages_is_read_for_the_one_it_has() -> None:
    many = b"<< /Type /Pages /Kids [3 0 R] /Count 2000000000 >>"
    assert len(read_pdf(raw_pdf(CATALOG, many, page(), TEXT), "many.pdf").pages) == 1


def test_a_page_as_big_as_a_country_is_read_for_its_text() -> None:
    data = raw_pdf(CATALOG, ONE_PAGE, page(b"2000000000 2000000000"), TEXT)
    assert read_pdf(data, "big.pdf").pages[0].blocks[0].text == "The ferryman slept until noon."


def test_a_page_that_unpacks_to_endless_text_is_refused() -> None:
    bomb = stream(b"BT /F1 1 Tf " + b"(aaaaaaaaaaaaaaa) Tj " * 12_000_000, packed=True)
    assert refusal(raw_pdf(CATALOG, ONE_PAGE, page(), bomb))


def test_a_picture_of_many_gigabytes_is_refused_by_its_declared_size() -> None:
    resources = b"/Resources << /XObject << /I 5 0 R >> >>"
    head = b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /BitsPerComponent 8"
    image = stream(b"\0" * 100_000, packed=True, more=head + b" /ColorSpace /DeviceGray")
    drawn = stream(b"q 400 0 0 600 0 0 cm /I Do Q")
    sheet = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 600] /Contents 4 0 R %s >>"
    error = refusal(raw_pdf(CATALOG, ONE_PAGE, sheet % resources, drawn, image))
    assert "3,600,000,000 pixels" in error.what
    assert error.where == "strange.pdf, page 1"


def test_an_outline_that_leads_in_a_circle_does_not_keep_the_book_from_being_read() -> None:
    catalog = b"<< /Type /Catalog /Pages 2 0 R /Outlines 5 0 R >>"
    top = b"<< /First 6 0 R /Last 6 0 R /Count 1 >>"
    mark = b"<< /Title (Round) /Parent 5 0 R /Next 6 0 R /First 6 0 R /Dest [3 0 R /Fit] >>"
    book = read_pdf(raw_pdf(catalog, ONE_PAGE, page(), TEXT, top, mark), "round.pdf")
    assert [chapter.title for chapter in book.chapters] == ["Round"]


def test_a_form_that_draws_itself_is_read_or_refused_without_a_hang() -> None:
    form = stream(
        b"/X Do " * 50,
        more=b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] "
        b"/Resources << /XObject << /X 4 0 R /Y 5 0 R >> >>",
    )
    sheet = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 600] /Contents 5 0 R %s >>"
    resources = b"/Resources << /XObject << /X 4 0 R >> >>"
    assert refusal(raw_pdf(CATALOG, ONE_PAGE, sheet % resources, form, stream(b"/X Do")))


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "drawn",
    [
        b"".join(b"1 0 0 1 %d %d Tm (ab) Tj " % (n * 37 % 400, n * 91 % 590) for n in range(9_000)),
        b"(%s) Tj" % (b"a" * 45_000),
        b"(%s) Tj" % (b"a-" * 22_000),
        b"(%s) Tj" % (b"1 . " * 11_000),
        b"(%s) Tj" % (b"." * 45_000),
    ],
    ids=["scattered", "letters", "hyphens", "numbers", "dots"],
)
def test_a_page_of_rubbish_is_read_in_time(drawn: bytes) -> None:
    data = raw_pdf(CATALOG, ONE_PAGE, page(), stream(b"BT /F1 1 Tf %s ET" % drawn))
    assert read_pdf(data, "rubbish.pdf").pages[0].blocks


WHOLE = novel(2)


@given(st.lists(st.tuples(st.integers(20, len(WHOLE) - 8), st.binary(max_size=8)), max_size=30))
@settings(max_examples=40, deadline=None)
def test_a_book_damaged_anywhere_is_read_or_refused_with_a_sentence(
    damages: list[tuple[int, bytes]],
) -> None:
    data = WHOLE
    for place, content in damages:
        data = data[:place] + content + data[place + len(content) :]
    told = ""
    try:
        book = read_pdf(data, "damaged.pdf")
        told = " ".join(block.text for page in book.pages for block in page.blocks)
    except BookError as error:
        told = error.remedy
    assert told
