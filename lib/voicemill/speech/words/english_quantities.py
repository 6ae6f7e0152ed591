"""English numbers with what they count: money, units, percentages, fractions, ordinals."""

from __future__ import annotations

import re

from voicemill.speech.words import numerals
from voicemill.speech.words.rules import Rule
from voicemill.speech.words.shared import END, SIGN_END, START, one_of

# 1,234 and Indian 1,23,456; 0.5 and .5
NUMBER = r"(?:\d{1,3}(?:,\d{2,3})*,\d{3}|\d+)(?:\.\d+)?|(?<![\d\w])\.\d+"
_MINUS = r"((?<![\w)\]])[-−]|(?<=[(\[])[-−])?"
_LARGE = {"k": "thousand", "bn": "billion", "thousand": "thousand", "million": "million"} | {
    "m": "million",
    "billion": "billion",
    "trillion": "trillion",
}

# Sign → one, many, hundredth, hundredths.
_SIGNS = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "US$": ("US dollar", "US dollars", "cent", "cents"),
    "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "¥": ("yen", "yen", "", ""),
    "₫": ("dong", "dong", "", ""),
}
_CODES = {
    "USD": ("US dollar", "US dollars"),
    "EUR": ("euro", "euros"),
    "GBP": ("pound", "pounds"),
    "AUD": ("Australian dollar", "Australian dollars"),
    "VND": ("Vietnamese dong", "Vietnamese dong"),
    "INR": ("Indian rupee", "Indian rupees"),
    "CNY": ("Chinese yuan", "Chinese yuan"),
    "JPY": ("Japanese yen", "Japanese yen"),
    "₫": ("dong", "dong"),
    "€": ("euro", "euros"),
}
_UNITS = {
    "km": ("kilometre", "kilometres"),
    "cm": ("centimetre", "centimetres"),
    "mm": ("millimetre", "millimetres"),
    "kg": ("kilogram", "kilograms"),
    "mg": ("milligram", "milligrams"),
    "ml": ("millilitre", "millilitres"),
    "mL": ("millilitre", "millilitres"),
    "km/h": ("kilometre per hour", "kilometres per hour"),
    "m/s": ("metre per second", "metres per second"),
    "mph": ("mile per hour", "miles per hour"),
    "km²": ("square kilometre", "square kilometres"),
    "m²": ("square metre", "square metres"),
    "m³": ("cubic metre", "cubic metres"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "%": ("percent", "percent"),
    "kHz": ("kilohertz", "kilohertz"),
    "Hz": ("hertz", "hertz"),
    "GB": ("gigabyte", "gigabytes"),
    "MB": ("megabyte", "megabytes"),
    "kWh": ("kilowatt hour", "kilowatt hours"),
    "ft": ("foot", "feet"),
    "lb": ("pound", "pounds"),
    "min": ("minute", "minutes"),
    "ms": ("millisecond", "milliseconds"),
}
# One letter next to a number is often part of a name (5G, 3D, $5m), so it needs its space.
_SPACED_UNITS = {
    "m": ("metre", "metres"),
    "g": ("gram", "grams"),
    "l": ("litre", "litres"),
    "L": ("litre", "litres"),
    "h": ("hour", "hours"),
}
_PARTS = {2: ("half", "halves"), 4: ("quarter", "quarters")}
_VULGAR = {
    "½": "a half",
    "¼": "a quarter",
    "¾": "three quarters",
    "⅓": "a third",
    "⅔": "two thirds",
}


def spoken(written: str) -> str:
    """Return a written number in words."""
    whole, _, fraction = written.replace(",", "").partition(".")
    # 2.50 stays two point five zero: nothing of the number is lost.
    return numerals.decimal(whole, fraction, "en")


def said_number() -> Rule:
    """Return the rule for numbers that nothing else claims."""
    return Rule(
        re.compile(rf"{_MINUS}{START}({NUMBER}){END}"),
        lambda match: _signed(match[1], spoken(match[2])),
    )


def _signed(sign: str | None, said: str) -> str:
    return numerals.negative(said, "en") if sign else said


def _money(match: re.Match[str]) -> str | None:
    sign, currency, number, large = match.groups()
    one, many, cent, cents = _SIGNS[currency]
    whole, _, fraction = number.replace(",", "").partition(".")
    if large:
        return _signed(sign, f"{spoken(number)} {_LARGE[large]} {many}")
    if len(fraction) != 2 or not cent:
        return _signed(sign, f"{spoken(number)} {one if number == '1' else many}")
    parts = []
    if int(whole) or not int(fraction):
        parts.append(f"{spoken(whole)} {one if int(whole) == 1 else many}")
    if int(fraction):
        parts.append(f"{spoken(fraction)} {cent if int(fraction) == 1 else cents}")
    return _signed(sign, " and ".join(parts))


def _money_range(match: re.Match[str]) -> str | None:
    last = _MONEY.pattern.fullmatch(f"{match[1]}{match[3]}{match[4] or ''}")
    said = _money(last) if last else None
    return f"{spoken(match[2])} to {said}" if said else None


def _with_unit(match: re.Match[str]) -> str:
    sign, number, unit = match.groups()
    one, many = (_CODES | _UNITS | _SPACED_UNITS)[unit]
    return _signed(sign, f"{spoken(number)} {one if number == '1' else many}")


def _range(match: re.Match[str]) -> str | None:
    first, last = (float(number.replace(",", "")) for number in match.groups())
    return f"{spoken(match[1])} to " if first < last else None


def _ordinal(match: re.Match[str]) -> str | None:
    number = int(match[1].replace(",", ""))
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in {11, 12, 13} else 0)
    return numerals.ordinal(number, "en") if match[2].lower() == (ending or "th") else None


