"""Chinese written out, in the simplified characters and manner of the mainland."""

from __future__ import annotations

import re
from functools import cache

from voicemill.speech.words import numerals
from voicemill.speech.words.rules import Grammar, Rule
from voicemill.speech.words.shared import (
    END,
    KEEP,
    START,
    TO_TIME,
    code,
    date_of,
    fraction_of,
    grouped,
    one_of,
    time_of,
)

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_MINUS = r"((?<![\w)\]）])[-−]|(?<=[(\[（是为到至于])[-−])?"
# A temperature may follow any word.
_BELOW_ZERO = r"((?<![A-Za-z\d)\]）])[-−])?"
_CURRENCIES = {
    "¥": "元",
    "￥": "元",
    "$": "美元",
    "US$": "美元",
    "€": "欧元",
    "£": "英镑",
    "₹": "卢比",
    "₫": "越南盾",
}
_UNITS = {
    "km": "公里",
    "m": "米",
    "cm": "厘米",
    "mm": "毫米",
    "kg": "公斤",
    "g": "克",
    "mg": "毫克",
    "L": "升",
    "ml": "毫升",
    "mL": "毫升",
    "km²": "平方公里",
    "m²": "平方米",
    "°C": "摄氏度",
    "℃": "摄氏度",
    "°F": "华氏度",
    "°": "度",
}
# After these, a lone two is 两. Not all words are here: 二月, 二号, 二楼, 二年级, 二等 stay.
_MEASURES = (
    "个|本(?!书?月)|张|只|条|位|件|家|岁|天|周|次|种|块|元|小时|分钟|公里|公斤|斤|米|倍|辆|棵|朵|杯|瓶|碗|双|对|"
    "间|座|头|匹|支|枝|把|套|篇|首|封|句|段|名|年(?!级)|美元|欧元|英镑|万|亿|千"
)
_GUARD = re.compile(r"[\d%％]|第[IVX]")


@cache
def grammar() -> Grammar:
    """Return the rules."""
    rules = (
        KEEP,
        *_dates(),
        *_times(),
        *grouped("zh", "，"),
        *_quantities(),
        *_numbers(),
    )
    return Grammar(_GUARD, rules)


def _cardinal(number: int) -> str:
    return numerals.cardinal(number, "zh")


def _spoken(written: str) -> str:
    whole, _, fraction = written.replace(",", "").partition(".")
    return numerals.decimal(whole, fraction, "zh")


def _counted(written: str) -> str:
    """Return a number as it stands before a measure word."""
    return "两" if written.isdecimal() and int(written) == 2 else _spoken(written)


def _dates() -> tuple[Rule, ...]:
    def said(match: re.Match[str]) -> str | None:
        if date_of(match[1], match[2], match[3]) is None:
            return None
        year = numerals.digits(match[1], "zh")
        return f"{year}年{_cardinal(int(match[2]))}月{_cardinal(int(match[3]))}日"

    def year(match: re.Match[str]) -> str:
        return numerals.digits(match[1], "zh")

    years = r"(?:1[1-9]|20)\d\d"
    return (
        Rule(re.compile(rf"{START}(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){END}"), said),
        Rule(re.compile(rf"{START}({years})(?=年(?!级|间|历史))"), year),
        Rule(re.compile(rf"{START}({years})[-–—至到~](?={years}年)"), lambda m: f"{year(m)}到"),
    )


def _times() -> tuple[Rule, ...]:
    def said(match: re.Match[str]) -> str | None:
        time = time_of(match[1], match[2])
        if time is None:
            return None
        hour, minute = time
        spoken = "两点" if hour == 2 else f"{_cardinal(hour)}点"
        if minute:
            spoken += f"{'零' if minute < 10 else ''}{_cardinal(minute)}分"
        return spoken + ("到" if match[3] else "")

    def oclock(match: re.Match[str]) -> str:
        return _counted(match[1])

    def ratio(match: re.Match[str]) -> str:
        return f"{_cardinal(int(match[1]))}比{_cardinal(int(match[2]))}"

    return (
        Rule(
            re.compile(rf"{START}(\d{{1,2}})[:：](\d\d){END}(?![:：]){TO_TIME}"),
            said,
        ),
        Rule(re.compile(rf"{START}(0?2)(?=点(?!\d))"), oclock),
        Rule(re.compile(rf"{START}(\d{{1,3}})[:：](\d{{1,3}}){END}(?![:：])"), ratio),
    )


