"""Sentences that are too long, in pieces."""

from __future__ import annotations

import re
import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.books.spoken.clauses import pieces

MARKED = st.text(st.sampled_from("aB19 ,;:—.!“”、，。；天地क्षि\u0301\u200d\u00a0é\U0001f469"))
TEXTS = st.one_of(st.text(), MARKED)


@pytest.mark.parametrize(
    ("language", "longest", "parts"),
    [
        ("en", 30, ["The lamp went out; ", "the room, warm before, ", "was cold."]),
        ("en", 40, ["The miller slept the whole afternoon ", "because nobody came."]),
        ("en", 22, ["He counted 1 000 000 ", "grains and no more."]),
        ("zh", 12, ["天黑了，灯也灭了，", "谁也不怕；", "山前有水，水边有人。"]),
        ("vi", 26, ["Trời mưa suốt cả buổi ", "nhưng chúng tôi vẫn đi."]),
        ("hi", 30, ["बारिश बहुत देर तक होती रही ", "लेकिन हम चलते रहे।"]),
        ("ar", 30, ["كان المطر غزيرا طوال الليل، ", "ثم طلعت الشمس أخيرا."]),
        ("en", 10, ["Unbelievabilities ", "happen."]),
    ],
)
def test_a_long_sentence_is_cut_where_a_reader_breathes(
    language: str, longest: int, parts: list[str]
) -> None:
    assert pieces("".join(parts), language, longest) == parts


def test_a_number_and_a_word_stay_whole_however_short_the_pieces() -> None:
    assert pieces("3,500 isn’t 7:30", "en", 1) == ["3,500 ", "isn’t ", "7:30"]
    assert pieces("一共3，500元", "zh", 2) == ["一", "共3，500元"]


@given(TEXTS, st.sampled_from(["en", "zh", "hi", "xx"]), st.integers(1, 40))
def test_pieces_are_the_sentence_and_none_is_longer_than_it_must_be(
    sentence: str, language: str, longest: int
) -> None:
    found = pieces(sentence, language, longest)
    assert "".join(found) == sentence
    assert all(found)
    for piece in found:
        if len(piece) > longest:
            # Only what cannot be cut: no word begins inside it.
            assert not re.search(r"(?<=[^\s\u200c\u200d])[ \n]+[^\W\d_]", piece[:-1])
        assert len(piece) > longest or pieces(piece, language, longest) == [piece]


@given(TEXTS, st.integers(1, 40))
def test_no_piece_begins_inside_a_word_or_a_combined_character(text: str, longest: int) -> None:
    found = pieces(text, "en", longest)
    for before, after in pairwise(found):
        assert not unicodedata.category(after[0]).startswith("M")
        inside = before[-1].isalnum() and after[0].isalnum()
        assert not inside or max(before[-1], after[0]) > "\u3040"


@pytest.mark.parametrize("repeated", ["word ", "word, ", "x", "天", "天，", ". ", "“", "1 "])
def test_a_million_characters_without_a_full_stop_are_cut_in_five_seconds(repeated: str) -> None:
    text = repeated * (1_000_000 // len(repeated))
    began = time.monotonic()
    found = pieces(text, "en", 200)
    assert time.monotonic() - began < 5
    assert "".join(found) == text
