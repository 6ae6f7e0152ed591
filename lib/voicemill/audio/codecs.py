"""Files and bytes to clips, clips to files and bytes; all in process."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import soundfile

from voicemill.audio.clip import Clip, Samples, as_integers
from voicemill.audio.containers import encode_m4a
from voicemill.audio.decoding import AudioInput, Sound, decode_through
from voicemill.audio.encoding import Encoding
from voicemill.audio.mp3 import encode_mp3
from voicemill.audio.mutagens import untyped
from voicemill.errors import AudioError


@dataclass(frozen=True)
class Decoded:
    """A decoded file: its clip (downmixed to mono), and what the file itself has."""

    clip: Clip
    channels: int
    format: str


def read_clip(source: AudioInput) -> Clip:
    """Return the sound of a file, bytes or an open binary file as a mono clip.

    Reads WAV, FLAC, Ogg Vorbis, Opus, MP3, AIFF, M4A/MP4, AAC and WebM, told apart by content;
    the file's name does not matter. Channels are downmixed by their mean.
    Raises UnreadableAudio saying what the bytes seem to be.
    """
    return decode(source).clip


def decode(source: AudioInput) -> Decoded:
    """Like read_clip, with the file's channels and format beside the clip."""
    return decode_through(source, _whole)


def _whole(sound: Sound) -> Decoded:
    pieces = [piece.samples for piece in sound.pieces]
    samples = np.concatenate(pieces) if len(pieces) > 1 else pieces[0]
    return Decoded(Clip(samples, sound.rate_hz), sound.channels, sound.format)


def encode_clip(clip: Clip, encoding: Encoding) -> bytes:
    """Return the clip as the bytes of a file, resampled to the encoding's rate if it differs.

    Peaks beyond full scale are clipped by the integer formats. WAV and FLAC round trip exactly
    at their bit depth; MP3, Opus, Vorbis and M4A decode to exactly as many samples. The same
    clip gives the same bytes. Raises AudioError for an empty clip.
    """
    if not len(clip):
        raise AudioError("an empty clip cannot be encoded", remedy="Make it again.")
    whole = encoding.complete(clip.rate_hz)
    clip = clip.resampled(whole.rate_hz or clip.rate_hz)
    if whole.format == "m4a":
        return encode_m4a(clip.samples, whole)
    if whole.format == "mp3":
        return encode_mp3(clip.samples, clip.rate_hz, whole.bitrate_kbps or 0)
    data = _encode_with_soundfile(clip, whole)
    return numbered_alike(data) if whole.format in ("ogg", "opus") else data


def _opus_level(encoding: Encoding) -> float:
    return 1 - ((encoding.bitrate_kbps or 0) - 6) / 250


def _vorbis_level(encoding: Encoding) -> float:
    # Nominal bitrates of Vorbis qualities 0 to 10 for one channel at 44.1 kHz.
    nominal = (48, 60, 70, 80, 86, 96, 110, 120, 140, 160, 240)
    return 1 - float(np.interp(encoding.bitrate_kbps or 0, nominal, np.linspace(0, 1, 11)))


_SOUNDFILE: dict[str, tuple[str, str | None]] = {
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "wav": ("WAV", None),
    "flac": ("FLAC", None),
}
_LEVELS = {"opus": _opus_level, "ogg": _vorbis_level}


def soundfile_writer(target: Path | BinaryIO, encoding: Encoding) -> soundfile.SoundFile:
    """Open a WAV, FLAC, Ogg or Opus file for writing; the encoding must be complete."""
    container, subtype = _SOUNDFILE[encoding.format]
    options: dict[str, Any] = {}
    if encoding.lossy:
        options["compression_level"] = _LEVELS[encoding.format](encoding)
    return soundfile.SoundFile(
        target,
        "w",
        samplerate=encoding.rate_hz,
        channels=1,
        format=container,
        subtype=subtype or f"PCM_{encoding.bit_depth}",
        **options,
    )


def writable(samples: Samples, encoding: Encoding) -> np.ndarray[Any, Any]:
    """Return samples as `soundfile_writer` of this encoding takes them.

    libsndfile scales floats by 2^(n-1) - 1 when writing but integers by 2^(n-1) when reading;
    our own integers make the round trip exact.
    """
    if encoding.bit_depth is None:
        return samples
    integers: np.ndarray[Any, Any] = as_integers(samples, encoding.bit_depth)
    return integers.astype(np.int16) if encoding.bit_depth == 16 else np.left_shift(integers, 8)


def _encode_with_soundfile(clip: Clip, encoding: Encoding) -> bytes:
    target = BytesIO()
    with soundfile_writer(target, encoding) as file:
        file.write(writable(clip.samples, encoding))
    return target.getvalue()


def numbered_alike(data: bytes) -> bytes:
    """Return an Ogg file with its streams numbered from 1.

    libsndfile draws a random serial number for each, which would make two encodings of one
    clip differ.
    """
    ogg = untyped("mutagen.ogg")
    source, target = BytesIO(data), BytesIO()
    while source.tell() < len(data):
        page = ogg.OggPage(source)
        page.serial = 1
        target.write(page.write())
    return target.getvalue()
