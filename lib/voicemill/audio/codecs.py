"""Files and bytes to clips, clips to files and bytes; all in process."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
import soundfile

from voicemill.audio.clip import Clip, Samples, as_integers
from voicemill.audio.containers import decode_container, encode_m4a
from voicemill.audio.encoding import Encoding
from voicemill.audio.id3 import id3v2_size
from voicemill.audio.mp3 import encode_mp3, states_length
from voicemill.audio.mutagens import untyped
from voicemill.audio.sniffing import audio_kind, seems_to_be
from voicemill.errors import AudioError, UnreadableAudio

AudioInput: TypeAlias = str | Path | bytes | BinaryIO

_HEAD_BYTES = 4096
_THROUGH_PYAV = frozenset({"m4a", "webm", "aac"})


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
    where, stream = _opened(source)
    try:
        head = stream.read(_HEAD_BYTES)
        stream.seek(0)
        kind = audio_kind(head)
        if kind is None:
            _refuse_text(head, where)
        if kind in _THROUGH_PYAV:
            samples, rate_hz, name = decode_container(stream, where)
        else:
            samples, rate_hz, name = _decode_with_soundfile(stream, kind, head, where)
    finally:
        if stream is not source:
            stream.close()
    if not len(samples):
        raise UnreadableAudio(
            f"it is {name} without any sound", where=where, remedy="Record or make it again."
        )
    try:
        return Decoded(Clip(samples, rate_hz), samples.shape[1], name)
    except AudioError as problem:
        raise UnreadableAudio(problem.what, where=where, remedy=problem.remedy) from problem


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


def _opened(source: AudioInput) -> tuple[str, BinaryIO]:
    if isinstance(source, bytes):
        return "audio data", BytesIO(source)
    if isinstance(source, str | Path):
        path = Path(source)
        try:
            return str(path), path.open("rb")
        except OSError as problem:
            raise UnreadableAudio(
                f"it cannot be opened ({problem.strerror})",
                where=str(path),
                remedy="Check the name and that you may read it.",
            ) from problem
    where = str(getattr(source, "name", "audio data"))
    return where, source if source.seekable() else BytesIO(source.read())


def _refuse_text(head: bytes, where: str) -> None:
    guess = seems_to_be(head)
    if guess != "no audio format we know":
        raise UnreadableAudio(
            f"it is not audio: it seems to be {guess}" if head else "it is empty",
            where=where,
            remedy="Fetch or record it again, or choose another file.",
        )


def _decode_with_soundfile(
    stream: BinaryIO, kind: str | None, head: bytes, where: str
) -> tuple[np.ndarray[Any, np.dtype[np.float32]], int, str]:
    try:
        with soundfile.SoundFile(stream) as file:
            samples = file.read(dtype="float32", always_2d=True)
            rate_hz, name = file.samplerate, _format_name(file)
            expected = file.frames
    except (soundfile.LibsndfileError, RuntimeError) as problem:
        if kind in ("wav", "flac"):
            raise _damaged(kind, where) from problem
        # Speex in Ogg, AAC behind an ID3 tag, …: FFmpeg knows more formats.
        stream.seek(0)
        return decode_container(stream, where)
    if (len(samples) < expected and _knows_length(stream, head, name)) or (
        kind == "wav" and _wav_is_cut(stream, head)
    ):
        raise _damaged(name, where)
    return samples, rate_hz, name


def _damaged(kind: str, where: str) -> UnreadableAudio:
    return UnreadableAudio(
        f"it begins as {kind} but is damaged or breaks off",
        where=where,
        remedy="Fetch or record it again.",
    )


def _format_name(file: soundfile.SoundFile) -> str:
    if file.format == "OGG":
        return "opus" if file.subtype == "OPUS" else "ogg"
    name = str(file.format)
    return {"WAVEX": "wav", "RF64": "wav", "MPEG": "mp3"}.get(name, name.lower())


def _knows_length(stream: BinaryIO, head: bytes, name: str) -> bool:
    # Without a Xing or Info header an MP3's length is an estimate, often beyond the end.
    if name != "mp3":
        return True
    stream.seek(id3v2_size(head))
    return states_length(stream.read(_HEAD_BYTES))


def _wav_is_cut(stream: BinaryIO, head: bytes) -> bool:
    # libsndfile quietly reads what is there. Programs that write to a pipe leave the size at
    # zero or at its largest value; those are whole.
    size = struct.unpack("<I", head[4:8])[0]
    stream.seek(0, 2)
    return head[:4] == b"RIFF" and 0 < size < 0xFFFFFF00 and stream.tell() + 1 < size + 8


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
