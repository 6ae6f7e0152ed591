"""Pieces of text with their places → a page's lines, in the order they are read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from voicemill.books.layout.columns import in_order
from voicemill.books.layout.parts import (
    BACKWARDS,
    WIDE_GAP,
    WORD_GAP,
    Line,
    Run,
    Sheet,
    overlap,
    runs_backwards,
)

QUARTER = math.pi / 2


def runs_of(told: Sequence[Sequence[object]], width: float, height: float) -> list[Run]:
    """Make runs of (text, left, bottom, right, top, size, bold, angle), upright for reading."""
    found = []
    for text, left, bottom, right, top, size, bold, angle in told:
        turns = float(angle) / QUARTER  # type: ignore[arg-type]
        straight = abs(turns - round(turns)) < 0.1
        box = (float(left), height - float(top), float(right), height - float(bottom))  # type: ignore[arg-type]
        quarter = -round(turns) % 4 if straight else -1
        found.append(Run(str(text), *box, float(size), bool(bold), quarter))  # type: ignore[arg-type]
    return found


def upright(
    runs: Sequence[Run], width: float, height: float
) -> tuple[list[Run], list[Run], float, float]:
    """Turn the page so that most of its text is upright.

    Returns its runs, those that still are not upright, its width and its height.
    """
    weights = [0] * 4
    for run in runs:
        if run.quarter >= 0:
            weights[run.quarter] += len(run.text)
    turns = weights.index(max(weights))
    other = [run for run in runs if run.quarter != turns]
    main = [_turn(run, turns, width, height) for run in runs if run.quarter == turns]
    return main, other, *((height, width) if turns % 2 else (width, height))


def _turn(run: Run, turns: int, width: float, height: float) -> Run:
    left, top, right, bottom = run.left, run.top, run.right, run.bottom
    if turns == 1:
        left, top, right, bottom = height - bottom, left, height - top, right
    elif turns == 2:
        left, top, right, bottom = width - right, height - bottom, width - left, height - top
    elif turns == 3:
        left, top, right, bottom = top, width - right, bottom, width - left
    return replace(run, left=left, top=top, right=right, bottom=bottom, quarter=0)


def sheet(runs: Sequence[Run], width: float, height: float, label: str = "") -> Sheet:
    """Lay out a page."""
    main, other, width, height = upright(runs, width, height)
    backwards = runs_backwards("".join(run.text for run in main))
    pieces = _pieces_backwards(main) if backwards else _pieces(main)
    lines = in_order(pieces, backwards=backwards)
    lines += [replace(piece, turned=True, column=-1) for piece in _pieces(other)]
    return Sheet(width, height, tuple(lines), label)


def _pieces(runs: Sequence[Run]) -> list[Line]:
    """Put runs that follow each other on a line together, in the file's order."""
    groups: list[list[Run]] = []
    for run in runs:
        if not run.text.strip():
            continue
        if groups and _continues(groups[-1], run):
            groups[-1].append(run)
        else:
            groups.append([run])
    return [_line(group) for group in groups]


def _continues(group: Sequence[Run], run: Run) -> bool:
    right = max(piece.right for piece in group[-3:])
    widest = max(group[-8:], key=lambda piece: len(piece.text))
    height = max(run.bottom - run.top, widest.bottom - widest.top)
    close = -0.8 * height < run.left - right < WIDE_GAP * height
    return close and overlap(widest, run) > 0.5


def _line(group: Sequence[Run]) -> Line:
    letters = sum(len(run.text.strip()) for run in group)
    # Not just the longest: a line of text may be mostly smaller, such as code in it.
    weighty = [run for run in group if len(run.text.strip()) >= 0.2 * letters]
    main = max(weighty or group, key=lambda run: (run.size, len(run.text)))
    text, raised, right = "", [], group[0].left
    for run in group:
        gap = run.left - right > WORD_GAP * (main.bottom - main.top)
        if text and gap and not text.endswith((" ", "\n")):
            text += " "
        text = text.rstrip("\n")
        begin = len(text)
        text += run.text
        lifted = main.bottom - run.bottom > 0.12 * (main.bottom - main.top)
        if run.size < 0.85 * main.size and lifted:
            raised.append((begin, begin + len(run.text.rstrip())))
        right = run.right
    bold = sum(len(run.text) for run in group if run.bold) * 2 > len(text)
    return Line(
        " ".join(text.split("\n")).rstrip(),
        min(run.left for run in group),
        main.top,
        max(run.right for run in group),
        main.bottom,
        main.size,
        bold,
        tuple(raised),
    )


def _pieces_backwards(runs: Sequence[Run]) -> list[Line]:
    """Put runs of a right-to-left page together by their places: files order them at will."""
    rows: list[list[Run]] = []
    tallest: Run | None = None
    for run in sorted(runs, key=lambda run: (run.top + run.bottom, -run.right)):
        if not run.text.strip():
            continue
        if tallest and overlap(tallest, run) > 0.5:
            rows[-1].append(run)
            tallest = max(tallest, run, key=lambda r: r.bottom - r.top)
        else:
            rows.append([run])
            tallest = run
    return [_line_backwards(part) for row in rows for part in _parts(row)]


def _parts(row: Sequence[Run]) -> list[list[Run]]:
    parts: list[list[Run]] = []
    for run in sorted(row, key=lambda run: -run.right):
        gap = parts[-1][-1].left - run.right if parts else 0.0
        if parts and gap < WIDE_GAP * (run.bottom - run.top):
            parts[-1].append(run)
        else:
            parts.append([run])
    return parts


def _line_backwards(part: Sequence[Run]) -> Line:
    """Join right to left; numbers and foreign words inside run left to right."""
    words: list[list[Run]] = [[]]
    for run in part:
        if words[-1] and words[-1][-1].left - run.right > WORD_GAP * (run.bottom - run.top):
            words.append([])
        words[-1].append(run)
    main = max(part, key=lambda run: run.bottom - run.top)
    text = " ".join("".join(_logical(word)) for word in words)
    left, right = min(run.left for run in part), max(run.right for run in part)
    return Line(text, left, main.top, right, main.bottom, main.size, main.bold)


def _logical(word: Sequence[Run]) -> list[str]:
    found: list[str] = []
    forward = 0  # how many of the last pieces run left to right
    for run in word:
        text = run.text.strip()
        if BACKWARDS.search(text) or not any(c.isalnum() for c in text):
            found.append(text)
            forward = 0
        else:
            found.insert(len(found) - forward, text)
            forward += 1
    return found
