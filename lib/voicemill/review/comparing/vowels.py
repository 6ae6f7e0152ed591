"""The vowels of each voice: where their formants lie, over published means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from voicemill.audio import Clip
from voicemill.production.workshop import Workshop
from voicemill.review.comparing.clips import Clips
from voicemill.review.comparing.ipa_vowels import MONOPHTHONGS, vowels_of
from voicemill.review.comparing.praat import (
    CEILING_FEMALE_HZ,
    CEILING_MALE_HZ,
    Syllable,
    Values,
    formants_of,
    pitch_of,
    syllables_of,
)
from voicemill.review.comparing.references import reference_for
from voicemill.review.comparing.setup import Setup

_MALE_BELOW_HZ = 165.0  # where an engine does not say: between men's and women's usual pitch


@dataclass(frozen=True)
class _Place:
    """A monophthong of a word: which, and where it was heard. Nowhere: `why` says why not."""

    vowel: str
    syllable: Syllable | None
    why: str = ""


def vowels_measured(setup: Setup, clips: Clips, shop: Workshop) -> list[dict[str, Any]]:
    """Return one row for each voice and monophthong, of all words whose IPA has it.

    f1_hz, f2_hz: the median over the middles of the vowels; spread: their covariance, in Hz².
    words: where it was measured.  left_out: words whose vowel could not be found for sure, with
    the reason.  reference_f1_hz, reference_f2_hz, reference: published means and their source.
    Engines give no times of phonemes for lone words, so vowels are found by intensity and
    voicing, see praat.syllables_of.
    """
    return [row for voice in setup.voices for row in _of_voice(voice, setup, clips, shop)]


def place_vowels(ipa: str, clip: Clip) -> list[_Place]:
    """Find the monophthongs of a word in its clip.

    The one vowel of a word is its strongest syllable. Of several, each is looked for only
    when as many syllables are heard as the IPA has.
    """
    vowels = vowels_of(ipa)
    if not any(vowel in MONOPHTHONGS for vowel in vowels):
        return []
    heard = syllables_of(clip, pitch_of(clip))
    if len(vowels) == 1 and heard:
        return [_Place(vowels[0], max(heard, key=lambda one: one.peak_db))]
    if len(vowels) != len(heard):
        why = f"{len(heard)} of {len(vowels)} syllables were heard"
        return [_Place(vowel, None, why) for vowel in vowels if vowel in MONOPHTHONGS]
    pairs = zip(vowels, heard, strict=True)
    return [_Place(vowel, syllable) for vowel, syllable in pairs if vowel in MONOPHTHONGS]


def _of_voice(
    voice_id: str, setup: Setup, clips: Clips, shop: Workshop
) -> Iterator[dict[str, Any]]:
    words = [
        (row, clips.sound(row["key"], voice_id, shop))
        for row in setup.items
        if row["ipa"] and (row["key"], voice_id) in clips.sources
    ]
    voice = shop.engines.voice(voice_id)
    male = voice.gender == "male" or (not voice.gender and _sounds_male(words))
    ceiling_hz = CEILING_MALE_HZ if male else CEILING_FEMALE_HZ
    found: dict[str, list[Values]] = {}
    names: dict[str, list[str]] = {}
    left_out: dict[str, list[str]] = {}
    for row, clip in words:
        for place in place_vowels(row["ipa"], clip):
            name = row["text"] or row["key"]
            values = formants_of(clip, place.syllable, ceiling_hz) if place.syllable else None
            if values is None or not len(values):
                why = place.why or "no formants"
                left_out.setdefault(place.vowel, []).append(f"{name} ({why})")
            else:
                found.setdefault(place.vowel, []).append(values)
                names.setdefault(place.vowel, []).append(name)
    reference = reference_for(voice.language, male=male)
    for vowel in MONOPHTHONGS:
        if vowel in found or vowel in left_out:
            mean = reference.formants.get(vowel)
            yield {
                "voice": voice_id,
                "vowel": vowel,
                **_middle(found.get(vowel, [])),
                "words": names.get(vowel, []),
                "left_out": left_out.get(vowel, []),
                "reference_f1_hz": mean[0] if mean else None,
                "reference_f2_hz": mean[1] if mean else None,
                "reference": f"{reference.speakers}, {reference.source}",
            }


def _middle(found: Sequence[Values]) -> dict[str, Any]:
    if not found:
        return {"f1_hz": None, "f2_hz": None, "spread": None}
    every = np.concatenate(found)
    f1, f2 = (float(value) for value in np.median(every, axis=0))
    spread = np.cov(every.T).tolist() if len(every) > 2 else None
    return {"f1_hz": round(f1), "f2_hz": round(f2), "spread": spread}


def _sounds_male(words: Sequence[tuple[Mapping[str, Any], Clip]]) -> bool:
    pitches = [hz for _row, clip in words for hz in pitch_of(clip).hz.tolist()]
    return bool(pitches) and median(pitches) < _MALE_BELOW_HZ
