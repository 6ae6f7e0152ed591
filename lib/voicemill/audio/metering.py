"""All levels of a sound of any length, taken while it passes by in pieces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voicemill.audio.blocks import BlockPowers, Series
from voicemill.audio.clip import Clip, Samples
from voicemill.audio.ends import SpeechEnds
from voicemill.audio.loudness import LoudnessMeter, decibels, quietest_tenth, sample_peak
from voicemill.audio.peaks import PeakMeter

# As much at once as stays small beside everything else.
_PIECE = 1 << 17


@dataclass(frozen=True)
class Levels:
    """What a Meter heard: the levels of loudness.py and peaks.py, and the silence around.

    length is in samples; a sound without speech is all head.
    """

    length: int
    loudness_lufs: float
    peak_dbtp: float
    peak_dbfs: float
    rms_db: float
    noise_db: float
    head_s: float
    tail_s: float


class Meter:
    """Measures mono sound that arrives in pieces, in memory that grows by 2.4 MB an hour.

    The results are those of the functions for whole clips, wherever the pieces end.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._length, self._energy, self._highest = 0, 0.0, 0.0
        self._loudness = LoudnessMeter(rate_hz)
        self._peak = PeakMeter(rate_hz)
        self._windows, self._noise = BlockPowers(rate_hz // 20), Series()
        self._ends = SpeechEnds(rate_hz)

    def hear(self, clip: Clip) -> None:
        """Take the next piece, which has the meter's rate."""
        for start in range(0, len(clip), _PIECE):
            self._hear(clip.samples[start : start + _PIECE])

    def levels(self) -> Levels:
        """Return the levels of all that was heard. Ends hearing."""
        head_s, tail_s = self._silence_around()
        windows = self._noise.all()
        power = self._energy / max(1, self._length)
        quiet = quietest_tenth(windows) if len(windows) else power
        return Levels(
            length=self._length,
            loudness_lufs=self._loudness.lufs(),
            peak_dbtp=self._peak.dbtp(),
            peak_dbfs=decibels(self._highest),
            rms_db=decibels(float(np.sqrt(power))),
            noise_db=decibels(float(np.sqrt(quiet))),
            head_s=head_s,
            tail_s=tail_s,
        )

    def _hear(self, samples: Samples) -> None:
        self._length += len(samples)
        self._energy += float(np.dot(samples, samples))
        self._highest = max(self._highest, sample_peak(samples))
        self._loudness.hear(samples)
        self._peak.hear(samples)
        self._noise.add(self._windows.of(samples))
        self._ends.hear(samples)

    def _silence_around(self) -> tuple[float, float]:
        bounds = self._ends.bounds()
        if bounds is None:
            return self._length / self._rate_hz, 0.0
        return bounds[0] / self._rate_hz, (self._length - bounds[1]) / self._rate_hz
