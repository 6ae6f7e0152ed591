"""The lines of a page → its headings and paragraphs."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from voicemill.books.cleaning.words import HYPHENS
from voicemill.books.layout.parts import Line, runs_backwards

HEADING = 1.13  # times the size of the text
HEADING_SCANNED = 1.4  # the height of a recognised line varies with its letters
HEADING_WORDS = 16
GAP = 1.35  # times the usual distance of lines: larger is a new paragraph
INDENT = 0.7  # times the size of letters
SHORT = 0.7  # of the column's width: a shorter line ends a paragraph, whatever it ends with
ENDING = re.compile(r"[.!?…:;。！？：；।॥؟۔][\"'”’»)\]」』]*\Z")
SIGNS = "•◦▪‣"
BULLET = re.compile(r"([•◦▪‣*–—-]|\d{1,3}[.)]|[a-zA-Z][.)])\s")
CHAPTER = re.compile(
    r"(chapter|part|book|appendix|prologue|epilogue|preface|foreword|introduction|afterword|"
    r"chương|phần|lời nói đầu|अध्याय|भाग|प्रस्तावना|الفصل|الباب|مقدمة)\b.{0,60}\Z"
    r"|第.{1,5}[章回节節部]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Manner:
    """How a book is set: what its paragraphs and headings are told by.

    size: of the text in points; pitch: usual distance of lines in points; bold: the text
    itself is bold; scanned: sizes are estimates.
    """

    size: float
    pitch: float
    bold: bool = False
    scanned: bool = False


@dataclass(frozen=True)
class Part:
    """Lines that belong together. size: of a heading by its letters, 0 for a paragraph."""

    lines: tuple[int, ...]
    size: float = 0.0

    @property
    def is_heading(self) -> bool:
        """Whether it is a heading."""
        return self.size > 0


def parts(
    lines: Sequence[Line], indices: Sequence[int], manner: Manner, titles: Sequence[str] = ()
) -> list[Part]:
    """Divide lines into headings and paragraphs; indices: which of them, in reading order.

    titles: of the chapters that begin on this page, as the file's outline has them.
    """
    found: list[list[int]] = []
    edges = _edges(lines, indices)
    for index in indices:
        if found and not _begins(lines, found[-1], index, manner, edges):
            found[-1].append(index)
        else:
            found.append([index])
    return [_part(lines, group, manner, titles) for group in found]


def _edges(lines: Sequence[Line], indices: Sequence[int]) -> dict[int, tuple[float, float]]:
    """Return the left and right edge of the text in each column."""
    columns: dict[int, list[Line]] = {}
    for index in indices:
        columns.setdefault(lines[index].column, []).append(lines[index])
    return {
        number: (_usual([line.left for line in column]), max(line.right for line in column))
        for number, column in columns.items()
    }


def _usual(lefts: Sequence[float]) -> float:
    """Return the left edge: the smallest that is no exception."""
    ordered = sorted(lefts)
    return ordered[len(ordered) // 10]


def _begins(
    lines: Sequence[Line],
    group: Sequence[int],
    index: int,
    manner: Manner,
    edges: dict[int, tuple[float, float]],
) -> bool:
    """Tell whether a line begins something new after those of a group."""
    last, line = lines[group[-1]], lines[index]
    tolerance = 0.3 if manner.scanned else 0.08
    if abs(line.size - last.size) > tolerance * max(line.size, last.size):
        return True
    if line.bold != last.bold or line.turned or last.turned:
        return True
    if line.column != last.column:
        return _begins_column(last, line, edges)
    if _looks_large(line, manner):
        return line.top - last.bottom > 0.9 * line.height
    if line.top - last.top > GAP * max(manner.pitch, line.height * 0.9):
        return True
    return _is_indented(lines, group, line, edges[line.column]) or _ended_short(
        last, line, edges[line.column]
    )


def _begins_column(last: Line, line: Line, edges: dict[int, tuple[float, float]]) -> bool:
    if last.text.endswith(HYPHENS):
        return False
    indented = line.left - edges[line.column][0] > INDENT * line.size
    if ENDING.search(last.text):
        return indented or _ended_short(last, line, edges[last.column])
    return indented


def _is_indented(
    lines: Sequence[Line], group: Sequence[int], line: Line, edge: tuple[float, float]
) -> bool:
    last = lines[group[-1]]
    step = INDENT * line.size
    if BULLET.match(line.text) and (line.text[0] in SIGNS or ENDING.search(last.text)):
        return True
    if len(group) == 1 and BULLET.match(last.text):
        return False  # an entry of a list, whose text hangs to the right of its sign
    if runs_backwards(line.text):
        return line.right < last.right - step and line.right < edge[1] - step
    centred = line.right < edge[1] - 2 * step and last.right < edge[1] - 2 * step
    if centred and abs((line.left + line.right) - (last.left + last.right)) < step:
        return False
    return line.left > last.left + step and line.left > edge[0] + step


def _ended_short(last: Line, line: Line, edge: tuple[float, float]) -> bool:
    """Tell whether the next word would have had room on the line before."""
    words = line.text.split()
    if not words or last.text.endswith(HYPHENS):
        return False
    width = edge[1] - edge[0]
    room = last.left - edge[0] if runs_backwards(line.text) else edge[1] - last.right
    letter = (line.right - line.left) / max(1, len(line.text))
    word = letter * min(len(words[0]) + 1, 4 if ord(words[0][0]) > 0x2E80 else 99)
    if room <= 1.3 * word:
        return False
    return ENDING.search(last.text) is not None or width - room < SHORT * width


def _looks_large(line: Line, manner: Manner) -> bool:
    return line.size > (HEADING_SCANNED if manner.scanned else HEADING) * manner.size


def _part(
    lines: Sequence[Line], group: Sequence[int], manner: Manner, titles: Sequence[str]
) -> Part:
    text = " ".join(lines[index].text.strip() for index in group)
    size = statistics.median(lines[index].size for index in group)
    words = max(len(text.split()), len(text) // 12)
    if words > HEADING_WORDS or len(group) > 4 or not any(c.isalnum() for c in text):
        return Part(tuple(group))
    bold = all(lines[index].bold for index in group) and not manner.bold
    named = _folded(text) in map(_folded, titles)
    set_off = bold and not re.search(r"[.,;:]\Z", text) and size > 0.9 * manner.size
    titled = len(group) == 1 and words <= 8 and CHAPTER.match(text) and text[-1] not in ".,;"
    if all(_looks_large(lines[index], manner) for index in group) or named or set_off or titled:
        return Part(tuple(group), size)
    return Part(tuple(group))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
