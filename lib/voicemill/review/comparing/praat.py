"""Pitch, syllables and formants of a clip, by Praat (Boersma & Weenink) through parselmouth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from voicemill.audio import Clip

Values: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

# Praat's floor and ceiling for speech of whatever speaker.
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 500.0
# Praat's own defaults for formants: five of them below the ceiling, windows of 25 ms,
# pre-emphasis from 50 Hz. Ceilings as its manual recommends them.
CEILING_MALE_HZ, CEILING_FEMALE_HZ = 5000.0, 5500.0
_FORMANTS, _WINDOW_S, _EMPHASIS_HZ = 5, 0.025, 50.0
# A wider "formant" describes the slope of the spectrum, not a resonance of the mouth: of a
# synthetic /i/ with formants at 280 and 2249 Hz, Burg's method makes one at 1280, 3500 wide.
_WIDEST_HZ = 1000.0
_STEP_S = 0.005
# A syllable: as de Jong & Wempe (2009, Behavior Research Methods 41) find them, a voiced peak
# of intensity with a dip of 2 dB before it, no more than 25 dB under the strongest.
_DIP_DB, _UNDER_DB = 2.0, 25.0
# A vowel reaches from its peak as far as the intensity falls by this much and voice goes on.
_VOWEL_DB = 6.0
_MIDDLE = 0.4  # of a vowel: what its neighbours colour least
_AROUND_S = 0.1  # of silence on both sides, so that windows at the ends are whole


@dataclass(frozen=True)
class Pitch:
    """The pitch of a clip's voiced places: when (seconds), and how high (Hz)."""

    times_s: Values
    hz: Values


@dataclass(frozen=True)
class Syllable:
    """Where the vowel of a syllable is, in seconds, and how strong, in dB."""

    start_s: float
    end_s: float
    peak_db: float


def pitch_of(clip: Clip) -> Pitch:
    """Return the pitch every 5 ms where there is voice (Praat's autocorrelation method)."""
    found = _sound(clip).to_pitch_ac(
        time_step=_STEP_S, pitch_floor=_LOWEST_HZ, pitch_ceiling=_HIGHEST_HZ
    )
    hz = np.asarray(found.selected_array["frequency"], np.float64)
    voiced = hz > 0
    return Pitch(np.asarray(found.xs(), np.float64)[voiced] - _AROUND_S, hz[voiced])


def syllables_of(clip: Clip, pitch: Pitch) -> list[Syllable]:
    """Return the syllables that can be heard, by the peaks of intensity where there is voice."""
    intensity = _sound(clip).to_intensity(minimum_pitch=100.0, time_step=_STEP_S)
    times = np.asarray(intensity.xs(), np.float64) - _AROUND_S
    levels = np.asarray(intensity.values[0], np.float64)
    if not len(pitch.times_s):
        return []
    nearest = np.abs(times[:, None] - pitch.times_s[None, :]).min(axis=1)
    voiced = nearest <= _STEP_S
    return [
        _around(peak, times, levels, voiced)
        for peak in _peaks(levels, voiced, float(levels[voiced].max(initial=-300)))
    ]


def formants_of(clip: Clip, syllable: Syllable, ceiling_hz: float) -> Values:
    """Return F1 and F2 in Hz, shape (n, 2), every 5 ms through the middle of a vowel.

    Burg's method with five formants under `ceiling_hz`.
    """
    found = _sound(clip).to_formant_burg(
        time_step=_STEP_S,
        max_number_of_formants=_FORMANTS,
        maximum_formant=ceiling_hz,
        window_length=_WINDOW_S,
        pre_emphasis_from=_EMPHASIS_HZ,
    )
    middle = (syllable.start_s + syllable.end_s) / 2 + _AROUND_S
    half = max((syllable.end_s - syllable.start_s) * _MIDDLE / 2, _STEP_S)
    # At the frames themselves: Praat interpolates between formants of one number, which may be
    # two different resonances.
    moments = [moment for moment in found.xs() if abs(moment - middle) <= half]
    pairs = [_first_two(found, moment) for moment in moments]
    return np.array([pair for pair in pairs if len(pair) == 2], np.float64).reshape(-1, 2)


def _first_two(formants: Any, moment: float) -> list[float]:
    """Return the two lowest resonances at a moment."""
    numbers = range(1, _FORMANTS + 1)
    # Comparisons with NaN, where there is no such formant, are false.
    narrow = [n for n in numbers if formants.get_bandwidth_at_time(n, moment) < _WIDEST_HZ]
    return [formants.get_value_at_time(n, moment) for n in narrow[:2]]


def _sound(clip: Clip) -> Any:
    import parselmouth  # type: ignore[import-not-found, unused-ignore]

    padded = clip.padded(_AROUND_S, _AROUND_S)
    return parselmouth.Sound(padded.samples.astype(np.float64), padded.rate_hz)


def _peaks(levels: Values, voiced: np.ndarray[Any, Any], strongest: float) -> list[int]:
    """Return the voiced peaks that rise by the dip from what is before and fall by it after."""
    found: list[int] = []
    lowest = levels[0] if len(levels) else 0.0
    candidate: int | None = None
    for place, level in enumerate(levels):
        if candidate is None:
            lowest = min(lowest, level)
            if level >= lowest + _DIP_DB:
                candidate = place
        elif level > levels[candidate]:
            candidate = place
        elif level <= levels[candidate] - _DIP_DB:
            found.append(candidate)
            candidate, lowest = None, level
    if candidate is not None:
        found.append(candidate)
    return [p for p in found if voiced[p] and levels[p] >= strongest - _UNDER_DB]


def _around(peak: int, times: Values, levels: Values, voiced: np.ndarray[Any, Any]) -> Syllable:
    inside = voiced & (levels >= levels[peak] - _VOWEL_DB)
    first = last = peak
    while first > 0 and inside[first - 1]:
        first -= 1
    while last < len(levels) - 1 and inside[last + 1]:
        last += 1
    return Syllable(float(times[first]), float(times[last]), float(levels[peak]))