def _fraction(match: re.Match[str]) -> str | None:
    whole, above, below = match[1], int(match[2]), int(match[3])
    if not (0 < above < below and (below <= 10 or below in {12, 16, 20, 100})):
        return None
    default = numerals.ordinal(below, "en")
    one, many = _PARTS.get(below, (default, default + "s"))
    said = f"{spoken(str(above))} {one if above == 1 else many}"
    return f"{spoken(whole)} and {'a half' if below == 2 else said}" if whole else said


def _vulgar(match: re.Match[str]) -> str:
    return f"{spoken(match[1])} and {_VULGAR[match[2]]}" if match[1] else _VULGAR[match[2]]


_SIGN = one_of(_SIGNS)
_LARGE_WORD = one_of(_LARGE)
_MONEY = Rule(
    re.compile(rf"{_MINUS}(?<![A-Za-z\d])({_SIGN}) ?({NUMBER})(?: ?({_LARGE_WORD}))?{END}"), _money
)
QUANTITIES = (
    Rule(
        re.compile(
            rf"(?<![A-Za-z\d])({_SIGN})({NUMBER}) ?[-–] ?(?:{_SIGN})?({NUMBER})"
            rf"( ?(?:{_LARGE_WORD}))?{END}(?!-)"
        ),
        _money_range,
    ),
    _MONEY,
    Rule(re.compile(rf"{START}({NUMBER}) ?[-–] ?(?=({NUMBER})(?![\d-]|[.,:/]\d))"), _range),
    Rule(
        re.compile(rf"{START}(\d{{1,3}}(?:,\d{{3}})*|\d+)(st|nd|rd|th|ST|ND|RD|TH){END}"), _ordinal
    ),
    Rule(re.compile(rf"{START}(?:(\d+) )?(\d{{1,3}})/(\d{{1,4}}){END}(?!/)"), _fraction),
    Rule(re.compile(rf"{START}(\d*)([{''.join(_VULGAR)}])(?!\d)"), _vulgar),
    Rule(
        re.compile(
            rf"{_MINUS}{START}({NUMBER})(?: ?({one_of(_CODES | _UNITS)})"
            rf"{SIGN_END}(?!/))"
        ),
        _with_unit,
    ),
    Rule(
        re.compile(
            rf"{_MINUS}{START}({NUMBER}) ({one_of(_SPACED_UNITS)}){SIGN_END}(?![/'’²³.]\w?)"
        ),
        _with_unit,
    ),
)
