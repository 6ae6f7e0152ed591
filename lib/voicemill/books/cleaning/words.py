"""Words as they are meant: divided words joined, ligatures spelt out, soft hyphens gone."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

SOFT = "\u00ad"
LONGEST_WORD = 80  # characters looked at for one; also what keeps a line of rubbish cheap
HYPHENS = ("-", "\u2010", SOFT)
# First parts that English writes with a hyphen ("well-known", "self-made", "ex-wife").
KEEPS = frozenset(
    ("all", "cross", "ex", "half", "ill", "non", "post", "pre", "quasi", "self", "well")
)
# First parts that are words, after which a hyphen is a compound's if the book says nothing.
NUMBERS = frozenset(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"))
WORD = re.compile(r"[^\W_]+(?:[-\u2010][^\W_]+)*")
LAST = re.compile(r"([^\W_]+(?:[-\u2010][^\W_]+)*)[-\u2010\u00ad]\Z")
FIRST = re.compile(r"[^\W_]+(?:[-\u2010][^\W_]+)*")
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff\x00"))
SHAPES = re.compile("[\ufb00-\ufb06\ufb50-\ufdcf\ufe70-\ufefc]+")
SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """Return the text with ligatures and Arabic letter shapes spelt out, spaces made single.

    Only these are replaced, by their compatibility forms: "ﬁ" becomes "fi", but ² and ½ stay
    what they are. Accents become one with their letters (NFC).
    """
    spelt = SHAPES.sub(_spelt_out, text.translate(INVISIBLE))
    return SPACES.sub(" ", unicodedata.normalize("NFC", spelt)).strip()


def _spelt_out(shape: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", shape[0])


def word_forms(texts: Iterable[str]) -> Counter[str]:
    """Count the words and hyphenated compounds that stand whole inside lines."""
    forms: Counter[str] = Counter()
    for text in texts:
        clean = (
            plain(text[:-LONGEST_WORD] + LAST.sub("", text[-LONGEST_WORD:]))
            .casefold()
            .replace("\u2010", "-")
        )
        forms.update(WORD.findall(clean))
    return forms


def join_lines(lines: Sequence[str], forms: Counter[str]) -> str:
    """Return lines as running text. forms: of the book, as from word_forms."""
    text = ""
    for line in lines:
        following = line.strip()
        if not following:
            continue
        text = _joined(text, following, forms) if text else following
    return plain(text)


def _joined(text: str, following: str, forms: Counter[str]) -> str:
    before, after = LAST.search(text[-LONGEST_WORD:]), FIRST.match(following[:LONGEST_WORD])
    if before and after and text.endswith(HYPHENS):
        if text.endswith(SOFT) or not keeps_hyphen(before[1], after[0], forms):
            return text[:-1] + following
        return text + following
    if text.endswith(SOFT):
        return text[:-1] + following
    if _is_spaceless(text[-1]) and _is_spaceless(following[0]):
        return text + following
    # A dash at a line's end joins without a space where the writer set none.
    glue = "" if text.endswith(("—", "/")) else " "
    return text + glue + following


def keeps_hyphen(before: str, after: str, forms: Counter[str]) -> bool:
    """Tell whether a hyphen between the end of a line and the next one belongs to the word.

    The book decides: whichever of "well-known" and "wellknown" it has elsewhere more often.
    Where it has neither, the hyphen stays between figures, before a capital letter, in words
    that have another hyphen, and after "self", "well", "ex", "twenty" and their like; else the
    word was divided.
    """
    first, second = plain(before), plain(after)
    with_hyphen = forms[f"{first}-{second}".casefold().replace("\u2010", "-")]
    without = forms[f"{first}{second}".casefold()]
    if with_hyphen != without:
        return with_hyphen > without
    if not first[-1].isalpha() or not second[0].isalpha() or second[0].isupper():
        return not (first.isupper() and second.isupper())
    compound = "-" in first or "-" in second
    return compound or first.casefold() in KEEPS | NUMBERS


def _is_spaceless(character: str) -> bool:
    """Tell characters of scripts that set no spaces: Chinese and Japanese, not Korean."""
    code = ord(character)
    return 0x2E80 <= code < 0xA000 or 0xF900 <= code < 0xFB00 or 0xFF00 <= code < 0xFFA0
