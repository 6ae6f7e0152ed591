"""A clip as a small picture: waveform, spectrogram, pitch over it, on the time of its row."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Any, TypeAlias

import numpy as np

from voicemill.audio import Clip
from voicemill.review.comparing.praat import Pitch, pitch_of
from voicemill.review.listening import outline

Picture: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]

_WIDE, _HIGH = 180, 60
_HIGHEST_HZ = 5000.0  # of the spectrogram: speech, and all of its formants
# A wide-band spectrogram, as phoneticians read it: windows of 10 ms, 50 dB from black to white.
_WINDOW_S, _RANGE_DB = 0.010, 50.0
_PITCH_LOW_HZ, _PITCH_HIGH_HZ = 60.0, 400.0


def clip_picture(clip: Clip, row_s: float) -> str:
    """Return HTML: the waveform above, spectrogram and pitch below, `row_s` seconds wide."""
    pitch = pitch_of(clip)
    whole = clip.padded(0, max(row_s - clip.duration_s, 0.0))
    said = _said(pitch)
    return (
        f'<div class="vm-look" role="img" aria-label="{escape(said)}">{_outline(whole)}'
        f'<span class="vm-spectrum"><img alt="" src="data:image/png;base64,{_png(whole)}">'
        f"{_pitch_line(pitch, whole.duration_s)}</span></div><small>{escape(said)}</small>"
    )


def spectrogram(clip: Clip) -> Picture:
    """Return the spectrogram, shape (_HIGH, _WIDE), black is loud, the lowest frequency last."""
    window = max(round(_WINDOW_S * clip.rate_hz), 16)
    size = 1 << (window - 1).bit_length()
    samples = np.pad(clip.samples, (window, window))
    centres = np.linspace(0, max(len(clip) - 1, 0), _WIDE).astype(int) + window // 2
    frames = samples[centres[:, None] + np.arange(window)[None, :]] * np.hanning(window)
    power = np.abs(np.fft.rfft(frames, 2 * size, axis=1)) ** 2
    bins = np.linspace(0, 2 * size * _HIGHEST_HZ / clip.rate_hz, _HIGH).astype(int)
    levels = 10 * np.log10(power[:, np.minimum(bins, power.shape[1] - 1)] + 1e-10)
    # 6 dB an octave, as Praat's pictures have it: else the upper formants are too pale.
    levels += 6 * np.log2(np.maximum(bins, 1))[None, :]
    grey = np.clip((levels.max() - levels) / _RANGE_DB, 0, 1) * 255
    return np.asarray(grey.T[::-1], np.uint8)


def _png(clip: Clip) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(spectrogram(clip) // 17 * 17).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def _outline(clip: Clip) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDE - 1} 40" preserveAspectRatio="none" aria-hidden="true">'
        f"{outline(clip, _WIDE)}</svg>"
    )


def _pitch_line(pitch: Pitch, whole_s: float) -> str:
    """Draw the pitch as dots: lines would join what is apart."""
    span = np.log2(_PITCH_HIGH_HZ / _PITCH_LOW_HZ)
    dots = "".join(
        f'<circle cx="{time_s / whole_s * _WIDE:.1f}" r="1.4" '
        f'cy="{_HIGH * (1 - np.log2(hz / _PITCH_LOW_HZ) / span):.1f}"/>'
        for time_s, hz in zip(pitch.times_s[::2], pitch.hz[::2], strict=True)
    )
    return (
        f'<svg viewBox="0 0 {_WIDE} {_HIGH}" preserveAspectRatio="none" aria-hidden="true">'
        f"{dots}</svg>"
    )


def _said(pitch: Pitch) -> str:
    if not len(pitch.hz):
        return "no pitch"
    low, middle, high = np.percentile(pitch.hz, [5, 50, 95])
    return f"pitch {middle:.0f} Hz ({low:.0f}–{high:.0f})"
