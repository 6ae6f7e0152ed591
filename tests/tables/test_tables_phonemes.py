"""The table the suite ships: the 44 phonemes of British English."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from voicemill.tables import read_table

PATH = Path(__file__).parents[2] / "data" / "phonemes.csv"

# Wells, Longman Pronunciation Dictionary: the inventory of British English.
MONOPHTHONGS = ["iː", "ɪ", "e", "æ", "ʌ", "ɑː", "ɒ", "ɔː", "ʊ", "uː", "ɜː", "ə"]
DIPHTHONGS = ["eɪ", "aɪ", "ɔɪ", "aʊ", "əʊ", "ɪə", "eə", "ʊə"]
CONSONANTS = [*"pbtdkɡfvθðszʃʒh", "tʃ", "dʒ", *"mnŋlrjw"]


@pytest.fixture(scope="module")
def phonemes() -> pd.DataFrame:
    return read_table(PATH, "phonemes")


def test_the_file_is_plain_utf_8_in_nfc() -> None:
    content = PATH.read_bytes()

    assert not content.startswith(b"\xef\xbb\xbf")
    assert unicodedata.is_normalized("NFC", content.decode("utf-8"))


def test_what_is_read_is_what_was_written(phonemes: pd.DataFrame) -> None:
    with PATH.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [row["symbol"] for row in rows] == phonemes["key"].tolist()
    assert [row["example_ipa"] for row in rows] == phonemes["ipa"].tolist()
    assert [row["vietnamese_approx"] for row in rows] == phonemes["vietnamese_approx"].tolist()


def test_all_44_in_order_with_their_classes(phonemes: pd.DataFrame) -> None:
    assert phonemes["key"].tolist() == MONOPHTHONGS + DIPHTHONGS + CONSONANTS
    assert phonemes["order"].tolist() == list(range(1, 45))
    assert Counter(phonemes["category"]) == {
        "monophthong": 12,
        "diphthong": 8,
        "plosive": 6,
        "fricative": 9,
        "affricate": 2,
        "nasal": 3,
        "lateral approximant": 1,
        "approximant": 3,
    }
    assert set(phonemes["language"]) == {"en-GB"}


def test_each_word_is_used_once_and_contains_its_phoneme(phonemes: pd.DataFrame) -> None:
    assert phonemes["example_word"].is_unique
    for item in phonemes.itertuples():
        assert item.key in phonemes_of(item.ipa), item.key


def test_words_are_written_with_the_44_and_stress_where_there_is_a_choice(
    phonemes: pd.DataFrame,
) -> None:
    vowels = set(MONOPHTHONGS + DIPHTHONGS)
    for ipa in phonemes["ipa"]:
        syllables = sum(phoneme in vowels for phoneme in phonemes_of(ipa))
        assert ipa.count("ˈ") == (1 if syllables > 1 else 0), ipa


def test_consonants_stand_first_where_english_allows(phonemes: pd.DataFrame) -> None:
    consonants = phonemes[phonemes["key"].isin(CONSONANTS)].set_index("key")["ipa"]

    assert [key for key in CONSONANTS if phonemes_of(consonants[key])[0] != key] == ["ʒ", "ŋ"]
    assert consonants["ŋ"].endswith("ŋ")


def test_vietnamese_help_is_short_and_differs_for_each(phonemes: pd.DataFrame) -> None:
    assert phonemes["vietnamese_approx"].is_unique
    assert phonemes["vietnamese_approx"].str.len().between(20, 90).all()


def phonemes_of(ipa: str) -> list[str]:
    """Split a transcription into the 44, longest first; anything else fails."""
    inventory = sorted(MONOPHTHONGS + DIPHTHONGS + CONSONANTS, key=len, reverse=True)
    rest, found = ipa.replace("ˈ", ""), []
    while rest:
        phoneme = next(symbol for symbol in inventory if rest.startswith(symbol))
        found.append(phoneme)
        rest = rest[len(phoneme) :]
    return found
