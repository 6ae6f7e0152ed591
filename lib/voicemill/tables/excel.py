"""XLSX: the first sheet that holds anything, as its author sees it."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voicemill.errors import Problem, TableError
from voicemill.tables.grid import Grid, Span, as_text, column_letters

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.cell.read_only import ReadOnlyCell

# A sheet of a million rows is about 100 MB of XML; a bomb is thousands of times its file.
_LARGEST_UNPACKED_BYTES = 500_000_000


def read_excel(data: bytes, name: str) -> Grid:
    """Return the cells of the first visible sheet with content; raises TableError if damaged."""
    with _refusing_damage(name):
        book = _Book.open(data)
        title, rows, problems = _first_filled_sheet(book)
        if book.has_formulas:
            problems += _uncalculated(book, title)
        merged = _merged(book, title) if book.has_merged_cells else ()
    return Grid(rows=rows, merged=merged, problems=tuple(problems))


@dataclass(frozen=True)
class _Book:
    data: bytes
    has_formulas: bool
    has_merged_cells: bool

    @classmethod
    def open(cls, data: bytes) -> _Book:
        """Look for what needs a second reading, which would double the time of every other."""
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST_UNPACKED_BYTES:
                raise _Refused("the file unpacks to more than 500 MB", "Split the table")
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                raise _Refused(
                    "the file is an archive or document of another kind, not an XLSX workbook",
                    "Open it in a spreadsheet and save it as XLSX or CSV UTF-8",
                )
            sheets = [archive.read(entry) for entry in names if entry.startswith("xl/worksheets/")]
        return cls(
            data=data,
            has_formulas=any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets),
            has_merged_cells=any(b"mergeCell" in sheet for sheet in sheets),
        )

    def load(self, *, values: bool = True, stream: bool = True) -> Workbook:
        import openpyxl

        return openpyxl.load_workbook(
            io.BytesIO(self.data), data_only=values, read_only=stream, keep_links=False
        )


class _Refused(Exception):
    """Becomes a TableError where the name of the table is known."""

    def __init__(self, message: str, remedy: str) -> None:
        self.problem = Problem(message, remedy)
        super().__init__(message)


@contextmanager
def _refusing_damage(name: str) -> Iterator[None]:
    """Turn whatever a workbook makes openpyxl trip over into one TableError."""
    try:
        with warnings.catch_warnings():
            # Warnings about styles and extensions that have no meaning for a table.
            warnings.simplefilter("ignore", UserWarning)
            yield
    except _Refused as refused:
        raise TableError(name, [refused.problem]) from refused
    except Exception as error:
        # Damaged XML inside a ZIP surfaces as almost any exception of four libraries.
        problem = Problem(
            f"the Excel file is damaged and cannot be read ({type(error).__name__})",
            "Open it in a spreadsheet, let it be repaired, and save it again as XLSX",
        )
        raise TableError(name, [problem]) from error


def _first_filled_sheet(book: _Book) -> tuple[str, list[list[str]], list[Problem]]:
    workbook = book.load()
    for sheet in sorted(workbook.worksheets, key=lambda sheet: sheet.sheet_state != "visible"):
        # Some programs write a wrong size into the file, and rows would be lost.
        sheet.reset_dimensions()
        rows: list[list[str]] = []
        problems: list[Problem] = []
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            problems += _broken(number, cells)
            rows.append([_shown(cell) for cell in cells])
        if any(map(any, rows)):
            return sheet.title, rows, problems
    raise _Refused("the workbook is empty", "Write a header row and rows below")


def _shown(cell: Cell | MergedCell | ReadOnlyCell) -> str:
    """Return a cell as its author sees it: 7 with the format 000 is '007'."""
    value = cell.value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1:
        return _with_leading_zeros(int(value), cell.number_format or "")
    return as_text(value) or ""


# Zeros with a fixed text before or after, in the part of the format for positive numbers.
_ZEROS = re.compile(r'(?:\[[^\]]*\])?(?:"([^"]*)")?(0+)(?:"([^"]*)")?(?:;.*)?', re.DOTALL)


def _with_leading_zeros(number: int, number_format: str) -> str:
    zeros = _ZEROS.fullmatch(number_format)
    if number < 0 or not zeros:
        return str(number)
    before, digits, after = zeros.groups(default="")
    return f"{before}{number:0{len(digits)}d}{after}"


def _broken(row: int, cells: tuple[Cell | MergedCell | ReadOnlyCell, ...]) -> Iterator[Problem]:
    for column, cell in enumerate(cells, start=1):
        if cell.data_type == "e":
            yield Problem(
                f"cell {column_letters(column)}{row} shows {cell.value}",
                "Mend its formula or type the value",
                row=row,
            )


def _uncalculated(book: _Book, title: str) -> list[Problem]:
    """Return a problem for each formula whose result was never stored."""
    formulas = book.load(values=False)[title]
    values = book.load()[title]
    formulas.reset_dimensions()
    values.reset_dimensions()
    pairs = zip(formulas.iter_rows(), values.iter_rows(), strict=True)
    return [
        Problem(
            f"cell {column_letters(column)}{row} holds a formula without its result",
            "Open the file in a spreadsheet and save it there, or type the value",
            row=row,
        )
        for row, pair in enumerate(pairs, start=1)
        for column, (formula, value) in enumerate(zip(*pair, strict=True), start=1)
        if formula.data_type == "f" and value.value is None
    ]


def _merged(book: _Book, title: str) -> tuple[Span, ...]:
    # Only the slower way of loading knows about merged cells.
    sheet = book.load(stream=False)[title]
    ranges = sorted(sheet.merged_cells.ranges, key=lambda area: (area.min_row, area.min_col))
    return tuple(Span(area.min_row, area.min_col, area.max_row, area.max_col) for area in ranges)
