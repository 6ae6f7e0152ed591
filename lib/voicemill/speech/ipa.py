"""IPA as written by people: phoneme classes, and the form in which a lone sound is audible."""

from __future__ import annotations

import unicodedata

# The International Phonetic Alphabet (revised to 2020), by manner of articulation.
# "approximant" holds laterals, taps and trills too: what matters here is how they sound alone.
_CONSONANTS = {
    "plosive": "p b t d ʈ ɖ c ɟ k ɡ q ɢ ʔ",
    "affricate": "tʃ dʒ ts dz tɕ dʑ ʈʂ ɖʐ pf",
    "fricative": "ɸ β f v θ ð s z ʃ ʒ ʂ ʐ ç ʝ x ɣ χ ʁ ħ ʕ ɕ ʑ ɬ ɮ ɧ",
    "breath": "h ɦ ʍ",
    "nasal": "m ɱ n ɳ ɲ ŋ ɴ",
    "approximant": "l ɭ ʎ ʟ ɫ r ɾ ʀ ɹ ɻ ɽ ʋ j ɥ w ɰ",
}
_CLASS = {symbol: name for name, symbols in _CONSONANTS.items() for symbol in symbols.split()}
_TIES = str.maketrans("", "", "\u0361\u035c")  # t͡ʃ and tʃ are the same sound
_LOOKALIKES = str.maketrans({"g": "ɡ", ":": "ː", "ʧ": "tʃ", "ʤ": "dʒ", "ε": "ɛ", "'": "ˈ"})

STRESS = "ˈˌ"
SEPARATORS = " .|‿"


def normal(ipa: str) -> str:
    """Return `ipa` without slashes, ties and lookalikes, in NFC."""
    plain = unicodedata.normalize("NFC", ipa).strip(" \t\n/[]")
    return plain.translate(_LOOKALIKES).translate(_TIES)


def phoneme_class(symbol: str) -> str:
    """Name the class of one sound: vowel, or the manner of a consonant.

    Length and other marks do not matter; anything that is no lone consonant is a vowel.
    """
    base = "".join(char for char in normal(symbol) if char not in STRESS + "ːˑʰ")
    return _CLASS.get(base, "vowel")


def lone_form(symbol: str, audible_alone: frozenset[str]) -> str:
    """Return the IPA that makes one sound audible on its own.

    A fricative is held where the engine can hold it; other consonants lean on a schwa, as
    in a phonics lesson: /p/ is [pə]. No English syllable begins with ŋ, so its schwa comes
    first.
    """
    sound = normal(symbol)
    kind = phoneme_class(sound)
    if kind == "vowel":
        return sound
    if kind in audible_alone:
        return sound if sound.endswith("ː") else sound + "ː"
    return f"ə{sound}" if sound == "ŋ" else f"{sound}ə"
