"""What stands on a page but is no text of the book: running headers, footers, page numbers.

They are known by repetition at the same place, never by how they look alone: a number that
does not count with the pages, or a line that stands only once, is text and stays.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voicemill.books.layout.parts import Line, Sheet

EDGE = 0.16  # of the page's height: where headers and footers stand
LONGEST = 200  # characters of a header; longer lines are none
DEEP = 3  # lines looked at from each edge
SAME_PLACE = 0.02  # of the page's height
OFTEN = 3  # pages
HEADING = 1.13  # times the size of the text: larger is a heading, also when it repeats
SET_APART = 1.25  # times the usual distance of lines
NUMBER = re.compile(r"\d+")
ROMAN = re.compile(r"m{0,3}(cm|cd|d?c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})\Z")
LONE = re.compile(r"[\s\-–—.·•|\[\](){}~]*#[\s\-–—.·•|\[\](){}~]*\Z")
# "Page 3 of 10", "trang 3", "पृष्ठ 3", "صفحة 3", "第3页", "3 / 10"
PAGE_WORDS = re.compile(
    r"\W*(((page|p\.|trang|पृष्ठ|पेज|صفحة|seite|página|pagina)\s*\d+(\s*(of|/|trên|में|من|von|de)\s*\d+)?)"
    r"|(第\s*\d+\s*[页頁](\s*[共/]\s*\d+\s*[页頁]?)?)|(\d+\s*/\s*\d+))\W*\Z"
)
CHAPTER = re.compile(
    r"(chapter|part|book|section|lesson|chương|phần|bài|अध्याय|भाग|الفصل|第)\s*#\W*"
)
VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}


@dataclass(frozen=True)
class _Edge:
    """A line near the upper or lower edge of a page. depth: 0 for the outermost."""

    page: int
    index: int
    zone: str
    depth: int
    place: float  # of the page's height
    line: Line


def body_size(sheets: Iterable[Sheet]) -> float:
    """Return the size in points that most letters have."""
    letters: Counter[float] = Counter()
    for sheet in sheets:
        for line in sheet.lines:
            letters[round(line.size * 2) / 2] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 0.0


def furniture(sheets: Sequence[Sheet]) -> list[dict[int, str]]:
    """Return for each page which of its lines are "header" or "footer", by their index."""
    size = body_size(sheets)
    edges = [edge for page, sheet in enumerate(sheets) for edge in _edges(page, sheet)]
    least = OFTEN if len(sheets) > OFTEN else 2
    sure = _counting(edges, size, least) | _page_words(edges) | _labels(edges, sheets)
    sure |= _same_slot(edges, sure)
    repeated = _repeated(edges, size, least, sure)
    found: list[dict[int, str]] = [{} for _ in sheets]
    pitch = usual_pitch(sheets)
    by_page: dict[tuple[int, str], list[_Edge]] = defaultdict(list)
    for edge in edges:
        by_page[edge.page, edge.zone].append(edge)
    for (page, zone), group in by_page.items():
        for edge in _outermost(sorted(group, key=lambda e: e.depth), sure, repeated, pitch, size):
            found[page][edge.index] = zone
    for page, index in _turned(sheets, least):
        found[page][index] = "header"
    return found


def printed_numbers(sheets: Sequence[Sheet], edges: Sequence[dict[int, str]]) -> list[str]:
    """Return the page number printed on each page, "" where none was found."""
    found = []
    for page, (sheet, taken) in enumerate(zip(sheets, edges, strict=True)):
        numbers = [
            shown
            for index in sorted(taken, key=lambda index: len(sheet.lines[index].text))
            for pattern, _value, shown in _readings(sheet.lines[index].text)
            if LONE.match(pattern) or sheet.label == shown or PAGE_WORDS.match(_folded(shown))
        ]
        counted = [
            shown
            for index in taken
            for _pattern, value, shown in _readings(sheet.lines[index].text)
            if abs(value - page) < 60
        ]
        found.append(next(iter(numbers or counted), ""))
    return found


def _edges(page: int, sheet: Sheet) -> list[_Edge]:
    lines = sorted(((line.top, index) for index, line in enumerate(sheet.lines) if not line.turned))
    found = []
    for zone, order in (("header", lines), ("footer", lines[::-1])):
        for depth, (_top, index) in enumerate(order[:DEEP]):
            line = sheet.lines[index]
            place = (line.top + line.bottom) / 2 / sheet.height
            if place < EDGE if zone == "header" else place > 1 - EDGE:
                found.append(_Edge(page, index, zone, depth, place, line))
    return found


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _readings(text: str) -> list[tuple[str, int, str]]:
    """Return (text with a number replaced by #, the number, as printed), for each number."""
    if len(text) > LONGEST:
        return []
    folded = _folded(text)
    found = [
        (f"{folded[: match.start()]}#{folded[match.end() :]}", int(match[0]), match[0])
        for match in NUMBER.finditer(folded)
        if len(match[0]) < 6
    ]
    words = folded.split()
    for place in {0, len(words) - 1} if words else ():
        bare = words[place].strip("-–—.[]()|")
        if bare and ROMAN.match(bare):
            rest = " ".join([*words[:place], words[place].replace(bare, "#"), *words[place + 1 :]])
            found.append((rest, _roman(bare), bare))
    return found


def _roman(text: str) -> int:
    values = [VALUES[c] for c in text]
    following = [*values[1:], 0]
    return sum(-one if one < after else one for one, after in zip(values, following, strict=True))


def _counting(edges: Sequence[_Edge], size: float, least: int) -> set[_Edge]:
    """Find lines with a number that counts with the pages."""
    groups: dict[tuple[str, str, int], list[_Edge]] = defaultdict(list)
    for edge in edges:
        for pattern, value, _shown in _readings(edge.line.text):
            groups[edge.zone, pattern, value - edge.page].append(edge)
    found: set[_Edge] = set()
    for (zone, pattern, _offset), group in groups.items():
        alone = LONE.match(pattern) is not None
        if CHAPTER.match(pattern) and len(pattern) < 20:
            continue  # each page may be a chapter
        same = _at_one_place(group)
        if zone == "header":
            same = [edge for edge in same if edge.line.size <= HEADING * size]
        if len({edge.page for edge in same}) >= (2 if alone else least):
            found.update(same)
    return found


def _at_one_place(group: Sequence[_Edge]) -> list[_Edge]:
    middle = statistics.median(edge.place for edge in group)
    return [edge for edge in group if abs(edge.place - middle) <= SAME_PLACE]


def _page_words(edges: Iterable[_Edge]) -> set[_Edge]:
    found = [edge for edge in edges if edge.depth == 0]
    return {edge for edge in found if PAGE_WORDS.match(_folded(edge.line.text))}


def _labels(edges: Iterable[_Edge], sheets: Sequence[Sheet]) -> set[_Edge]:
    """Find lone numbers that the file itself gives as the page's label."""
    return {
        edge
        for edge in edges
        if edge.depth == 0
        and (label := sheets[edge.page].label.casefold())
        and any(
            LONE.match(pattern) and shown == label
            for pattern, _value, shown in _readings(edge.line.text)
        )
        and len(sheets) > 1
    }


def _same_slot(edges: Iterable[_Edge], sure: set[_Edge]) -> set[_Edge]:
    """Find what stands where most pages have their number: one misread, or with other words."""
    places: dict[str, list[float]] = defaultdict(list)
    offsets: Counter[int] = Counter()
    for edge in sure:
        places[edge.zone].append(edge.place)
        offsets.update({value - edge.page for _text, value, _shown in _readings(edge.line.text)})
    often = {offset for offset, count in offsets.items() if count >= OFTEN}
    return {
        edge
        for edge in edges
        if edge.depth == 0
        and sum(abs(edge.place - place) < 0.004 for place in places[edge.zone]) >= OFTEN
        and any(
            LONE.match(pattern) or value - edge.page in often
            for pattern, value, _shown in _readings(edge.line.text)
        )
    }


def _repeated(edges: Iterable[_Edge], size: float, least: int, sure: Iterable[_Edge]) -> set[_Edge]:
    """Find lines whose text stands at the same place on several pages."""
    groups: dict[tuple[str, str], list[_Edge]] = defaultdict(list)
    for edge in edges:
        if edge.line.size <= HEADING * size or edge.zone == "footer":
            groups[edge.zone, _folded(edge.line.text)].append(edge)
    found: set[_Edge] = set()
    for group in groups.values():
        same = _at_one_place(group)
        pages = {edge.page for edge in same}
        if len(pages) >= least:
            found.update(same)
        elif len(pages) == 2:  # the header of a short chapter
            slots = [edge.place for edge in sure if edge.zone == same[0].zone]
            near = sum(abs(same[0].place - place) < 0.004 for place in slots)
            found.update(same if near >= OFTEN else ())
    return found


def _outermost(
    group: Sequence[_Edge], sure: set[_Edge], repeated: set[_Edge], pitch: float, size: float
) -> list[_Edge]:
    """Return what to take from one edge: from outside inwards, as far as it is known.

    Repeated lines must be set apart from the text, be smaller, or stand with a page number:
    text may repeat by chance, or because it is a refrain.
    """
    taken: list[_Edge] = []
    inner: _Edge | None = None
    for edge in group:
        if edge not in sure and edge not in repeated:
            inner = edge
            break
        taken.append(edge)
    while taken and taken[-1] not in sure:
        last = taken[-1]
        apart = inner is None or (
            abs(inner.line.top - last.line.top) > SET_APART * pitch or last.line.size < 0.93 * size
        )
        if apart:
            break
        inner = taken.pop()
    return taken


def usual_pitch(sheets: Iterable[Sheet]) -> float:
    """Return the usual distance from line to line in points."""
    steps: Counter[float] = Counter()
    for sheet in sheets:
        for one, other in zip(sheet.lines, sheet.lines[1:], strict=False):
            if one.column == other.column and (step := other.top - one.top) > 0.5 * one.height:
                steps[round(step * 2) / 2] += 1
    return steps.most_common(1)[0][0] if steps else 0.0


def _turned(sheets: Sequence[Sheet], least: int) -> list[tuple[int, int]]:
    """Find turned lines, such as watermarks, that stand on several pages."""
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for page, sheet in enumerate(sheets):
        for index, line in enumerate(sheet.lines):
            if line.turned:
                places[_folded(line.text)].append((page, index))
    return [
        place
        for group in places.values()
        if len({page for page, _index in group}) >= least
        for place in group
    ]
