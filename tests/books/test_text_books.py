"""Plain text, Markdown, HTML and Word become books with the same headings and paragraphs."""

from __future__ import annotations

import io
import re
import unicodedata

import pytest
from bookmaking import SAMPLES, Sample, blocks, lines_of, said
from hypothesis import given
from hypothesis import strategies as st

from voicemill.books.docx.reading import read_docx
from voicemill.books.html.reading import read_html
from voicemill.books.text.headings import is_chapter_line
from voicemill.books.text.markdown import read_markdown
from voicemill.books.text.reading import read_text

EVERY = pytest.mark.parametrize("sample", SAMPLES.values(), ids=list(SAMPLES))


def text_of(sample: Sample) -> str:
    return "\n\n".join(text for _kind, text in lines_of(sample))


def chapters_of(sample: Sample) -> list[str]:
    return [heading for heading, _paragraphs in sample.chapters]


@EVERY
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_plain_text_in_each_language_has_its_chapters(sample: Sample, encoding: str) -> None:
    book = read_text(text_of(sample).encode(encoding), "lamp.txt")
    assert said(book) == lines_of(sample)
    assert [chapter.title for chapter in book.chapters] == chapters_of(sample)
    assert book.title == "lamp"


@pytest.mark.parametrize(("language", "encoding"), [("zh", "gb18030"), ("ar", "cp1256")])
def test_old_encodings_are_guessed_and_told(language: str, encoding: str) -> None:
    sample = SAMPLES[language]
    book = read_text(text_of(sample).encode(encoding), "lamp.txt")
    assert said(book) == lines_of(sample)
    assert encoding in book.notes[0]


def test_vietnamese_of_windows_is_read() -> None:
    sample = SAMPLES["vi"]
    book = read_text(windows_vietnamese(text_of(sample)), "lamp.txt")
    assert [unicodedata.normalize("NFC", text) for _kind, text in said(book)] == [
        text for _kind, text in lines_of(sample)
    ]


def windows_vietnamese(text: str) -> bytes:
    """Encode as Windows-1258, which writes tones after their letter."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    made = bytearray()
    for char in text:
        parts = unicodedata.normalize("NFD", char)
        letter = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        made += (letter + "".join(part for part in parts if part in tones)).encode("cp1258")
    return bytes(made)


def test_wrapped_lines_are_joined_and_cut_words_mended() -> None:
    text = (
        "The lamp in the harbour window had been burning since the storm be-\n"
        "gan, and nobody in the well-known village on the northern shore of\n"
        "the bay slept much that night.\n"
        "    In the morning, when the light began to return, the well-\n"
        "known boats were all still there, lying on the sand like seals.\n"
    )
    texts = [block.text for block in blocks(read_text(text.encode(), "a.txt"))]
    # "began" stands elsewhere without a hyphen, "wellknown" does not.
    assert texts[0].startswith("The lamp in the harbour window")
    assert "since the storm began, and" in texts[0]
    assert "the well-known boats were" in texts[1]
    assert len(texts) == 2


def test_a_line_is_a_paragraph_where_lines_are_long() -> None:
    lines = [f"{number} " + "The tide came in over the sand. " * 9 for number in range(4)]
    book = read_text("\n".join(lines).encode(), "a.txt")
    assert [block.text for block in blocks(book)] == [line.strip() for line in lines]


def test_form_feeds_begin_pages() -> None:
    book = read_text(b"The tide turned.\fThe boats came home.\n\nAll.\f\fLast.", "a.txt")
    assert [[block.text for block in page.blocks] for page in book.pages] == [
        ["The tide turned."],
        ["The boats came home.", "All."],
        ["Last."],
    ]


def test_contents_titles_and_the_library_s_notices_are_known() -> None:
    text = """The Project Gutenberg eBook of The Harbour Lamp

Title: The Harbour Lamp
Author: Maren Oakley
Language: English

*** START OF THE PROJECT GUTENBERG EBOOK THE HARBOUR LAMP ***

CONTENTS

CHAPTER I
CHAPTER II
CHAPTER III

CHAPTER I

The Storm

It began at noon.

CHAPTER II

Chapter two was long and dull. It ended.

CHAPTER III

The end.

*** END OF THE PROJECT GUTENBERG EBOOK THE HARBOUR LAMP ***

