"""The table of a book's pages: chapters begin with a row, headings are marked."""

from __future__ import annotations

from pathlib import Path

import pytest
from bookmaking import epub, xhtml
from hypothesis import given
from hypothesis import strategies as st

from books.pdf_samples import Book as Pdf
from books.pdf_samples import sentences
from voicemill.books.book import Block, Book, Chapter, Page
from voicemill.books.reading import read_book
from voicemill.books.spoken.sentences import split
from voicemill.books.table import pages_table
from voicemill.books.text.headings import is_bare_number
from voicemill.studio import Studio
from voicemill.tables import read_table


def heading(text: str) -> Block:
    return Block("heading", text, level=1)


def paragraph(text: str) -> Block:
    return Block("paragraph", text)


def book_of(pages: list[list[Block]], chapters: list[tuple[str, int, int]]) -> Book:
    numbered = tuple(Page(n, tuple(blocks), f"p{n}") for n, blocks in enumerate(pages, start=1))
    return Book("B", "", "en", numbered, tuple(Chapter(*chapter) for chapter in chapters))


def rows_of(book: Book) -> list[tuple[str, str, str, str]]:
    table = pages_table(book)
    return list(zip(table["page"], table["chapter"], table["text"], table["label"], strict=True))


def test_a_page_is_divided_where_a_chapter_begins_inside_it() -> None:
    blocks = [paragraph("It ended."), heading("Two"), paragraph("It began."), heading("Three")]
    book = book_of([[heading("One")], blocks], [("One", 1, 0), ("Two", 2, 1), ("Three", 2, 3)])
    assert rows_of(book) == [
        ("1", "One", "# One", "p1"),
        ("2", "One", "It ended.", "p2"),
        ("2b", "Two", "# Two\n\nIt began.", "p2"),
        ("2c", "Three", "# Three", "p2"),
    ]


def test_only_the_first_heading_of_a_chapter_is_its_heading() -> None:
    blocks = [heading("CHAPTER I"), heading("Down the Hill"), paragraph("A."), heading("Later")]
    assert rows_of(book_of([blocks], [("One", 1, 0)])) == [
        ("1", "One", "# CHAPTER I\n\n## Down the Hill\n\nA.\n\n## Later", "p1")
    ]


def test_headings_before_the_first_chapter_and_without_chapters_are_lower_ones() -> None:
    pages = [[heading("The Book")], [heading("One"), paragraph("A.")]]
    assert [row[1:3] for row in rows_of(book_of(pages, [("One", 2, 0)]))] == [
        ("", "## The Book"),
        ("One", "# One\n\nA."),
    ]
    assert rows_of(book_of(pages, []))[1][2] == "## One\n\nA."


def test_what_is_not_told_does_not_make_a_row_nor_hide_a_chapter() -> None:
    first = [Block("header", "THE BOX"), Block("image", "A box"), heading("One"), paragraph("A.")]
    art = [Block("image", "A boat")]
    book = book_of([first, art, [heading("Two"), paragraph("B.")]], [("One", 1, 0), ("Two", 2, 0)])
    assert [row[:3] for row in rows_of(book)] == [
        ("1", "One", "# One\n\nA."),
        ("3", "Two", "# Two\n\nB."),
    ]


def test_a_chapter_that_begins_with_text_has_no_heading() -> None:
    book = book_of([[paragraph("A."), paragraph("B."), heading("Aside")]], [("One", 1, 1)])
    assert [row[:3] for row in rows_of(book)] == [("1", "", "A."), ("1b", "One", "B.\n\n## Aside")]


def test_a_page_of_many_poems_has_a_row_for_each() -> None:
    blocks = [heading(f"Poem {number}") for number in range(60)]
    book = book_of([blocks], [(block.text, 1, place) for place, block in enumerate(blocks)])
    keys = [row[0] for row in rows_of(book)]
    assert keys[:3] + keys[25:28] == ["1", "1b", "1c", "1z", "1aa", "1ab"]
    assert len(set(keys)) == 60


def test_an_outline_out_of_order_still_names_the_chapter_one_is_in() -> None:
    pages = [[paragraph("A.")], [paragraph("B.")]]
    assert [row[1] for row in rows_of(book_of(pages, [("Two", 2, 0), ("One", 1, 0)]))] == [
        "One",
        "Two",
    ]


kinds = st.sampled_from(["heading", "paragraph", "header", "footnote"])
texts = st.text("ab#\\ .1", min_size=1).map(str.strip).filter(bool)
pages = st.lists(st.lists(st.builds(Block, kinds, texts, st.just(1)), max_size=6), max_size=5)


