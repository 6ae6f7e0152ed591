"""Vietnamese written out."""

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
    TO_TIME,
    code,
    date_of,
    fraction_of,
    grouped,
    one_of,
    time_of,
)

# 1.234,5; and, where it cannot be read otherwise, 1,234,567 and 1.5 of English habit.
_NUMBER = r"(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3}){2,}|\d+(?:,\d+|\.\d{1,2})?)"
_MINUS = r"((?<![\w)\]])[-−]|(?<=[(\[])[-−])?"
_CURRENCIES = {
    "₫": "đồng",
    "đ": "đồng",
    "VND": "đồng",
    "VNĐ": "đồng",
    "$": "đô la",
    "USD": "đô la Mỹ",
    "€": "euro",
    "EUR": "euro",
    "£": "bảng Anh",
    "GBP": "bảng Anh",
    "¥": "yên",
    "₹": "rupee",
}
_UNITS = {
    "km": "ki lô mét",
    "m": "mét",
    "cm": "xen ti mét",
    "mm": "mi li mét",
    "kg": "ki lô gam",
    "g": "gam",
    "mg": "mi li gam",
    "l": "lít",
    "ml": "mi li lít",
    "ha": "héc ta",
    "km/h": "ki lô mét trên giờ",
    "m/s": "mét trên giây",
    "km²": "ki lô mét vuông",
    "m²": "mét vuông",
    "m³": "mét khối",
    "°C": "độ C",
    "°F": "độ F",
    "°": "độ",
    "%": "phần trăm",
}
_ABBREVIATIONS = {
    "TP. HCM": "Thành phố Hồ Chí Minh",
    "TP.HCM": "Thành phố Hồ Chí Minh",
    "TPHCM": "Thành phố Hồ Chí Minh",
    "Tp. HCM": "Thành phố Hồ Chí Minh",
    "Tp.HCM": "Thành phố Hồ Chí Minh",
    "PGS.TS.": "Phó Giáo sư Tiến sĩ",
    "PGS. TS.": "Phó Giáo sư Tiến sĩ",
    "GS.TS.": "Giáo sư Tiến sĩ",
    "GS. TS.": "Giáo sư Tiến sĩ",
    "UBND": "Ủy ban nhân dân",
    "NXB": "Nhà xuất bản",
    "VD:": "ví dụ:",
    "v.v.": "vân vân",
    "v.v": "vân vân",
}
# A title or a place only before the name it belongs to.
_BEFORE_NAME = {
    "TP.": "Thành phố",
    "Tp.": "Thành phố",
    "TS.": "Tiến sĩ",
    "ThS.": "Thạc sĩ",
    "PGS.": "Phó Giáo sư",
    "GS.": "Giáo sư",
    "BS.": "Bác sĩ",
    "KS.": "Kỹ sư",
    "LS.": "Luật sư",
}
_BEFORE_NUMBER = {"Q.": "Quận", "P.": "Phường", "tr.": "trang", "Tr.": "Trang", "T.": "Tập"}
# Capitals and small letters alternate in Unicode's Vietnamese ranges.
_VIETNAMESE = map(chr, (*range(0xC0, 0x1B1), *range(0x1EA0, 0x1EFA)))
_CAPITAL = f"[A-Z{''.join(letter for letter in _VIETNAMESE if letter.isupper())}]"
_GUARD = re.compile(
    rf"[\d%½]|(?<!\w)(?:{one_of([*_ABBREVIATIONS, *_BEFORE_NAME])})|\b[IVXLC]+\b|\w &"
)
_NUMBERED = (
    "thế kỷ|chương|phần|tập|quyển|đại hội|khóa|khoá|kỳ|hồi|mục|quý|lớp|bài|chiến tranh thế giới lần"
)
_KINGS = "Louis|Henry|George|Edward|Charles|Napoléon|Napoleon|Elizabeth|Rama|Gioan Phaolô"


