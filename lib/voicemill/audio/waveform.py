"""Waveforms for drawing."""

from __future__ import annotations

from typing import Any

import numpy as np

from voicemill.audio.clip import Clip
from voicemill.errors import AudioError


def waveform(clip: Clip, points: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return the lowest and highest sample of `points` equal stretches: shape (points, 2).

    Values are of full scale ±1.0. A clip with fewer samples than points repeats them; an empty
    one gives zeros. Raises AudioError for less than one point.
    """
    if points < 1:
        raise AudioError(
            f"a waveform of {points} points cannot be drawn", remedy="Ask for 1 or more."
        )
    if not len(clip):
        return np.zeros((points, 2), np.float32)
    starts = np.arange(points, dtype=np.int64) * len(clip) // points
    lowest = np.minimum.reduceat(clip.samples, starts)
    highest = np.maximum.reduceat(clip.samples, starts)
    return np.stack([lowest, highest], axis=1)
