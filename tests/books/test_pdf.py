"""Reading PDF files with text."""

from __future__ import annotations

from pathlib import Path

import pytest

from books.pdf_samples import (
    Book,
    dejavu,
    font_file,
    novel,
    sentences,
    shaped_arabic,
    words_of,
)
from voicemill.books.book import Block
from voicemill.books.pdf.reading import read_pdf


def blocks(data: bytes, *kinds: str) -> list[Block]:
    book = read_pdf(data, "sample.pdf")
    found = [block for page in book.pages for block in page.blocks]
    return [block for block in found if not kinds or block.kind in kinds]


def text_of(data: bytes) -> str:
    return " ".join(block.text for block in blocks(data, "heading", "paragraph"))


def test_a_novel_keeps_every_word_in_order_and_loses_headers_and_page_numbers() -> None:
    book = read_pdf(novel(8), "novel.pdf")
    told = [b.text for page in book.pages for b in page.blocks if b.kind == "paragraph"]
    assert " ".join(told).split() == words_of(8 * 14)
    assert {b.text for b in book.pages[0].blocks if b.kind == "header"} == {"The Wooden Box 1"}
    assert {b.text for b in book.pages[1].blocks if b.kind == "header"} == {"2 Ann Writer"}
    assert [page.label for page in book.pages] == [str(n) for n in range(1, 9)]


def test_title_author_and_language_are_those_the_file_declares() -> None:
    book = read_pdf(novel(2), "novel.pdf")
    assert (book.title, book.author, book.language) == ("The Wooden Box", "Ann Writer", "en")
    assert (book.language_source, book.format, book.cover) == ("declared", "pdf", None)


def test_chapters_come_from_the_outline_and_point_at_their_heading() -> None:
    book = read_pdf(novel(8), "novel.pdf")
    assert [(c.title, c.page) for c in book.chapters] == [("Chapter 1", 1), ("Chapter 2", 5)]
    for chapter in book.chapters:
        begins = book.pages[chapter.page - 1].blocks[chapter.block]
        assert (begins.kind, begins.text) == ("heading", chapter.title)


def test_without_an_outline_large_letters_make_title_and_chapters() -> None:
    book = Book()
    for number in range(3):
        book.add_page()
        if number == 0:
            book.at(100, 80, "The Ferry", 26, "B")
        book.at(100, 130, f"{['One', 'Two', 'Three'][number]} crossing", 17, "B")
        book.column(" ".join(sentences(12, number * 12)), 50, 150, 320)
    read = read_pdf(book.done(), "ferry.pdf")
    assert read.title == "The Ferry"
    assert [c.title for c in read.chapters] == ["One crossing", "Two crossing", "Three crossing"]
    levels = {b.text: b.level for p in read.pages for b in p.blocks if b.kind == "heading"}
    assert levels["The Ferry"] == 1
    assert levels["One crossing"] == 2


def test_two_columns_are_read_one_after_the_other_under_a_heading_across_both() -> None:
    book = Book()
    book.add_page()
    book.at(60, 80, "A heading that stands across both columns of the page", 15, "B")
    book.column(" ".join(sentences(14)), 40, 100, 160)
    book.column(" ".join(sentences(14, 14)), 220, 100, 160)
    found = blocks(book.done(), "heading", "paragraph")
    assert found[0].text == "A heading that stands across both columns of the page"
    assert " ".join(b.text for b in found[1:]).split() == words_of(28)


def test_a_heading_between_columns_divides_the_page() -> None:
    book = Book()
    book.add_page()
    for part, top in enumerate((60, 330)):
        book.at(60, top, f"Part {part + 1} lies across both columns here", 15, "B")
        book.column(" ".join(sentences(8, part * 16)), 40, top + 20, 160)
        book.column(" ".join(sentences(8, part * 16 + 8)), 220, top + 20, 160)
    found = blocks(book.done(), "heading", "paragraph")
    heads = [place for place, block in enumerate(found) if block.kind == "heading"]
    assert len(heads) == 2
    first = " ".join(block.text for block in found[heads[0] + 1 : heads[1]])
    second = " ".join(block.text for block in found[heads[1] + 1 :])
    assert first.split() == words_of(16)
    assert second.split() == words_of(16, 16)


