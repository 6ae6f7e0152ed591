"""The common ground of all sources: cells as text, before anyone knows what they mean."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from voicemill.errors import Problem


@dataclass(frozen=True)
class Span:
    """A merged range of a spreadsheet; all four ends count from 1 and are inside."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        ends = (
            f"{column_letters(self.left)}{self.top}",
            f"{column_letters(self.right)}{self.bottom}",
        )
        return ":".join(ends)


@dataclass(frozen=True)
class Grid:
    """Rows of cells as text.

    rows: may be ragged; `rows[0]` is row 1 as the person sees it, empty rows included.
    header_known: row 1 is the header for sure; else it is looked for among the first rows.
    delimiter: what separated the cells of a text file, '' for other sources.
    merged: the merged ranges of a spreadsheet.
    problems: what was wrong already while reading.
    """

    rows: list[list[str]]
    header_known: bool = False
    delimiter: str = ""
    merged: tuple[Span, ...] = ()
    problems: tuple[Problem, ...] = ()


# Whitespace of every kind plus marks that take no room and are left over from copying:
# zero-width space, word joiner, byte order mark, and direction marks.
_STRAY = (
    "".join(map(chr, (*range(0x09, 0x0E), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680)))
    + "".join(map(chr, (*range(0x2000, 0x200C), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)))
    + "\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
)
_JOINERS = "\u200c\u200d"
# Scripts before Hebrew in Unicode do not join letters, so a joiner beside one is stray;
# in Arabic and Devanagari it shapes the letter and is part of the word.
_FIRST_JOINING_SCRIPT = "\u0590"
_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")


def clean(cell: str) -> str:
    """Return the cell in NFC without stray spaces at its ends and with plain line breaks."""
    if cell.isascii():
        text = cell.strip()
    else:
        text = unicodedata.normalize("NFC", cell).strip(_STRAY)
        while text and text[-1] in _JOINERS and text[-2:-1] < _FIRST_JOINING_SCRIPT:
            text = text[:-1].rstrip(_STRAY)
        while text and text[0] in _JOINERS and text[1:2] < _FIRST_JOINING_SCRIPT:
            text = text[1:].lstrip(_STRAY)
    return text if text.isprintable() else _LINE_BREAKS.sub("\n", text)


def as_text(value: object) -> str | None:
    """Return a cell's value as the text a person sees: 7.0 → '7', missing → '', dates as ISO.

    None means the value has no text: a list, an object, bytes.
    """
    if isinstance(value, str):
        return value
    if getattr(value, "shape", None) == ():  # a numpy scalar
        value = getattr(value, "item")()  # noqa: B009  object has no such attribute
    if is_missing(value):
        return ""
    for types, spell in _SPELLINGS:
        if isinstance(value, types):
            return spell(value)
    return None


def _number(value: Any) -> str:
    # 15 digits are what spreadsheets show and what a double is sure of.
    return str(int(value)) if value == value // 1 else f"{value:.15g}"


def _moment(value: Any) -> str:
    midnight = value.time() == dt.time.min and value.tzinfo is None
    return str(value.date().isoformat() if midnight else value.isoformat())


# The first that fits counts: bool is an int and datetime a date.
_SPELLINGS: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (bool, lambda value: str(value).lower()),
    ((float, Decimal), _number),
    (dt.datetime, _moment),
    ((dt.date, dt.time), lambda value: value.isoformat()),
    ((int, dt.timedelta), str),
)


def is_missing(value: object) -> bool:
    """Tell whether a value stands for an empty cell: None, NaN, NaT, pandas' NA."""
    if value is None:
        return True
    # pandas' NA has no truth value and NaT and NaN differ from themselves.
    return type(value).__name__ in {"NAType", "NaTType"} or bool(
        isinstance(value, (float, Decimal)) and value != value  # noqa: PLR0124
    )


def grid_of_columns(header: Sequence[str], columns: Iterable[Sequence[object]]) -> Grid:
    """Return the grid of typed columns (DataFrame, Parquet, JSON) below their header.

    The header is row 1 and the first record row 2, as if they stood in a file.
    """
    texts: list[list[str]] = []
    problems: list[Problem] = []
    for name, values in zip(header, columns, strict=True):
        column = [as_text(value) for value in values]
        problems += _without_text(name, values, column)
        texts.append([text or "" for text in column])
    rows = [list(header), *(list(row) for row in zip(*texts, strict=True))]
    return Grid(rows=rows, header_known=True, problems=tuple(problems))


def _without_text(
    name: str, values: Sequence[object], column: Sequence[str | None]
) -> Iterator[Problem]:
    for row, (value, text) in enumerate(zip(values, column, strict=True), start=2):
        if text is None:
            yield Problem(
                f"the cell holds a {type(value).__name__}, not one value",
                "Write text or a number",
                row=row,
                column=name,
            )


def column_letters(number: int) -> str:
    """Return the spreadsheet name of a column counted from 1: 1 → 'A', 28 → 'AB'."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
