"""Hindi written out; digits of either script."""

from __future__ import annotations

import re
from functools import cache

from voicemill.speech.words import numerals
from voicemill.speech.words.rules import Grammar, Rule
from voicemill.speech.words.shared import (
    END,
    KEEP,
    SIGN_END,
    START,
    code,
    date_of,
    fraction_of,
    grouped,
    one_of,
    time_of,
)

_NUMBER = r"(?:\d{1,3}(?:,\d{2,3})*,\d{3}|\d+)(?:\.\d+)?"
_MINUS = r"((?<![\w)\]])[-−]|(?<=[(\[])[-−])?"
# Vowel signs are no letters to `re`, so the end of a Hindi word is looked for this way.
_WORD_END = r"(?![\u0900-\u0963\u0971-\u097f\w])"
_WORD_START = r"(?<![\u0900-\u0963\u0971-\u097f\w])"
_MONTHS = [
    "जनवरी",
    "फ़रवरी",
    "मार्च",
    "अप्रैल",
    "मई",
    "जून",
    "जुलाई",
    "अगस्त",
    "सितंबर",
    "अक्टूबर",
    "नवंबर",
    "दिसंबर",
]
# Sign → one, many, hundredths.
_CURRENCIES = {
    "₹": ("रुपया", "रुपये", "पैसे"),
    "रु.": ("रुपया", "रुपये", "पैसे"),
    "Rs.": ("रुपया", "रुपये", "पैसे"),
    "$": ("डॉलर", "डॉलर", "सेंट"),
    "€": ("यूरो", "यूरो", "सेंट"),
    "£": ("पाउंड", "पाउंड", "पेंस"),
    "¥": ("येन", "येन", ""),
    "₫": ("डोंग", "डोंग", ""),
}
_UNITS = {
    "km": "किलोमीटर",
    "कि.मी.": "किलोमीटर",
    "किमी": "किलोमीटर",
    "m": "मीटर",
    "cm": "सेंटीमीटर",
    "से.मी.": "सेंटीमीटर",
    "mm": "मिलीमीटर",
    "kg": "किलोग्राम",
    "कि.ग्रा.": "किलोग्राम",
    "किग्रा": "किलोग्राम",
    "g": "ग्राम",
    "mg": "मिलीग्राम",
    "l": "लीटर",
    "ml": "मिलीलीटर",
    "km/h": "किलोमीटर प्रति घंटा",
    "किमी/घंटा": "किलोमीटर प्रति घंटा",
    "m²": "वर्ग मीटर",
    "km²": "वर्ग किलोमीटर",
    "°C": "डिग्री सेल्सियस",
    "℃": "डिग्री सेल्सियस",
    "°F": "डिग्री फ़ारेनहाइट",
    "°": "डिग्री",
    "%": "प्रतिशत",
}
_ABBREVIATIONS = {
    "डॉ.": "डॉक्टर",
    "डा.": "डॉक्टर",
    "प्रो.": "प्रोफ़ेसर",
    "कि.मी.": "किलोमीटर",
    "कि.ग्रा.": "किलोग्राम",
    "ई.पू.": "ईसा पूर्व",
    "पृ.": "पृष्ठ",
    "नं.": "नंबर",
    "उदा.": "उदाहरण",
    "कृ.प.उ.": "कृपया पन्ना उलटिए",
    "स्व.": "स्वर्गीय",
}
# The first six have forms of their own; the others add an ending to the number.
_NTH = {
    1: ("पहला", "पहली", "पहले"),
    2: ("दूसरा", "दूसरी", "दूसरे"),
    3: ("तीसरा", "तीसरी", "तीसरे"),
    4: ("चौथा", "चौथी", "चौथे"),
    6: ("छठा", "छठी", "छठे"),
}
_ENDINGS = {
    "ला": 0, "रा": 0, "था": 0, "ठा": 0, "वाँ": 0, "वां": 0,
    "ली": 1, "री": 1, "थी": 1, "ठी": 1, "वीं": 1,
    "ले": 2, "रे": 2, "थे": 2, "ठे": 2, "वें": 2,
}  # fmt: skip
_GUARD = re.compile(
    rf"[\d%₹½¼¾]|{_WORD_START}(?:{one_of(_ABBREVIATIONS)})|(?:अध्याय|खंड|भाग) [IVXLC]"
)
# Before these, one rupee too is रुपये.
_OBLIQUE = re.compile(" (?:का|की|के|को|में|से|पर)" + _WORD_END)
_YEAR = r"1[1-9]\d\d"


