"""Sound read piece by piece, so that files of any length can be heard in little memory."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, TypeVar

import numpy as np
import soundfile

from voicemill.audio.clip import Clip
from voicemill.audio.id3 import id3v2_size
from voicemill.audio.mp3 import states_length
from voicemill.audio.sniffing import audio_kind, seems_to_be
from voicemill.errors import AudioError, UnreadableAudio

AudioInput: TypeAlias = str | Path | bytes | BinaryIO

_HEAD_BYTES = 4096
_THROUGH_PYAV = frozenset({"m4a", "webm", "aac"})
# Containers that libsndfile does not know but whose sound it would be wrong to refuse.
_NAMES = {"mov,mp4,m4a,3gp,3g2,mj2": "m4a", "matroska,webm": "webm", "aac": "aac"}

# Values read at once, all channels together: half a megabyte.
_PIECE = 1 << 17

Result = TypeVar("Result")
_Frames: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Sound:
    """A file's sound while it is decoded: what the file has, and its pieces, to be taken once.

    The pieces are mono clips at rate_hz; taking them raises UnreadableAudio where the file is
    damaged, breaks off, or ends without having held anything.
    """

    rate_hz: int
    channels: int
    format: str
    pieces: Iterator[Clip]


def decode_through(source: AudioInput, listen: Callable[[Sound], Result]) -> Result:
    """Return what `listen` makes of a file's sound, of which only a piece is held at a time.

    Reads what codecs.read_clip reads. `listen` is called once more, with the sound from its
    beginning, when libsndfile gives up in the middle and FFmpeg takes over.
    Raises UnreadableAudio saying what the bytes seem to be.
    """
    where, stream = _opened(source)
    try:
        head = stream.read(_HEAD_BYTES)
        stream.seek(0)
        kind = audio_kind(head)
        if kind is None:
            _refuse_text(head, where)
        if kind not in _THROUGH_PYAV:
            try:
                return _through_soundfile(stream, kind, head, where, listen)
            except soundfile.SoundFileError as problem:
                if kind in ("wav", "flac"):
                    raise _damaged(kind, where) from problem
                # Speex in Ogg, AAC behind an ID3 tag, …: FFmpeg knows more formats.
                stream.seek(0)
        return _through_container(stream, where, listen)
    finally:
        if stream is not source:
            stream.close()


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


class _Forward(soundfile.SoundFile):  # type: ignore[misc]
    """A sound file read from start to end.

    soundfile seeks to where it is after each block of a file that can be sought in; an MP3
    then decodes some frames again, without what preceded them, and complains about it.
    """

    def seekable(self) -> bool:
        return False


def _through_soundfile(
    stream: BinaryIO,
    kind: str | None,
    head: bytes,
    where: str,
    listen: Callable[[Sound], Result],
) -> Result:
    with _Forward(stream) as file:
        name = _format_name(file)

        def frames() -> Iterator[_Frames]:
            count = 0
            while len(read := file.read(_PIECE // file.channels, "float32", always_2d=True)):
                count += len(read)
                yield read
            if (count < file.frames and _knows_length(stream, head, name)) or (
                kind == "wav" and _wav_is_cut(stream, head)
            ):
                raise _damaged(name, where)

        return listen(_sound(file.samplerate, file.channels, name, frames(), where))


def _through_container(stream: BinaryIO, where: str, listen: Callable[[Sound], Result]) -> Result:
    import av

    try:
        with av.open(stream, metadata_errors="replace") as container:
            if not container.streams.audio:
                raise UnreadableAudio(
                    "it holds no sound", where=where, remedy="Choose a file with an audio track."
                )
            track = container.streams.audio[0]
            if not getattr(track, "rate", 0):
                # A stream whose header is damaged has no codec, and then no rate either.
                raise UnreadableAudio(
                    "its sound track is damaged", where=where, remedy="Fetch or record it again."
                )
            name = _NAMES.get(container.format.name, container.format.name)
            frames = _container_frames(container, track)
            return listen(_sound(int(track.rate), track.channels, name, frames, where))
    except av.FFmpegError as problem:
        raise UnreadableAudio(
            f"it is damaged, incomplete, or no audio ({problem.strerror})",
            where=where,
            remedy="Fetch or record it again.",
        ) from problem


def _container_frames(container: Any, track: Any) -> Iterator[_Frames]:
    """Yield samples of shape (n, channels), up to the length that the container states."""
    left = _stated_length(container, track)
    waiting: list[_Frames] = []
    count = 0
    for piece in _container_pieces(container, track):
        waiting.append(piece if left is None else piece[:, :left])
        left = None if left is None else left - waiting[-1].shape[1]
        count += waiting[-1].size
        if count >= _PIECE:
            yield np.concatenate(waiting, axis=1, dtype=np.float32).T
            waiting, count = [], 0
    if count:
        yield np.concatenate(waiting, axis=1, dtype=np.float32).T


def _container_pieces(container: Any, track: Any) -> Iterator[Any]:
    import av

    resampler = av.AudioResampler(format="fltp", layout=track.layout, rate=int(track.rate))
    for frame in container.decode(track):
        for piece in resampler.resample(frame):
            yield piece.to_ndarray()
    for piece in resampler.resample(None):
        yield piece.to_ndarray()


def _stated_length(container: Any, track: Any) -> int | None:
    # MP4 says how long the sound is; AAC itself only knows whole frames of 1024 samples.
    if track.duration and track.time_base and container.format.name.startswith("mov"):
        seconds: Fraction = track.duration * track.time_base
        return round(seconds * int(track.rate))
    return None


def _sound(rate_hz: int, channels: int, name: str, frames: Iterator[_Frames], where: str) -> Sound:
    def pieces() -> Iterator[Clip]:
        count = 0
        for piece in frames:
            yield _mono(piece, rate_hz, count, where)
            count += len(piece)
        if not count:
            raise UnreadableAudio(
                f"it is {name} without any sound", where=where, remedy="Record or make it again."
            )

    return Sound(rate_hz, channels, name, pieces())


def _mono(frames: _Frames, rate_hz: int, before: int, where: str) -> Clip:
    try:
        return Clip(frames, rate_hz)
    except AudioError as problem:
        after = f" (after {before / rate_hz:.1f} s)" if before else ""
        raise UnreadableAudio(problem.what + after, where=where, remedy=problem.remedy) from problem


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
