"""Assembly: many clips and pauses become one file, however long, in the memory of one clip."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from voicemill.audio.chapters import Chapter, placed, refuse_disorder
from voicemill.audio.clip import Clip, Samples
from voicemill.audio.encoding import Encoding
from voicemill.audio.joining import codec_headroom_db
from voicemill.audio.loudness import sample_peak
from voicemill.audio.peaks import true_peak_dbtp
from voicemill.audio.profiles import Profile
from voicemill.audio.streams import Stream, open_stream
from voicemill.audio.tags import Tags
from voicemill.errors import AudioError

_CHAPTERED = ("mp3", "m4a")

# What is encoded at once. A clip of an hour would take several copies of itself.
_PIECE = 1 << 16


@dataclass(frozen=True)
class Assembled:
    """What was written.

    duration_s: of the decoded file, exact to the sample. starts_s: where each part begins,
    pauses included. chapter_starts_s: where each chapter does. format has no dot.
    """

    duration_s: float
    starts_s: tuple[float, ...]
    chapter_starts_s: tuple[float, ...]
    rate_hz: int
    size_bytes: int
    format: str


def assemble(
    parts: Iterable[Clip | float],
    target: BinaryIO | Path,
    *,
    profile: Profile,
    tags: Tags,
    chapters: Sequence[Chapter] = (),
    cover: bytes | None = None,
) -> Assembled:
    """Write the parts one after another as one file in the profile's encoding.

    parts: clips at any rate, and numbers, which are pauses in seconds; taken one at a time.
    target: a path, replaced as a whole, or an open binary file, written once all is made.
    cover: PNG or JPEG, in place of the tags' artwork.
    chapters: in order; MP3 and M4A have them. In M4A, what precedes the first becomes a chapter
    called as the tags' title; let the first begin with part 0 to have none such.
    Levels stay: parts are mastered already, by joining.for_parts(profile). Only one that would
    rise over the profile's ceiling (or clip, where there is none) is turned down to it.
    Raises AudioError for what cannot be joined or written; then the target is as it was.
    """
    if chapters and profile.encoding.format not in _CHAPTERED:
        raise AudioError(
            f"a file of {profile.encoding.format} has no chapters",
            where=f"profile '{profile.name}'",
            remedy="Choose a profile whose format is " + " or ".join(_CHAPTERED) + ".",
        )
    refuse_disorder(chapters)
    tags = tags if cover is None else replace(tags, artwork=cover)
    storing = _Storing(_name(target))
    with _temporary(target, profile.encoding.format) as path:
        made = _assembled(parts, path, profile, tags, chapters, storing)
        with storing:
            _deliver(path, target)
    return made


def _assembled(
    parts: Iterable[Clip | float],
    path: Path,
    profile: Profile,
    tags: Tags,
    chapters: Sequence[Chapter],
    storing: _Storing,
) -> Assembled:
    encoding, queue = _beginning(parts, profile)
    rate_hz = encoding.rate_hz or 0
    with storing:
        stream = open_stream(path, encoding, tags, chapters, profile.ceiling_dbtp)
    try:
        starts, length = _streamed(queue, stream, rate_hz, profile, storing)
        marks = placed(chapters, starts, length)
        with storing:
            stream.finish(marks, length)
    finally:
        with storing:
            stream.close()
    return Assembled(
        duration_s=length / rate_hz,
        starts_s=tuple(start / rate_hz for start in starts),
        chapter_starts_s=tuple(mark.start / rate_hz for mark in marks),
        rate_hz=rate_hz,
        size_bytes=path.stat().st_size,
        format=encoding.format,
    )


def _beginning(
    parts: Iterable[Clip | float], profile: Profile
) -> tuple[Encoding, Iterator[Clip | float]]:
    """Return the encoding with its rate, and all parts: the first clip may decide the rate."""
    queue = iter(parts)
    pauses: list[Clip | float] = []
    for part in queue:
        pauses.append(part)
        if isinstance(part, Clip):
            return profile.encoding.complete(part.rate_hz), _chained(pauses, queue)
    raise AudioError("there is nothing to join", remedy="Give at least one clip.")


def _chained(first: list[Clip | float], rest: Iterator[Clip | float]) -> Iterator[Clip | float]:
    while first:  # let go of each: the clip among them may be long
        yield first.pop(0)
    yield from rest


def _streamed(
    parts: Iterator[Clip | float],
    stream: Stream,
    rate_hz: int,
    profile: Profile,
    storing: _Storing,
) -> tuple[list[int], int]:
    """Write the parts; return the first sample of each, and how many there are in all."""
    starts: list[int] = []
    length = 0
    for number, part in enumerate(parts):
        starts.append(length)
        for piece in _pieces(number, part, stream, rate_hz, profile):
            with storing:
                stream.write(piece)
            length += len(piece)
    return starts, length


def _pieces(
    number: int, part: Clip | float, stream: Stream, rate_hz: int, profile: Profile
) -> Iterator[Samples]:
    if isinstance(part, Clip):
        clip = _under_the_ceiling(part.resampled(rate_hz), profile, stream.highest_peak)
        if not len(clip):
            raise AudioError("it is empty", where=f"part {number}", remedy="Make it again.")
        for start in range(0, len(clip), _PIECE):
            yield clip.samples[start : start + _PIECE]
        return
    if not (math.isfinite(part) and part >= 0):
        raise AudioError(
            f"a pause cannot last {part} s",
            where=f"part {number}",
            remedy="Give a duration of 0 or more.",
        )
    left = round(part * rate_hz)
    while left:
        piece = np.zeros(min(left, _PIECE), np.float32)
        left -= len(piece)
        yield piece


def _under_the_ceiling(clip: Clip, profile: Profile, highest_peak: float) -> Clip:
    if profile.ceiling_dbtp is not None:
        over_db = true_peak_dbtp(clip) - (profile.ceiling_dbtp - codec_headroom_db(profile))
        clip = clip.amplified(-over_db) if over_db > 0 else clip
    peak = sample_peak(clip.samples) if len(clip) else 0.0
    if peak <= highest_peak:
        return clip
    return Clip(clip.samples * np.float32(highest_peak / peak), clip.rate_hz)


class _Storing:
    """Trouble with the file, told in our words; trouble with the parts is not the file's."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> None:
        if isinstance(problem, OSError):
            raise AudioError(
                f"it cannot be written ({problem.strerror or problem})",
                where=self._where,
                remedy="Check that the folder exists, may be written, and has room.",
            ) from problem


@contextlib.contextmanager
def _temporary(target: BinaryIO | Path, audio_format: str) -> Iterator[Path]:
    """Yield a path to write to: beside the target, or in the system's folder for such files."""
    if not isinstance(target, Path):
        with tempfile.TemporaryDirectory(prefix="voicemill-") as folder:
            yield Path(folder) / f"whole.{audio_format}"
        return
    path = target.with_name(f".{secrets.token_hex(6)}.part{target.suffix.lower()}")
    try:
        yield path
    finally:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            path.unlink(missing_ok=True)


def _deliver(path: Path, target: BinaryIO | Path) -> None:
    with path.open("rb+") as file:
        if not isinstance(target, Path):
            shutil.copyfileobj(file, target)
            return
        # Without it a power cut soon after the rename can leave an empty file.
        os.fsync(file.fileno())
    path.replace(target)


def _name(target: BinaryIO | Path) -> str:
    return str(target if isinstance(target, Path) else getattr(target, "name", "the target"))
