"""Cleaning takes headers, footers, page numbers and marks away, and never a word of the text."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.books.cleaning.margins import furniture
from voicemill.books.cleaning.notes import footnotes, without_marks
from voicemill.books.cleaning.pages import is_contents, is_copyright
from voicemill.books.cleaning.words import join_lines, keeps_hyphen, plain, word_forms
from voicemill.books.layout.pages import bound
from voicemill.books.layout.parts import Line, Sheet

NONE: Counter[str] = Counter()
words = st.text(st.sampled_from("abcdefgh"), min_size=2, max_size=9)
tokens = st.one_of(words, st.integers(0, 3000).map(str), st.sampled_from(["H2O", "m²", "½", "xii"]))
texts = st.lists(tokens, min_size=3, max_size=9).map(" ".join)


def line(text: str, top: float, size: float = 11, left: float = 50) -> Line:
    return Line(text, left, top, left + 6 * len(text), top + size * 1.2, size)


def sheet(body: list[str], header: str = "", footer: str = "") -> Sheet:
    """Return a page of 600 points with a header and a footer set apart from the text."""
    lines = [line(text, 90 + 14 * number) for number, text in enumerate(body)]
    top = [line(header, 40)] if header else []
    return Sheet(420, 600, (*top, *lines, *([line(footer, 560)] if footer else ())))


def taken(sheets: list[Sheet]) -> list[list[str]]:
    """Return the texts of what was found to be header or footer, page by page."""
    return [
        [page.lines[index].text for index in sorted(found)]
        for page, found in zip(sheets, furniture(sheets), strict=True)
    ]


def body(number: int, count: int = 20) -> list[str]:
    return [f"sentence {chr(97 + n)}{chr(97 + number % 26)} of the story" for n in range(count)]


@pytest.mark.parametrize(
    ("shown", "first"),
    [
        (lambda n: f"{n}", 1),
        (lambda n: f"- {n} -", 17),
        (lambda n: f"Page {n} of 10", 1),
        (lambda n: f"{n} / 10", 1),
        (lambda n: f"Trang {n}", 3),
        (lambda n: ["i", "ii", "iii", "iv", "v", "vi", "vii"][n - 1], 1),
        (lambda n: f"第 {n} 页", 1),
        (lambda n: str(n).translate(str.maketrans("0123456789", "०१२३४५६७८९")), 1),
    ],
)
def test_page_numbers_of_every_kind_are_found(shown, first: int) -> None:  # type: ignore[no-untyped-def]
    sheets = [sheet(body(n), footer=shown(n + first)) for n in range(6)]
    assert taken(sheets) == [[shown(n + first)] for n in range(6)]


def test_headers_that_alternate_between_left_and_right_pages_are_found() -> None:
    headers = [f"{n} A STORY" if n % 2 else f"The Ferryman {n}" for n in range(10, 18)]
    sheets = [sheet(body(n), header=header) for n, header in enumerate(headers)]
    assert taken(sheets) == [[header] for header in headers]


def test_a_header_without_a_number_is_found_by_repetition_only() -> None:
    sheets = [sheet(body(n), header="The Ferryman") for n in range(5)]
    assert taken(sheets) == [["The Ferryman"]] * 5
    once = [sheet(body(n), header="The Ferryman" if n == 2 else "") for n in range(5)]
    assert taken(once) == [[]] * 5


def test_a_refrain_at_the_top_of_the_text_is_no_header() -> None:
    sheets = [sheet(["Row, row, row your boat", *body(n)]) for n in range(6)]
    assert taken(sheets) == [[]] * 6


def test_a_year_alone_on_the_last_line_is_no_page_number() -> None:
    sheets = [sheet([*body(n, 33), str(year)]) for n, year in enumerate((1984, 1991, 1950, 2003))]
    assert taken(sheets) == [[]] * 4


def test_chapter_headings_at_the_top_of_every_page_stay() -> None:
    sheets = [sheet(body(n), header=f"Chapter {n + 1}") for n in range(5)]
    assert taken(sheets) == [[]] * 5


@given(st.lists(st.lists(texts, min_size=1, max_size=25), min_size=1, max_size=6))
def test_text_without_headers_keeps_every_word_in_order(pages: list[list[str]]) -> None:
    unique = [[f"q{p}z{n} {text}" for n, text in enumerate(page)] for p, page in enumerate(pages)]
    sheets = [sheet([f"{text} end" for text in page]) for page in unique]
    told, _chapters = bound(sheets)
    kept = " ".join(block.text for page in told for block in page.blocks)
    assert kept.split() == " ".join(f"{text} end" for page in unique for text in page).split()


@given(st.lists(st.lists(texts, min_size=1, max_size=25), min_size=4, max_size=8))
def test_with_headers_and_page_numbers_only_those_are_lost(pages: list[list[str]]) -> None:
    unique = [
        [f"q{p}z{n} {text} end" for n, text in enumerate(page)] for p, page in enumerate(pages)
    ]
    sheets = [sheet(page, "A Story", str(n + 7)) for n, page in enumerate(unique)]
    told, _chapters = bound(sheets)
    kinds = ("header", "footer")
    kept = " ".join(b.text for page in told for b in page.blocks if b.kind not in kinds)
    assert kept.split() == " ".join(text for page in unique for text in page).split()
    assert [b.text for page in told for b in page.blocks if b.kind == "header"] == (
        ["A Story"] * len(pages)
    )
    assert [page.label for page in told] == [str(n + 7) for n in range(len(pages))]


@pytest.mark.parametrize(
    ("lines", "elsewhere", "joined"),
    [
        (["an inter-", "esting day"], "", "an interesting day"),
        (["a well-", "known man"], "", "a well-known man"),
        (["an ice-", "cream shop"], "We like ice-cream.", "an ice-cream shop"),
        (["an ice-", "cream shop"], "We like icecream.", "an icecream shop"),
        (["soft\u00ad", "ness"], "soft-ness", "softness"),
        (["in\u00advisible"], "", "invisible"),
        (["the war of 1914-", "18"], "", "the war of 1914-18"),
        (["an Anglo-", "Saxon king"], "", "an Anglo-Saxon king"),
        (["CHAP-", "TER"], "", "CHAPTER"),
        (["my mother-in-", "law"], "", "my mother-in-law"),
        (["he stopped -", "then he ran"], "", "he stopped - then he ran"),
        (["twenty-", "one"], "", "twenty-one"),
        (["我们一起", "去海边"], "", "我们一起去海边"),
        (["한국어 책", "읽기"], "", "한국어 책 읽기"),
    ],
)
def test_divided_words_are_joined_only_when_they_were_divided(
    lines: list[str], elsewhere: str, joined: str
) -> None:
    assert join_lines(lines, word_forms([elsewhere])) == joined


@given(words, words)
def test_the_form_the_book_uses_elsewhere_decides_about_a_hyphen(one: str, two: str) -> None:
    assert keeps_hyphen(one, two, word_forms([f"{one}-{two}"]))
    assert not keeps_hyphen(one, two, word_forms([f"{one}{two}"]))


def test_ligatures_and_arabic_shapes_are_spelt_out_and_nothing_else() -> None:
    assert plain("oﬃce ﬁ ﬂ ﬀ ﬅ ﬆ") == "office fi fl ff st st"
    assert plain("ﺏﻻ") == "بلا"
    assert plain("½ m² x₁ № ™ … Ⅳ ① ㎏ ％") == "½ m² x₁ № ™ … Ⅳ ① ㎏ ％"
    assert plain("a\u00a0b \u200bc") == "a b c"
    assert plain("क\u094d\u200dष") == "क\u094d\u200dष"  # the joiner changes how it is written


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zs", "Zl", "Zp"))))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def raised(text: str, *marks: str) -> Line:
    places = tuple((text.index(mark), text.index(mark) + len(mark)) for mark in marks)
    return Line(text, 50, 90, 350, 103, 11, raised=places)


@pytest.mark.parametrize(
    ("given_line", "marks", "left"),
    [
        (raised("the word7 goes on", "7"), ["7"], "the word goes on"),
        (raised("the end.7", "7"), ["7"], "the end."),
        (raised("the word7 goes on", "7"), [], "the word7 goes on"),
        (raised("it has 20 m2 of floor", "2 "), ["2"], "it has 20 m2 of floor"),
        (raised("10 5 atoms", "5"), ["5"], "10 5 atoms"),
        (line("the word¹ goes on", 90), ["1"], "the word goes on"),
        (line("the word* goes on", 90), ["*"], "the word goes on"),
        (line("the word [3] goes on", 90), ["3"], "the word goes on"),
        (line("20 m² and 10² and x²", 90), ["2"], "20 m² and 10² and x²"),
        (line("in 1984 he drank H2O, page 1", 90), ["1", "2", "1984"], None),
        (line("3 * 4", 90), ["*"], "3 * 4"),
    ],
)
def test_marks_of_notes_are_taken_out_and_real_numbers_are_not(
    given_line: Line, marks: list[str], left: str | None
) -> None:
    assert without_marks([given_line], marks) == [given_line.text if left is None else left]


def test_notes_are_the_small_lines_with_marks_at_the_foot_of_the_page() -> None:
    lines = [
        line("A story about the year", 90),
        line("1984 that goes on", 104),
        line("1 The first note", 500, 8),
        line("goes on here.", 510, 8),
        line("2 The second note.", 520, 8),
    ]
    assert [(note.mark, note.lines) for note in footnotes(lines, 11)] == [
        ("1", (2, 3)),
        ("2", (4,)),
    ]
    assert footnotes([line("1 A line of text", 90), line("goes on", 104)], 11) == []


def test_contents_are_known_by_dots_or_by_their_heading() -> None:
    dotted = ["The box ........ 7", "The river . . . . . . . 19", "The end …… 31"]
    assert is_contents(dotted)
    assert is_contents(["Contents", "The box 7", "The river 19", "The end 31"])
    assert is_contents(["Mục lục", "Cái hộp 7", "Dòng sông 19", "Kết thúc 31"])
    assert not is_contents(["In the year 1984", "he had 19", "or perhaps 31", "boxes"])
    assert not is_contents(["He waited... then 5", "he said... and 6", "no, he went home.", "So."])


def test_a_copyright_page_is_near_the_covers_and_short() -> None:
    said = "Copyright © 2024 Ann Writer. All rights reserved. ISBN 978-0-00-000000-2."
    assert is_copyright(said, 2, 300)
    assert is_copyright(said, 299, 300)
    assert not is_copyright(said, 150, 300)
    assert not is_copyright(said + " word" * 500, 2, 300)
    assert not is_copyright("He spoke about copyright all evening.", 2, 300)
