"""Numbers in words, from Unicode's rules for spelling numbers out (CLDR, through unicode-rbnf).

Languages: "en", "vi", "hi", "zh". The rules are asked for whole numbers only; decimals,
digits and the exceptions of speech are put together here.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unicode_rbnf import RbnfEngine

# English with "and", as in "one hundred and five"; Chinese with 零 for zeros inside.
_CARDINAL = {"en": "spellout-cardinal-verbose"}
_ORDINAL = {"en": "spellout-ordinal-verbose", "hi": "spellout-ordinal-masculine"}
_POINT = {"en": "point", "vi": "phẩy", "hi": "दशमलव", "zh": "点"}
_MINUS = {"en": "minus", "vi": "âm", "hi": "माइनस", "zh": "负"}
_ZERO = {"zh": "零"}
_SPACE = {"zh": ""}
# CLDR's rules end, for Hindi sound odd, past this; longer numbers are read digit by digit.
_LIMIT = 10**15


@cache
def _engine(language: str) -> RbnfEngine:
    from unicode_rbnf import RbnfEngine

    return RbnfEngine.for_language(language)


def _spelled(number: int, language: str, rules: str) -> str:
    return _engine(language).format_number(number, ruleset_names=[rules]).text


@lru_cache(maxsize=4096)
def cardinal(number: int, language: str) -> str:
    """Return a whole number in words: 105 is "one hundred and five"."""
    if number < 0:
        return f"{_MINUS[language]}{_SPACE.get(language, ' ')}{cardinal(-number, language)}"
    if number >= _LIMIT:
        return digits(str(number), language)
    if language == "zh":
        return _chinese(number)
    spelled = _spelled(number, language, _CARDINAL.get(language, "spellout-cardinal"))
    return spelled.replace(",", "")


def _chinese(number: int) -> str:
    # CLDR has 兆 for 10¹²; on the mainland that is 万亿. Its 二千 and 二万 are said 两千 and
    # 两万 where the number begins with them.
    high, low = divmod(number, 10**8)
    if not high:
        spelled = _spelled(low, "zh", "spellout-cardinal")
    else:
        rest = (
            ""
            if not low
            else ("零" if low < 10**7 else "")
            + _spelled(low, "zh", "spellout-cardinal").replace("十", "一十", low < 20 and low >= 10)
        )
        spelled = f"{_chinese(high)}亿{rest}"
    return re.sub("^二(?=[千万亿])", "两", spelled)


def ordinal(number: int, language: str) -> str:
    """Return "twenty-first"; in Hindi the masculine form; digit by digit when too long."""
    if number >= _LIMIT:
        return digits(str(number), language)
    return _spelled(number, language, _ORDINAL.get(language, "spellout-ordinal")).replace(",", "")


def digits(written: str, language: str) -> str:
    """Return digits one by one; other characters are left out."""
    space = _SPACE.get(language, " ")
    return space.join(_digit(char, language) for char in written if char.isdecimal())


def _digit(char: str, language: str) -> str:
    return (
        _ZERO[language] if int(char) == 0 and language in _ZERO else cardinal(int(char), language)
    )


def decimal(whole: str, fraction: str, language: str, point: str = "") -> str:
    """Return a number of digits before and after the decimal sign; `fraction` may be empty.

    point: the word for the sign where it is not the language's usual one.
    """
    said = cardinal(int(whole or "0"), language)
    if not fraction:
        return said
    space = _SPACE.get(language, " ")
    return space.join((said, point or _POINT[language], digits(fraction, language)))


def negative(said: str, language: str) -> str:
    """Return a number in words as less than zero."""
    return f"{_MINUS[language]}{_SPACE.get(language, ' ')}{said}"


def english_year(number: int) -> str:
    """Return a year as the English say it: 1999 is nineteen ninety-nine, 1905 nineteen oh five."""
    if 2000 <= number <= 2009:
        return cardinal(number, "en")
    return _spelled(number, "en", "spellout-numbering-year").replace("oh-", "oh ")


_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_ROMAN_FORM = re.compile(
    "(?=.)M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})", re.NOFLAG
)


def roman(written: str) -> int | None:
    """Return the value of a well-formed Roman numeral in capitals, or None."""
    if not _ROMAN_FORM.fullmatch(written):
        return None
    values = [_ROMAN[char] for char in written]
    following = [*values[1:], 0]
    return sum(-v if v < after else v for v, after in zip(values, following, strict=True))
