"""A sentence too long for an engine, in pieces that end where a reader would breathe."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right

from voicemill.books.spoken.words import primary

_CLOSERS = "\"'”’»›)\\]」』）】》"
# From the best place to the last resort; a sentence may be given with its neighbours, so the
# end of one is the best.
_SENTENCE, _STRONG, _COMMA, _WORD = range(4)
_MARKS = (
    (_SENTENCE, re.compile(rf"[.!?…।॥۔؟][{_CLOSERS}]*(?=\s)|[。！？｡][{_CLOSERS}]*")),
    (_STRONG, re.compile(rf"[;:؛—–][{_CLOSERS}]*(?=\s)|——|[；：][{_CLOSERS}]*|[—–](?=\w)")),
    (_COMMA, re.compile(rf"[,،][{_CLOSERS}]*(?=\s)|[，、､][{_CLOSERS}]*")),
)
_SPACES = re.compile(r"[^\S\u00a0\u202f\u2007]+")
# Written without spaces: a place between two characters is the last resort there.
_UNSPACED = "\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN = re.compile(rf"(?<=[{_UNSPACED}])(?=[{_UNSPACED}])")
_CONJUNCTIONS = {
    "en": "and but or nor so yet because although though while when where which who that if "
    "unless until since before after as",
    "vi": "và nhưng hoặc hay mà nên vì bởi dù tuy khi nếu thì để rằng trong sau trước",
    "hi": "और लेकिन मगर पर या क्योंकि कि जब तब तो अगर यदि जो जिस जहाँ ताकि फिर",
    "ar": "أو ثم لكن بل لأن حتى عندما إذا الذي التي بينما كي",
    "es": "y o pero porque aunque cuando que si donde mientras",
    "fr": "et ou mais car parce quand que qui si lorsque où",
    "de": "und oder aber denn weil dass wenn als ob während obwohl",
}
# A piece shorter than this part of the longest is avoided for the sake of a better place.
_LEAST = 1 / 3
_JOINERS = "\u200c\u200d\u2060\ufe0f\uff9e\uff9f"


def pieces(sentence: str, language: str, longest: int) -> list[str]:
    """Cut a sentence into pieces of at most `longest` characters; joined they are the sentence.

    The last good place is taken: after ; : — and the like, after a comma, before a conjunction,
    at last between words. Words, numbers ("1 000 000", "3,5") and combined characters stay
    whole, so a single word longer than `longest` is a longer piece.
    """
    if len(sentence) <= longest:
        return [sentence] if sentence else []
    by_rank = _places(sentence, primary(language))
    found, start = [], 0
    while len(sentence) - start > longest:
        end = _best(by_rank, start, longest)
        if end is None:
            break
        found.append(sentence[start:end])
        start = end
    return [*found, sentence[start:]] if start < len(sentence) else found


def _best(by_rank: list[list[int]], start: int, longest: int) -> int | None:
    least = start + max(1, int(longest * _LEAST))
    for places in by_rank:
        place = bisect_right(places, start + longest) - 1
        if place >= 0 and places[place] >= least:
            return places[place]
    words = by_rank[-1]  # holds every place
    place = bisect_right(words, start + longest) - 1
    if place >= 0 and words[place] > start:
        return words[place]
    return words[place + 1] if place + 1 < len(words) else None


def _places(sentence: str, language: str) -> list[list[int]]:
    """Return where to cut, in order, from the best kind to the least; the last holds all."""
    ranks: dict[int, int] = {}
    for match in _BETWEEN.finditer(sentence):
        ranks[match.end()] = _WORD + 1
    conjunctions = frozenset(_CONJUNCTIONS.get(language, "").split())
    for match in _SPACES.finditer(sentence):
        word = sentence[match.end() : match.end() + 12].split(maxsplit=1)
        joins = bool(word) and word[0].casefold() in conjunctions
        ranks[match.end()] = _WORD if joins else _WORD + 1
    for rank, marks in reversed(_MARKS):
        for match in marks.finditer(sentence):
            spaces = _SPACES.match(sentence, match.end())
            ranks[spaces.end() if spaces else match.end()] = rank
    kept = sorted((place, rank) for place, rank in ranks.items() if _parts(sentence, place))
    by_rank: list[list[int]] = [[] for _ in range(_WORD + 2)]
    for place, rank in kept:
        by_rank[rank].append(place)
    by_rank[-1] = [place for place, _rank in kept]
    return by_rank


def _parts(sentence: str, place: int) -> bool:
    """Whether a cut here leaves numbers, combined characters and closing marks together."""
    if not 0 < place < len(sentence):
        return False
    before, after = sentence[place - 1], sentence[place]
    if unicodedata.category(after).startswith("M") or after in _JOINERS or before in _JOINERS:
        return False
    if after.isspace() or after in "，、､。！？；：」』）】》,;:.!?)]}”’»…":
        return False
    spaced = before.isspace()
    digits_before = sentence[place - 2 : place - 1] if spaced else before
    return not (after.isdigit() and digits_before.isdigit()) and not (
        # "3，500" and "7：30" are numbers.
        not spaced and after.isdigit() and place > 1 and sentence[place - 2].isdigit()
    )