Licence text."""
    book = read_text(text.encode(), "pg.txt")
    assert (book.title, book.author, book.language) == ("The Harbour Lamp", "Maren Oakley", "en")
    titles = [chapter.title for chapter in book.chapters]
    assert titles == ["CHAPTER I: The Storm", "CHAPTER II", "CHAPTER III"]
    assert len(blocks(book, "contents")) == 4
    assert [block.text for block in blocks(book, "paragraph")] == [
        "It began at noon.",
        "Chapter two was long and dull. It ended.",
        "The end.",
    ]
    assert blocks(book, "copyright")[-1].text == "Licence text."


@pytest.mark.parametrize(
    "line",
    ["Chapter 1", "CHAPTER ONE", "Chapter IV. The Oar", "Part Two", "Chương 1", "Chương II: Bão",
     "अध्याय 1", "अध्याय १", "第一章", "第12回 夜航", "الفصل الأول", "الفصل ٢", "Prologue"],
)  # fmt: skip
def test_lines_that_open_chapters(line: str) -> None:
    assert is_chapter_line(line)


@pytest.mark.parametrize(
    "line",
    ["Chapter one was long and dull.", "Part of the harbour was gone", "第一次见面", "Book a boat",
     "Phần lớn họ đã ngủ", "भाग गया वह", "الفصل بينهما", "1984", ""],
)  # fmt: skip
def test_lines_that_do_not(line: str) -> None:
    assert not is_chapter_line(line)


WORDS = st.text(st.characters(categories=["Ll", "Lu"]), min_size=1, max_size=10)
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=60), min_size=1, max_size=8)


@given(TEXTS, st.integers(20, 100))
def test_no_word_of_a_wrapped_text_is_lost(paragraphs: list[list[str]], width: int) -> None:
    import textwrap

    text = "\n\n".join(textwrap.fill(" ".join(words), width) for words in paragraphs)
    book = read_text(text.encode(), "a.txt")
    found = " ".join(block.text for block in blocks(book))
    assert found.split() == [word for words in paragraphs for word in words]


@EVERY
def test_markdown_with_front_matter(sample: Sample) -> None:
    marks = {"heading": "# ", "paragraph": ""}
    body = "\n\n".join(marks[kind] + text for kind, text in lines_of(sample))
    front = f"---\ntitle: {sample.title}\nauthor: [{sample.author}]\nlang: {sample.language}\n---\n"
    book = read_markdown((front + body).encode(), "lamp.md")
    assert (book.title, book.author) == (sample.title, sample.author)
    assert book.language == sample.language
    assert said(book) == lines_of(sample)
    assert [chapter.title for chapter in book.chapters] == chapters_of(sample)


def test_markdown_has_notes_lists_tables_and_pictures() -> None:
    text = """Title\n=====\n\nThe *tide* turned[^1] at **noon**.\n\n- boats\n- oars\n
| boat | oars |\n|---|---|\n| Ann | 2 |\n\n![A lamp](lamp.png)\n\n[^1]: By the clock.\n"""
    assert said(read_markdown(text.encode(), "a.md")) == [
        ("heading", "Title"),
        ("paragraph", "The tide turned at noon."),
        ("paragraph", "boats"),
        ("paragraph", "oars"),
        ("paragraph", "boat, oars"),
        ("paragraph", "Ann, 2"),
        ("image", "A lamp"),
        ("footnote", "By the clock."),
    ]


@EVERY
def test_html_states_its_title_author_and_language(sample: Sample) -> None:
    body = "".join(
        f"<h2>{text}</h2>" if kind == "heading" else f"<p>{text}" for kind, text in lines_of(sample)
    )
    page = (
        f"<!DOCTYPE html><html lang={sample.language}><meta charset=utf-8><title>{sample.title}"
        f'</title><meta name=author content="{sample.author}"><script>no()</script>{body}'
    )
    book = read_html(page.encode(), "lamp.html")
    assert (book.title, book.author) == (sample.title, sample.author)
    assert book.language == sample.language
    assert said(book) == lines_of(sample)


def test_html_in_an_old_encoding_is_read_as_it_says() -> None:
    page = "<html><head><meta charset='windows-1258'></head><body><p>Đêm</p></body></html>"
    assert said(read_html(page.encode("cp1258"), "a.html")) == [("paragraph", "Đêm")]


@EVERY
def test_word_headings_by_style_and_properties(sample: Sample) -> None:
    import docx

    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author = sample.title, sample.author
    properties.language = sample.language
    for kind, text in lines_of(sample):
        document.add_paragraph(text, "Heading 1" if kind == "heading" else None)
    book = read_docx(saved(document), "lamp.docx")
    assert (book.title, book.author) == (sample.title, sample.author)
    assert book.language == sample.language
    assert said(book) == lines_of(sample)
    assert [chapter.title for chapter in book.chapters] == chapters_of(sample)


def test_word_styles_of_other_languages_lists_tables_and_page_breaks() -> None:
    import docx
    from docx.enum.style import WD_STYLE_TYPE

    document = docx.Document()
    for name in ("Überschrift 1", "Tiêu đề 2"):
        document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("Der Sturm", "Überschrift 1")
    document.add_paragraph("Bến cảng", "Tiêu đề 2")
    document.add_paragraph("boats", "List Bullet")
    document.add_page_break()
    table = document.add_table(1, 3)
    for cell, text in zip(table.rows[0].cells, ("Ann", "", "2 oars"), strict=True):
        cell.text = text
    book = read_docx(saved(document), "a.docx")
    assert [(b.kind, b.level, b.text) for b in blocks(book)] == [
        ("heading", 1, "Der Sturm"),
        ("heading", 2, "Bến cảng"),
        ("paragraph", 0, "boats"),
        ("paragraph", 0, "Ann, 2 oars"),
    ]
    assert [len(page.blocks) for page in book.pages] == [3, 1]


def test_word_footnotes_follow_their_paragraph_and_deleted_text_is_left_out() -> None:
    import zipfile

    import docx

    document = docx.Document()
    document.add_paragraph("The tide turned.")
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    notes = (
        f'<w:footnotes {space}><w:footnote w:id="2"><w:p><w:r><w:t>By the clock.</w:t></w:r>'
        "</w:p></w:footnote></w:footnotes>"
    )
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(document))) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml":
                more = (
                    b'<w:r><w:footnoteReference w:id="2"/></w:r>'
                    b"<w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
                )
                data = re.sub(b"</w:p>", more, data, count=1)
            new.writestr(name, data)
        new.writestr("word/footnotes.xml", notes)
    assert said(read_docx(made.getvalue(), "a.docx")) == [
        ("paragraph", "The tide turned."),
        ("footnote", "By the clock."),
    ]


def saved(document: object) -> bytes:
    made = io.BytesIO()
    document.save(made)  # type: ignore[attr-defined]
    return made.getvalue()
