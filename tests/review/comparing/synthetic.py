"""Vowels of known formants, and words of several."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.signal import lfilter

from voicemill.audio import Clip, concat, silence

RATE_HZ = 24_000


def vowel(formants: tuple[float, float], pitch_hz: float = 110, duration_s: float = 0.25) -> Clip:
    """Return pulses through resonators at the formants (Klatt's cascade), softened at the ends.

    Three more formants lie where those of a man with a tract of 17 cm do.
    """
    count = int(duration_s * RATE_HZ)
    sound = np.zeros(count)
    sound[:: round(RATE_HZ / pitch_hz)] = 1.0
    sound = lfilter([1.0], [1.0, -0.97], sound)
    bandwidths = (80, 100, 150, 200, 250)
    for hz, width in zip((*formants, 3000, 3600, 4500), bandwidths, strict=True):
        radius = np.exp(-np.pi * width / RATE_HZ)
        poles = [1.0, -2 * radius * np.cos(2 * np.pi * hz / RATE_HZ), radius**2]
        sound = lfilter([sum(poles)], poles, sound)
    edge = np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.02 * RATE_HZ)
    sound *= np.minimum(edge, 1.0)
    return Clip((0.5 * sound / np.abs(sound).max()).astype(np.float32), RATE_HZ)


def word(*vowels: Clip, gap_s: float = 0.06) -> Clip:
    """Return vowels with closures between them."""
    parts = [vowels[0]]
    for _before, after in pairwise(vowels):
        parts += [silence(gap_s, RATE_HZ), after]
    return concat(parts)
