"""The International Phonetic Alphabet as people type it."""

from __future__ import annotations

import unicodedata

# Source: the chart of the International Phonetic Association, revised to 2020.
_PULMONIC = "pbtdʈɖcɟkɡqɢʔmɱnɳɲŋɴʙrʀⱱɾɽɸβfvθðszʃʒʂʐçʝxɣχʁħʕhɦɬɮʋɹɻjɰlɭʎʟ"
_OTHER_CONSONANTS = "ʘǀǃǂǁɓɗʄɠʛʍwɥʜʢʡɕʑɺɧ"
_VOWELS = "iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒ"
_MODIFIERS = "ʰʱʷʲˠˤⁿᵐᵑˡᵊᶿˣʼ˞"
_SUPRASEGMENTALS = "ˈˌːˑ.|‖‿↗↘"
_TONES = "˥˦˧˨˩ꜛꜜ↑↓⁰¹²³⁴⁵⁶⁷⁸⁹"
# Not on the chart, and in every dictionary or speech engine.
_COMMON_USE = "ɚɝɫʦʣʧʤʨʥᵻ"
_COMBINING = "".join(
    map(
        chr,
        (
            *(0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x308, 0x30A, 0x30B, 0x30C, 0x30D, 0x30F),
            *(0x318, 0x319, 0x31A, 0x31C, 0x31D, 0x31E, 0x31F, 0x320, 0x324, 0x325, 0x329, 0x32A),
            *(0x32C, 0x32F, 0x330, 0x334, 0x339, 0x33A, 0x33B, 0x33C, 0x33D, 0x35C, 0x361),
            *(0x1DC4, 0x1DC5, 0x1DC8),
        ),
    )
)
_IPA = frozenset(
    _PULMONIC
    + _OTHER_CONSONANTS
    + _VOWELS
    + _MODIFIERS
    + _SUPRASEGMENTALS
    + _TONES
    + _COMMON_USE
    + _COMBINING
)

# Letters of other alphabets and signs that look like IPA and are not.
LOOK_ALIKES = {
    "ә": "ə",  # Cyrillic schwa
    "ǝ": "ə",  # turned e
    "ε": "ɛ",  # Greek epsilon
    "∫": "ʃ",  # integral sign
    "ȝ": "ʒ",  # yogh
    "ӡ": "ʒ",  # Cyrillic dze
    "∂": "ð",  # partial differential
    "ı": "ɪ",  # dotless i
    "′": "ˈ",  # prime
    "’": "ʼ",  # closing quotation mark
    "!": "ǃ",
}

_TYPED = str.maketrans({":": "ː", "g": "ɡ"})
_ENCLOSED = (("/", "/"), ("[", "]"))


def normalise_symbol(text: str) -> str:
    """Return one phoneme as IPA writes it: no /slashes/ or [brackets], i: → iː, g → ɡ."""
    for opening, closing in _ENCLOSED:
        if len(text) > 1 and text.startswith(opening) and text.endswith(closing):
            text = text[1:-1].strip()
    return unicodedata.normalize("NFC", text.translate(_TYPED))


def normalise_transcription(text: str) -> str:
    """Return a transcribed word or sentence as IPA writes it; an apostrophe marks stress."""
    return normalise_symbol(text).replace("'", "ˈ")


def not_ipa(text: str, also: str = "") -> list[str]:
    """Return the characters of `text` that are neither IPA nor in `also`, each once.

    Precomposed letters count as their parts, so ã is a with a tilde.
    """
    return [
        char
        for char in dict.fromkeys(text)
        if char not in _IPA
        and char not in also
        and not all(part in _IPA for part in unicodedata.normalize("NFD", char))
    ]
