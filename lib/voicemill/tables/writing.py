"""Tables that go out to people, for spreadsheets; `formulas` makes their cells harmless first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_LONGEST_CELL = 32_767  # characters, Excel's limit
_MOST_ROWS = 1_048_576  # of a sheet, Excel's limit
_LONGEST_NAME = 31  # characters of a sheet's, Excel's limit


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV, with the mark by which spreadsheets know Unicode."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return "\ufeff" + text.getvalue()


def xlsx_bytes(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """Return an XLSX file of sheets by name, each with its headings in the first row.

    What Excel cannot hold is left out: control characters, too many rows, the end of a cell.
    """
    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    def safe(cell: Any) -> Any:
        if not isinstance(cell, str):
            return cell
        return ILLEGAL_CHARACTERS_RE.sub("", cell)[:_LONGEST_CELL]

    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name[:_LONGEST_NAME])
        sheet.freeze_panes = "A2"
        for row in rows[:_MOST_ROWS]:
            sheet.append([safe(cell) for cell in row])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
