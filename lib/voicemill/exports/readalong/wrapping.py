"""Spans around sentences in the tree of a document, across its own inline elements."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from voicemill.books.html import marks
from voicemill.books.html.parsing import tag_of
from voicemill.exports.readalong.nodes import XHTML
from voicemill.exports.readalong.overlays import Mark
from voicemill.exports.readalong.slots import Slot

if TYPE_CHECKING:
    from lxml import etree

# What a span may not hold, and what may not hold a span.
_NEVER_INSIDE = marks.BLOCKS | marks.CELLS | {"rb", "rt", "rp", "rtc", "col", "colgroup"}
_NEVER_AROUND = frozenset(
    ("ruby", "table", "thead", "tbody", "tfoot", "tr", "colgroup", "ul", "ol", "dl", "html")
)


class Wrapper:
    """A document whose sentences get spans, from its last sentence to its first.

    From the end, so that the places of those before stay as they were read.
    """

    def __init__(self, text: str, slots: Sequence[Slot]) -> None:
        self._text = text
        self._slots = slots
        self._starts = [slot.start for slot in slots]

    def wrap(self, start: int, end: int, name: str) -> list[Mark]:
        """Put a sentence, text[start:end], into one span, or into several where one cannot be.

        name: the id of its span, or how the ids of several begin. Returns them in order.
        """
        parts = self._parts(start, end)
        if not parts:
            return []
        if len(parts) > 1 and (around := self._enclosed(parts, name)):
            return [Mark(around, end - start)]
        if len(parts) > 1:
            spoken = [
                part for part in parts if any(c.isalnum() for c in self._text[slice(*part[1:])])
            ]
            parts = spoken or parts
        made = [
            Mark(name if len(parts) == 1 else f"{name}-{number}", last - first)
            for number, (_slot, first, last) in enumerate(parts, start=1)
        ]
        for mark, (slot, first, last) in reversed(list(zip(made, parts, strict=True))):
            _split(slot, first - slot.start, last - slot.start, mark.id)
        return made

    def _parts(self, start: int, end: int) -> list[tuple[Slot, int, int]]:
        """Return the pieces of text[start:end], without white space at their ends."""
        parts = []
        index = max(bisect_right(self._starts, start) - 1, 0)
        while index < len(self._slots) and self._slots[index].start < end:
            slot = self._slots[index]
            index += 1
            first, last = max(start, slot.start), min(end, slot.end)
            piece = self._text[first:last]
            if piece.strip():
                first += len(piece) - len(piece.lstrip())
                parts.append((slot, first, first + len(piece.strip())))
        return parts

    def _enclosed(self, parts: Sequence[tuple[Slot, int, int]], name: str) -> str:
        """Put the pieces and all between them into one span; returns its id, '' if it cannot be."""
        (first, start, _), (last, _, end) = parts[0], parts[-1]
        parent = _common(first, last)
        if parent is None or tag_of(parent) in _NEVER_AROUND:
            return ""
        opening, closing = _child(parent, first), _child(parent, last)
        if opening is not None and not self._begins(opening, first, start):
            return ""
        if closing is not None and not self._ends(closing, last, end):
            return ""
        from_index = parent.index(opening) if opening is not None else _after(parent, first)
        to_index = parent.index(closing if closing is not None else last.element)
        run = list(parent)[from_index : to_index + 1]
        if any(tag_of(inner) in _NEVER_INSIDE for element in run for inner in element.iter()):
            return ""
        span = parent.makeelement(f"{{{XHTML}}}span", {"id": name})
        rest = _cut_tail(run[-1], last, end, closing is not None)
        if opening is None:
            span.text = _cut_start(first, start)
        parent.insert(from_index, span)
        for element in run:
            span.append(element)
        span.tail = rest
        return name

    def _begins(self, element: etree._Element, slot: Slot, start: int) -> bool:
        """Tell whether nothing to read stands in an element before a place."""
        return not self._text[self._bounds(element, slot)[0] : start].strip()

    def _ends(self, element: etree._Element, slot: Slot, end: int) -> bool:
        return not self._text[end : self._bounds(element, slot)[1]].strip()

    def _bounds(self, element: etree._Element, slot: Slot) -> tuple[int, int]:
        """Return from where to where the text in an element reaches; slot: a piece in it."""
        lowest = highest = bisect_right(self._starts, slot.start) - 1
        while lowest > 0 and _holds(element, self._slots[lowest - 1]):
            lowest -= 1
        while highest + 1 < len(self._slots) and _holds(element, self._slots[highest + 1]):
            highest += 1
        return self._slots[lowest].start, self._slots[highest].end


def _holds(element: etree._Element, slot: Slot) -> bool:
    inside = slot.parent
    while inside is not None and inside is not element:
        inside = inside.getparent()
    return inside is element


def _common(first: Slot, last: Slot) -> etree._Element | None:
    """Return the innermost element that holds both."""
    if first.parent is None or last.parent is None:
        return None
    above = [last.parent, *last.parent.iterancestors()]
    candidates = [first.parent, *first.parent.iterancestors()]
    return next((element for element in candidates if any(element is a for a in above)), None)


def _child(parent: etree._Element, slot: Slot) -> etree._Element | None:
    """Return the child that holds a piece, None where it stands in the parent itself."""
    inside = slot.parent
    if inside is parent or inside is None:
        return None
    while (above := inside.getparent()) is not None and above is not parent:
        inside = above
    return inside


def _after(parent: etree._Element, slot: Slot) -> int:
    return parent.index(slot.element) + 1 if slot.tail else 0


def _cut_start(slot: Slot, start: int) -> str:
    """Take away a piece's text from a place on, and return it."""
    text = (slot.element.tail if slot.tail else slot.element.text) or ""
    kept, taken = text[: start - slot.start], text[start - slot.start :]
    if slot.tail:
        slot.element.tail = kept
    else:
        slot.element.text = kept
    return taken


def _cut_tail(element: etree._Element, slot: Slot, end: int, whole: bool) -> str:
    """Leave of the text behind the last element what belongs to the sentence; return the rest."""
    text = element.tail or ""
    kept = 0 if whole else end - slot.start
    element.tail = text[:kept]
    return text[kept:]


def _split(slot: Slot, first: int, last: int, name: str) -> None:
    """Put a part of a piece into a span."""
    text = (slot.element.tail if slot.tail else slot.element.text) or ""
    span = slot.element.makeelement(f"{{{XHTML}}}span", {"id": name})
    span.text, span.tail = text[first:last], text[last:]
    parent = slot.parent
    if slot.tail and parent is not None:
        slot.element.tail = text[:first]
        parent.insert(parent.index(slot.element) + 1, span)
    else:
        slot.element.text = text[:first]
        slot.element.insert(0, span)
