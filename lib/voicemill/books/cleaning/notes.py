"""Footnotes: their bodies at the foot of a page, and their marks in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from voicemill.books.layout.parts import Line

SMALLER = 0.93  # times the size of the text: as small, it may be a note
SIGNS = "*†‡§¶"
SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹"
TO_DIGITS = str.maketrans(SUPERSCRIPT, "0123456789")
BEGINNING = re.compile(
    rf"\s*(?:\[(?P<square>\d{{1,3}})\]|\((?P<round>\d{{1,3}})\)|(?P<sign>[{SIGNS}]{{1,3}})"
    rf"|(?P<super>[{SUPERSCRIPT}]{{1,3}})|(?P<number>\d{{1,3}})(?=[\s.):]*\s*\D))[.):]?\s*"
)
IN_TEXT = re.compile(rf"\[\d{{1,3}}\]|[{SUPERSCRIPT}]{{1,3}}|[{SIGNS}]{{1,3}}")
UNITS = frozenset(("m", "cm", "mm", "km", "dm", "ft", "in", "yd", "mi", "s", "x", "y", "z", "r"))
LAST_WORD = re.compile(r"[^\W_]+\Z")


@dataclass(frozen=True)
class Note:
    """A footnote: its mark, and its lines on the page by index."""

    mark: str
    lines: tuple[int, ...]


def footnotes(lines: Sequence[Line], size: float) -> list[Note]:
    """Return the footnotes of a page, whose headers and footers are gone already.

    They are the last lines of a column, smaller than its text, and begin with a mark.
    size: of the book's text in points.
    """
    found: list[Note] = []
    for column in dict.fromkeys(line.column for line in lines if not line.turned):
        indices = [index for index, line in enumerate(lines) if line.column == column]
        small: list[int] = []
        for index in reversed(indices):
            if lines[index].size > SMALLER * size:
                break
            small.insert(0, index)
        if small == indices and not any(line.size > SMALLER * size for line in lines):
            continue  # the whole page is small: no text for notes to be under
        found += _divided(lines, small)
    return found


def _divided(lines: Sequence[Line], small: Sequence[int]) -> list[Note]:
    notes: list[tuple[str, list[int]]] = []
    for index in small:
        mark = _mark_at_start(lines[index])
        if mark and (not notes or _follows(notes[-1][0], mark)):
            notes.append((mark, [index]))
        elif notes:
            notes[-1][1].append(index)
    return [Note(mark, tuple(indices)) for mark, indices in notes]


def _mark_at_start(line: Line) -> str:
    match = BEGINNING.match(line.text)
    if not match:
        return ""
    mark = next(value for value in match.groupdict().values() if value)
    return mark.translate(TO_DIGITS)


def _follows(before: str, mark: str) -> bool:
    if before.isdigit() and mark.isdigit():
        return int(mark) == int(before) + 1
    return mark != before and not mark.isdigit()


def note_text(text: str) -> str:
    """Return a note's text without the mark at its beginning."""
    return BEGINNING.sub("", text, count=1) or text


def without_marks(lines: Sequence[Line], marks: Sequence[str]) -> list[str]:
    """Return the lines' texts without marks that have their note among marks.

    Each note's mark is taken out once. Raised figures, superscript figures, figures in square
    brackets and the signs * † ‡ § are marks; a plain figure such as the 2 of "H2O" or the year
    of "in 1984" never is, nor is the exponent of "m²", "10²" or "x²".
    """
    waiting = list(marks)
    texts = []
    for line in lines:
        places = [place for place in line.raised if place[1] <= len(line.text)]
        places += [match.span() for match in IN_TEXT.finditer(line.text)]
        text, shift = line.text, 0
        for begin, end in sorted(set(places)):
            mark = line.text[begin:end].strip(" []()").translate(TO_DIGITS)
            if mark not in waiting or not _is_mark(line.text, begin, end):
                continue
            waiting.remove(mark)
            text = text[: begin - shift].rstrip() + text[end - shift :]
            shift = len(line.text) - len(text)
        texts.append(text)
    return texts


def _is_mark(text: str, begin: int, end: int) -> bool:
    """Tell a note's mark from an exponent, by what it stands after and before."""
    before, after = text[:begin].rstrip(), text[end : end + 1]
    if not before or before[-1].isdigit() or after.isalnum():
        return False
    word = LAST_WORD.search(before[-40:])
    return word is None or (word[0] not in UNITS and not (len(word[0]) == 1 and word[0].isupper()))
