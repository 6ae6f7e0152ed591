"""Patterns and rules that the languages share: codes to leave alone, phone numbers, dates."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable

from voicemill.speech.words import numerals
from voicemill.speech.words.rules import Rule

# Where a number may begin and end: not inside B2, H2O, MP3, COVID-19, AB-1234, 1.2.3 or 1/2/3.
# Only Latin letters count, since Chinese and Hindi write numbers next to theirs.
START = r"(?<![A-Za-z\d_^½¼¾⅓⅔²³°])(?<!\d[.,:/])(?<![A-Za-z]-)(?<![@#\\])"
END = r"(?![A-Za-z\d_^½¼¾⅓⅔²³°\u0300-\u036f])(?![.,:/]\d)(?!-[A-Z])"
# From one time to another: the sign between them.
TO_TIME = r"( ?[-–—~] ?(?=\d{1,2}[:：]\d\d))?"
# After a unit or a sign that is no letter itself.
SIGN_END = r"(?![A-Za-z\d_])(?![.,:]\d)"

_KEPT = re.compile(
    r"(?:https?://|ftp://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w.])[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*\.(?:com|org|net|edu|gov|vn|uk|cn|info|io)\b(?:/\S*)?"
    r"|(?<![\d.])\d+(?:\.\d+){2,}(?![\d.]*\d)(?!,\d)"
    r"|(?<!\w)\d+['’′]\d+[\"”″]?"  # feet and inches
)
# Dates and grouped thousands have dots too.
_DOTTED = re.compile(r"\d{1,2}\.\d{1,2}\.[12]\d{3}|\d{1,3}(?:\.\d{3})+")


def _keep(match: re.Match[str]) -> str | None:
    return None if _DOTTED.fullmatch(match[0]) else match[0]


KEEP = Rule(_KEPT, _keep)


def spaced(language: str) -> Rule:
    """Return the rule for thousands apart (10 000), where the last zeros tell them for sure."""
    return Rule(
        re.compile(rf"{START}(?<!\d )(\d{{1,3}}(?: \d{{3}}){{0,3}} 000){END}(?! \d)"),
        lambda match: numerals.cardinal(int(match[1].replace(" ", "")), language),
    )


_PHONE = re.compile(
    r"(?<![A-Za-z\d_.+-])(?:"
    r"\+\d{1,3}(?:[ .-]?\(?\d{2,5}\)?){1,5}"  # +84 912 345 678
    r"|\(\d{2,5}\)[ .-]?\d{3,4}(?:[ .-]?\d{2,4}){0,2}"  # (024) 3825 1234
    r"|0\d{1,4}(?:[ .-]\d{2,4}){2,4}"  # 0912 345 678
    r"|\d{3}-\d{3,4}(?:-\d{4})?"  # 555-0123, 212-555-0123
    r"|\d{4}(?: \d{4}){2,3}"  # 4000 1234 5678 9010
    r"|\d{2,3}(?:-\d{1,7}){3,4}"  # 978-3-16-148410-0
    r")(?![A-Za-z\d_]|[.,/:-]\d)"
)


def phone(language: str, separator: str = ", ") -> Rule:
    """Return the rule for phone numbers and the like: digit by digit, group by group."""

    def say(match: re.Match[str]) -> str | None:
        groups = re.findall(r"\d+", match[0])
        if sum(map(len, groups)) < 7:
            return None
        said = separator.join(numerals.digits(group, language) for group in groups)
        plus = {"en": "plus ", "vi": "cộng ", "hi": "प्लस ", "zh": "加"}[language]
        return (plus if match[0].startswith("+") else "") + said

    return Rule(_PHONE, say)


def grouped(language: str, separator: str = ", ") -> tuple[Rule, ...]:
    """Return the rules for groups of digits: spaced thousands, then phone numbers."""
    return spaced(language), phone(language, separator)


def code(language: str) -> Rule:
    """Return the rule for digits that are no quantity: 007, and very long ones."""
    return Rule(
        re.compile(rf"{START}(?:0\d+|\d{{16,}}){END}"),
        lambda match: numerals.digits(match[0], language),
    )


def date_of(year: str, month: str, day: str) -> tuple[int, int, int] | None:
    """Return (year, month, day) if there is such a day from the year 1000 to 2999."""
    numbers = int(year), int(month), int(day)
    if not (1000 <= numbers[0] <= 2999 and 1 <= numbers[1] <= 12):
        return None
    return numbers if 1 <= numbers[2] <= monthrange(numbers[0], numbers[1])[1] else None


def fraction_of(above: str, below: str) -> tuple[int, int] | None:
    """Return (above, below) of a proper fraction, up to hundredths."""
    numbers = int(above), int(below)
    return numbers if 0 < numbers[0] < numbers[1] <= 100 else None


def time_of(hour: str, minute: str) -> tuple[int, int] | None:
    """Return (hour, minute) if the clock shows such a time."""
    numbers = int(hour), int(minute)
    return numbers if numbers[0] <= 24 and numbers[1] <= 59 else None


def one_of(words: Iterable[str]) -> str:
    """Return a pattern for any of these words, longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