@cache
def grammar() -> Grammar:
    """Return the rules."""
    return Grammar(_GUARD, (KEEP, *_dates(), *_times(), *grouped("hi"), *_quantities(), *_words()))


def _cardinal(number: int) -> str:
    return numerals.cardinal(number, "hi")


def _spoken(written: str) -> str:
    whole, _, fraction = written.replace(",", "").partition(".")
    return numerals.decimal(whole, fraction, "hi")


def _year(written: str) -> str:
    """Return a year; those of 1100 to 1999 are counted in hundreds."""
    hundreds, rest = divmod(int(written), 100)
    if not 11 <= hundreds <= 19:
        return _cardinal(int(written))
    return f"{_cardinal(hundreds)} सौ" + (f" {_cardinal(rest)}" if rest else "")


def _dates() -> tuple[Rule, ...]:
    def said(year: str, month: str, day: str) -> str | None:
        if date_of(year, month, day) is None:
            return None
        return f"{_cardinal(int(day))} {_MONTHS[int(month) - 1]} {_year(year)}"

    # Spelled in several ways, and left the way they are.
    months = one_of([*_MONTHS, "फरवरी", "सितम्बर", "अक्तूबर", "नवम्बर", "दिसम्बर"])
    return (
        Rule(
            re.compile(rf"{START}(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}}){END}"),
            lambda match: said(match[1], match[2], match[3]),
        ),
        Rule(
            re.compile(rf"{START}(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){END}"),
            lambda match: said(match[3], match[2], match[1]),
        ),
        Rule(
            re.compile(rf"{_WORD_START}(?:{months}),? (?P<said>{_YEAR}){END}"),
            lambda match: _year(match["said"]),
        ),
        Rule(
            re.compile(rf"{_WORD_START}(?:सन्|सन|वर्ष|साल) (?P<said>{_YEAR}){END}"),
            lambda match: _year(match["said"]),
        ),
        Rule(
            re.compile(rf"{START}({_YEAR})(?= (?:में|ई\.|ईस्वी){_WORD_END})"),
            lambda match: _year(match[1]),
        ),
    )


def _times() -> tuple[Rule, ...]:
    def said(match: re.Match[str]) -> str | None:
        time = time_of(match[1], match[2])
        if time is None:
            return None
        hour, minute = map(_cardinal, time)
        if not time[1]:
            return f"{hour} बजे"
        oclock = bool(match[3])
        if oclock and time[0] <= 12 and time[1] in {15, 30, 45}:
            return _quarter(*time)
        at = oclock and not re.match(" (?:पर|से|तक)" + _WORD_END, match.string[match.end() :])
        return f"{hour} बजकर {minute} मिनट{' पर' if at else ''}"

    return (Rule(re.compile(rf"{START}(\d{{1,2}}):(\d\d){END}( बजे{_WORD_END})?"), said),)


def _quarter(hour: int, minute: int) -> str:
    """Return a time at a quarter as it is usually said: 6:15 is a quarter more than six."""
    if minute == 45:
        return f"पौने {_cardinal(hour % 12 + 1)} बजे"
    if minute == 30 and hour in {1, 2}:
        return ("डेढ़ बजे", "ढाई बजे")[hour - 1]
    return f"{'सवा' if minute == 15 else 'साढ़े'} {_cardinal(hour)} बजे"