@cache
def grammar() -> Grammar:
    """Return the rules."""
    return Grammar(_GUARD, (KEEP, *_dates(), *_times(), *grouped("vi"), *_quantities(), *_words()))


def _cardinal(written: str) -> str:
    return numerals.cardinal(int(written), "vi")


def _spoken(number: str) -> str:
    """Return a written number in words; a point that marks decimals is said as a point."""
    if number.count(",") > 1:
        return _cardinal(number.replace(",", ""))
    if re.fullmatch(r"\d+\.\d{1,2}", number):
        whole, fraction = number.split(".")
        return numerals.decimal(whole, fraction, "vi", point="chấm")
    whole, _, fraction = number.replace(".", "").partition(",")
    return numerals.decimal(whole, fraction, "vi")


def _month(number: str) -> str:
    # The fourth month has a word of its own.
    return "tư" if int(number) == 4 else _cardinal(number)


def _dates() -> tuple[Rule, ...]:
    def full(match: re.Match[str], year: str, month: str, day: str) -> str | None:
        if date_of(year, month, day) is None:
            return None
        before = match[1] or "ngày "
        return f"{before}{_cardinal(day)} tháng {_month(month)} năm {_cardinal(year)}"

    def day_and_month(match: re.Match[str]) -> str | None:
        if date_of("2000", match[3], match[2]) is None:
            return None
        return f"{match[1]}{_cardinal(match[2])} tháng {_month(match[3])}"

    def month_and_year(match: re.Match[str]) -> str | None:
        if not 1 <= int(match[2]) <= 12:
            return None
        return f"{match[1]}{_month(match[2])} năm {_cardinal(match[3])}"

    day = r"((?<!\w)[Nn]gày )"
    return (
        Rule(
            re.compile(rf"{day}?{START}(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}}){END}"),
            lambda match: full(match, match[2], match[3], match[4]),
        ),
        Rule(
            re.compile(rf"{day}?{START}(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){END}"),
            lambda match: full(match, match[4], match[3], match[2]),
        ),
        Rule(re.compile(rf"{day}(\d{{1,2}})[-/](\d{{1,2}}){END}"), day_and_month),
        Rule(re.compile(rf"((?<!\w)[Tt]háng )(\d{{1,2}})[-/](\d{{4}}){END}"), month_and_year),
        Rule(
            re.compile(rf"(?<!\w)[Tt]háng (?P<said>0?4){END}"), lambda match: _month(match["said"])
        ),
    )


def _times() -> tuple[Rule, ...]:
    def said(match: re.Match[str]) -> str | None:
        time = time_of(match[1], match[2] or "00")
        if time is None:
            return None
        hour, minute = (numerals.cardinal(number, "vi") for number in time)
        to = " đến " if match.re.groups == 3 and match[3] else ""
        return (f"{hour} giờ {minute} phút" if time[1] else f"{hour} giờ") + to

    return (
        Rule(re.compile(rf"{START}(\d{{1,2}}):(\d\d){END}{TO_TIME}"), said),
        Rule(re.compile(rf"{START}(\d{{1,2}}) ?(?:h|g|giờ) ?(\d\d)(?:p|ph)?{SIGN_END}"), said),
        Rule(re.compile(rf"{START}(\d{{1,2}})h(){SIGN_END}"), said),
    )


