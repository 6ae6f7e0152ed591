"""Where speech starts and stops inside a clip."""

from __future__ import annotations

from typing import Any

import numpy as np

from voicemill.audio.clip import Clip
from voicemill.audio.loudness import quietest_tenth

# Energy is judged in windows of 10 ms every 5 ms: shorter than the burst of a /t/.
_HOP_S = 0.005
_HOPS_PER_WINDOW = 2
# A clip's level is its strongest 50 ms: part of a vowel, longer than a click.
_HOPS_PER_LEVEL = 10

# Kept around what was found: the onset of /f/ and /h/ and the end of a release lie under any
# threshold for some milliseconds.
KEPT_BEFORE_S = 0.020
KEPT_AFTER_S = 0.030

# Under this there is no speech, whatever the rest of the clip is like: 16 bit noise and hum.
FLOOR_DB = -80.0

# In a noisy recording the threshold rises with the noise, but never into soft consonants,
# which lie 25 to 35 dB under the vowels.
_OVER_NOISE_DB = 6.0
_HIGHEST_THRESHOLD_DB = -38.0


def speech_bounds(clip: Clip, below_db: float = 45.0) -> tuple[int, int] | None:
    """Return (first, one past last) sample of the speech in a clip, None when it is silent.

    below_db: what is weaker than the clip's own level by this much is taken for silence; in a
    noisy recording what does not rise 6 dB over the noise is, too.
    """
    powers = _hop_powers(clip)
    level_db = _db(_averaged(powers, _HOPS_PER_LEVEL).max(initial=0.0))
    if level_db < FLOOR_DB:
        return None
    rising = _noise_db(powers) + _OVER_NOISE_DB - level_db
    relative_db = max(-below_db, min(rising, _HIGHEST_THRESHOLD_DB))
    threshold_db = max(level_db + relative_db, FLOOR_DB)
    active = np.flatnonzero(_averaged(powers, _HOPS_PER_WINDOW) > 10 ** (threshold_db / 10))
    if not len(active):
        return None
    first = int(active[0]) * _hop(clip)
    last = (int(active[-1]) + _HOPS_PER_WINDOW) * _hop(clip)
    return first, min(last, len(clip))


def trimmed(clip: Clip, below_db: float) -> Clip | None:
    """Return the clip without the silence around its speech, None when it is silent.

    Some milliseconds are kept on each side (KEPT_BEFORE_S, KEPT_AFTER_S).
    """
    bounds = speech_bounds(clip, below_db)
    if bounds is None:
        return None
    start = bounds[0] - round(KEPT_BEFORE_S * clip.rate_hz)
    stop = bounds[1] + round(KEPT_AFTER_S * clip.rate_hz)
    return clip.between(max(0, start), stop)


def _hop(clip: Clip) -> int:
    return round(_HOP_S * clip.rate_hz)


def _hop_powers(clip: Clip) -> np.ndarray[Any, np.dtype[np.float64]]:
    hop = _hop(clip)
    whole = len(clip) // hop
    frames = clip.samples[: whole * hop].reshape(whole, hop)
    powers = np.einsum("ij,ij->i", frames, frames).astype(np.float64) / hop
    rest = clip.samples[whole * hop :]
    return np.append(powers, np.dot(rest, rest) / hop) if len(rest) else powers


def _noise_db(powers: np.ndarray[Any, Any]) -> float:
    whole = _averaged(powers, _HOPS_PER_LEVEL)[: 1 - _HOPS_PER_LEVEL]
    return _db(quietest_tenth(whole)) if len(whole) else FLOOR_DB


def _averaged(powers: np.ndarray[Any, Any], width: int) -> np.ndarray[Any, Any]:
    # One value per hop: the mean of this hop and the ones after it.
    if not len(powers):
        return powers
    return np.convolve(powers, np.ones(width) / width)[width - 1 :]


def _db(power: float | np.floating[Any]) -> float:
    return 10 * float(np.log10(max(float(power), 1e-12)))
