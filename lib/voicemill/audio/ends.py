"""Where the speech of a sound of any length starts and stops, as trimming.speech_bounds says.

That function holds the power of every 5 ms. This one holds what can still matter: a window
that a stronger one precedes is never the first over a threshold, one that a stronger one
follows never the last.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from voicemill.audio.blocks import BlockPowers, Powers
from voicemill.audio.clip import Samples
from voicemill.audio.trimming import (
    _HIGHEST_THRESHOLD_DB,
    _HOP_S,
    _HOPS_PER_LEVEL,
    _HOPS_PER_WINDOW,
    _OVER_NOISE_DB,
    FLOOR_DB,
    _db,
)

_BELOW_DB = 45.0

# Levels of noise are counted in steps of 0.002 dB instead of being kept.
_STEPS_PER_DB = 500
_LOWEST_DB = -120.0
_LEVELS = 150 * _STEPS_PER_DB


class SpeechEnds:
    """Finds where speech starts and stops in a sound that arrives in pieces."""

    def __init__(self, rate_hz: int) -> None:
        self._hop = round(_HOP_S * rate_hz)
        self._blocks = BlockPowers(self._hop)
        self._waiting: Powers = np.zeros(0, np.float64)
        self._hops, self._length = 0, 0
        self._level = 0.0
        self._noise = np.zeros(_LEVELS, np.int64)
        self._rising = _Records()
        self._falling = _Records()

    def hear(self, samples: Samples) -> None:
        """Take the next samples."""
        self._length += len(samples)
        self._waiting = np.concatenate([self._waiting, self._blocks.of(samples)])
        if len(self._waiting) >= 2 * _HOPS_PER_LEVEL:
            self._look(self._waiting)
            self._waiting = self._waiting[1 - _HOPS_PER_LEVEL :].copy()

    def bounds(self) -> tuple[int, int] | None:
        """Return (first, one past last) sample of the speech, None for silence. Ends hearing."""
        if not self._length:
            return None
        powers = np.concatenate([self._waiting, self._blocks.of_the_rest()])
        if len(powers) >= _HOPS_PER_LEVEL:
            self._look(powers)
            powers = powers[1 - _HOPS_PER_LEVEL :]
        # Past the end there is silence, which is no noise to be counted.
        self._look(np.append(powers, np.zeros(_HOPS_PER_LEVEL - 1)), counted=False)
        level_db = _db(self._level)
        if level_db < FLOOR_DB:
            return None
        rising = self._noise_db() + _OVER_NOISE_DB - level_db
        relative_db = max(-_BELOW_DB, min(rising, _HIGHEST_THRESHOLD_DB))
        threshold = 10 ** (max(level_db + relative_db, FLOOR_DB) / 10)
        first, last = self._rising.first_over(threshold), self._falling.last_over(threshold)
        if first is None or last is None:
            return None
        return first * self._hop, min((last + _HOPS_PER_WINDOW) * self._hop, self._length)

    def _look(self, powers: Powers, counted: bool = True) -> None:
        """Take each hop that has its followers in `powers`."""
        means = _averaged(powers, _HOPS_PER_LEVEL)
        self._level = max(self._level, float(means.max(initial=0.0)))
        if counted:
            levels_db = 10 * np.log10(np.maximum(means, 1e-12))
            places = ((levels_db - _LOWEST_DB) * _STEPS_PER_DB).astype(np.int64)
            np.add.at(self._noise, np.clip(places, 0, _LEVELS - 1), 1)
        windows = _averaged(powers, _HOPS_PER_WINDOW)[: len(means)]
        self._rising.add_rising(windows, self._hops)
        self._falling.add_falling(windows, self._hops)
        self._hops += len(means)

    def _noise_db(self) -> float:
        total = int(self._noise.sum())
        if not total:
            return FLOOR_DB
        place = int(np.searchsorted(np.cumsum(self._noise), (total - 1) // 10, side="right"))
        return _LOWEST_DB + (place + 0.5) / _STEPS_PER_DB if place else _LOWEST_DB


class _Records:
    """The windows that are stronger than all before them, or than all after them."""

    def __init__(self) -> None:
        self._powers: Powers = np.zeros(0, np.float64)
        self._places: np.ndarray[Any, np.dtype[np.int64]] = np.zeros(0, np.int64)

    def add_rising(self, powers: Powers, first: int) -> None:
        highest = self._powers[-1] if len(self._powers) else 0.0
        before = np.maximum.accumulate(np.append(highest, powers))[:-1]
        self._add(np.flatnonzero(powers > before), powers, first)

    def add_falling(self, powers: Powers, first: int) -> None:
        after = np.maximum.accumulate(np.append(0.0, powers[::-1]))[::-1]
        kept = self._powers > after[0]
        self._powers, self._places = self._powers[kept], self._places[kept]
        self._add(np.flatnonzero(powers > after[1:]), powers, first)

    def first_over(self, threshold: float) -> int | None:
        over = np.flatnonzero(self._powers > threshold)
        return int(self._places[over[0]]) if len(over) else None

    def last_over(self, threshold: float) -> int | None:
        over = np.flatnonzero(self._powers > threshold)
        return int(self._places[over[-1]]) if len(over) else None

    def _add(self, found: np.ndarray[Any, Any], powers: Powers, first: int) -> None:
        self._powers = np.append(self._powers, powers[found])
        self._places = np.append(self._places, found + first)


def _averaged(powers: Powers, width: int) -> Powers:
    # One value per hop that has enough after it: the mean of this hop and the next ones.
    return np.convolve(powers, np.ones(width) / width, mode="valid")