def _quantities() -> tuple[Rule, ...]:
    def signed(sign: str | None, said: str) -> str:
        return numerals.negative(said, "hi") if sign else said

    def money(match: re.Match[str]) -> str:
        sign, currency, number, large = match.groups()
        one, many, hundredths = _CURRENCIES[currency]
        whole, _, fraction = number.replace(",", "").partition(".")
        if large:
            return signed(sign, f"{_spoken(number)} {large} {many}")
        if len(fraction) != 2 or not hundredths or not int(fraction):
            unit = one if number == "1" and not _OBLIQUE.match(match.string, match.end()) else many
            return signed(sign, f"{_spoken(number)} {unit}")
        rest = f"{_cardinal(int(fraction))} {hundredths}"
        unit = one if int(whole) == 1 else many
        return signed(sign, f"{_spoken(whole)} {unit} {rest}" if int(whole) else rest)

    def ranged(match: re.Match[str]) -> str | None:
        first, last = (float(number.replace(",", "")) for number in match.groups())
        return f"{_spoken(match[1])} से " if first < last else None

    def fraction(match: re.Match[str]) -> str | None:
        parts = fraction_of(match[1], match[2])
        if parts is None:
            return None
        above, below = parts
        return f"{_cardinal(above)} बटा {_cardinal(below)}"

    def nth(match: re.Match[str]) -> str:
        number, form = int(match[1]), _ENDINGS[match[2]]
        if number in _NTH:
            return _NTH[number][form]
        return _cardinal(number) + ("वाँ", "वीं", "वें")[form]

    def money_range(match: re.Match[str]) -> str:
        return f"{_spoken(match[2])} से {_spoken(match[3])} {_CURRENCIES[match[1]][1]}"

    currency = one_of(_CURRENCIES)
    return (
        Rule(
            re.compile(
                rf"{_WORD_START}({currency}) ?({_NUMBER})[-–](?:{currency})?({_NUMBER}){END}(?!-)"
            ),
            money_range,
        ),
        Rule(
            re.compile(
                rf"{_MINUS}{_WORD_START}({currency}) ?({_NUMBER})"
                rf"(?: (हज़ार|लाख|करोड़|अरब){_WORD_END})?{END}"
            ),
            money,
        ),
        Rule(re.compile(rf"{START}({_NUMBER}) ?[-–] ?(?=({_NUMBER})(?![\d-]|[.,:/]\d))"), ranged),
        Rule(re.compile(rf"{START}(\d{{1,3}})/(\d{{1,3}}){END}"), fraction),
        Rule(re.compile(rf"{START}(\d{{1,4}})-?({one_of(_ENDINGS)}){_WORD_END}"), nth),
        Rule(
            re.compile(
                rf"{_MINUS}{START}({_NUMBER}) ?({one_of(_UNITS)}){SIGN_END}{_WORD_END}(?!/)"
            ),
            lambda match: signed(match[1], f"{_spoken(match[2])} {_UNITS[match[3]]}"),
        ),
    )


def _words() -> tuple[Rule, ...]:
    def roman(match: re.Match[str]) -> str | None:
        value = numerals.roman(match["said"])
        return _cardinal(value) if value else None

    return (
        Rule(re.compile(rf"{_WORD_START}(?:अध्याय|खंड|भाग) (?P<said>[IVXLC]+)\b"), roman),
        Rule(
            re.compile(rf"{_WORD_START}(?:{one_of(_ABBREVIATIONS)})"),
            lambda match: _ABBREVIATIONS[match[0]],
        ),
        code("hi"),
        Rule(
            re.compile(rf"{_MINUS}{START}({_NUMBER}){END}(?![\u0900-\u0903\u093c-\u094d])"),
            lambda m: numerals.negative(_spoken(m[2]), "hi") if m[1] else _spoken(m[2]),
        ),
    )
