"""How loud a clip is: integrated loudness, RMS, peak and noise floor, all in decibels.

Loudness follows ITU-R BS.1770-4. The standard measures in overlapping blocks of 400 ms and
says nothing about shorter audio. The short-clip rule used here: a clip shorter than one block
is measured as one block, the missing rest taken as silence. That is continuous with the
standard at exactly 400 ms, needs no threshold, and follows the ear, which integrates loudness
over some hundreds of milliseconds, so a short word must be stronger to sound as loud as a long
one. No result is ever infinite: SILENCE_DB stands for digital silence.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from voicemill.audio.blocks import Powers, Recut, Series
from voicemill.audio.clip import Clip, Samples

SILENCE_DB = -120.0

# BS.1770-4, section "Gating": blocks of 400 ms every 100 ms, absolute gate at -70 LKFS,
# relative gate 10 LU below the mean of the blocks over the absolute gate.
_HOPS_PER_S = 10
_HOPS_PER_BLOCK = 4
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_OFFSET_DB = -0.691

# Small chunks stay in the processor's cache, which matters more than their overlap.
_CHUNK_HOPS = 4


def loudness_lufs(clip: Clip) -> float:
    """Return the integrated loudness in LUFS (ITU-R BS.1770-4, mono; short-clip rule above).

    As the standard has it, an unfinished block at the end is left out, unlike in pyloudnorm,
    whose rounding shifts the result for words of one or two blocks. SILENCE_DB when no block
    passes the absolute gate of -70 LUFS.
    """
    return gated_lufs(k_weighted(clip))


def k_weighted(clip: Clip) -> Clip:
    """Return the clip through the K-weighting filters of BS.1770-4.

    By FFT in chunks (overlap-save): exact to rounding, because the filters' response dies away
    within the 100 ms that precede each chunk, and free of scipy.signal, whose import takes
    longer than the measuring of a thousand words.
    """
    hop, length = _hop(clip.rate_hz), len(clip)
    chunk = _CHUNK_HOPS * hop
    weighted = np.empty(length, np.float32)
    for start in range(0, length, chunk):
        stop = min(start + chunk, length)
        before = clip.samples[max(0, start - hop) : start]
        weighted[start:stop] = _weighted(before, clip.samples[start:stop], clip.rate_hz)
    return Clip(weighted, clip.rate_hz)


def gated_lufs(weighted: Clip) -> float:
    """Return the integrated loudness in LUFS of a clip that is K-weighted already."""
    return _gated(_block_powers(weighted))


class LoudnessMeter:
    """The integrated loudness of mono sound that arrives in pieces; as loudness_lufs has it."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz, self._hop = rate_hz, _hop(rate_hz)
        self._recut = Recut(_CHUNK_HOPS * self._hop)
        self._before: Samples = np.zeros(0, np.float32)
        self._energies = Series()

    def hear(self, samples: Samples) -> None:
        """Take the next samples."""
        whole, chunk = self._recut.whole(samples), _CHUNK_HOPS * self._hop
        for start in range(0, len(whole), chunk):
            taken = whole[start : start + chunk]
            self._energies.add(_hop_energies(self._weighted(taken), self._hop))
            self._before = taken[-self._hop :].copy()

    def lufs(self) -> float:
        """Return the loudness of all that was heard, in LUFS."""
        rest, block = self._weighted(self._recut.rest), _HOPS_PER_BLOCK * self._hop
        energies = np.append(self._energies.all(), _hop_energies(rest, self._hop))
        if len(energies) < _HOPS_PER_BLOCK:
            return _gated(np.array([np.dot(rest, rest) / block], np.float64))
        return _gated(_overlapping(energies, block))

    def _weighted(self, samples: Samples) -> Samples:
        return _weighted(self._before, samples, self._rate_hz)


def rms_db(clip: Clip) -> float:
    """Return the root mean square level of the whole clip in dB of full scale."""
    return decibels(float(np.sqrt(_mean_square(clip.samples))))


def peak_dbfs(clip: Clip) -> float:
    """Return the largest sample's magnitude in dB of full scale."""
    return decibels(sample_peak(clip.samples))


def noise_db(clip: Clip) -> float:
    """Return the noise floor in dB: the quietest tenth of the clip's 50 ms windows, by RMS.

    That is the level between words and at the ends, which ACX calls the noise floor. A clip
    shorter than one window gives its RMS.
    """
    width = clip.rate_hz // 20
    count = len(clip) // width
    if not count:
        return rms_db(clip)
    windows = clip.samples[: count * width].reshape(count, width)
    powers = np.einsum("ij,ij->i", windows, windows) / width
    return decibels(float(np.sqrt(quietest_tenth(powers))))


