import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.speech import ipa


@pytest.mark.parametrize(
    ("symbol", "kind"),
    [
        ("iː", "vowel"),
        ("aɪ", "vowel"),
        ("p", "plosive"),
        ("ɡ", "plosive"),
        ("tʃ", "affricate"),
        ("t͡ʃ", "affricate"),
        ("sː", "fricative"),
        ("h", "breath"),
        ("ŋ", "nasal"),
        ("l", "approximant"),
    ],
)
def test_a_sound_is_classed_by_its_manner(symbol: str, kind: str) -> None:
    assert ipa.phoneme_class(symbol) == kind


@pytest.mark.parametrize(
    ("symbol", "spoken"),
    [("iː", "iː"), ("p", "pə"), ("tʃ", "tʃə"), ("s", "sː"), ("ŋ", "əŋ"), ("l", "lə"), ("h", "hə")],
)
def test_a_lone_sound_is_said_so_that_it_can_be_heard(symbol: str, spoken: str) -> None:
    assert ipa.lone_form(symbol, frozenset({"fricative"})) == spoken


def test_an_engine_that_cannot_hold_a_fricative_adds_a_schwa() -> None:
    assert ipa.lone_form("s", frozenset()) == "sə"


def test_slashes_ascii_and_ties_are_read_as_ipa() -> None:
    assert ipa.normal("/ʃi:p/") == "ʃiːp"
    assert ipa.normal("[t͡ʃ]") == ipa.normal("ʧ") == "tʃ"
    assert ipa.normal("g") == "ɡ"


@given(st.text("pbtdkɡfvθðszʃʒhmnŋlrjwiːɪeæʌɑɒɔʊuɜəˈˌ ./[]'", max_size=12))
def test_normal_form_is_stable(text: str) -> None:
    assert ipa.normal(ipa.normal(text)) == ipa.normal(text)
