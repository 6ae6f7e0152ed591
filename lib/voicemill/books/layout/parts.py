"""What the layout of a page is made of: runs, lines and sheets.

Lengths are points (1/72 inch), from the upper left corner of the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicemill.books.book import Block

WIDE_GAP = 1.6  # of a line's height: wider, and it may be two columns
WORD_GAP = 0.18  # of a line's height: wider is a space
# Hebrew, Arabic and their relatives, and the shapes of Arabic letters.
BACKWARDS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]")


@dataclass(frozen=True)
class Line:
    """A line, or a piece of one.

    size: of its letters, in points.  raised: (from, to) of what stands higher and smaller in
    its text, such as a footnote's mark.  column: counted over the page in reading order.
    turned: it does not run in the direction of the rest of the page.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    bold: bool = False
    raised: tuple[tuple[int, int], ...] = ()
    column: int = 0
    turned: bool = False

    @property
    def height(self) -> float:
        """Its height in points."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Sheet:
    """A page as lines in reading order. label: what the file says is printed on it.

    blocks: where a recogniser says itself what stands on the page, instead of lines; the
    lines inside a block are parted by line breaks.
    """

    width: float
    height: float
    lines: tuple[Line, ...]
    label: str = ""
    confidence: float | None = None
    blocks: tuple[Block, ...] = ()

    @property
    def has_text(self) -> bool:
        """Whether anything stands on it."""
        return bool(self.lines or self.blocks)


@dataclass(frozen=True)
class Run:
    """Characters of one font on one line, as a file holds them; spaces at its end count."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    bold: bool = False
    quarter: int = 0  # turns to the left by 90 degrees; -1: another angle


def overlap(one: Run | Line, other: Run | Line) -> float:
    """Return how much of the lower of two pieces is beside the other."""
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared / max(0.1, min(one.bottom - one.top, other.bottom - other.top))


def runs_backwards(text: str) -> bool:
    """Tell whether most letters of a text are of scripts that run from right to left."""
    if not BACKWARDS.search(text):
        return False
    return len(BACKWARDS.findall(text)) * 2 > sum(c.isalpha() for c in text)
