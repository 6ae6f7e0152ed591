"""A page becomes lines: who says what, and how long is silent after it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.books.spoken.pauses import Pauses
from voicemill.errors import BookError
from voicemill.production.narration.script import Line, Narration, cast_rows, script_of

PAUSES = Pauses()


def lines(
    text: str, *cast: tuple[str, str], language: str = "en", longest: int = 400
) -> list[Line]:
    return list(script_of(text, language, Narration(PAUSES, cast), lambda _voice: longest).lines)


def test_each_sentence_is_a_line_and_each_place_has_its_silence() -> None:
    said = lines(
        "# The Hill\n\nTom went up. Was it far? He waited…\n\nIt was.\n\n## Later\n\nHe left."
    )
    assert [(line.text, line.pause_s) for line in said] == [
        ("The Hill", PAUSES.chapter),
        ("Tom went up.", PAUSES.sentence),
        ("Was it far?", PAUSES.strong),
        ("He waited…", PAUSES.paragraph),
        ("It was.", PAUSES.heading),
        ("Later", PAUSES.heading),
        ("He left.", PAUSES.paragraph),
    ]


def test_a_break_of_stars_is_silence_and_not_said() -> None:
    first, second = lines("They slept.\n\n* * *\n\nThe sun rose.")
    assert (first.text, first.pause_s) == ("They slept.", PAUSES.scene)
    assert second.text == "The sun rose."


def test_without_a_cast_a_sentence_with_a_quote_is_one_line() -> None:
    [line] = lines("“Are you coming?” asked Anna.")
    assert (line.text, line.voice) == ("“Are you coming?” asked Anna.", "")


def test_who_is_in_the_cast_speaks_her_own_words() -> None:
    said = lines(
        "“Are you coming?” asked Anna. “No,” said Tom.", ("Anna", "a:1"), ("speaker", "s:1")
    )
    assert [(line.voice, line.text, line.sentence) for line in said] == [
        ("a:1", "“Are you coming?”", 0),
        ("", "asked Anna.", 0),
        ("s:1", "“No,”", 1),
        ("", "said Tom.", 1),
    ]
    assert [line.pause_s for line in said] == [
        PAUSES.turn,
        PAUSES.sentence,
        PAUSES.turn,
        PAUSES.paragraph,
    ]


def test_a_sentence_too_long_for_one_go_is_parted_at_its_clauses() -> None:
    text = "When the rain had stopped, the children ran out, and the old dog, who was tired, slept."
    said = lines(text, longest=40)
    assert len(said) > 1
    assert {line.sentence for line in said} == {0}
    assert all(len(line.text) <= 40 for line in said)
    assert [line.pause_s for line in said[:-1]] == [PAUSES.clause] * (len(said) - 1)


def test_a_paragraph_that_begins_with_a_hash_is_said_without_its_backslash() -> None:
    assert [line.text for line in lines("\\#1 is the best song.")] == ["#1 is the best song."]


@pytest.mark.parametrize("text", ["", "   \n\n ", "* * *", "…", "“ ”"])
def test_what_has_no_words_has_no_lines(text: str) -> None:
    assert lines(text) == []


@given(st.text(alphabet="abc. ,“”?!\n#*—…\\ ", max_size=120), st.booleans())
def test_no_letter_is_lost_and_none_is_said_twice(text: str, with_cast: bool) -> None:
    cast = (("speaker", "s:1"),) if with_cast else ()
    said = "".join(line.text for line in lines(text, *cast, longest=15))
    kept = [letter for letter in said if letter.isalnum()]
    assert kept == [letter for letter in text if letter.isalnum()]


def test_a_narration_is_written_and_read_back_the_same() -> None:
    narration = Narration(Pauses(sentence=0.2), (("Anna", "a:1"), ("Zoë", "z:1")))
    assert Narration.from_text(narration.as_text()) == narration


def test_a_cast_with_two_voices_for_one_name_is_refused() -> None:
    with pytest.raises(BookError, match="'Anna' has two voices"):
        cast_rows([{"name": "Anna", "voice": "a:1"}, {"name": "Anna", "voice": "b:1"}])
