"""Where the entries of a lexicon stand in a text: whole words and phrases only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from voicemill.speech.words.entries import Entry, Lexicon

# Scripts written without spaces between words, in which any place may be a word's edge:
# Thai and Lao, Myanmar, Khmer, Japanese syllables, Chinese characters.
_UNSPACED = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff" + (
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
_TOKEN = re.compile(f"[{_UNSPACED}]|[^\\W{_UNSPACED}]+")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")


@dataclass(frozen=True)
class Found:
    """An entry and the characters of the text it stands for."""

    start: int
    end: int
    entry: Entry


def find(text: str, language: str, lexicon: Lexicon) -> list[Found]:
    """Return the entries found in a cleaned `text`, in order and apart.

    Longer terms come first, then terms written exactly so, then the closer language.
    """
    index = _index(lexicon, language)
    if not index.may_be_in(text):
        return []
    found = [match for entry in index.candidates(text) for match in _occurrences(entry, text)]
    found.sort(key=lambda match: (match.start - match.end, *_precedence(match.entry), match.start))
    kept: list[Found] = []
    for match in found:
        if all(match.end <= other.start or match.start >= other.end for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)


def _precedence(entry: Entry) -> tuple[bool, int]:
    return entry.any_case, -len(entry.language.strip("*"))


@dataclass(frozen=True)
class _Index:
    """Entries of one language by the first token of their term, in case-folded form."""

    by_token: dict[str, list[Entry]]
    without_token: list[Entry]

    def may_be_in(self, text: str) -> bool:
        """Tell quickly whether any entry can be in the text."""
        return not self.by_token.keys().isdisjoint(_TOKEN.findall(text.casefold())) or any(
            entry.term in text for entry in self.without_token
        )

    def candidates(self, text: str) -> Iterator[Entry]:
        """Yield the entries whose first token is in the text."""
        yield from self.without_token
        for token in set(_TOKEN.findall(text.casefold())):
            yield from self.by_token.get(token, ())


@lru_cache(maxsize=64)
def _index(lexicon: Lexicon, language: str) -> _Index:
    index = _Index({}, [])
    for entry in lexicon.entries:
        if entry.term and entry.applies_to(language):
            token = _TOKEN.search(entry.term.casefold())
            if token:
                index.by_token.setdefault(token[0], []).append(entry)
            else:
                index.without_token.append(entry)
    return index


def _occurrences(entry: Entry, text: str) -> Iterator[Found]:
    flags = re.IGNORECASE if entry.any_case else re.NOFLAG
    for match in re.finditer(re.escape(entry.term), text, flags):
        if _is_edge(text, match.start()) and _is_edge(text, match.end()):
            yield Found(match.start(), match.end(), entry)


# Unicode counts "can't" as one word, so "can" is not a word of it; a possessive 's is.
_CONTRACTED = re.compile(r"['’](?!s\b)[^\W\d_]", re.IGNORECASE)


def _is_edge(text: str, place: int) -> bool:
    """Tell whether a word may begin or end before the character at `place`."""
    if place in {0, len(text)}:
        return True
    before, after = text[place - 1], text[place]
    if _is_mark(after):
        return False  # a vowel sign or accent belongs to the letter before it
    if _CONTRACTED.match(text, place) and _in_word(before):
        return False
    if not (_in_word(before) and _in_word(after)):
        return True
    return bool(_IS_UNSPACED.match(before) or _IS_UNSPACED.match(after))


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_" or _is_mark(char)


def _is_mark(char: str) -> bool:
    return char in "\u200c\u200d" or unicodedata.category(char).startswith("M")