def quietest_tenth(powers: np.ndarray[Any, Any]) -> float:
    """Return the 10th percentile (nearest rank) of at least one value."""
    rank = (len(powers) - 1) // 10
    return float(np.partition(powers, rank)[rank])


def sample_peak(samples: Samples) -> float:
    """Return the largest magnitude of the samples, 0.0 for none."""
    return float(max(samples.max(), -samples.min())) if len(samples) else 0.0


def decibels(magnitude: float) -> float:
    """Return a magnitude relative to full scale in dB, never below SILENCE_DB."""
    return max(SILENCE_DB, 20 * float(np.log10(max(magnitude, 1e-12))))


def _mean_square(samples: Samples) -> float:
    return float(np.dot(samples, samples)) / len(samples) if len(samples) else 0.0


def _lufs(power: Any) -> Any:
    return _OFFSET_DB + 10 * np.log10(np.maximum(power, 1e-20))


def _hop(rate_hz: int) -> int:
    return round(rate_hz / _HOPS_PER_S)


def _gated(blocks: Powers) -> float:
    over_absolute = blocks[_lufs(blocks) > _ABSOLUTE_GATE_LUFS]
    if not len(over_absolute):
        return SILENCE_DB
    gate = _lufs(over_absolute.mean()) + _RELATIVE_GATE_LU
    return float(_lufs(over_absolute[_lufs(over_absolute) > gate].mean()))


def _block_powers(weighted: Clip) -> Powers:
    hop, samples = _hop(weighted.rate_hz), weighted.samples
    block = _HOPS_PER_BLOCK * hop
    if len(samples) < block:
        return np.array([np.dot(samples, samples) / block], np.float64)
    return _overlapping(_hop_energies(samples, hop), block)


def _hop_energies(weighted: Samples, hop: int) -> Powers:
    hops = weighted[: len(weighted) // hop * hop].reshape(-1, hop)
    energies: Powers = np.einsum("ij,ij->i", hops, hops).astype(np.float64)
    return energies


def _overlapping(energies: Powers, block: int) -> Powers:
    return np.convolve(energies, np.ones(_HOPS_PER_BLOCK), mode="valid") / block


def _weighted(before: Samples, samples: Samples, rate_hz: int) -> Samples:
    """Return the samples K-weighted, after up to 100 ms that precede them."""
    hop = _hop(rate_hz)
    # The size is the same for all but whole hops at the end, so the response is cached.
    size = hop - -len(samples) // hop * hop
    piece = np.zeros(size, np.float32)
    piece[hop - len(before) : hop] = before
    piece[hop : hop + len(samples)] = samples
    spectrum = np.fft.rfft(piece)
    spectrum *= _k_response(rate_hz, size)
    return np.fft.irfft(spectrum, size)[hop : hop + len(samples)].astype(np.float32, copy=False)


@lru_cache(maxsize=64)
def _k_response(rate_hz: int, size: int) -> np.ndarray[Any, np.dtype[np.complex64]]:
    """Return the K-weighting's frequency response at the bins of a real FFT of `size`."""
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones_like(z)
    for b, a in k_weighting(rate_hz):
        response *= (b[0] + b[1] * z + b[2] * z**2) / (a[0] + a[1] * z + a[2] * z**2)
    return np.asarray(response, np.complex64)


def k_weighting(rate_hz: int) -> tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]:
    """Return the two K-weighting filters of BS.1770-4 for any rate, as (b, a) coefficients.

    The standard prints coefficients for 48 kHz only. These come from the analogue filters
    behind them (Brecht De Man, "Evaluation of implementations of the EBU R128 loudness
    measurement", AES 145th Convention, 2018) through the bilinear transform, and give the
    standard's own numbers at 48 kHz.
    """
    # The shelf: head effects, +4 dB above 1.7 kHz.
    k = np.tan(np.pi * 1681.974450955533 / rate_hz)
    q, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    middle = high**0.4996667741545416
    norm = 1 + k / q + k * k
    shelf_b = (
        (high + middle * k / q + k * k) / norm,
        2 * (k * k - high) / norm,
        (high - middle * k / q + k * k) / norm,
    )
    shelf_a = (1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm)
    # The high-pass ("RLB") at 38 Hz.
    k = np.tan(np.pi * 38.13547087602444 / rate_hz)
    q = 0.5003270373238773
    norm = 1 + k / q + k * k
    pass_a = (1.0, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm)
    return (shelf_b, shelf_a), ((1.0, -2.0, 1.0), pass_a)
