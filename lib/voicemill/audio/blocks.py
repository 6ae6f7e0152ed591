"""Powers of equal blocks of a sound that arrives in pieces, whatever the pieces' lengths."""

from __future__ import annotations

from array import array
from typing import Any, TypeAlias

import numpy as np

from voicemill.audio.clip import Samples

Powers: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]


class Recut:
    """Cuts pieces of any length into arrays of whole blocks of `width` samples."""

    def __init__(self, width: int) -> None:
        self._width = width
        self.rest: Samples = np.zeros(0, np.float32)

    def whole(self, samples: Samples) -> Samples:
        """Return all whole blocks that are there by now; what is left over stays in `rest`."""
        joined = np.concatenate([self.rest, samples]) if len(self.rest) else samples
        cut = len(joined) // self._width * self._width
        self.rest = joined[cut:].copy()  # a view would keep the whole piece
        return joined[:cut]


class BlockPowers:
    """The mean square of each whole block of `width` samples, and what is left at the end."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._recut = Recut(width)

    def of(self, samples: Samples) -> Powers:
        """Return the powers of the blocks that these samples complete."""
        blocks = self._recut.whole(samples).reshape(-1, self._width)
        powers: Powers = np.einsum("ij,ij->i", blocks, blocks).astype(np.float64)
        return powers / self._width

    def of_the_rest(self) -> Powers:
        """Return the power of the unfinished block, its missing part taken as silence."""
        rest = self._recut.rest
        return np.array([np.dot(rest, rest) / self._width] if len(rest) else [], np.float64)


class Series:
    """Numbers collected in eight bytes each."""

    def __init__(self) -> None:
        self._numbers = array("d")

    def add(self, numbers: Powers) -> None:
        """Add numbers at the end."""
        self._numbers.frombytes(np.ascontiguousarray(numbers, np.float64).tobytes())

    def all(self) -> Powers:
        """Return a copy of all numbers."""
        return np.array(self._numbers, np.float64)
