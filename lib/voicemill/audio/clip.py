"""Clip: mono samples and their rate, the one thing every audio function takes and gives."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import soxr

from voicemill.errors import AudioError

if TYPE_CHECKING:
    from pydub import AudioSegment

Samples: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]

# Telephone speech to studio masters; what lies outside is a broken header, not speech.
LOWEST_RATE_HZ = 8_000
HIGHEST_RATE_HZ = 192_000


@dataclass(frozen=True, eq=False)
class Clip:
    """A piece of mono audio.

    samples: float32, shape (n,), full scale ±1.0, read-only. Integer samples are scaled to
    full scale, and samples of shape (n, channels) are downmixed by their mean.
    rate_hz: samples per second, 8,000 to 192,000.
    Raises AudioError for NaN or infinite samples, other shapes, and rates out of range.
    """

    samples: Samples
    rate_hz: int

    def __post_init__(self) -> None:
        _refuse_rate(self.rate_hz)
        object.__setattr__(self, "samples", _mono_float32(self.samples))
        object.__setattr__(self, "rate_hz", int(self.rate_hz))

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def duration_s(self) -> float:
        """Length in seconds, exact to the sample."""
        return len(self.samples) / self.rate_hz

    def between(self, start: int, stop: int) -> Clip:
        """Return the samples from `start` up to `stop` (sample numbers), without copying."""
        return Clip(self.samples[start:stop], self.rate_hz)

    def padded(self, head_s: float, tail_s: float) -> Clip:
        """Return the clip with `head_s` of silence before and `tail_s` after it (seconds)."""
        head, tail = round(head_s * self.rate_hz), round(tail_s * self.rate_hz)
        return Clip(np.pad(self.samples, (head, tail)), self.rate_hz) if head or tail else self

    def amplified(self, gain_db: float) -> Clip:
        """Return the clip louder (or softer) by `gain_db`; nothing is clipped."""
        return Clip(self.samples * np.float32(10 ** (gain_db / 20)), self.rate_hz)

    def resampled(self, rate_hz: int) -> Clip:
        """Return the clip at `rate_hz` (soxr HQ): round(n × new ÷ old) samples, at least one."""
        if rate_hz == self.rate_hz or not len(self):
            return Clip(self.samples, rate_hz)
        _refuse_rate(rate_hz)
        length = max(1, round(len(self) * rate_hz / self.rate_hz))
        converted = soxr.resample(self.samples, self.rate_hz, rate_hz, quality="HQ")
        # soxr may give one sample more or less; the length is part of our promise.
        return Clip(np.pad(converted[:length], (0, max(0, length - len(converted)))), rate_hz)

    @classmethod
    def from_audiosegment(cls, segment: AudioSegment) -> Clip:
        """Return a pydub AudioSegment as a clip; exact to the sample, channels downmixed."""
        whole = np.array(segment.get_array_of_samples())
        frames = whole.reshape(-1, segment.channels) if segment.channels > 1 else whole
        return cls(_from_integers(frames, 8 * segment.sample_width), segment.frame_rate)

    def to_audiosegment(self) -> AudioSegment:
        """Return the clip as a 16-bit mono pydub AudioSegment; peaks beyond ±1.0 are clipped."""
        return _pydub().AudioSegment(
            data=as_integers(self.samples, 16).astype("<i2").tobytes(),
            sample_width=2,
            frame_rate=self.rate_hz,
            channels=1,
        )


def silence(duration_s: float, rate_hz: int) -> Clip:
    """Return digital silence of `duration_s` seconds at `rate_hz`."""
    if duration_s < 0:
        raise AudioError(
            f"silence cannot last {duration_s} s", remedy="Give a duration of 0 or more."
        )
    return Clip(np.zeros(round(duration_s * rate_hz), np.float32), rate_hz)


def concat(clips: Iterable[Clip]) -> Clip:
    """Return the clips one after another.

    All must have one rate; AudioError says which differs. No clips at all is an AudioError too.
    """
    parts = list(clips)
    if not parts:
        raise AudioError("there is nothing to join", remedy="Give at least one clip.")
    for number, part in enumerate(parts[1:], start=2):
        if part.rate_hz != parts[0].rate_hz:
            raise AudioError(
                f"clip {number} has {part.rate_hz} Hz, the first {parts[0].rate_hz} Hz",
                remedy="Bring them to one rate with clip.resampled(rate_hz) first.",
            )
    return Clip(np.concatenate([part.samples for part in parts]), parts[0].rate_hz)


def as_integers(samples: Samples, bits: int) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Return float samples as integers of `bits` bits, rounded, clipped at full scale.

    Full scale is 2^(bits-1), the inverse of what decoders do, so that a round trip is exact.
    """
    full = np.float32(2 ** (bits - 1))
    scaled = np.rint(samples * full)
    np.clip(scaled, -full, full - 1, out=scaled)
    return np.asarray(scaled, np.int32)


def _from_integers(samples: np.ndarray[Any, Any], bits: int) -> np.ndarray[Any, Any]:
    return (samples / 2.0 ** (bits - 1)).astype(np.float32)


def _mono_float32(samples: np.ndarray[Any, Any]) -> Samples:
    array = np.asarray(samples)
    if array.ndim == 2:
        array = array[:, 0] if array.shape[1] == 1 else _scaled(array).mean(axis=1)
    if array.ndim != 1:
        raise AudioError(
            f"samples of shape {array.shape} are not a clip",
            remedy="Give shape (n,) for mono or (n, channels).",
        )
    mono = np.ascontiguousarray(_scaled(array), dtype=np.float32).view()
    if len(mono):
        _refuse_nonsense(mono)
    mono.flags.writeable = False
    return mono


def _refuse_nonsense(mono: Samples) -> None:
    # The sum of squares is finite only if every sample is, and needs no second array.
    if np.isfinite(np.dot(mono, mono)):
        return
    bad = np.flatnonzero(~np.isfinite(mono))
    if len(bad):
        raise AudioError(
            f"sample {bad[0]} is not a number (NaN or infinite)",
            remedy="Look at what made this audio; it is broken.",
        )


def _scaled(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if array.dtype.kind == "f":
        return array
    if array.dtype.kind == "i":
        return _from_integers(array, 8 * array.dtype.itemsize)
    raise AudioError(
        f"samples of type {array.dtype} are not audio",
        remedy="Give floats of ±1.0 or signed integers.",
    )


def _refuse_rate(rate_hz: int) -> None:
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ or rate_hz != int(rate_hz):
        raise AudioError(
            f"a sample rate of {rate_hz} Hz cannot be used",
            remedy=f"Use a whole number from {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ}.",
        )


def _pydub() -> Any:
    # pydub warns at import about a missing ffmpeg, which we do not use, and its sources
    # raise SyntaxWarnings on newer Pythons.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pydub
    return pydub
