"""Sound read piece by piece, for files too long to hold: the samples that codecs.decode gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO, TypeAlias, TypeVar

import numpy as np
import soundfile

from voicemill.audio.clip import Clip
from voicemill.audio.codecs import (
    _HEAD_BYTES,
    _THROUGH_PYAV,
    AudioInput,
    _damaged,
    _format_name,
    _knows_length,
    _opened,
    _refuse_text,
    _wav_is_cut,
)
from voicemill.audio.containers import _NAMES
from voicemill.audio.sniffing import audio_kind
from voicemill.errors import AudioError, UnreadableAudio

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

    Reads what codecs.decode reads. `listen` is called once more, with the sound from its
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
        with av.open(stream) as container:
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