@given(pages=pages, places=st.lists(st.tuples(st.integers(1, 5), st.integers(0, 5)), max_size=6))
def test_every_text_is_told_once_and_every_chapter_begins_a_row(
    pages: list[list[Block]], places: list[tuple[int, int]]
) -> None:
    book = book_of(pages, [(f"{page}:{block}", page, block) for page, block in places])
    rows = rows_of(book)
    told = [b.text for p in pages for b in p if b.kind in ("heading", "paragraph")]
    said = [piece for row in rows for piece in row[2].split("\n\n")]
    assert len(said) == len(told)
    assert all(piece.endswith(text) for piece, text in zip(said, told, strict=True))
    keys = [row[0] for row in rows]
    assert len(set(keys)) == len(keys)
    chapters = [row[1] for row in rows]
    assert chapters == sorted(chapters)
    for row in rows:
        kinds = [piece.startswith("# ") for piece in row[2].split("\n\n")]
        assert True not in kinds[1:]


def test_a_number_and_a_title_right_below_are_one_chapter(tmp_path: Path) -> None:
    path = tmp_path / "b.md"
    path.write_text(
        "# CHAPTER I\n\n# Down the Hill\n\nIt began.\n\n# CHAPTER II\n\n# The Ferry\n\nIt ended.\n"
    )
    book = read_book(path)
    assert [c.title for c in book.chapters] == ["CHAPTER I. Down the Hill", "CHAPTER II. The Ferry"]
    assert list(pages_table(book)["text"]) == [
        "# CHAPTER I\n\n## Down the Hill\n\nIt began.",
        "# CHAPTER II\n\n## The Ferry\n\nIt ended.",
    ]


def test_in_a_pdf_a_small_number_above_a_large_title_belongs_to_the_chapter() -> None:
    from voicemill.books.pdf.reading import read_pdf

    made = Pdf()
    for number, title in enumerate(("Down the Hill", "The Ferry")):
        made.add_page()
        top = made.column(" ".join(sentences(5, number * 12)), 50, 60, 320)
        made.at(150, top + 50, f"CHAPTER {'I' * (number + 1)}", 14)
        made.at(150, top + 90, title, 20)
        made.column(" ".join(sentences(5, number * 12 + 6)), 50, top + 130, 320)
    book = read_pdf(made.done(), "b.pdf")
    assert [c.title for c in book.chapters] == ["CHAPTER I. Down the Hill", "CHAPTER II. The Ferry"]
    table = pages_table(book)
    assert list(table["page"]) == ["1", "1b", "2", "2b"]
    assert table["text"][1].startswith("# CHAPTER I\n\n## Down the Hill\n\n")


@pytest.mark.parametrize(
    ("heading", "is_bare"),
    [("II.", True), ("Chapter 2", True), ("CHAPTER THE LAST", False), ("第二章", True), ("7", True),
     ("الفصل الثاني عشر", True), ("Chương hai", True), ("अध्याय दो", True), ("Prologue", False),
     ("Chapter 2: The Ferry", False), ("Chapter 2:Ferry", False), ("第二章 渡船", False),
     ("I went", False), ("12345", False)],
)  # fmt: skip
def test_headings_that_are_only_a_number(heading: str, is_bare: bool) -> None:
    assert is_bare_number(heading) == is_bare


PRINTED = """<span epub:type="pagebreak" title="11"/><h1>One</h1><p>The tide turned.</p>
<span epub:type="pagebreak" title="12"/><p>And so it ended.</p>
<h1>Two</h1><h2>The Ferry</h2><p># 7 is no heading.</p>"""


@pytest.fixture
def printed(tmp_path: Path) -> Path:
    path = tmp_path / "b.epub"
    path.write_bytes(epub({"a.xhtml": xhtml(PRINTED)}))
    return path


def test_divided_pages_and_marks_reach_those_who_speak(printed: Path, tmp_path: Path) -> None:
    (tmp_path / "voicemill.toml").touch()
    items = Studio.open(tmp_path).read(printed, kind="book")
    assert list(items["key"]) == ["1", "2", "2b"]
    assert list(items["chapter"]) == ["One", "One", "Two"]
    assert list(items["text"]) == [
        "# One\n\nThe tide turned.",
        "And so it ended.",
        "# Two\n\n## The Ferry\n\n\\# 7 is no heading.",
    ]
    ends = [sentence.ends for sentence in split(items["text"][2], "en")]
    assert ends == ["chapter", "heading", "paragraph"]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_the_table_survives_being_a_file(printed: Path, tmp_path: Path, ending: str) -> None:
    table = pages_table(read_book(printed))
    path = tmp_path / f"pages.{ending}"
    if ending == "xlsx":
        table.to_excel(path, index=False)
    elif ending == "json":
        table.to_json(path, orient="records")
    else:
        table.to_csv(path, index=False)
    items = read_table(path, "book")
    assert list(items["key"]) == ["1", "2", "2b"]
    assert list(items["text"]) == list(table["text"])