def test_paragraphs_are_told_by_indent_by_gap_and_by_a_short_last_line() -> None:
    told = [" ".join(sentences(5, 5 * n)) for n in range(3)]
    indented, gapped, short = Book(), Book(), Book()
    for book in (indented, gapped, short):
        book.add_page()
    tops = [60.0, 60.0, 60.0]
    for text in told:
        tops[0] = indented.column(text, 50, tops[0], 320, indent=18)
        tops[1] = gapped.column(text, 50, tops[1], 320) + 9
        tops[2] = short.column(text, 50, tops[2], 320)
    for book in (indented, gapped, short):
        assert [b.text for b in blocks(book.done(), "paragraph")] == told


def test_the_entries_of_a_list_stay_whole() -> None:
    book = Book()
    book.add_font("dejavu", fname=dejavu())
    book.set_font("dejavu", size=11)
    book.add_page()
    told = [f"• {' '.join(sentences(2, 2 * n))}" for n in range(3)]
    top = 60.0
    for text in told:
        first, rest = text[:48].rsplit(" ", 1)
        book.at(60, top, first)
        top = book.column(rest + text[48:], 70, top + 3, 300) + 14
    assert [b.text for b in blocks(book.done(), "paragraph")] == told


def test_the_header_of_a_chapter_of_two_pages_is_known_by_the_place_and_the_count() -> None:
    book = Book()
    for number in range(9):
        book.add_page()
        book.at(50, 40, f"Chapter Two: the boat {number + 1}" if number == 4 else f"{number + 1}")
        book.column(" ".join(sentences(12, 12 * number)), 50, 70, 320)
    assert [b.text for b in blocks(book.done(), "header")][4] == "Chapter Two: the boat 5"


def test_a_sentence_over_a_page_break_is_told_on_the_page_it_began() -> None:
    book = Book()
    book.add_page()
    book.column("The ferryman went down to the river and looked for his inter-", 50, 60, 320)
    book.add_page()
    book.column("esting old boat. Then he went home. He slept until noon.", 50, 60, 320)
    read = read_pdf(book.done(), "river.pdf")
    begun, rest = (page.blocks[0] for page in read.pages)
    assert begun.text.endswith("looked for his interesting old boat.")
    assert rest.text == "Then he went home. He slept until noon."
    assert rest.raw.startswith("esting old boat.")


def test_footnotes_are_set_apart_and_their_marks_leave_the_text() -> None:
    book = Book()
    book.add_page()
    book.at(50, 80, "The ferryman")
    place = 50 + book.get_string_width("The ferryman")
    book.at(place, 76, "1", 7)
    book.at(place + 4, 80, " drank H2O and measured 20 m")
    place += 4 + book.get_string_width(" drank H2O and measured 20 m")
    book.at(place, 76, "2", 7)
    book.at(place + 4, 80, " of rope in 1984.")
    book.at(50, 500, "1", 6)
    book.at(54, 503, " A man with a boat and no", 8)
    book.at(50, 514, "wish for another.", 8)
    read = read_pdf(book.done(), "notes.pdf")
    (paragraph,) = [b for b in read.pages[0].blocks if b.kind == "paragraph"]
    (note,) = [b for b in read.pages[0].blocks if b.kind == "footnote"]
    assert paragraph.text.startswith("The ferryman drank H2O and measured 20 m")
    assert paragraph.text.endswith("2 of rope in 1984.")
    assert "ferryman1" in paragraph.raw
    assert note.text == "A man with a boat and no wish for another."