def _quantities() -> tuple[Rule, ...]:
    def signed(sign: str | None, said: str) -> str:
        return numerals.negative(said, "vi") if sign else said

    def ranged(match: re.Match[str]) -> str | None:
        first, last = (
            float(re.sub(r"\.(?=\d{3})", "", n).replace(",", ".", 1).replace(",", ""))
            for n in match.groups()
        )
        return f"{_spoken(match[1])} đến " if first < last else None

    def fraction(match: re.Match[str]) -> str | None:
        parts = fraction_of(match[1], match[2])
        if parts is None:
            return None
        return f"{_cardinal(match[1])} phần {'tư' if parts[1] == 4 else _cardinal(match[2])}"

    def nth(match: re.Match[str]) -> str:
        special = {1: "nhất", 4: "tư"}
        return special.get(int(match["said"])) or _cardinal(match["said"])

    def thousands(match: re.Match[str]) -> str:
        return f"{_spoken(match[1])} nghìn"

    def money_range(match: re.Match[str]) -> str:
        return f"{_spoken(match[2])} đến {_spoken(match[3])} {_CURRENCIES[match[1]]}"

    currency, unit = one_of(_CURRENCIES), one_of(_UNITS)
    return (
        Rule(
            re.compile(rf"(?<![A-Za-z\d])([$€£¥₹₫])({_NUMBER})[-–][$€£¥₹₫]?({_NUMBER}){END}(?!-)"),
            money_range,
        ),
        Rule(
            re.compile(
                rf"{_MINUS}(?<![A-Za-z\d])([$€£¥₹₫]) ?({_NUMBER})(?: (tỷ|triệu|nghìn))?{END}"
            ),
            lambda m: signed(
                m[1], f"{_spoken(m[3])} {m[4] + ' ' if m[4] else ''}{_CURRENCIES[m[2]]}"
            ),
        ),
        Rule(re.compile(rf"{START}({_NUMBER}) ?[-–] ?(?=({_NUMBER})(?![\d-]|[.,:/]\d))"), ranged),
        Rule(re.compile(rf"{START}(\d{{1,3}})/(\d{{1,3}}){END}"), fraction),
        Rule(re.compile(rf"(?<!\w)[Tt]hứ (?P<said>\d{{1,3}}){END}"), nth),
        Rule(re.compile(rf"{START}({_NUMBER})[kK]{SIGN_END}"), thousands),
        Rule(
            re.compile(rf"{_MINUS}{START}({_NUMBER}) ?({currency}|{unit})(?!\w|/\w)"),
            lambda m: signed(m[1], f"{_spoken(m[2])} {(_CURRENCIES | _UNITS)[m[3]]}"),
        ),
    )


def _words() -> tuple[Rule, ...]:
    def roman(match: re.Match[str]) -> str | None:
        value = numerals.roman(match["said"])
        return numerals.cardinal(value, "vi") if value else None

    names, numbers = one_of(_BEFORE_NAME), one_of(_BEFORE_NUMBER)
    number = re.compile(rf"{_MINUS}{START}({_NUMBER}){END}")
    etc = re.compile(r"(?<!\w)v\.v\.(?=$| " + _CAPITAL + ")")
    return (
        Rule(
            re.compile(
                rf"(?<!\w)(?:{_NUMBERED}|{_NUMBERED.title()}|{_capitalised()}) "
                rf"(?:thứ )?(?P<said>[IVXLC]+)\b"
            ),
            roman,
        ),
        Rule(re.compile(rf"(?<!\w)(?:{_KINGS}) (?P<said>[IVXL]+)\b"), roman),
        Rule(etc, lambda _: "vân vân."),
        Rule(
            re.compile(rf"(?<!\w)(?:{one_of(_ABBREVIATIONS)})(?!\w)"),
            lambda match: _ABBREVIATIONS[match[0]],
        ),
        Rule(
            re.compile(rf"(?<!\w)({names}) ?(?={_CAPITAL})"),
            lambda match: f"{_BEFORE_NAME[match[1]]} ",
        ),
        Rule(
            re.compile(rf"(?<!\w)({numbers}) ?(?=\d)"),
            lambda match: f"{_BEFORE_NUMBER[match[1]]} ",
        ),
        code("vi"),
        Rule(
            number,
            lambda m: numerals.negative(_spoken(m[2]), "vi") if m[1] else _spoken(m[2]),
        ),
    )


def _capitalised() -> str:
    return "|".join(word.capitalize() for word in _NUMBERED.split("|"))
