"""Chapters: where the parts of a book begin, in the marks that MP3 and MP4 have for them."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

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
    """Raise AudioError for chapters out of order, without a title, or with one no tag can hold."""
    for chapter in chapters:
        if not chapter.title.strip():
            raise AudioError("a chapter has no title", remedy="Give each chapter a title.")
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in chapter.title):
            raise AudioError(
                f"the chapter title {chapter.title!r} holds a line break or control character",
                remedy="Write it in one line of plain text.",
            )
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
    """Return an ID3v2.3 tag (b"" for none) with the marks as chapter frames, in their order.

    The size depends on the titles only, not on the times.
    """
    if not marks:
        return tag
    # Written here because mutagen would sort the frames by size, and ffprobe shows chapters in
    # the order of the file (https://id3.org/id3v2-chapters-1.0).
    names = [b"chp%d\0" % number for number in range(len(marks))]
    frames = [_chapter_frame(*pair, rate_hz) for pair in zip(names, marks, strict=True)]
    # The table of contents counts its entries in one byte; the chapters are found without it.
    if len(names) <= 255:
        top_level_in_order = 0b11
        contents = b"toc\0" + bytes([top_level_in_order, len(names)]) + b"".join(names)
        frames.insert(0, _frame(b"CTOC", contents))
    body = tag[10:] + b"".join(frames)
    shifts = (21, 14, 7, 0)  # four bytes of seven bits each
    return b"ID3\3\0\0" + bytes(len(body) >> shift & 0x7F for shift in shifts) + body


def set_mp4_marks(
    container: OutputContainer, marks: Sequence[Mark], rate_hz: int, opening: str
) -> None:
    """Give an open MP4 its chapters, both as QuickTime's text track and as Nero's list.

    They may come when the sound is written: the muxer stores them as it closes the file.
    opening: the title of what precedes the first chapter; MP4's chapters leave no gap.
    """
    if marks and marks[0].start:
        marks = [Mark(opening, 0, marks[0].start), *marks]
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


def _chapter_frame(name: bytes, mark: Mark, rate_hz: int) -> bytes:
    start, end = (round(edge * 1000 / rate_hz) for edge in (mark.start, mark.end))
    no_offset = 0xFFFFFFFF  # the times hold, not positions in the file
    times = struct.pack(">4I", start, end, no_offset, no_offset)
    utf_16 = b"\1\xff\xfe"  # ID3v2.3 has no UTF-8
    return _frame(b"CHAP", name + times + _frame(b"TIT2", utf_16 + mark.title.encode("utf-16-le")))


def _frame(name: bytes, body: bytes) -> bytes:
    return name + struct.pack(">IH", len(body), 0) + body
