"""What can be measured of voices, side by side: pace, level, pitch, cost, size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

import numpy as np

from voicemill.audio import Clip, loudness_lufs, speech_bounds
from voicemill.production.workshop import Workshop
from voicemill.review.comparing.clips import Clips
from voicemill.review.comparing.ipa_vowels import phonemes_of, vowels_of
from voicemill.review.comparing.praat import pitch_of, syllables_of
from voicemill.review.comparing.recogniser import phoneme_errors
from voicemill.review.comparing.setup import Setup

# The pitch range leaves out the lowest and highest twentieth: octave errors lie there.
_LOW, _HIGH = 5, 95


@dataclass(frozen=True)
class _Heard:
    """One clip: seconds of speech, sounds in it, its level and pitch."""

    speech_s: float
    syllables: int
    phonemes: int
    level_lufs: float
    pitch_hz: tuple[float, ...]
    cost: float | None
    size_bytes: int


def measured(setup: Setup, clips: Clips, shop: Workshop) -> list[dict[str, Any]]:
    """Return one row a voice, over all items it says.

    syllables_per_s, phonemes_per_s: of the time between the first and the last sound, counted
    in the items' IPA; without IPA the syllables that Praat hears, and no phonemes.
    level_lufs: before levelling.  pitch_hz: the median; pitch_low_hz, pitch_high_hz: the 5th
    and 95th percentile; pitch_range_st: between those, in semitones.  cost_s_per_s: seconds of
    one worker for a second of audio, mastering included.  size_bytes: of a clip.
    phoneme_error: see recogniser.phoneme_errors; None where nobody can listen.
    """
    rows: list[dict[str, Any]] = []
    errors = phoneme_errors(setup, clips, shop)
    for voice in setup.voices:
        heard = [
            _heard(row, clips.sound(row["key"], voice, shop), clips, voice)
            for row in setup.items
            if (row["key"], voice) in clips.sources
        ]
        known = {"voice": voice, "items": len(heard), "phoneme_error": errors.get(voice)}
        rows.append({**known, **(_row(heard) if heard else {})})
    return rows


def _heard(row: Mapping[str, Any], clip: Clip, clips: Clips, voice: str) -> _Heard:
    source = clips.sources[row["key"], voice]
    start, stop = speech_bounds(clip) or (0, len(clip))
    pitch = pitch_of(clip)
    counted = len(vowels_of(row["ipa"])) if row["ipa"] else len(syllables_of(clip, pitch))
    spent_s = source.metadata.get("elapsed_s")
    return _Heard(
        speech_s=(stop - start) / clip.rate_hz,
        syllables=counted,
        phonemes=phonemes_of(row["ipa"]),
        level_lufs=loudness_lufs(clip),
        pitch_hz=tuple(float(hz) for hz in pitch.hz),
        cost=spent_s / source.duration_s if spent_s is not None and source.duration_s else None,
        size_bytes=source.size_bytes,
    )


def _row(heard: Sequence[_Heard]) -> dict[str, Any]:
    speech_s = sum(one.speech_s for one in heard) or 1e-9
    phonemes = sum(one.phonemes for one in heard)
    costs = [one.cost for one in heard if one.cost is not None]
    pitches = [hz for one in heard for hz in one.pitch_hz]
    return {
        "syllables_per_s": round(sum(one.syllables for one in heard) / speech_s, 2),
        "phonemes_per_s": round(phonemes / speech_s, 2) if phonemes else None,
        "level_lufs": round(fmean(one.level_lufs for one in heard), 1),
        **_pitch(pitches),
        "cost_s_per_s": round(median(costs), 4) if costs else None,
        "size_bytes": round(fmean(one.size_bytes for one in heard)),
    }


def _pitch(hz: Sequence[float]) -> dict[str, float | None]:
    names = ("pitch_hz", "pitch_low_hz", "pitch_high_hz", "pitch_range_st")
    if not hz:
        return dict.fromkeys(names)
    low, middle, high = (float(value) for value in np.percentile(hz, [_LOW, 50, _HIGH]))
    values = (middle, low, high, 12 * float(np.log2(high / low)))
    return {name: round(value, 1) for name, value in zip(names, values, strict=True)}
