"""Text as it is compared: letters and digits only, whatever their shape, case and accents."""

from __future__ import annotations

import unicodedata
from array import array
from dataclasses import dataclass
from functools import lru_cache

_TATWEEL = "\u0640"


@dataclass(frozen=True)
class Keyed:
    """A text to look in. key: what is compared; at: the place in text of each sign of it."""

    text: str
    key: str
    at: array[int]

    def is_whole(self, start: int, end: int) -> bool:
        """Tell whether key[start:end] cuts no word in two; scripts without spaces have no words."""
        if start >= end:
            return False
        first, last = self.at[start], self.at[end - 1]
        return not (_joined(self.text, first - 1) or _joined(self.text, last))


def keyed(text: str) -> Keyed:
    """Return a text with its key."""
    signs: list[str] = []
    at = array("L")
    for place, character in enumerate(text):
        for sign in _signs(character):
            signs.append(sign)
            at.append(place)
    return Keyed(text, "".join(signs), at)


def key_of(text: str) -> str:
    """Return the letters and digits of a text, as they are compared."""
    return "".join(_signs(character) for character in text)


def is_counted(character: str) -> bool:
    """Tell whether a character has a part in keys."""
    return bool(_signs(character))


@lru_cache(maxsize=1 << 14)
def _signs(character: str) -> str:
    """Return what a character is compared as: "ﬁ" as fi, "²" as 2, "É" as e, "—" as nothing.

    Accents come in one character or several and in any order, so they are left out; vowel signs
    such as those of Devanagari, which part words from words, stay.
    """
    spelt = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(
        sign
        for sign in spelt
        if unicodedata.category(sign)[0] in "LNM"
        and not unicodedata.combining(sign)
        and sign != _TATWEEL
    )


def _joined(text: str, place: int) -> bool:
    """Tell whether the characters at a place and after it belong to one word."""
    if not 0 <= place < len(text) - 1:
        return False
    while place + 1 < len(text) - 1 and unicodedata.category(text[place + 1]) in ("Mn", "Cf"):
        place += 1
    before, after = text[place], text[place + 1]
    return _in_words(before) and _in_words(after)


def _in_words(character: str) -> bool:
    code = ord(character)
    spaceless = (
        0x0E00 <= code < 0x1100 or 0x1780 <= code < 0x1800 or 0x2E80 <= code < 0xA000
        or 0xF900 <= code < 0xFB00 or 0xFF00 <= code < 0xFFA0
    )  # fmt: skip
    return is_counted(character) and not spaceless
