"""A book file is known by its content, gets a language, and becomes a table of pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from bookmaking import SAMPLES, blocks, epub, epub_of, lines_of, xhtml

from voicemill.books.language import detect_language, language_tag
from voicemill.books.reading import read_book
from voicemill.books.table import pages_table
from voicemill.errors import BookError, UnknownName
from voicemill.tables import read_table


def read(folder: Path, data: bytes, name: str) -> tuple[str, str, str]:
    path = folder / name
    path.write_bytes(data)
    book = read_book(path)
    return book.format, book.language, book.language_source


def test_the_content_tells_the_kind_and_not_the_name(tmp_path: Path) -> None:
    page = xhtml("<h1>One</h1><p>The tide turned at noon and the boats came home.</p>")
    mark = b"# One\n\nThe tide turned at noon.\n\n# Two\n\nAnd all the boats came home again."
    assert read(tmp_path, epub_of(SAMPLES["en"]), "book.pdf") == ("epub", "en", "declared")
    assert read(tmp_path, page.encode(), "book.txt") == ("html", "en", "detected")
    assert read(tmp_path, mark, "book") == ("markdown", "en", "detected")
    assert read(tmp_path, mark, "book.txt")[0] == "text"


@pytest.mark.parametrize("language", SAMPLES)
def test_the_language_is_detected_where_none_is_declared(tmp_path: Path, language: str) -> None:
    text = "\n\n".join(text for _kind, text in lines_of(SAMPLES[language]))
    assert read(tmp_path, text.encode(), "b.txt") == ("text", language, "detected")


def test_a_text_too_short_to_tell_has_no_language(tmp_path: Path) -> None:
    assert read(tmp_path, b"1984.", "b.txt") == ("text", "", "")
    assert detect_language("Ok.") == ""


@pytest.mark.parametrize(
    ("written", "tag"),
    [("en_us", "en-US"), ("VIE", "vi"), ("zh-hant-tw", "zh-Hant-TW"), ("und", ""), ("Englisch", ""),
     (" hi ", "hi"), ("", "")],
)  # fmt: skip
def test_language_tags_as_files_write_them(written: str, tag: str) -> None:
    assert language_tag(written) == tag


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b"", "a.epub", "empty"),
        (b" \n\n", "a.txt", "empty"),
        (b"page,text\n1,A", "a.csv", "table"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "a.doc", "old or locked Word"),
        (b"{\\rtf1 A}", "a.rtf", "RTF"),
        (bytes(60) + b"BOOKMOBI" + bytes(99), "a.mobi", "MOBI"),
        (bytes(range(256)) * 9, "a.txt", "no book file"),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)), "a", "no book file"),
        (b"PK\x05\x06" + bytes(18), "a.epub", "damaged"),
        (b"<!doctype html><title>A</title>", "a.html", "no text"),
    ],
)
def test_what_is_no_book_is_told(tmp_path: Path, data: bytes, name: str, told: str) -> None:
    with pytest.raises(BookError, match=told) as caught:
        read(tmp_path, data, name)
    assert caught.value.remedy
    assert name in caught.value.where


def test_folders_and_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="folder"):
        read_book(tmp_path)
    with pytest.raises(BookError, match="no such file"):
        read_book(tmp_path / "gone.epub")
    with pytest.raises(BookError, match="cannot be read"):
        read_book(tmp_path / ("a" * 300))


def test_a_file_of_two_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(BookError, match="at most 500 MB"):
        read_book(path)


def test_five_thousand_pages_are_read_and_more_than_the_limit_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    page = "The tide turned at noon and the boats came home. " * 6
    path.write_text("\f".join(f"{number}. {page}" for number in range(5_000)))
    book = read_book(path)
    assert len(book.pages) == 5_000
    assert book.pages[-1].blocks[0].text.startswith("4999. The tide")
    path.write_text("\f".join("A." for _number in range(10_001)))
    with pytest.raises(BookError, match="more than 10,000 pages"):
        read_book(path)


def test_the_table_of_pages_is_a_book_table(tmp_path: Path) -> None:
    body = """<span epub:type="pagebreak" title="ix"/><h1>One</h1><p>The tide turned.</p><p># 7</p>
    <aside epub:type="footnote"><p>By the clock.</p></aside>
    <span epub:type="pagebreak" title="x"/><p xml:lang="vi">Đêm ấy.</p>"""
    path = tmp_path / "b.epub"
    path.write_bytes(epub({"a.xhtml": xhtml(body)}))
    table = pages_table(read_book(path))
    assert table.to_dict("records") == [
        {"page": "1", "chapter": "One", "text": "# One\n\nThe tide turned.\n\n\\# 7",
         "language": "en", "label": "ix"},
        {"page": "2", "chapter": "One", "text": "Đêm ấy.", "language": "vi", "label": "x"},
    ]  # fmt: skip
    items = read_table(table, "book")
    assert list(items["key"]) == ["1", "2"]
    assert items["text"][0] == table["text"][0]
    assert list(items["language"]) == ["en", "vi"]
    table.to_csv(tmp_path / "pages.csv", index=False)
    assert read_table(tmp_path / "pages.csv", "book")["text"][0] == table["text"][0]


def test_notes_are_in_the_table_when_wished_and_pages_of_nothing_are_not(tmp_path: Path) -> None:
    path = tmp_path / "b.epub"
    body = '<span epub:type="pagebreak" title="1"/><nav><a href="#">One</a></nav>'
    body += '<span epub:type="pagebreak" title="2"/><p>A.</p>'
    path.write_bytes(epub({"a.xhtml": xhtml(body)}))
    book = read_book(path)
    assert len(blocks(book)) == 2
    assert list(pages_table(book)["page"]) == ["2"]
    assert list(pages_table(book, ("contents", "paragraph"))["text"]) == ["One", "A."]
    with pytest.raises(UnknownName, match="paragraph"):
        pages_table(book, ("paragraf",))
