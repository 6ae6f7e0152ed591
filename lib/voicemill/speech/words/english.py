"""English written out."""

from __future__ import annotations

import re
from functools import cache

from voicemill.speech.words import numerals
from voicemill.speech.words.english_names import (
    ABBREVIATIONS,
    BEFORE_NAME,
    MONTH_PATTERN,
    MONTHS,
    NUMBERED,
    REGNAL_NAMES,
    TITLES,
)
from voicemill.speech.words.english_quantities import NUMBER, QUANTITIES, said_number
from voicemill.speech.words.rules import Grammar, Rule
from voicemill.speech.words.shared import (
    END,
    KEEP,
    START,
    TO_TIME,
    code,
    date_of,
    grouped,
    one_of,
    time_of,
)

_GUARD = re.compile(
    r"[\d%&½¼¾⅓⅔]|\b(?:[VX]|[IVXLC]{2,})\b| I(?:$|[^\w'’])"
    rf"|(?<!\w)(?:{one_of([*ABBREVIATIONS, *BEFORE_NAME])})|\b(?:Dr|Mr|Mrs|St|No|pp?)\b"
)


def grammar(language: str) -> Grammar:
    """Return the rules; dates are read month first in en-US (and plain en, as CLDR has it)."""
    region = language.replace("_", "-").partition("-")[2].upper()
    return _grammar(region in {"", "US"})


@cache
def _grammar(american: bool) -> Grammar:
    return Grammar(
        _GUARD,
        (
            KEEP,
            *_dates(american),
            *_times(),
            *grouped("en"),
            *_years(),
            *QUANTITIES,
            *_words(),
        ),
    )


def _dates(american: bool) -> tuple[Rule, ...]:
    def said(date: tuple[int, int, int] | None) -> str | None:
        if date is None:
            return None
        year, month, day = numerals.english_year(date[0]), MONTHS[date[1] - 1], _nth(date[2])
        return f"{month} {day}, {year}" if american else f"the {day} of {month} {year}"

    def numeric(match: re.Match[str]) -> str | None:
        first, second, year = match[1], match[2], match[3]
        usual, other = (first, second), (second, first)
        if not american:
            usual, other = other, usual
        # A 21st month can only be a day.
        return said(date_of(year, *usual) or date_of(year, *other))

    def day_first(match: re.Match[str]) -> str | None:
        day, month, year = int(match[2]), _month(match[3]), match[4]
        if not 1 <= day <= 31:
            return None
        the = match[1] or "the "
        return f"{the}{_nth(day)} of {month}" + (f" {_year(year)}" if year else "")

    def month_first(match: re.Match[str]) -> str | None:
        month, day, year = _month(match[1]), int(match[2]), match[3]
        if not 1 <= day <= 31:
            return None
        return f"{month} {_nth(day)}" + (f", {_year(year)}" if year else "")

    def month_and_year(match: re.Match[str]) -> str:
        return f"{_month(match[1])} {_year(match[2])}"

    year = r"([12]\d{3})"
    return (
        Rule(
            re.compile(rf"{START}(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}}){END}"),
            lambda match: said(date_of(match[1], match[2], match[3])),
        ),
        Rule(re.compile(rf"{START}(\d{{1,2}})[-/.](\d{{1,2}})[-/.]{year}{END}"), numeric),
        Rule(
            re.compile(
                rf"((?<!\w)[Tt]he )?{START}(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? "
                rf"({MONTH_PATTERN})(?!\w)(?:,? {year}{END})?"
            ),
            day_first,
        ),
        Rule(
            re.compile(
                rf"(?<!\w)({MONTH_PATTERN}) (\d{{1,2}})(?:st|nd|rd|th)?{END}(?:,? {year}{END})?"
                rf"(?! (?:{_COUNTED})\b)"
            ),
            month_first,
        ),
        Rule(re.compile(rf"(?<!\w)({MONTH_PATTERN}),? {year}{END}"), month_and_year),
    )


def _nth(day: int) -> str:
    return numerals.ordinal(day, "en")


def _month(written: str) -> str:
    return next(month for month in MONTHS if month.startswith(written[:3]))


def _year(written: str) -> str:
    return numerals.english_year(int(written))


def _times() -> tuple[Rule, ...]:
    def said(match: re.Match[str]) -> str | None:
        time = time_of(match[1], match[2] or "00")
        if time is None:
            return None
        half = f" {match[3].upper()}M" if match[3] else ""
        hour, minute = time
        if half and not 1 <= hour <= 12:
            return None
        spoken = numerals.cardinal(hour, "en")
        if minute:
            spoken += f" {'oh ' if minute < 10 else ''}{numerals.cardinal(minute, 'en')}"
        elif not half:
            spoken += " o'clock" if 1 <= hour <= 12 else " hundred hours"
        if not half and hour % 24 == 0 and not minute:
            spoken = "midnight"
        return spoken + half + (" to " if match[4] else "")

    # In 5pm-7pm the second number, too, follows a letter and a hyphen.
    start = START.replace(r"(?<![A-Za-z]-)", r"(?:(?<![A-Za-z]-)|(?<=\d[ap]m-))")
    # The last stop of "p.m." also ends the sentence when nothing or a capital follows.
    half = r" ?([APap])(?:m|M|\.[mM](?:\.(?! [A-Z]|$))?)(?!\w)"
    return (
        Rule(re.compile(rf"{start}(\d{{1,2}})(?:[:.](\d\d))?{half}( ?[-–] ?(?=\d))?"), said),
        Rule(
            re.compile(rf"{START}(\d{{1,2}}):(\d\d)(){END}(?: ?(?:hrs|hours)\b)?{TO_TIME}"),
            said,
        ),
    )


