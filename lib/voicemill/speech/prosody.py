"""Delivery that an engine has no control for, done on its samples.

Volume and pitch are applied here for every local engine, so that "+20Hz" and "-50%" mean
what they mean to edge. Pitch is moved with Rubber Band (pedalboard), which keeps duration.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from voicemill.speech.engine import Delivery, Speech

_SENTENCE_END = re.compile(r"(?<=[.!?…।؟])[\"'”’»)\]]*\s+|(?<=[。！？])[”’」』）]*\s*")
_LOWEST_F0_HZ, _HIGHEST_F0_HZ = 60.0, 400.0
_VOICED = 0.5  # normalised autocorrelation above which a frame counts as voiced


def apply(speech: Speech, delivery: Delivery) -> Speech:
    """Return `speech` with the pitch and volume of `delivery`; its rate is the engine's."""
    if delivery.pitch_hz:
        speech = shift_pitch(speech, delivery.pitch_hz)
    if delivery.volume_percent:
        speech = replace(speech, samples=speech.samples * np.float32(delivery.gain))
    return speech


def sentences(text: str) -> list[str]:
    """Part a text after each mark that ends a sentence and a space (none needed after 。)."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    parts = [text[start:end].strip() for start, end in pairwise([0, *ends, len(text)])]
    return [part for part in parts if any(char.isalnum() for char in part)]


def stretch(speech: Speech, speed: float) -> Speech:
    """Make speech `speed` times as fast with Rubber Band; pitch stays, cues move along."""
    from pedalboard import time_stretch

    if speed == 1 or not len(speech.samples):
        return speech
    samples = time_stretch(speech.samples[np.newaxis, :], speech.rate_hz, speed)[0]
    cues = tuple(
        replace(cue, start_s=cue.start_s / speed, end_s=cue.end_s / speed) for cue in speech.cues
    )
    return Speech(np.ascontiguousarray(samples), speech.rate_hz, cues)


def shift_pitch(speech: Speech, hz: float) -> Speech:
    """Move the pitch by `hz`, measured from the speech's own median; duration stays.

    Speech without any voiced part (a lone /s/) has no pitch and comes back unchanged.
    """
    from pedalboard import time_stretch

    base_hz = median_f0_hz(speech.samples, speech.rate_hz)
    if base_hz is None:
        return speech
    wanted_hz = max(base_hz + hz, _LOWEST_F0_HZ)
    semitones = 12 * float(np.log2(wanted_hz / base_hz))
    shifted = time_stretch(
        speech.samples[np.newaxis, :], speech.rate_hz, 1.0, pitch_shift_in_semitones=semitones
    )[0]
    return replace(speech, samples=np.ascontiguousarray(shifted[: len(speech.samples)]))


def median_f0_hz(samples: NDArray[np.float32], rate_hz: int) -> float | None:
    """Median fundamental frequency of the voiced 40 ms frames, by normalised autocorrelation.

    After Boersma (1993), without its path search. None when nothing is voiced.
    """
    frame, hop = int(0.04 * rate_hz), int(0.01 * rate_hz)
    if len(samples) < frame:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, frame)[::hop]
    loud = np.sqrt(np.mean(frames**2, axis=1))
    frames = frames[loud > 0.1 * loud.max()] - 0.0
    if not len(frames):
        return None
    window = np.hanning(frame)
    lags = np.arange(int(rate_hz / _HIGHEST_F0_HZ), int(rate_hz / _LOWEST_F0_HZ))
    lags = lags[lags < frame]
    power = np.abs(np.fft.rfft(frames * window, 2 * frame)) ** 2
    correlation = np.fft.irfft(power)[:, :frame]
    window_correlation = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * frame)) ** 2)[:frame]
    ratio = correlation[:, lags] / np.maximum(correlation[:, :1], 1e-12)
    ratio /= window_correlation[lags] / window_correlation[0]
    # Long lags are divided by almost nothing; a small cost keeps octave errors away.
    ratio -= 0.02 * lags / lags[0]
    best = ratio.argmax(axis=1)
    voiced = ratio.max(axis=1) > _VOICED
    return float(rate_hz / np.median(lags[best[voiced]])) if voiced.any() else None
