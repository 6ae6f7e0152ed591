"""Gain: bringing a clip to its profile's level without breaking its peak ceiling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicemill.audio.clip import Clip, Samples
from voicemill.audio.loudness import (
    decibels,
    gated_lufs,
    k_weighted,
    peak_dbfs,
    rms_db,
    sample_peak,
)
from voicemill.audio.peaks import block_peaks, limiter_curve
from voicemill.audio.profiles import Profile
from voicemill.errors import MasteringError

# BS.1770-4's absolute gate: what lies under it is not programme, whatever the measure.
_QUIETEST_DB = -70.0

_CLOSE_ENOUGH_DB = 0.1
_MAX_PASSES = 5
# The limiter takes back a part of every step, so a step is longer than what is missing.
_STEP = 1.4


@dataclass(frozen=True)
class _Meter:
    """A level in two steps, so that trying another gain repeats only the second.

    A gain that moves slowly may as well follow the filter as precede it; what little that
    changes shows in the measures taken of the finished file.
    """

    prepare: Callable[[Clip], Clip]
    read: Callable[[Clip], float]


_METERS = {
    "loudness_lufs": _Meter(k_weighted, gated_lufs),
    "rms_db": _Meter(lambda clip: clip, rms_db),
    "peak_dbfs": _Meter(lambda clip: clip, peak_dbfs),
}


def levelled(clip: Clip, profile: Profile, ceiling_dbtp: float | None) -> Clip:
    """Return the clip at the profile's level, its true peaks at most a hair over the ceiling.

    Where the gain would break the ceiling a limiter turns down the peaks, by at most the
    profile's max_limiting_db, and the gain rises until the level is reached within 0.1 dB. A
    clip that needs more limiting than that stays quieter than the target.
    Raises MasteringError for a clip under −70 dB.
    """
    if profile.target is None:
        return _within_full_scale(clip)
    meter = _METERS[profile.level]
    heard = meter.prepare(clip)
    level_db = meter.read(heard)
    if level_db < _QUIETEST_DB:
        raise MasteringError(
            f"it is as good as silent ({level_db:.0f} dB)",
            remedy="Record it louder, or make it again with another voice.",
        )
    gain_db = profile.target - level_db
    if ceiling_dbtp is None:
        return clip.amplified(gain_db)
    peaks = block_peaks(clip)
    peak_dbtp = decibels(sample_peak(peaks))
    if peak_dbtp + gain_db <= ceiling_dbtp:
        return clip.amplified(gain_db)
    most_db = ceiling_dbtp + profile.max_limiting_db - peak_dbtp
    for _ in range(_MAX_PASSES):
        gain_db = min(gain_db, most_db)
        curve = limiter_curve(peaks, clip, gain_db, ceiling_dbtp)
        missing_db = profile.target - meter.read(_times(heard, curve))
        if abs(missing_db) <= _CLOSE_ENOUGH_DB or (missing_db > 0 and gain_db >= most_db):
            break
        gain_db += _STEP * missing_db
    return _times(clip, curve)


def _times(clip: Clip, curve: Samples) -> Clip:
    return Clip(clip.samples * curve, clip.rate_hz)


def _within_full_scale(clip: Clip) -> Clip:
    return clip.amplified(-peak_dbfs(clip)) if sample_peak(clip.samples) > 1 else clip