def _quantities() -> tuple[Rule, ...]:
    def signed(sign: str | None, said: str) -> str:
        return numerals.negative(said, "zh") if sign else said

    def percent(match: re.Match[str]) -> str:
        return signed(match[1], f"百分之{_spoken(match[2])}")

    def degrees(match: re.Match[str]) -> str:
        said = _spoken(match[2]) + _UNITS[match[3]]
        return f"零下{said}" if match[1] else said

    def ranged(match: re.Match[str]) -> str | None:
        first, last = (float(number.replace(",", "")) for number in match.group(1, 2))
        if first >= last:
            return None
        return f"{'百分之' if match[3] else ''}{_spoken(match[1])}到"

    def fraction(match: re.Match[str]) -> str | None:
        parts = fraction_of(match[1], match[2])
        if parts is None:
            return None
        above, below = parts
        return f"{_cardinal(below)}分之{_cardinal(above)}"

    def with_unit(match: re.Match[str]) -> str:
        per_hour = "每小时" if match[4] else ""
        return f"{per_hour}{signed(match[1], _counted(match[2]))}{_UNITS[match[3]]}"

    def money_range(match: re.Match[str]) -> str:
        return f"{_spoken(match[2])}到{_spoken(match[3])}{_CURRENCIES[match[1]]}"

    currency, unit = one_of(_CURRENCIES), one_of(_UNITS)
    return (
        Rule(
            re.compile(
                rf"(?<![A-Za-z\d])({currency})({_NUMBER})[-–~](?:{currency})?({_NUMBER}){END}(?!-)"
            ),
            money_range,
        ),
        Rule(re.compile(r"(?<=[月日年号点分])[-–—~](?=\d)(?!\d+ ?[°℃])"), lambda _: "到"),
        Rule(
            re.compile(rf"{_MINUS}(?<![A-Za-z\d])({currency}) ?({_NUMBER})([万亿]?){END}"),
            lambda m: signed(
                m[1],
                (_counted(m[3]) if m[3] == "2" else _spoken(m[3])) + m[4] + _CURRENCIES[m[2]],
            ),
        ),
        Rule(
            re.compile(rf"{START}({_NUMBER})%? ?[-–—~] ?(?=({_NUMBER})([%％])?(?![\d-]|[.,:/]\d))"),
            ranged,
        ),
        Rule(re.compile(rf"{_MINUS}{START}({_NUMBER}) ?[%％]"), percent),
        Rule(re.compile(rf"{_BELOW_ZERO}{START}({_NUMBER}) ?(°C|℃|°F)"), degrees),
        Rule(re.compile(rf"{START}(\d{{1,3}})/(\d{{1,3}}){END}"), fraction),
        Rule(
            re.compile(rf"{_MINUS}{START}({_NUMBER}) ?({unit})(/h)?(?![A-Za-z\d_/²³])"),
            with_unit,
        ),
    )


def _numbers() -> tuple[Rule, ...]:
    def said(match: re.Match[str]) -> str:
        spoken = _spoken(match[2])
        return numerals.negative(spoken, "zh") if match[1] else spoken

    def one_by_one(match: re.Match[str]) -> str:
        return numerals.digits(match[1], "zh")

    return (
        code("zh"),
        # Mobile numbers of the mainland; rooms and bus lines of three or four digits.
        Rule(re.compile(rf"{START}(1[3-9]\d{{9}}){END}"), one_by_one),
        Rule(re.compile(rf"{START}(\d{{3,4}})(?=室|路(?!程))"), one_by_one),
        # The generation born since: 80后, 95后.
        Rule(re.compile(rf"{START}([5-9]0|95)(?=后(?![天来面年]))"), one_by_one),
        Rule(re.compile(rf"第(?P<said>\d+){END}"), lambda match: _cardinal(int(match["said"]))),
        Rule(
            re.compile(rf"(?<!第){START}(2)(?= ?(?:{_MEASURES}))"), lambda match: _counted(match[1])
        ),
        Rule(re.compile(rf"{_MINUS}{START}({_NUMBER}){END}"), said),
    )
