"""The lines of a page in the order they are read, column after column."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace

from voicemill.books.layout.parts import WORD_GAP, Line, overlap

MOST_PIECES = 1_500  # of a page in which columns are looked for; a page of a table has 600


def in_order(pieces: Sequence[Line], *, backwards: bool = False) -> list[Line]:
    """Return lines in the order they are read: down a column, then the next one.

    What lies across the columns, such as a heading, divides the page into parts.
    """
    found: list[Line] = []
    for column in _columns(list(pieces), backwards):
        number = found[-1].column + 1 if found else 0
        found += [replace(line, column=number) for line in _rows(column, backwards)]
    return found


def _columns(pieces: list[Line], backwards: bool) -> list[list[Line]]:
    gutter = _gutter(pieces)
    if gutter is None:
        return [pieces] if pieces else []
    across = sorted((p for p in pieces if p.left < gutter < p.right), key=lambda p: p.top)
    found: list[list[Line]] = []
    rest = [piece for piece in pieces if not piece.left < gutter < piece.right]
    for limit in [*(piece.top for piece in across), math.inf]:
        band = [piece for piece in rest if (piece.top + piece.bottom) / 2 < limit]
        rest = [piece for piece in rest if (piece.top + piece.bottom) / 2 >= limit]
        sides = [[p for p in band if p.right <= gutter], [p for p in band if p.right > gutter]]
        for side in reversed(sides) if backwards else sides:
            found += _columns(side, backwards)
        if limit != math.inf:
            found.append([across.pop(0)])
    return _together(found)


def _together(columns: list[list[Line]]) -> list[list[Line]]:
    """Join columns of one line that follow each other, such as a heading of two lines."""
    found: list[list[Line]] = []
    for column in columns:
        if found and len(column) == 1 and len(found[-1]) < 4 and _stacked(found[-1], column[0]):
            found[-1].append(column[0])
        else:
            found.append(list(column))
    return found


def _stacked(above: Sequence[Line], line: Line) -> bool:
    last = above[-1]
    return all(abs(piece.size - line.size) < 0.5 for piece in above) and (
        0 <= line.top - last.bottom < 1.2 * line.height and min(last.right, line.right) > line.left
    )


def _gutter(pieces: Sequence[Line]) -> float | None:
    """Return where the space between two columns of text is, or None for one column."""
    if not 6 <= len(pieces) <= MOST_PIECES:
        return None
    left, right = min(p.left for p in pieces), max(p.right for p in pieces)
    width = right - left
    best: tuple[float, float] | None = None
    starts = sorted({piece.left for piece in pieces})
    for begin in sorted({piece.right for piece in pieces}):
        if not left + 0.2 * width < begin < left + 0.8 * width:
            continue
        after = next((start for start in starts if start > begin + 2), right)
        place = min((begin + after) / 2, begin + 8)
        if (found := _worth(pieces, place)) and (best is None or found > best[0]):
            best = (found, place)
    return best[1] if best else None


def _worth(pieces: Sequence[Line], place: float) -> float:
    """Return how sure it is that columns meet there, 0 when they do not."""
    across = sum(piece.left < place < piece.right for piece in pieces)
    before = [piece for piece in pieces if piece.right <= place]
    after = [piece for piece in pieces if piece.left >= place]
    if min(len(before), len(after)) < 3 or across > 0.5 * min(len(before), len(after)) + 2:
        return 0.0
    shared = min(max(p.bottom for p in before), max(p.bottom for p in after)) - max(
        min(p.top for p in before), min(p.top for p in after)
    )
    span = min(_span(before), _span(after))
    if shared < 0.4 * span or not (_is_text(before) and _is_text(after)):
        return 0.0
    gap = min(p.left for p in after) - max(p.right for p in before)
    return (len(before) + len(after) - 2 * across) / len(pieces) + min(gap, 40) / 1000


def _span(pieces: Sequence[Line]) -> float:
    return max(p.bottom for p in pieces) - min(p.top for p in pieces)


def _is_text(side: Sequence[Line]) -> bool:
    """Tell lines of text from a column of numbers or of a table's short entries."""
    widths = [piece.right - piece.left for piece in side]
    whole = max(p.right for p in side) - min(p.left for p in side)
    letters = statistics.median(len(piece.text) for piece in side)
    wide = statistics.median(widths) > 0.55 * whole
    return letters >= (6 if any("\u3000" < p.text[:1] < "\ud7ff" for p in side) else 15) and wide


def _rows(column: Sequence[Line], backwards: bool) -> list[Line]:
    """Join pieces that stand on one line, and sort the lines from above."""
    rows: list[list[Line]] = []
    longest: Line | None = None
    for piece in sorted(column, key=lambda piece: (piece.top + piece.bottom) / 2):
        if longest and overlap(longest, piece) > 0.5:
            rows[-1].append(piece)
            longest = max(longest, piece, key=lambda p: len(p.text))
        else:
            rows.append([piece])
            longest = piece
    return [_joined(row, backwards) for row in rows]


def _joined(row: Sequence[Line], backwards: bool) -> Line:
    if len(row) == 1:
        return row[0]
    pieces = sorted(row, key=lambda piece: -piece.right if backwards else piece.left)
    main = max(pieces, key=lambda piece: (len(piece.text), piece.size))
    text, raised, edge = "", [], pieces[0].left
    for piece in pieces:
        gap = abs(piece.right - edge if backwards else piece.left - edge)
        if text and not text.endswith(" ") and gap > WORD_GAP * main.height:
            text += " "
        lifted = main.bottom - piece.bottom > 0.12 * main.height
        if piece.size < 0.85 * main.size and lifted:
            raised.append((len(text), len(text) + len(piece.text)))
        raised += [(a + len(text), b + len(text)) for a, b in piece.raised]
        text += piece.text
        edge = piece.left if backwards else piece.right
    left, right = min(p.left for p in row), max(p.right for p in row)
    return replace(main, text=text, left=left, right=right, raised=tuple(raised))
