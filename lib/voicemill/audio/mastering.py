"""Mastering: a clip as spoken or recorded becomes a clip as its profile wants it heard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from voicemill.audio.clip import Clip
from voicemill.audio.leveling import levelled
from voicemill.audio.loudness import peak_dbfs, sample_peak
from voicemill.audio.peaks import true_peak_dbtp
from voicemill.audio.profiles import Profile
from voicemill.audio.trimming import speech_bounds, trimmed
from voicemill.errors import MasteringError

# A constant part weaker than this share of the peak is the speech's own asymmetry.
_DC_SHARE = 1e-3
# A mean over less than a period of the lowest sound (20 Hz) is part of the sound.
_DC_MIN_S = 0.05


def master(clip: Clip, profile: Profile) -> Clip:
    """Return the clip mastered to the profile, at the rate its encoding will have.

    Constant offset and surrounding silence go, the ends are faded, the profile's silence is
    put around, and the level is set under the profile's ceiling. Never divides by silence:
    MasteringError for a silent or empty clip. The same clip always gives the same samples.
    """
    ceiling_dbtp = profile.ceiling_dbtp
    result = levelled(prepared(clip, profile), profile, ceiling_dbtp)
    if ceiling_dbtp is None:
        return result
    over_db = true_peak_dbtp(result) - ceiling_dbtp
    return result.amplified(-over_db) if over_db > 0 else result


def prepared(clip: Clip, profile: Profile) -> Clip:
    """Return everything of `master` but the level: trimmed, resampled, faded, padded."""
    rate_hz = profile.encoding.complete(clip.rate_hz).rate_hz or clip.rate_hz
    speech = _faded(_speech(clip, profile).resampled(rate_hz), profile)
    return speech.padded(profile.head_s, profile.tail_s)


def _speech(clip: Clip, profile: Profile) -> Clip:
    if not len(clip):
        raise MasteringError("it is empty", remedy="Make or record it again.")
    centred = _without_offset(clip) if profile.level != "none" else clip
    if profile.trim:
        speech = trimmed(centred, profile.trim_below_db)
    else:
        speech = centred if speech_bounds(centred, profile.trim_below_db) else None
    if speech is None:
        raise MasteringError(
            f"it is silent: its highest peak is at {peak_dbfs(centred):.0f} dBFS",
            remedy="Make it again with another voice, or check the microphone.",
        )
    return speech


def _without_offset(clip: Clip) -> Clip:
    if clip.duration_s < _DC_MIN_S:
        return clip
    offset = float(clip.samples.mean(dtype=np.float64))
    if abs(offset) <= _DC_SHARE * sample_peak(clip.samples):
        return clip
    return replace(clip, samples=clip.samples - np.float32(offset))


def _faded(clip: Clip, profile: Profile) -> Clip:
    """Return the clip with raised-cosine ends, so that it neither starts nor stops in a click."""
    half = len(clip) // 2
    rising = min(round(profile.fade_in_s * clip.rate_hz), half)
    falling = min(round(profile.fade_out_s * clip.rate_hz), half)
    if not rising and not falling:
        return clip
    samples = np.array(clip.samples)
    samples[:rising] *= _raised_cosine(rising)
    samples[len(samples) - falling :] *= _raised_cosine(falling)[::-1]
    return Clip(samples, clip.rate_hz)


def _raised_cosine(length: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    steps = (np.arange(length, dtype=np.float32) + 0.5) / max(1, length)
    return (0.5 - 0.5 * np.cos(np.pi * steps)).astype(np.float32)
