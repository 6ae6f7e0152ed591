"""English sounds in the few letters that its accents share, and how far apart they are heard.

British dictionaries, American voices and the recogniser write different alphabets. Only what
accents share is compared: no stress, no length, one low back vowel (ɑ, ɒ, ɔ), one central vowel
(ə, ʌ, ɜ), and a centring diphthong is its first vowel. An r after a vowel may be said or not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

_SPELLINGS = (
    ("\u0361", ""),  # ties
    ("ɟʝ", "j"),
    ("hw", "w"),
    ("tʃ", "C"),
    ("dʒ", "J"),
    ("eɪ", "1"),
    ("aɪ", "2"),
    ("ɔɪ", "3"),
    ("aʊ", "4"),
    ("əʊ", "5"),
    ("oʊ", "5"),
    ("ɪə", "ɪ"),
    ("iə", "ɪ"),
    ("eə", "ɛ"),
    ("ɛə", "ɛ"),
    ("ʊə", "ʊ"),
)
_LETTERS = str.maketrans(
    {
        **dict.fromkeys("ˈˌː.ʔ\u0329"),
        **dict.fromkeys("ʌɜɐᵻ", "ə"),
        **dict.fromkeys("ɒɔ", "ɑ"),
        **{"ɝ": "əɹ", "ɚ": "əɹ", "e": "ɛ", "r": "ɹ", "o": "5", "g": "ɡ", "a": "ɑ", "ɾ": "t"},
        **{"ɫ": "l", "ʍ": "w", "x": "k"},
    }
)

# Place of articulation from the lips (0) to the throat (1), manner, and whether it is voiced.
_CONSONANTS: dict[str, tuple[float, str, bool]] = {
    "p": (0.0, "stop", False),
    "b": (0.0, "stop", True),
    "m": (0.0, "nasal", True),
    "f": (0.1, "fricative", False),
    "v": (0.1, "fricative", True),
    "θ": (0.25, "fricative", False),
    "ð": (0.25, "fricative", True),
    "t": (0.35, "stop", False),
    "d": (0.35, "stop", True),
    "n": (0.35, "nasal", True),
    "s": (0.35, "fricative", False),
    "z": (0.35, "fricative", True),
    "l": (0.35, "approximant", True),
    "ɹ": (0.45, "approximant", True),
    "ʃ": (0.5, "fricative", False),
    "ʒ": (0.5, "fricative", True),
    "C": (0.5, "affricate", False),
    "J": (0.5, "affricate", True),
    "j": (0.6, "approximant", True),
    "w": (0.4, "approximant", True),
    "k": (0.8, "stop", False),
    "ɡ": (0.8, "stop", True),
    "ŋ": (0.8, "nasal", True),
    "h": (1.0, "fricative", False),
}
# Height (0 open … 1 close) and backness (0 front … 1 back) at the start and the end.
_VOWELS: dict[str, tuple[float, float, float, float]] = {
    "i": (1.0, 0.0, 1.0, 0.0),
    "ɪ": (0.8, 0.2, 0.8, 0.2),
    "ɛ": (0.5, 0.1, 0.5, 0.1),
    "æ": (0.2, 0.1, 0.2, 0.1),
    "ɑ": (0.1, 0.9, 0.1, 0.9),
    "ə": (0.45, 0.55, 0.45, 0.55),
    "ʊ": (0.8, 0.8, 0.8, 0.8),
    "u": (1.0, 0.9, 1.0, 0.9),
    "1": (0.55, 0.1, 0.9, 0.1),
    "2": (0.1, 0.5, 0.8, 0.2),
    "3": (0.35, 0.9, 0.8, 0.2),
    "4": (0.1, 0.5, 0.8, 0.8),
    "5": (0.5, 0.7, 0.85, 0.85),
}
SOUNDS = (*_CONSONANTS, *_VOWELS)
# What is written for people, where it is not the letter itself.
_SHOWN = {"C": "tʃ", "J": "dʒ", "1": "eɪ", "2": "aɪ", "3": "ɔɪ", "4": "aʊ", "5": "oʊ"}

_VOICING = 0.2
_MANNERS = {
    frozenset(("stop", "affricate")): 0.3,
    frozenset(("fricative", "affricate")): 0.3,
    frozenset(("stop", "fricative")): 0.5,
    frozenset(("nasal", "stop")): 0.5,
    frozenset(("nasal", "approximant")): 0.5,
}
_GLIDES = {frozenset("ji"): 0.3, frozenset("jɪ"): 0.4, frozenset("wu"): 0.3, frozenset("wʊ"): 0.4}
_GLIDES |= {frozenset("ɹə"): 0.4, frozenset("lʊ"): 0.5}


@dataclass(frozen=True)
class Sound:
    """A sound that is expected; optional: accents differ in whether it is said."""

    letter: str
    word: int
    optional: bool = False

    def __str__(self) -> str:
        return shown(self.letter)


def expected_sounds(ipa: str) -> tuple[Sound, ...]:
    """Return the sounds of an English transcription, whose words are parted by spaces."""
    found: list[Sound] = []
    for number, word in enumerate(ipa.split()):
        letters = coarse(word)
        for place, letter in enumerate(letters):
            after = letters[place + 1 : place + 2]
            tail = letter == "ɹ" and place > 0 and letters[place - 1] in _VOWELS
            left_out = tail and after not in _VOWELS
            # The schwa of "table" and "garden" may be heard in the l or n alone.
            left_out |= letter == "ə" and place > 0 and letters[place + 1 :] in ("l", "n")
            found.append(Sound(letter, number, left_out))
            if letter in _VOWELS and not after:
                # "car" may end in an r that a British dictionary does not write.
                if letter in "ɑəɪɛʊ":
                    found.append(Sound("ɹ", number, optional=True))
            elif letter in "ɑəɪɛʊ" and after != "ɹ" and after not in _VOWELS:
                found.append(Sound("ɹ", number, optional=True))
    return tuple(found)


def coarse(ipa: str) -> str:
    """Write IPA of any English accent in one letter a sound; what is no English sound goes."""
    for spelling, letter in _SPELLINGS:
        ipa = ipa.replace(spelling, letter)
    return "".join(letter for letter in ipa.translate(_LETTERS) if letter in SOUNDS)


def shown(letters: str) -> str:
    """Return such letters as IPA for people."""
    return "".join(_SHOWN.get(letter, letter) for letter in letters)


@cache
def distance(one: str, other: str) -> float:
    """Return how far apart two sounds are heard: 0 the same, 1 nothing in common.

    Voiced and voiceless neighbours are 0.2 apart, as are neighbouring vowels; a consonant and
    a vowel 1, except glides and the vowels they glide from.
    """
    if one == other:
        return 0.0
    if one in _CONSONANTS and other in _CONSONANTS:
        (place, manner, voiced), (place2, manner2, voiced2) = _CONSONANTS[one], _CONSONANTS[other]
        apart = _VOICING * (voiced != voiced2) + 0.6 * abs(place - place2)
        apart += 0.0 if manner == manner2 else _MANNERS.get(frozenset((manner, manner2)), 0.7)
        return min(1.0, max(apart, 0.15))
    if one in _VOWELS and other in _VOWELS:
        differences = zip(_VOWELS[one], _VOWELS[other], strict=True)
        squares = sum((a - b) ** 2 for a, b in differences)
        return min(1.0, max(0.15, math.sqrt(squares / 2)))
    return _GLIDES.get(frozenset((one, other)), 1.0)
