"""Chapters: where the parts of a book begin, in the marks that MP3 and MP4 have for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from voicemill.audio.mutagens import untyped
from voicemill.errors import AudioError

if TYPE_CHECKING:
    from av.container import OutputContainer


@dataclass(frozen=True)
class Chapter:
    """A chapter of a file in the making: its title, and the part (from 0) it begins with."""

    title: str
    part: int


@dataclass(frozen=True)
class Mark:
    """A chapter of a finished file: its title, first sample and the one past its last."""

    title: str
    start: int
    end: int


def refuse_disorder(chapters: Sequence[Chapter]) -> None:
    """Raise AudioError for chapters without a title or out of order."""
    for chapter in chapters:
        if not chapter.title.strip():
            raise AudioError("a chapter has no title", remedy="Give each chapter a title.")
    for before, after in pairwise([Chapter("the beginning", -1), *chapters]):
        if after.part <= before.part:
            raise AudioError(
                f"it begins at part {after.part}, but '{before.title}' at part {before.part}",
                where=f"chapter '{after.title}'",
                remedy="Give the chapters in order, each beginning at a part of its own.",
            )


def placed(chapters: Sequence[Chapter], starts: Sequence[int], length: int) -> tuple[Mark, ...]:
    """Return where chapters lie, from the first sample of each part and the file's length.

    Raises AudioError for a chapter that begins after the last part.
    """
    for chapter in chapters:
        if chapter.part >= len(starts):
            raise AudioError(
                f"it begins at part {chapter.part}, but there are only {len(starts)} (from 0)",
                where=f"chapter '{chapter.title}'",
                remedy="Let each chapter begin with a part that is there.",
            )
    edges = [starts[chapter.part] for chapter in chapters] + [length]
    return tuple(
        Mark(chapter.title, start, end)
        for chapter, (start, end) in zip(chapters, pairwise(edges), strict=True)
    )


def id3_with_marks(tag: bytes, marks: Sequence[Mark], rate_hz: int) -> bytes:
    """Return an ID3v2.3 tag (b"" for none) with the marks as chapter frames.

    The size depends on the titles only, not on the times.
    """
    if not marks:
        return tag
    id3 = untyped("mutagen.id3")
    frames = id3.ID3(BytesIO(tag)) if tag else id3.ID3()
    names = [f"chp{number}" for number in range(len(marks))]
    for name, mark in zip(names, marks, strict=True):
        frames.add(_chapter_frame(id3, name, mark, rate_hz))
    # The table of contents counts its entries in one byte; the chapters are found without it.
    if len(names) <= 255:
        top_level_in_order = 0b11
        frames.add(
            id3.CTOC(
                element_id="toc", flags=top_level_in_order, child_element_ids=names, sub_frames=[]
            )
        )
    target = BytesIO()
    frames.save(target, v2_version=3, v1=0, padding=lambda _info: 0)
    return target.getvalue()


def set_mp4_marks(container: OutputContainer, marks: Sequence[Mark], rate_hz: int) -> None:
    """Give an open MP4 its chapters, both as QuickTime's text track and as Nero's list.

    They may come when the sound is written: the muxer stores them as it closes the file.
    """
    container.set_chapters(
        [
            {
                "id": number,
                "start": mark.start,
                "end": mark.end,
                "time_base": Fraction(1, rate_hz),
                "metadata": {"title": mark.title},
            }
            for number, mark in enumerate(marks)
        ]
    )


def _chapter_frame(id3: Any, name: str, mark: Mark, rate_hz: int) -> Any:
    utf_16 = 1  # ID3v2.3 has no UTF-8
    no_offset = 0xFFFFFFFF  # the times hold, not positions in the file
    return id3.CHAP(
        element_id=name,
        start_time=round(mark.start * 1000 / rate_hz),
        end_time=round(mark.end * 1000 / rate_hz),
        start_offset=no_offset,
        end_offset=no_offset,
        sub_frames=[id3.TIT2(encoding=utf_16, text=[mark.title])],
    )