def test_contents_and_copyright_pages_are_known_as_such() -> None:
    book = Book()
    book.add_page()
    book.at(50, 100, "Copyright © 2024 Ann Writer. All rights reserved.")
    book.at(50, 115, "First published in 2024. ISBN 978-0-00-000000-2")
    book.add_page()
    book.at(150, 80, "Contents", 16, "B")
    for number in range(6):
        title = sentences(1, number)[0][:-1]
        book.at(50, 110 + 15 * number, f"{title} ............ {7 + 12 * number}", 10)
    for number in range(3):
        book.add_page()
        book.column(" ".join(sentences(12, 12 * number)), 50, 60, 320)
    read = read_pdf(book.done(), "front.pdf")
    assert [{b.kind for b in page.blocks} for page in read.pages] == [
        {"copyright"},
        {"contents"},
        *([{"paragraph"}] * 3),
    ]
    assert read.rights == "Copyright © 2024 Ann Writer"


def test_ligatures_and_divided_words_come_out_as_words() -> None:
    book = Book()
    book.add_font("dejavu", fname=dejavu())
    book.set_font("dejavu", size=11)
    book.add_page()
    for number, line in enumerate(
        (
            "The ﬁrst oﬃce was a well-known place, with ½ m² of in-",
            "teresting air, and everyone thought it was a well-",
            "known ﬂower shop for self-",
            "made men, where soft\u00ad",
            "ness was sold since 1984.",
        )
    ):
        book.at(50, 80 + 16 * number, line)
    (block,) = blocks(book.done(), "paragraph")
    assert block.text == (
        "The first office was a well-known place, with ½ m² of interesting air, and everyone "
        "thought it was a well-known flower shop for self-made men, where softness was sold "
        "since 1984."
    )


VIETNAMESE = "Trời hôm nay rất đẹp, chúng tôi đi ra biển. Người lái đò kể chuyện cũ suốt đêm."
HINDI = "आज मौसम बहुत अच्छा है और हम नदी के किनारे चलते हैं। किताब में 25 पृष्ठ हैं।"
CHINESE = "今天天气很好，我们一起去海边散步。书里有二十五页，每一页都很有意思。"
ARABIC = "ذهب الولد الى السوق مع 25 صديقا في عام 1984 ثم رجع"


@pytest.mark.parametrize(
    ("text", "font", "width"),
    [
        (VIETNAMESE, ("matplotlib", "mpl-data", "fonts", "ttf", "DejaVuSans.ttf"), 150),
        (HINDI, ("pylopdf_fonts_hi", "NotoSansDevanagari-Variable.ttf"), 150),
    ],
    ids=["vietnamese", "hindi"],
)
def test_text_in_other_scripts_comes_out_as_written(
    text: str, font: tuple[str, ...], width: float
) -> None:
    book = Book()
    book.add_font("own", fname=font_file(*font))
    book.set_font("own", size=12)
    book.add_page()
    book.column(text, 50, 60, width, size=12)
    assert text_of(book.done()) == text


def test_chinese_lines_are_joined_without_spaces() -> None:
    book = Book()
    book.add_font("own", fname=font_file("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"))
    book.set_font("own", size=12)
    book.add_page()
    for number, line in enumerate((CHINESE[:18], CHINESE[18:])):
        book.at(50, 80 + 18 * number, line, 12)
    assert text_of(book.done()) == CHINESE


def test_arabic_is_read_from_right_to_left_with_its_numbers_the_right_way_round() -> None:
    book = Book()
    book.add_font("own", fname=dejavu())
    book.set_font("own", size=12)
    book.add_page()
    words = ARABIC.split()
    for number, line in enumerate((words[:6], words[6:])):
        place = 370.0
        for word in line:
            shown = word if word.isdigit() else shaped_arabic(word)
            place -= book.get_string_width(shown) + 5
            book.at(place, 80 + 20 * number, shown, 12)
    assert text_of(book.done()) == ARABIC


def test_a_page_that_lies_on_its_side_is_read() -> None:
    book = Book()
    book.add_page()
    with book.rotation(90, 200, 300):
        book.column(" ".join(sentences(4)), 50, 200, 320)
    assert text_of(book.done()).split() == words_of(4)


def test_a_book_of_one_word_is_read(tmp_path: Path) -> None:
    book = Book()
    book.add_page()
    book.at(50, 80, "Hello")
    (block,) = blocks(book.done())
    assert block.text == "Hello"
