"""MP3 through LAME: constant bitrate, exact length, exact level.

lameenc carries LAME 3.100 as wheels for all platforms. libsndfile has LAME too, but takes
2.6 times as long at the same setting; lameenc in turn leaves out the header that states the
length, which is written here.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np
import soundfile

from voicemill.audio.clip import Samples, as_integers
from voicemill.audio.encoding import mp3_samples_per_frame, mp3_table
from voicemill.audio.id3 import id3v2_size
from voicemill.audio.loudness import sample_peak
from voicemill.errors import AudioError

# From 0, best, to 9, fastest; what ffmpeg uses unless told otherwise.
_QUALITY = 5

# By how many samples LAME delays the sound (ENCDELAY in its sources).
_ENCODER_DELAY = 576

_CHUNK = 1 << 20

# Where the frame that states the file's length may carry its mark, from the frame's start.
_INFO_WITHIN_BYTES = 64


def encode_mp3(samples: Samples, rate_hz: int, kbps: int) -> bytes:
    """Return mono samples as an MP3 of that constant bitrate, which its header states.

    It decodes to exactly as many samples, in every decoder that knows LAME's header, and at
    the level it had; only what is within 0.45 dB of full scale may come out softer by as much.
    """
    gain = encoder_gain(rate_hz, kbps)
    louder = np.float32(min(1 / gain, max(1.0, 0.9999 / max(sample_peak(samples), 1e-6))))
    frames = _lame(samples, louder, rate_hz, kbps)
    return _info_frame(frames, len(samples), rate_hz, kbps) + frames


def mp3_bitrate_kbps(data: bytes) -> int | None:
    """Return the bitrate that the first MPEG layer III frame states; None if there is none."""
    start = id3v2_size(data)
    header = data[start : start + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    # Versions by the two bits after the sync word: 11 MPEG-1, 10 MPEG-2, 00 MPEG-2.5. The
    # last two share one table.
    table = mp3_table(44_100 if header[1] & 0x18 == 0x18 else 24_000)
    index = header[2] >> 4
    return table[index - 1] if 1 <= index <= len(table) else None


def states_length(first_frame: bytes) -> bool:
    """Return whether an MP3's first frame says how many follow (a Xing or Info header)."""
    start = first_frame[:_INFO_WITHIN_BYTES]
    return b"Xing" in start or b"Info" in start


def _lame(samples: Samples, gain: np.float32, rate_hz: int, kbps: int) -> bytes:
    encoder = lame_encoder(rate_hz, kbps)
    parts = []
    for start in range(0, len(samples), _CHUNK):  # an hour at once would take four copies of it
        pcm = as_integers(samples[start : start + _CHUNK] * gain, 16).astype("<i2")
        parts.append(bytes(encoder.encode(pcm.tobytes())))
    frames = b"".join([*parts, bytes(encoder.flush())])
    made = mp3_bitrate_kbps(frames)
    if made != kbps:
        raise AudioError(
            f"the MP3 encoder made {made} kbps instead of {kbps}",
            remedy="This lameenc differs from the one tested; reinstall it.",
        )
    return frames


def lame_encoder(rate_hz: int, kbps: int) -> Any:
    """Return LAME, set up for mono at a constant bitrate."""
    encoder = import_module("lameenc").Encoder()  # it has no type hints
    encoder.silence()  # it prints its settings otherwise
    encoder.set_channels(1)
    encoder.set_in_sample_rate(rate_hz)
    encoder.set_out_sample_rate(rate_hz)
    encoder.set_bit_rate(kbps)
    encoder.set_quality(_QUALITY)
    return encoder


def _info_frame(frames: bytes, length: int, rate_hz: int, kbps: int) -> bytes:
    counter = FrameCounter(rate_hz, kbps)
    counter.see(frames)
    return counter.info_frame(length)


class FrameCounter:
    """Counts the frames of an MP3 that passes by, for the frame that states its length."""

    def __init__(self, rate_hz: int, kbps: int) -> None:
        self._per_frame = mp3_samples_per_frame(rate_hz)
        self._size = self._per_frame // 8 * kbps * 1000 // rate_hz
        self._kbps = kbps
        self._header = bytes(4)
        self._count, self._bytes, self._next = 0, 0, 0
        self._held = b""

    def see(self, frames: bytes) -> None:
        """Take note of the bytes that follow those seen before."""
        self._bytes += len(frames)
        data = self._held + frames
        if self._count == 0 and len(data) >= 4:
            self._header = data[:4]
        # Whether a frame has one byte of padding stands in its third byte.
        while self._next + 2 < len(data):
            self._next += self._size + (data[self._next + 2] >> 1 & 1)
            self._count += 1
        self._held = data[self._next :]
        self._next = max(0, self._next - len(data))

    def info_frame(self, length: int) -> bytes:
        """Return the frame that states how many frames follow and which samples are sound.

        A silent frame of the stream's own kind with Xing's fields (frames, bytes) and LAME's
        extension (http://gabriel.mp3-tech.org/mp3infotag.html), whose delay and padding make
        decoders give back exactly `length` samples.
        """
        padding = max(0, self._count * self._per_frame - _ENCODER_DELAY - length)
        # The stream's first header without its padding bit, then side information of mono frames.
        header = self._header[:2] + bytes([self._header[2] & ~0x02]) + self._header[3:4]
        side_information = bytes(17 if self._per_frame == 1152 else 9)
        whole = self._size + self._bytes
        xing = struct.pack(">4sIII", b"Info", 0x3, self._count, whole)
        delays = (_ENCODER_DELAY << 12 | padding).to_bytes(3, "big")
        constant_bitrate = 1
        lame = struct.pack(
            ">9sB10xB3sxxxxI4x",
            b"LAME3.100",
            constant_bitrate,
            min(self._kbps, 255),
            delays,
            whole,
        )
        return (header + side_information + xing + lame).ljust(self._size, b"\0")


@lru_cache(maxsize=128)
def encoder_gain(rate_hz: int, kbps: int) -> float:
    """Return by how much LAME turns sound down at this bitrate, measured on a tone.

    Its presets scale by 0.95 to 1.00 against clipping. Our levels are set with care and
    measured after encoding, so that is undone. Rounded as LAME's own constants are, so the
    result is the same everywhere.
    """
    quarter = rate_hz // 4
    steps = np.arange(quarter, dtype=np.float32)
    tone = (0.25 * np.sin(2 * np.pi * 1000 / rate_hz * steps)).astype(np.float32)
    frames = _lame(tone, np.float32(1), rate_hz, kbps)
    file = BytesIO(_info_frame(frames, quarter, rate_hz, kbps) + frames)
    decoded, _ = soundfile.read(file, dtype="float32")
    middle = slice(quarter // 4, 3 * quarter // 4)
    gain = float(np.dot(tone[middle], decoded[middle]) / np.dot(tone[middle], tone[middle]))
    return round(gain, 2)
