"""The sentences of a text, as places in it, with what follows each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from voicemill.books.spoken.ends import borders

# What can lie behind a sentence, from the weakest to the strongest.
ENDS = ("sentence", "paragraph", "heading", "chapter")

_HEADING = re.compile(r"(#{1,6})[ \t]+(?=\S)")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True)
class Sentence:
    """A sentence: text[start:end] of the text it was found in.

    ends: what lies behind it, one of ENDS. "heading" and "chapter" stand on both sides of a
    heading: at the last sentence before it and at the heading itself.
    """

    start: int
    end: int
    text: str
    ends: str


@dataclass(frozen=True)
class _Block:
    start: int
    end: int
    kind: str


def split(text: str, language: str) -> list[Sentence]:
    """Part a text into sentences; between them is nothing but white space and heading marks.

    A blank line ends a paragraph. A line that begins with "# " is the heading of a chapter,
    with "## " and more a lower one; a heading is one sentence. Something without a letter or
    digit is a sentence only where it is a whole paragraph ("* * *").
    language: a BCP 47 tag.
    """
    blocks = list(_blocks(text))
    sentences = []
    for place, block in enumerate(blocks):
        following = blocks[place + 1].kind if place + 1 < len(blocks) else "paragraph"
        strongest = max(block.kind, following, key=ENDS.index)
        for start, end in _spans(text, block, language):
            ends = strongest if end == block.end else "sentence"
            sentences.append(Sentence(start, end, text[start:end], ends))
    return sentences


def _blocks(text: str) -> Iterator[_Block]:
    start = place = 0
    for line in _LINE.findall(text):
        heading = _HEADING.match(line)
        after = place + len(line)
        if heading or not line.strip():
            yield from _trimmed(text, start, place, "paragraph")
            start = after
        if heading:
            kind = "chapter" if len(heading[1]) == 1 else "heading"
            yield from _trimmed(text, place + heading.end(), after, kind)
        place = after
    yield from _trimmed(text, start, place, "paragraph")


def _trimmed(text: str, start: int, end: int, kind: str) -> Iterator[_Block]:
    piece = text[start:end]
    if stripped := piece.strip():
        start += len(piece) - len(piece.lstrip())
        yield _Block(start, start + len(stripped), kind)


def _spans(text: str, block: _Block, language: str) -> Iterator[tuple[int, int]]:
    paragraph = text[block.start : block.end]
    start = 0
    for end in borders(paragraph, language) if block.kind == "paragraph" else ():
        yield block.start + start, block.start + end
        spaces = _SPACE.match(paragraph, end)
        start = spaces.end() if spaces else end
    yield block.start + start, block.end
