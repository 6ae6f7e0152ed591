"""Sentences found in text of five languages, against borders set by hand."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.books.spoken.sentences import ENDS, split

SAMPLES = Path(__file__).parent / "sentences"
LANGUAGES = ("en", "vi", "hi", "zh", "ar")
# Text in which every rule has something to do, beside any text at all.
MARKED = st.text(
    st.sampled_from("aB1 .!?…,;:—-–“”\"'’()[]«»「」。？、।॥؟۔é天कا#\n\u0301\u00a0\U0001f600")
)
TEXTS = st.one_of(st.text(), MARKED)


def samples(language: str) -> list[tuple[str, set[int]]]:
    """Return texts, each with the places where its sentences end but the last one's."""
    found = []
    for line in (SAMPLES / f"{language}.tsv").read_text(encoding="utf-8").splitlines():
        pieces = line.split("\t")[1].split("|")
        ends, length = set(), 0
        for piece in pieces[:-1]:
            ends.add(length + len(piece.rstrip()))
            length += len(piece)
        found.append(("".join(pieces), ends))
    return found


def shown(text: str, expected: set[int], found: set[int]) -> str:
    for end in sorted(expected | found, reverse=True):
        name = "|" if end in expected & found else "<missed>" if end in expected else "<extra>"
        text = text[:end] + name + text[end:]
    return text


@pytest.mark.parametrize("language", LANGUAGES)
def test_ninety_eight_of_a_hundred_borders_are_right(language: str) -> None:
    right = borders = 0
    wrong = []
    rows = samples(language)
    for text, expected in rows:
        found = {sentence.end for sentence in split(text, language)} - {len(text.rstrip())}
        right += len(found & expected)
        borders += len(found | expected)
        if found != expected:
            wrong.append(shown(text, expected, found))
    assert len(rows) >= 40
    assert right / borders >= 0.98, f"{right} of {borders} right\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("en", "“Stop!” she said. Nobody did.", ["“Stop!” she said.", "Nobody did."]),
        ("fr", "« Viens ! » dit-elle. Il vint.", ["« Viens ! » dit-elle.", "Il vint."]),
        ("de", "„Komm!“ rief sie. Er kam.", ["„Komm!“ rief sie.", "Er kam."]),
        ("am", "ሰላም። ደህና ነህ።", ["ሰላም።", "ደህና ነህ።"]),
        ("en", "Wait . . . and see. Now.", ["Wait . . . and see.", "Now."]),
        ("en-GB", "Dr. Ames\nleft. It rained.", ["Dr. Ames\nleft.", "It rained."]),
        ("", "One. Two.", ["One.", "Two."]),
    ],
)
def test_a_text_is_parted_into_its_sentences(
    language: str, text: str, sentences: list[str]
) -> None:
    assert [sentence.text for sentence in split(text, language)] == sentences


def test_what_follows_a_sentence_is_told_and_heading_marks_are_not_spoken() -> None:
    text = "# The Mill. Part one\n\nIt rained. It stopped.\n\nThen sun.\n## Noon\nAll slept.\n\n"
    text += "* * *\n"
    assert [(sentence.text, sentence.ends) for sentence in split(text, "en")] == [
        ("The Mill. Part one", "chapter"),
        ("It rained.", "sentence"),
        ("It stopped.", "paragraph"),
        ("Then sun.", "heading"),
        ("Noon", "heading"),
        ("All slept.", "paragraph"),
        ("* * *", "paragraph"),
    ]


def test_a_hash_inside_a_line_or_without_a_space_is_no_heading() -> None:
    assert [s.text for s in split("He is # 1 here,\n#tag stays", "en")] == [
        "He is # 1 here,\n#tag stays"
    ]


@given(TEXTS, st.sampled_from([*LANGUAGES, "fr", "ja", "xx", ""]))
def test_nothing_of_any_text_is_lost(text: str, language: str) -> None:
    place = 0
    for sentence in split(text, language):
        assert sentence.text == text[sentence.start : sentence.end] == sentence.text.strip() != ""
        assert sentence.ends in ENDS
        assert sentence.start >= place
        assert text[place : sentence.start].strip(" \t#").strip() == ""
        place = sentence.end
    assert text[place:].strip() == ""


@given(TEXTS)
def test_every_sentence_of_a_longer_paragraph_has_something_to_say(text: str) -> None:
    for first, second in pairwise(split(text, "en")):
        if first.ends == "sentence":
            assert any(char.isalnum() for char in first.text)
            assert any(char.isalnum() for char in second.text)


def test_text_with_broken_unicode_is_parted_too() -> None:
    assert [s.text for s in split("The \ud800 sank. It rained.", "en")] == [
        "The \ud800 sank.",
        "It rained.",
    ]


@pytest.mark.parametrize(
    "repeated", ["word ", "a.", "“Hi!” he said. ", "1. ", "(a! ", "!) a", "Dr. A. ", "“", "। "]
)
def test_a_book_without_an_end_in_sight_is_parted_in_a_moment(repeated: str) -> None:
    began = time.monotonic()
    assert split(repeated * (200_000 // len(repeated)), "en")
    assert time.monotonic() - began < 20  # up to 0.6 s where this was written
