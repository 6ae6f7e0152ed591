"""The tables of a report as files for spreadsheets: a CSV each, and all in one XLSX."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicemill.tables.formulas import defused
from voicemill.tables.writing import csv_text, xlsx_bytes
from voicemill.whole_files import save_whole

if TYPE_CHECKING:
    import pandas as pd

_WORKBOOK = "all_tables.xlsx"


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
    data = {f"{name}.csv": csv_text(table).encode() for name, table in rows.items()}
    data[_WORKBOOK] = xlsx_bytes(rows)
    remedy = "Check that there is room, and that nobody has it open"
    written = (
        save_whole(folder / name, content, "a table of the report", remedy)
        for name, content in data.items()
    )
    return Saved(folder, tuple(written))


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
