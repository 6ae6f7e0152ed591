"""Sentences of the pages → their places in a book's own text, in reading order.

The pages were cleaned and perhaps corrected by a person; the book holds more than they do: notes,
contents, what is in no page. So both are compared by their letters and digits, and what is not
there letter for letter is looked for between its neighbours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicemill.exports.readalong.keys import Keyed, is_counted, key_of, keyed

# Letters: what is as long as this stands for itself; what is shorter must be next to another.
_TELLING = 16
# How far ahead, in letters, the next sentence is taken without asking the ones that follow it.
_NEAR = 4000
_FOLLOWERS = 4
# Of 100, how alike a corrected sentence and the printed one must be (rapidfuzz's partial ratio).
_ALIKE = 80
_LEAST_LETTERS = 8
_REGION = 4000


@dataclass
class _Place:
    start: int
    end: int


def place(sentences: Sequence[str], text: str) -> list[tuple[int, int] | None]:
    """Return text[start:end] of each sentence, in order and without overlaps; None if not found."""
    stream = keyed(text)
    keys = [key_of(sentence) for sentence in sentences]
    places: list[_Place | None] = [None] * len(keys)
    _place_telling(keys, stream, places)
    _place_beside(keys, stream, places)
    _place_between(keys, stream, places)
    _place_alike(keys, stream, places)
    return _with_marks(sentences, stream, places)


def _place_telling(keys: Sequence[str], stream: Keyed, places: list[_Place | None]) -> None:
    """Place the sentences that are found letter for letter from the one before them on."""
    cursor = 0
    for index, key in enumerate(keys):
        if not key:
            continue
        found = cursor if stream.key.startswith(key, cursor) else -1
        if found < 0 and len(key) >= _TELLING:
            found = stream.key.find(key, cursor, cursor + _NEAR)
            if found < 0:
                found = stream.key.find(key, cursor)
                if found >= 0 and not _is_followed(index, found + len(key), keys, stream):
                    found = -1
        if found >= 0 and stream.is_whole(found, found + len(key)):
            cursor = found + len(key)
            places[index] = _Place(found, cursor)


def _is_followed(index: int, end: int, keys: Sequence[str], stream: Keyed) -> bool:
    """Tell whether sentences that follow are found after a far place: one alone may mislead."""
    following = [key for key in keys[index + 1 : index + 20] if len(key) >= _TELLING][:_FOLLOWERS]
    if not following:
        return True
    reach = end + _NEAR
    return sum(stream.key.find(key, end, reach) >= 0 for key in following) * 2 >= len(following)


def _place_beside(keys: Sequence[str], stream: Keyed, places: list[_Place | None]) -> None:
    """Place each sentence right before the one after it where it stands there too.

    A heading is found in the table of contents first, but belongs to its chapter.
    """
    floors = _floors(places)
    for index in range(len(keys) - 2, -1, -1):
        key, following = keys[index], places[index + 1]
        if not key or following is None:
            continue
        start = following.start - len(key)
        if start < floors[index] or not stream.key.startswith(key, start):
            continue
        if stream.is_whole(start, following.start):
            places[index] = _Place(start, following.start)


def _floors(places: Sequence[_Place | None]) -> list[int]:
    """Return, for each sentence, where the one before it ends."""
    floors, floor = [], 0
    for found in places:
        floors.append(floor)
        floor = found.end if found else floor
    return floors


def _place_between(keys: Sequence[str], stream: Keyed, places: list[_Place | None]) -> None:
    """Place short sentences, letter for letter, near their neighbours."""
    for index, start, end in _gaps(keys, places):
        key = keys[index]
        reach = min(end, start + max(200, 50 * len(key)))
        found = stream.key.find(key, start, reach)
        while found >= 0 and not stream.is_whole(found, found + len(key)):
            found = stream.key.find(key, found + 1, reach)
        if found >= 0:
            places[index] = _Place(found, found + len(key))


def _place_alike(keys: Sequence[str], stream: Keyed, places: list[_Place | None]) -> None:
    """Place sentences that a person has corrected: those much like something between neighbours."""
    from rapidfuzz import fuzz

    for index, start, end in _gaps(keys, places):
        key = keys[index]
        region = stream.key[start : min(end, start + _REGION + len(key))]
        if len(key) < _LEAST_LETTERS or len(region) < len(key) / 2:
            continue
        found = fuzz.partial_ratio_alignment(key, region, score_cutoff=_ALIKE)
        if found is None:
            continue
        # In the shorter of the two all of it counts, so it must not be a mere part.
        first, last = start + found.dest_start, start + found.dest_end
        if last - first < len(key) * 0.7:
            continue
        while first > start and not stream.is_whole(first, last) and _cuts(stream, first):
            first -= 1
        while last < end and _cuts(stream, last):
            last += 1
        places[index] = _Place(first, last)


def _cuts(stream: Keyed, place: int) -> bool:
    """Tell whether a place in the key is inside a word."""
    if not 0 < place < len(stream.key):
        return False
    return not stream.is_whole(place, len(stream.key))


def _gaps(keys: Sequence[str], places: Sequence[_Place | None]) -> Iterator[tuple[int, int, int]]:
    """Yield sentences without a place, and from where to where theirs can be; places may grow."""
    total = max((found.end for found in places if found), default=0) + _REGION
    ceilings, ceiling = [0] * len(places), total
    for index in range(len(places) - 1, -1, -1):
        ceilings[index] = ceiling
        found = places[index]
        ceiling = found.start if found else ceiling
    floor = 0
    for index, key in enumerate(keys):
        if places[index] is None and key and floor < ceilings[index]:
            yield index, floor, ceilings[index]
        found = places[index]
        floor = found.end if found else floor


def _with_marks(
    sentences: Sequence[str], stream: Keyed, places: Sequence[_Place | None]
) -> list[tuple[int, int] | None]:
    """Return places in the text: with the quotes and stops around the letters."""
    text = stream.text
    spans = [
        (stream.at[found.start], stream.at[found.end - 1] + 1) if found else None
        for found in places
    ]
    ceilings, ceiling = [0] * len(spans), len(text)
    for index in range(len(spans) - 1, -1, -1):
        ceilings[index] = ceiling
        span = spans[index]
        ceiling = span[0] if span else ceiling
    floor = 0
    for index, sentence in enumerate(sentences):
        span = spans[index]
        if span is None and not key_of(sentence):
            # Asterisks and the like between paragraphs.
            found = text.find(sentence, floor, min(ceilings[index], floor + _REGION))
            span = (found, found + len(sentence)) if found >= 0 else None
        elif span is not None:
            span = _around(sentence, text, span, (floor, ceilings[index]))
        spans[index] = span
        floor = span[1] if span else floor
    return spans


def _around(
    sentence: str, text: str, span: tuple[int, int], limits: tuple[int, int]
) -> tuple[int, int]:
    start, end = span
    # Two sentences may share a sign, such as a ligature.
    start = max(start, limits[0])
    while end < limits[1] and unicodedata.category(text[end])[0] == "M":
        end += 1
    counted = [place for place, character in enumerate(sentence) if is_counted(character)]
    before, after = sentence[: counted[0]][::-1], sentence[counted[-1] + 1 :]
    end += _taken(after, text[end : min(limits[1], end + 2 * len(after) + 8)])
    start -= _taken(before, text[max(limits[0], start - 2 * len(before) - 8) : start][::-1])
    return start, max(end, start + 1)


def _taken(marks: str, text: str) -> int:
    """Return how many characters of the text stand for the marks at a sentence's end."""
    wanted = len("".join(unicodedata.normalize("NFKC", marks).split()))
    spaced = any(character.isspace() for character in marks.strip()) or marks[:1].isspace()
    taken = 0
    for place, character in enumerate(text):
        if not wanted or is_counted(character) or character == "\n":
            break
        if character.isspace():
            if not spaced:
                break
            continue
        if unicodedata.category(character) not in ("Mn", "Cf"):
            wanted -= min(wanted, len("".join(unicodedata.normalize("NFKC", character).split())))
        taken = place + 1
    return taken
