"""Whether the words of a text are said, by a recogniser of words.

What the recogniser writes is wrong too often to be held against a clip: it has its own idea of
lone words and of unusual voices. So it is asked how likely each word of the text is, given the
sound and the words before it; a word that was not said is thousands of times less likely. What
it writes is used to tell people what is heard instead, to find words said twice or too many,
and to clear a clip whose text it writes exactly.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from voicemill.audio import Clip
from voicemill.review.checks.expecting import Expectation, Piece, wordings
from voicemill.review.checks.finding import Finding, Limit, Place, judged, not_made
from voicemill.review.checks.pronunciation import cut
from voicemill.review.checks.recognisers import (
    LONGEST_S,
    Listening,
    Recognisers,
    TokenFit,
    for_listening,
)
from voicemill.speech.words import normalise

# Of the least likely token of the text: the negative log of its probability.
WORD = Limit(8.5, 14.0)
SENTENCE = Limit(9.0, 14.0)
_FEW_WORDS = 2
_LEAST_WORDS = 4  # of a text that others of its words show to be understood
# What words too many count, and one clear difference in what is else written right; at least so
# many times the limit.
_CLEAR, _CLEARLY = 11.0, 1.1
_MISSING_FROM, _OTHER_FROM = 4.5, 7.0  # the cost that such a difference needs beside it
_OTHER_WORD = 0.45  # up to this likeness of their letters two words are not one misheard
_SIMILAR = 0.7  # from which on what is written is trusted to tell words too many

_BRITISH = {"grey": "gray", "okay": "ok", "mum": "mom", "programme": "program"}
_ENDINGS = ((r"ise(d|s|r)?$", r"ize\1"), (r"our(s|ed|ite)?$", r"or\1"), (r"tre(s)?$", r"ter\1"))
_TOKEN = re.compile(r"\w+(?:['’]\w+)*")


@dataclass(frozen=True)
class _Word:
    text: str
    cost: float
    start_s: float


def words_finding(clip: Clip, expected: Expectation, there: Recognisers) -> Finding:
    """Judge the stretch of a clip whose words are least likely to be those of its text."""
    why_not = there.without_words(expected.language)
    if expected.lone_sound:
        why_not = "words were not checked: it says a sound by itself"
    made = []
    for piece in () if why_not else expected.pieces:
        part = cut(clip, piece)
        if len(part) and part.duration_s <= LONGEST_S and _TOKEN.search(piece.text):
            made.append(_judged(part, piece, expected, there))
    if not made:
        return not_made("words", why_not or "words were not checked: no stretch is short enough")
    return max(made, key=lambda finding: finding.doubt)


def _judged(part: Clip, piece: Piece, expected: Expectation, there: Recognisers) -> Finding:
    listening = Listening(for_listening(part), expected.language, there.words_model)
    wanted = plain(piece.text, expected.language)
    few = len(wanted) <= _FEW_WORDS
    limit = (WORD if few else SENTENCE).of_worst(len(expected.pieces))
    good = "the words are those of the text"
    fits = [_words(listening.fit(_sentence(way))) for way in wordings(piece, expected)]
    words = min(fits, key=lambda found: max((word.cost for word in found), default=99.0))
    least = max(words, key=lambda word: word.cost, default=_Word("", 99.0, 0.0))
    if few and least.cost < limit.threshold:
        return judged("words", least.cost, limit, good, "")
    heard = plain(listening.transcript(), expected.language)
    if heard == wanted:
        return judged("words", 0.0, limit, good, "")
    too_many = _too_many(wanted, heard)
    differs = least.cost >= _one_clear_difference(wanted, heard)
    clear = max(_CLEAR, _CLEARLY * limit.threshold) if too_many or differs else 0.0
    value = max(least.cost, clear)
    start_s = piece.start_s + least.start_s
    place = Place(start_s, min(start_s + 0.5, piece.start_s + part.duration_s))
    bad = too_many if too_many and least.cost < limit.threshold else _told(wanted, heard, least)
    return judged("words", value, limit, good, bad, place)


def plain(text: str, language: str) -> list[str]:
    """Return the words of a text in small letters, numbers written out, in one spelling."""
    written_out = normalise(text, language).casefold().replace("’", "'")
    words = _TOKEN.findall(unicodedata.normalize("NFKC", written_out))
    return [_one_spelling(word) if language.startswith("en") else word for word in words]


def _one_spelling(word: str) -> str:
    word = _BRITISH.get(word, word)
    for ending, other in _ENDINGS:
        if len(word) > 5:
            word = re.sub(ending, other, word)
    return word


def _sentence(text: str) -> str:
    """Write a text as the recogniser writes: with a capital and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text[-1:] in ".?!。！？" else ".")


def _words(tokens: Sequence[TokenFit]) -> list[_Word]:
    """Join tokens to words; marks alone do not count."""
    found: list[_Word] = []
    for token in tokens:
        if not any(char.isalnum() for char in token.text):
            continue
        if found and not token.text.startswith(" "):
            last = found[-1]
            cost = max(last.cost, -token.logprob)
            found[-1] = _Word(last.text + token.text, cost, last.start_s)
        else:
            found.append(_Word(token.text.strip(), -token.logprob, token.start_s))
    return found


def _too_many(wanted: list[str], heard: list[str]) -> str:
    """Say which words are heard beyond those of the text; empty when it cannot be told."""
    match = SequenceMatcher(None, wanted, heard, autojunk=False)
    extra = [
        (heard[j1:j2], j1) for kind, _i1, _i2, j1, j2 in match.get_opcodes() if kind == "insert"
    ]
    if not extra or match.ratio() < _SIMILAR or len(wanted) <= _FEW_WORDS:
        return ""
    words, place = extra[0]
    said = " ".join(words)
    before, after = heard[max(0, place - len(words)) : place], heard[place + len(words) :]
    if words in (before, after[: len(words)]):
        return f"'{said}' is said twice"
    return f"'{said}' is said and is not in the text"


def _one_clear_difference(wanted: list[str], heard: list[str]) -> float:
    """Return from which cost on one difference counts, where all else is written as in the text.

    That is when words are missing in one place, or others are there that are not these misheard.
    """
    changes = [
        change
        for change in SequenceMatcher(None, wanted, heard, autojunk=False).get_opcodes()
        if change[0] != "equal"
    ]
    if len(changes) != 1 or len(wanted) < _LEAST_WORDS:
        return math.inf
    kind, i1, i2, j1, j2 = changes[0]
    there, instead = "".join(wanted[i1:i2]), "".join(heard[j1:j2])
    if kind == "delete" and i2 - i1 <= len(wanted) // 2:
        return _MISSING_FROM
    alike = SequenceMatcher(None, there, instead, autojunk=False).ratio()
    return _OTHER_FROM if len(there) > 3 and alike < _OTHER_WORD else math.inf


def _told(wanted: list[str], heard: list[str], least: _Word) -> str:
    match = SequenceMatcher(None, wanted, heard, autojunk=False)
    if len(wanted) <= _FEW_WORDS or match.ratio() < 0.4:
        said = " ".join(heard[:12]) or "nothing"
        return f"it should say '{' '.join(wanted[:12])}', and '{said}' is heard"
    for kind, i1, i2, j1, j2 in match.get_opcodes():
        there = " ".join(wanted[i1:i2])
        if kind == "delete":
            return f"'{there}' is missing at {least.start_s:.1f} s"
        if kind == "replace" and least.text.casefold().strip(".,") in there:
            return f"'{' '.join(heard[j1:j2])}' is heard instead of '{there}'"
    return f"'{least.text}' is not heard at {least.start_s:.1f} s"
