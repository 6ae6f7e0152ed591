"""Where texts spoken in a row end among the words that a service says it spoke.

A service writes some words its own way (numbers spelled out, symbols left out), and may lose
a word or tell of one twice. So letters are compared, in stretches that agree: a maximal
stretch from the start, one up to the end, and one around every run of letters that occurs
just once in the texts and once among the words. A place where two stretches compete ("No. No.
No." of which one was lost) is not known.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

# So many letters that occur once in the texts and once among the words are the same ones.
_TELLING_LETTERS = 8


@dataclass(frozen=True, order=True)
class _Stretch:
    """Letters that agree: from `start` in the texts, from `said` among the words."""

    start: int
    said: int
    length: int


def words_by_ends(texts: Sequence[str], words: Sequence[str]) -> list[int | None]:
    """Return for each text but the last how many words were spoken by its end.

    texts: as given to the service, in order; words: as it reported them, in order, each with
    a letter or digit.
    None where that is not sure: where the last word of the one text or the first of the next
    is missing, told twice, written in another way, or not apart.
    """
    written, said = [letters(text) for text in texts], [letters(word) for word in words]
    stretches = _stretches("".join(written), "".join(said))
    if any(one.said >= two.said or _end(one) >= _end(two) for one, two in pairwise(stretches)):
        return [None] * (len(texts) - 1)  # words in another order than the texts
    ends = list(accumulate(map(len, written)))[:-1]
    return [_words_by(end, said, stretches) for end in ends]


def letters(text: str) -> str:
    """Return what of a text any spelling of it has in common: letters and digits, small.

    Marks are dropped, so vowel signs and accents that compose with no letter do not count.
    """
    normal = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in normal if char.isalnum())


def _words_by(end: int, said: Sequence[str], stretches: Sequence[_Stretch]) -> int | None:
    """The words before the place `end` of the texts, if only one stretch knows of it."""
    for stretch in stretches:
        if not stretch.start < end < stretch.start + stretch.length:
            continue
        place = end - stretch.start + stretch.said
        count = _words_before(place, said)
        if count is None:
            return None
        # The words on both sides have to agree, and with nothing else.
        before, after = len(said[count - 1]), len(said[count])
        agree = range(end - before, end + after), range(place - before, place + after)
        inside = stretch.start <= agree[0][0] and agree[0][-1] < stretch.start + stretch.length
        alone = not any(
            _meets(other.start, other.length, agree[0])
            or _meets(other.said, other.length, agree[1])
            for other in stretches
            if other != stretch
        )
        return count if inside and alone else None
    return None


def _words_before(place: int, said: Sequence[str]) -> int | None:
    """Count the words that end by a place; None if one straddles it."""
    ends = list(accumulate(map(len, said)))
    return ends.index(place) + 1 if place in ends[:-1] else None


def _meets(start: int, length: int, letters_asked: range) -> bool:
    return start < letters_asked.stop and letters_asked.start < start + length


def _end(stretch: _Stretch) -> int:
    return stretch.said + stretch.length


def _stretches(text: str, said: str) -> list[_Stretch]:
    """Every maximal stretch grown from what is surely the same, in the order of the texts."""
    seeds = [(0, 0), (len(text), len(said)), *_telling(text, said)]
    found: set[_Stretch] = set()
    known: dict[int, int] = {}  # by how far apart: up to where in the texts they agree
    for start, place in sorted(seeds):
        if start < known.get(place - start, 0):
            continue
        stretch = _grown(text, said, start, place)
        known[place - start] = max(stretch.start + stretch.length, 1)
        if stretch.length:
            found.add(stretch)
    return sorted(found)


def _telling(text: str, said: str) -> Iterator[tuple[int, int]]:
    """Where runs of letters lie that occur once in each."""
    there, here = _once(text), _once(said)
    yield from ((there[run], here[run]) for run in there.keys() & here.keys())


def _once(text: str) -> dict[str, int]:
    size = _TELLING_LETTERS
    runs = [text[start : start + size] for start in range(len(text) - size + 1)]
    counts = Counter(runs)
    return {run: start for start, run in enumerate(runs) if counts[run] == 1}


def _grown(text: str, said: str, start: int, place: int) -> _Stretch:
    back = 0
    while back < min(start, place) and text[start - back - 1] == said[place - back - 1]:
        back += 1
    ahead = 0
    most = min(len(text) - start, len(said) - place)
    while ahead < most and text[start + ahead] == said[place + ahead]:
        ahead += 1
    return _Stretch(start - back, place - back, back + ahead)
