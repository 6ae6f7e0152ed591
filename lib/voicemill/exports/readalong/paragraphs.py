"""The text of a table's page → its paragraphs and headings, as places in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HEADING = re.compile(r"(#{1,6})[ \t]+(?=\S)")
# A paragraph that begins with "#" itself, or with a backslash before it, has one put before.
_GUARDED = re.compile(r"\\(?=\\?#)")


@dataclass(frozen=True)
class Paragraph:
    """text[start:end] of a page, without marks. level: of a heading from 1, 0 for a paragraph."""

    start: int
    end: int
    level: int


def paragraphs_of(text: str) -> list[Paragraph]:
    """Return what is shown of a page's text, in order."""
    found: list[Paragraph] = []
    start = place = 0
    for line in _LINE.findall(text):
        heading = _HEADING.match(line)
        after = place + len(line)
        if heading or not line.strip():
            found += _trimmed(text, start, place, 0)
            start = after
        if heading:
            found += _trimmed(text, place + heading.end(), after, len(heading[1]))
        place = after
    found += _trimmed(text, start, place, 0)
    return found


def _trimmed(text: str, start: int, end: int, level: int) -> Iterator[Paragraph]:
    piece = text[start:end]
    if not (stripped := piece.strip()):
        return
    start += len(piece) - len(piece.lstrip())
    end = start + len(stripped)
    if not level and _GUARDED.match(text, start):
        start += 1
    yield Paragraph(start, end, level)
