"""Files written while their sound is still being made.

MP3 and M4A can be of any length; of others the finished file is read into memory for its tags.

What a file says about its length stands at its front; MP3 gets it afterwards in the room left
for it, MP4 by being rearranged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from voicemill.audio.aac import AacEncoder, aac_options
from voicemill.audio.chapters import Chapter, Mark, id3_with_marks, set_mp4_marks
from voicemill.audio.clip import Clip, Samples, as_integers
from voicemill.audio.codecs import encode_clip, numbered_alike, soundfile_writer, writable
from voicemill.audio.encoding import Encoding
from voicemill.audio.mp3 import FrameCounter, encoder_gain, lame_encoder
from voicemill.audio.mutagens import untyped
from voicemill.audio.tags import Tags, apply_tags

if TYPE_CHECKING:
    from av import Packet

# As iTunes calls it; players then remember the place.
_AUDIOBOOK = 2


class Stream(Protocol):
    """A file in the making."""

    highest_peak: float
    """The highest sample that comes through unclipped, 1.0 being full scale."""

    def write(self, samples: Samples) -> None:
        """Add samples at the file's rate."""

    def finish(self, marks: Sequence[Mark], length: int) -> None:
        """Write what is still held back, then chapters, tags and the length in samples."""

    def close(self) -> None:
        """Let go of the file, finished or not."""


def open_stream(
    path: Path,
    encoding: Encoding,
    tags: Tags,
    chapters: Sequence[Chapter],
    ceiling_dbtp: float | None = None,
) -> Stream:
    """Open a stream of this encoding, which must be complete.

    ceiling_dbtp: of the true peak, kept by M4A whatever its codec does to peaks.
    """
    if encoding.format == "mp3":
        return Mp3Stream(path, encoding, tags, chapters)
    if encoding.format == "m4a":
        return M4aStream(path, encoding, tags, ceiling_dbtp)
    return SoundFileStream(path, encoding, tags)


class Mp3Stream:
    """An MP3 with constant bitrate, exact length, ID3v2.3 tags and chapters."""

    def __init__(
        self, path: Path, encoding: Encoding, tags: Tags, chapters: Sequence[Chapter]
    ) -> None:
        self._rate_hz, self._kbps = encoding.rate_hz or 0, encoding.bitrate_kbps or 0
        gain = encoder_gain(self._rate_hz, self._kbps)
        self.highest_peak = 0.9999 * gain
        self._louder = np.float32(1 / gain)
        self._tag = apply_tags(b"", "mp3", tags)
        self._counter = FrameCounter(self._rate_hz, self._kbps)
        self._lame = lame_encoder(self._rate_hz, self._kbps)
        self._file = path.open("wb")
        # Tag and header keep their size whatever the times in them: room is left for both.
        front = self._front([Mark(c.title, 0, 0) for c in chapters], 0)
        self._front_bytes = len(front)
        self._file.write(front)

    def write(self, samples: Samples) -> None:
        """Add samples at the file's rate."""
        pcm = as_integers(samples * self._louder, 16).astype("<i2")
        self._add(bytes(self._lame.encode(pcm.tobytes())))

    def finish(self, marks: Sequence[Mark], length: int) -> None:
        """Write the last frames, then tag and header once more, now with their times."""
        self._add(bytes(self._lame.flush()))
        front = self._front(marks, length)
        if len(front) != self._front_bytes:
            raise AssertionError("the tag of an MP3 changed its size while it was written")
        self._file.seek(0)
        self._file.write(front)

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._file.close()

    def _add(self, frames: bytes) -> None:
        self._counter.see(frames)
        self._file.write(frames)

    def _front(self, marks: Sequence[Mark], length: int) -> bytes:
        tag = id3_with_marks(self._tag, marks, self._rate_hz)
        return tag + self._counter.info_frame(length)


class M4aStream:
    """AAC in MP4 with exact length, tags and chapters, its index in front of the sound."""

    highest_peak = 1.0

    def __init__(
        self, path: Path, encoding: Encoding, tags: Tags, ceiling_dbtp: float | None
    ) -> None:
        import av

        self._path, self._tags = path, tags
        self._rate_hz = encoding.rate_hz or 0
        self._encoder = AacEncoder(encoding, ceiling_dbtp)
        self._carrier = apply_tags(_a_moment(encoding), "m4a", tags)
        # The lead-in is noted on the clock of the whole file, which would be in milliseconds.
        options = {"movie_timescale": str(self._rate_hz), "movflags": "faststart"}
        options |= {"brand": "M4B "} if path.suffix == ".m4b" else {}
        self._container = av.open(str(path), "w", format="ipod", options=options)
        self._stream = self._container.add_stream(
            "aac", rate=self._rate_hz, layout="mono", options=aac_options()
        )
        self._stream.bit_rate = (encoding.bitrate_kbps or 0) * 1000

    def write(self, samples: Samples) -> None:
        """Add samples at the file's rate."""
        self._mux(self._encoder.write(samples))

    def finish(self, marks: Sequence[Mark], length: int) -> None:
        """Write the last packets, the chapters, the index and the tags."""
        self._mux(self._encoder.finish())
        if marks:
            opening = self._tags.title or self._tags.album or "–"
            set_mp4_marks(self._container, marks, self._rate_hz, opening)
        self._container.close()
        mp4 = untyped("mutagen.mp4")
        file = mp4.MP4(self._path)
        if file.tags is None:
            file.add_tags()
        file.tags.clear()
        file.tags.update(_mp4_atoms(self._carrier))
        if marks:
            file["stik"] = [_AUDIOBOOK]
        file.save(padding=lambda _info: 0)

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._encoder.close()
        self._container.close()

    def _mux(self, packets: Iterable[Packet[Any]]) -> None:
        for packet in packets:
            packet.stream = self._stream
            self._container.mux(packet)


class SoundFileStream:
    """WAV, FLAC, Ogg Vorbis or Opus, with tags and without chapters."""

    highest_peak = 1.0

    def __init__(self, path: Path, encoding: Encoding, tags: Tags) -> None:
        self._path, self._encoding, self._tags = path, encoding, tags
        self._file = soundfile_writer(path, encoding)

    def write(self, samples: Samples) -> None:
        """Add samples at the file's rate."""
        self._file.write(writable(samples, self._encoding))

    def finish(self, marks: Sequence[Mark], length: int) -> None:
        """Write what is held back, and the tags."""
        self._file.close()
        data = self._path.read_bytes()
        if self._encoding.format in ("ogg", "opus"):
            data = numbered_alike(data)
        self._path.write_bytes(apply_tags(data, self._encoding.format, self._tags))

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._file.close()


def _a_moment(encoding: Encoding) -> bytes:
    rate_hz = encoding.rate_hz or 0
    return encode_clip(Clip(np.zeros(rate_hz // 10, np.float32), rate_hz), encoding)


def _mp4_atoms(tagged: bytes) -> Any:
    """Return the tags of a file in memory, so that a long one need not be read into it."""
    return untyped("mutagen.mp4").MP4(BytesIO(tagged)).tags or {}
