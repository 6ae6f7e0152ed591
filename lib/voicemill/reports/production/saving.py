"""The tables of a report as files for spreadsheets: a CSV each, and all in one XLSX."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicemill.errors import StoreError
from voicemill.tables.formulas import defused
from voicemill.whole_files import write_whole

if TYPE_CHECKING:
    import pandas as pd

_WORKBOOK = "all_tables.xlsx"
_LONGEST_CELL = 32_767  # characters, Excel's limit
_MOST_ROWS = 1_048_576  # of a sheet, Excel's limit


@dataclass(frozen=True)
class Saved:
    """The folder that tables were written to, and their files."""

    folder: Path
    files: tuple[Path, ...]

    def __str__(self) -> str:
        return f"{len(self.files)} tables in {self.folder}"

    def _repr_html_(self) -> str:
        names = "".join(f"<li>{escape(file.name)}</li>" for file in self.files)
        return (
            f"<p>Every table of this report, whole, lies in <b>{escape(self.folder.name)}</b> "
            f'beside it:</p><ul class="vm-files">{names}</ul>'
        )


def save_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> Saved:
    """Write each table as CSV, and all as sheets of one XLSX; each file whole or not at all.

    Cells that a spreadsheet would run begin with an apostrophe. A mark at the beginning of the
    CSV files tells Excel that they are Unicode.  Raises StoreError.
    """
    rows = {name: list(_rows(table)) for name, table in tables.items()}
    data = {f"{name}.csv": _csv(table) for name, table in rows.items()}
    data[_WORKBOOK] = _xlsx(rows)
    return Saved(folder, tuple(_written(folder / name, content) for name, content in data.items()))


def _rows(table: pd.DataFrame) -> Iterator[list[Any]]:
    yield [_cell(str(name)) for name in table.columns]
    for row in table.itertuples(index=False, name=None):
        yield [_cell(value) for value in row]


def _cell(value: Any) -> Any:
    plain = value.item() if hasattr(value, "item") else value
    if plain is None or (isinstance(plain, float) and not math.isfinite(plain)):
        return ""
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    return plain if isinstance(plain, int | float) else defused(str(plain))


def _csv(rows: list[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return ("\ufeff" + text.getvalue()).encode()


def _xlsx(tables: Mapping[str, list[list[Any]]]) -> bytes:
    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    def safe(cell: Any) -> Any:
        if not isinstance(cell, str):
            return cell
        return ILLEGAL_CHARACTERS_RE.sub("", cell)[:_LONGEST_CELL]

    book = openpyxl.Workbook(write_only=True)
    for name, rows in tables.items():
        sheet = book.create_sheet(name[:31])
        sheet.freeze_panes = "A2"
        for row in rows[:_MOST_ROWS]:
            sheet.append([safe(cell) for cell in row])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _written(path: Path, data: bytes) -> Path:
    try:
        write_whole(path, data)
    except OSError as error:
        raise StoreError(
            f"a table of the report cannot be written ({error.strerror or error})",
            where=str(path),
            remedy="Check that there is room, and that nobody has it open",
        ) from error
    return path
