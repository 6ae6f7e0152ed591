"""The vowels of a word, by its IPA."""

from __future__ import annotations

from voicemill.speech.ipa import STRESS, normal

# Longest first: a diphthong is one vowel.
DIPHTHONGS = ("eɪ", "aɪ", "ɔɪ", "aʊ", "əʊ", "oʊ", "ɪə", "eə", "ʊə")
MONOPHTHONGS = ("iː", "ɪ", "e", "æ", "ʌ", "ɑː", "ɒ", "ɔː", "ʊ", "uː", "ɜː", "ə")
_OTHER_SPELLINGS = {"ɛ": "e", "i": "iː", "u": "uː", "ɑ": "ɑː", "ɔ": "ɔː", "ɝ": "ɜː", "ɜ": "ɜː"}
_VOWELS = sorted((*DIPHTHONGS, *MONOPHTHONGS, *_OTHER_SPELLINGS, "a", "o"), key=len, reverse=True)
_SILENT = frozenset(STRESS + " .ːˑʰ|‿")


def vowels_of(ipa: str) -> list[str]:
    """Return the vowels of a word in order, spelled as the shipped table spells them."""
    return [
        _OTHER_SPELLINGS.get(vowel, vowel) for vowel, is_vowel in _sounds(normal(ipa)) if is_vowel
    ]


def phonemes_of(ipa: str) -> int:
    """Return how many sounds a word has: an affricate, diphthong or long vowel is one."""
    return len(_sounds(normal(ipa)))


def _sounds(ipa: str) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    place = 0
    while place < len(ipa):
        vowel = next((one for one in _VOWELS if ipa.startswith(one, place)), "")
        if vowel:
            found.append((vowel, True))
        elif ipa.startswith(("tʃ", "dʒ"), place):
            found.append((ipa[place : place + 2], False))
        elif ipa[place] not in _SILENT:
            found.append((ipa[place], False))
        place += len(vowel) or (2 if ipa.startswith(("tʃ", "dʒ"), place) else 1)
    return found
