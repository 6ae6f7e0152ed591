"""The sentences and how they are said are in en.tsv, vi.tsv, hi.tsv and zh.tsv beside this."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.speech.words import normalise
from voicemill.speech.words.cleaning import clean
from voicemill.speech.words.normalising import edits

LANGUAGES = ("en", "vi", "hi", "zh")


def sentences(language: str) -> list[tuple[str, str]]:
    table = Path(__file__).with_name(f"{language}.tsv").read_text(encoding="utf-8")
    return [(line.split("\t")[0], line.split("\t")[1]) for line in table.splitlines()]


EXAMPLES = [(language, *pair) for language in LANGUAGES for pair in sentences(language)]
# Text of people: letters of four scripts, numbers in many forms, signs and abbreviations.
PIECES = st.sampled_from(Path(__file__).with_name("pieces.txt").read_text(encoding="utf-8").split())
TEXTS = st.lists(st.one_of(PIECES, PIECES, st.just(" "), st.characters()), max_size=12).map("".join)


@pytest.mark.parametrize(("language", "written", "said"), EXAMPLES)
def test_a_sentence_is_said_as_people_say_it(language: str, written: str, said: str) -> None:
    assert normalise(written, language) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_sixty_examples(language: str) -> None:
    assert len({written for written, _ in sentences(language)}) >= 60


def test_the_region_decides_the_order_of_a_date() -> None:
    assert normalise("03/04/2026", "en-US") == "March fourth, twenty twenty-six"
    assert normalise("03/04/2026", "en-GB") == "the third of April twenty twenty-six"
    assert normalise("21/11/2026", "en-AU") == "the twenty-first of November twenty twenty-six"


def test_what_is_no_date_time_or_numeral_stays() -> None:
    for text in ("31/02/2026", "25:61", "1:2:3", "12.34.56", "21th", "Henry IIX", "He and I"):
        assert normalise(text, "en") == text


def test_other_languages_are_cleaned_and_nothing_else() -> None:
    assert normalise(" Il a 5\u00a0€\u200b. ", "fr") == "Il a 5 €."


def test_cleaning_keeps_the_joiners_a_script_needs() -> None:
    assert clean("می\u200cخواهم") == "می\u200cخواهم"
    assert clean("क्\u200dष") == "क्\u200dष"
    assert clean("ca\u200dt\u200b s\u00adat") == "cat sat"
    assert clean("e\u0301te\u0301\x00 \t là\r\n") == "été là"


@pytest.mark.parametrize("language", LANGUAGES)
@given(st.text(alphabet="ngườitiếngकखगमन्ही天地人catmadhouse ,!?;।“”", max_size=60))
def test_text_with_nothing_to_write_out_is_only_cleaned(language: str, text: str) -> None:
    assert normalise(text, language) == clean(text)


@pytest.mark.parametrize("language", LANGUAGES)
@given(st.lists(PIECES, max_size=8).map(" ".join))
def test_what_is_written_out_stays_as_it_is(language: str, text: str) -> None:
    said = normalise(text, language)
    assert normalise(said, language) == said


@pytest.mark.parametrize("language", LANGUAGES)
@given(TEXTS)
def test_in_any_text_nothing_else_changes(language: str, text: str) -> None:
    cleaned = clean(text)
    said = normalise(text, language)
    rest, place = said, 0
    for edit in edits(cleaned, language):
        kept = cleaned[place : edit.start]
        assert rest.startswith(kept + edit.text)
        rest, place = rest[len(kept + edit.text) :], edit.end
    assert rest == cleaned[place:]


@pytest.mark.parametrize("language", LANGUAGES)
@given(TEXTS)
def test_no_digit_is_lost(language: str, text: str) -> None:
    cleaned = clean(text)
    for edit in edits(cleaned, language):
        written = cleaned[edit.start : edit.end]
        assert edit.text.strip()
        if re.search(r"\d", written):
            assert not re.search(r"\d", edit.text)
            assert any(unicodedata.category(char) == "Lo" or char.isalpha() for char in edit.text)


@pytest.mark.parametrize("language", LANGUAGES)
@given(st.integers(0, 10**17), st.integers(0, 10**17))
def test_different_numbers_sound_different(language: str, one: int, other: int) -> None:
    first, second = normalise(f"( {one} )", language), normalise(f"( {other} )", language)
    assert (first == second) == (one == other)
