"""Published mean formants of the English monophthongs, in Hz, by accent and sex of speaker.

American: J. Hillenbrand, L. A. Getty, M. J. Clark & K. Wheeler (1995), "Acoustic characteristics
of American English vowels", J. Acoust. Soc. Am. 97(5), 3099-3111, table V: 45 men and 48 women of
the upper Midwest, words h-vowel-d, at the steadiest place of the vowel.

British: D. Deterding (1997), "The formants of monophthong vowels in Standard Southern British
English pronunciation", J. Int. Phonetic Assoc. 27, 47-55, table 2: 5 men and 5 women of the BBC,
connected speech.

Neither measured the schwa. The American /ɑ/ stands for /ɑː/ and /ɒ/, which are one vowel there.
"""

from __future__ import annotations

from dataclasses import dataclass

Formants = dict[str, tuple[int, int]]  # vowel → F1, F2


@dataclass(frozen=True)
class Reference:
    """Means of one group of speakers, and how to cite them."""

    source: str
    speakers: str
    formants: Formants


_AMERICAN = "Hillenbrand et al. (1995), J. Acoust. Soc. Am. 97, table V"
_BRITISH = "Deterding (1997), J. Int. Phonetic Assoc. 27, table 2"

AMERICAN_MEN = Reference(
    _AMERICAN,
    "45 American men",
    {
        "iː": (342, 2322),
        "ɪ": (427, 2034),
        "e": (580, 1799),
        "æ": (588, 1952),
        "ʌ": (623, 1200),
        "ɑː": (768, 1333),
        "ɒ": (768, 1333),
        "ɔː": (652, 997),
        "ʊ": (469, 1122),
        "uː": (378, 997),
        "ɜː": (474, 1379),
    },
)
AMERICAN_WOMEN = Reference(
    _AMERICAN,
    "48 American women",
    {
        "iː": (437, 2761),
        "ɪ": (483, 2365),
        "e": (731, 2058),
        "æ": (669, 2349),
        "ʌ": (753, 1426),
        "ɑː": (936, 1551),
        "ɒ": (936, 1551),
        "ɔː": (781, 1136),
        "ʊ": (519, 1225),
        "uː": (459, 1105),
        "ɜː": (523, 1588),
    },
)
BRITISH_MEN = Reference(
    _BRITISH,
    "5 British men",
    {
        "iː": (280, 2249),
        "ɪ": (367, 1757),
        "e": (494, 1650),
        "æ": (690, 1550),
        "ʌ": (644, 1259),
        "ɑː": (646, 1155),
        "ɒ": (558, 1047),
        "ɔː": (415, 828),
        "ʊ": (379, 1173),
        "uː": (316, 1191),
        "ɜː": (478, 1436),
    },
)
BRITISH_WOMEN = Reference(
    _BRITISH,
    "5 British women",
    {
        "iː": (303, 2654),
        "ɪ": (384, 2174),
        "e": (719, 2063),
        "æ": (1018, 1799),
        "ʌ": (914, 1459),
        "ɑː": (910, 1316),
        "ɒ": (751, 1215),
        "ɔː": (389, 888),
        "ʊ": (410, 1340),
        "uː": (328, 1437),
        "ɜː": (606, 1695),
    },
)


def reference_for(language: str, *, male: bool) -> Reference:
    """Return the means to hold a voice against: American for en-US, British for all others."""
    if language.casefold().startswith("en-us"):
        return AMERICAN_MEN if male else AMERICAN_WOMEN
    return BRITISH_MEN if male else BRITISH_WOMEN
