"""What Praat measures for us, held against sounds of known pitch and formants."""

import numpy as np
import pytest
from synthetic import vowel, word

from voicemill.review.comparing.chart import vowel_chart
from voicemill.review.comparing.ipa_vowels import phonemes_of, vowels_of
from voicemill.review.comparing.praat import CEILING_MALE_HZ, formants_of, pitch_of
from voicemill.review.comparing.references import BRITISH_MEN, reference_for
from voicemill.review.comparing.vowels import place_vowels


@pytest.mark.parametrize("name", list(BRITISH_MEN.formants))
@pytest.mark.parametrize("pitch_hz", [95, 130])
def test_formants_of_known_vowels_are_found_within_a_tenth(name: str, pitch_hz: float) -> None:
    known = BRITISH_MEN.formants[name]
    clip = vowel(known, pitch_hz)
    [place] = place_vowels(name, clip)
    assert place.syllable is not None
    found = np.median(formants_of(clip, place.syllable, CEILING_MALE_HZ), axis=0)
    assert found == pytest.approx(known, rel=0.1)
    assert np.median(pitch_of(clip).hz) == pytest.approx(pitch_hz, rel=0.02)


def test_the_vowels_of_a_word_are_told_apart_by_its_syllables() -> None:
    clip = word(vowel((500, 1400), duration_s=0.12), vowel((280, 2249)))
    first, second = place_vowels("əˈbiː", clip)
    assert (first.vowel, second.vowel) == ("ə", "iː")
    assert first.syllable is not None
    assert second.syllable is not None
    assert first.syllable.end_s < 0.13 < second.syllable.start_s
    found = formants_of(clip, second.syllable, CEILING_MALE_HZ)
    assert np.median(found, axis=0) == pytest.approx((280, 2249), rel=0.1)


def test_a_vowel_that_cannot_be_found_for_sure_is_left_out_with_the_reason() -> None:
    [place] = place_vowels("əˈbaʊt", vowel((500, 1400)))
    assert place.syllable is None
    assert place.why == "1 of 2 syllables were heard"
    assert place_vowels("keɪk", vowel((500, 1400))) == []


def test_vowels_and_sounds_are_counted_in_ipa() -> None:
    assert vowels_of("triː") == ["iː"]
    assert vowels_of("əˈbaʊt") == ["ə", "aʊ"]
    assert vowels_of("ˈmɛʒə") == ["e", "ə"]
    assert [phonemes_of(ipa) for ipa in ("triː", "tʃeə", "dʒuːs", "əˈbaʊt", "")] == [3, 2, 3, 4, 0]


def test_references_go_by_accent_and_sex_and_name_their_source() -> None:
    assert "45 American men" in reference_for("en-US", male=True).speakers
    assert reference_for("en-GB", male=False).formants["iː"] == (303, 2654)
    assert "Hillenbrand" in reference_for("en-US", male=False).source


def test_the_chart_says_what_it_shows() -> None:
    row = {
        "voice": "espeak:<b>", "vowel": "iː", "f1_hz": 290, "f2_hz": 2200,
        "spread": [[900.0, 100.0], [100.0, 4000.0]], "reference_f1_hz": 280,
        "reference_f2_hz": 2249, "reference": "5 British men, Deterding (1997)",
    }  # fmt: skip
    page = vowel_chart([row, {**row, "vowel": "ə", "spread": None, "reference_f1_hz": None}]).html
    assert "Deterding (1997)" in page
    assert "semitones" in page
    assert "<b>" not in page
    assert "no vowels to chart" in vowel_chart([]).html
