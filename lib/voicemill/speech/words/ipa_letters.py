"""Which characters are IPA: the blocks of Unicode that hold the alphabet and its marks."""

from __future__ import annotations

import re
import unicodedata

# Small Latin letters with those of the chart in other blocks; IPA Extensions; modifier letters
# (stress, length, tones); combining marks; clicks and arrows; breaks and linking; superscripts.
_IPA = re.compile(
    "[a-zæçðøħŋœβθχɡⱱᵻᵿᵊᶿᶣǀ-ǃ\u0250-\u02af\u02b0-\u02ff\u0300-\u036f\u1dc4-\u1dcb"
    "ⁿ↑↓↗↘ꜛꜜ⁰¹²³⁴⁵⁶⁷⁸⁹ .|‖‿]"
)


def not_ipa(text: str) -> list[str]:
    """Return the characters of `text` that are no part of IPA, each once."""
    return [
        char
        for char in dict.fromkeys(text)
        if not all(_IPA.match(part) for part in unicodedata.normalize("NFD", char))
    ]