_YEAR = r"(?:1[1-9]|20)\d\d"
# After these words four digits are a year, unless what is counted follows.
_BEFORE_YEAR = (
    "in|since|until|till|during|year|spring|summer|autumn|winter|fall|early|late|mid|circa"
)
_COUNTED = (
    "people|words|pages|ways|cases|places|countries|schools|children|students|copies|books|"
    "dollars|pounds|euros|days|hours|minutes|years|lines|steps|cities|towns|homes|languages|"
    "million|thousand|metres|meters|miles|feet|grams|k[mg]|m|g|%|percent|per cent"
)


def _years() -> tuple[Rule, ...]:
    def span(match: re.Match[str]) -> str | None:
        first, last = match[1], match[2]
        return f"{_year(first)} to {_year(last)}" if int(first) < int(last) else None

    def short_span(match: re.Match[str]) -> str | None:
        first, last = match[1], match[2]
        if int(first[2:]) >= int(last):
            return None
        return f"{_year(first)} to {numerals.cardinal(int(last), 'en')}"

    def decade(match: re.Match[str]) -> str:
        said = _year(match[1])
        return said[:-1] + "ies" if said.endswith("y") else said + "s"

    return (
        Rule(re.compile(rf"{START}({_YEAR}) ?[-–] ?({_YEAR}){END}(?! (?:{_COUNTED})\b)"), span),
        Rule(re.compile(rf"{START}({_YEAR})[-–](\d\d){END}(?!-)"), short_span),
        Rule(re.compile(rf"{START}({_YEAR[:-2]}0)['’]?s\b"), decade),
        Rule(
            re.compile(
                rf"\b(?:{_BEFORE_YEAR}|{_BEFORE_YEAR.title()}) (?P<said>{_YEAR}){END}"
                rf"(?! ?(?:{_COUNTED})(?!\w))"
            ),
            lambda match: _year(match["said"]),
        ),
        Rule(re.compile(rf"\((?P<said>{_YEAR})\)"), lambda match: _year(match["said"])),
    )


def _words() -> tuple[Rule, ...]:
    def ruler(match: re.Match[str]) -> str | None:
        value = numerals.roman(match["said"])
        return f"the {numerals.ordinal(value, 'en').title()}" if value and value <= 50 else None

    def part(match: re.Match[str]) -> str | None:
        value = numerals.roman(match["said"])
        return numerals.cardinal(value, "en") if value else None

    return (
        Rule(
            re.compile(
                rf"\b(?:{TITLES}) (?:[A-Z]\w+ ){{0,2}}?[A-Z]\w+ (?P<said>[IVXL]+)\b(?!['’](?!s))"
            ),
            ruler,
        ),
        Rule(re.compile(rf"\b(?:{REGNAL_NAMES}) (?P<said>V|[IVXL]{{2,}})\b"), ruler),
        Rule(re.compile(rf"\b(?:{NUMBERED}) (?P<said>[IVXLC]+)\b(?!['’])"), part),
        Rule(
            re.compile(r"\b(?:Dr|Mr|Mrs)\.?(?= [A-Z])(?! St\.?(?:,|$))"),
            lambda match: (
                {"D": "Doctor", "M": "Mister"}[match[0][0]] if "rs" not in match[0] else "Missus"
            ),
        ),
        Rule(re.compile(r"(?<!\w)St\.(?= [A-Z])(?! St\.)"), _saint),
        Rule(re.compile(r"(?<=[a-z] )St\.?(?=,|$)"), _street),
        Rule(
            re.compile(r"(?<!\w)No\. ?(?=\d)"),
            lambda match: "number " if match.start() else "Number ",
        ),
        Rule(re.compile(r"(?<= )&(?= )"), lambda _: "and"),
        Rule(re.compile(r"\betc\.(?=$| [A-Z])"), lambda _: "et cetera."),
        Rule(
            re.compile(rf"(?<![\w.])(?:{one_of(BEFORE_NAME)})(?= [A-Z])"),
            lambda match: BEFORE_NAME[match[0]],
        ),
        Rule(
            re.compile(rf"(?<![\w.])(?:{one_of(ABBREVIATIONS)})(?!\w)"),
            lambda match: ABBREVIATIONS[match[0]],
        ),
        Rule(re.compile(rf"(?<!\w)(?:p|pp)\. ?(?={NUMBER})"), _pages),
        code("en"),
        said_number(),
    )


_BEFORE_SAINT = {"In", "At", "On", "To", "From", "By", "Near", "The", "And", "For"}


def _saint(match: re.Match[str]) -> str | None:
    # After a name it is rather a street, with a sentence beginning after it.
    before = match.string[: match.start()].split()[-1:]
    named = before and before[0][0].isupper() and before[0].isalpha()
    return None if named and before[0] not in _BEFORE_SAINT else "Saint"


def _street(match: re.Match[str]) -> str:
    # A name comes before it, and its stop may be the sentence's.
    name = match.string[: match.start()].split()[-1]
    if not name[0].isupper():
        return match[0]
    return "Street." if match.end() == len(match.string) and match[0] == "St." else "Street"


def _pages(match: re.Match[str]) -> str:
    return "pages " if match[0].startswith("pp") else "page "
