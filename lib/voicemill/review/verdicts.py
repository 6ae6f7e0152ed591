"""Verdicts as a table of people: written as CSV or XLSX, and read back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voicemill.catalog import Catalog, Review
from voicemill.catalog.reviews import LONGEST_COMMENT, LONGEST_REVIEWER, VERDICTS
from voicemill.errors import Problem, TableError, UnknownName, close_matches
from voicemill.tables import Kind
from voicemill.tables.formulas import is_formula
from voicemill.tables.grid import Grid
from voicemill.tables.writing import csv_text, xlsx_bytes
from voicemill.whole_files import save_whole

COLUMNS = (
    "collection",
    "key",
    "voice",
    "checksum",
    "reviewer",
    "verdict",
    "rating",
    "comment",
    "created_at",
)
_NEEDED = ("collection", "key", "checksum", "reviewer", "verdict")
_KIND = Kind(name="verdicts", key="key", required=tuple((name,) for name in _NEEDED), kept=COLUMNS)
_ENDINGS = ("csv", "xlsx")
_CHECKSUM = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Imported:
    """How many verdicts came in, and how many were known already."""

    added: int
    known: int

    def __str__(self) -> str:
        return f"{self.added} verdicts added, {self.known} known already"


def export_verdicts(catalog: Catalog, file: str | Path, collection: str = "") -> Path:
    """Write the verdicts that count now, one row each, as CSV or XLSX by the file's ending.

    See `verdicts_table`.  Raises UnknownName for another ending, StoreError.
    """
    path = Path(file)
    data = verdicts_table(catalog, path.suffix.lower().removeprefix("."), collection)
    remedy = "Check that its folder exists and that there is room"
    return save_whole(path, data, "the verdicts", remedy)


def verdicts_table(catalog: Catalog, ending: str, collection: str = "") -> bytes:
    """Return the verdicts that count now, one row each, as the bytes of a csv or xlsx file.

    collection: "" means of all.  A cell that a spreadsheet would take for a formula begins with
    an apostrophe.  Raises UnknownName for another ending.
    """
    if ending not in _ENDINGS:
        raise UnknownName("kind of table", ending, _ENDINGS)
    rows = [list(COLUMNS), *(_cells(row) for row in catalog.reviews.table(collection))]
    return csv_text(rows).encode() if ending == "csv" else xlsx_bytes({"verdicts": rows})


def import_verdicts(catalog: Catalog, file: str | Path, required: int = 1) -> Imported:
    """Read verdicts that were exported, or written by people, into the catalog.

    See `read_verdicts`.  Raises TableError naming every problem.
    """
    from voicemill.tables.files import read_bytes

    return read_verdicts(
        catalog, read_bytes(Path(file).expanduser(), str(file)), str(file), required
    )


def read_verdicts(catalog: Catalog, data: bytes, name: str, required: int = 1) -> Imported:
    """Read verdicts from the bytes of a table into the catalog, all or nothing.

    name: the file's, for messages.  required: how many reviewers must agree before audio counts
    as approved.  A verdict that is there already is left alone; of one person's verdicts on a
    file the newest counts, and one without a date counts as given now.
    Raises TableError naming every problem.
    """
    from voicemill.tables.records import records_of

    records = records_of(_grid(data, name), _KIND, name)
    if not records.columns.keys() >= {*_NEEDED}:
        raise TableError(name, records.problems)
    columns = {column: [_armed(cell) for cell in records.column(column)] for column in COLUMNS}
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    collections = {row["collection"] for row in rows if row["collection"]}
    ids = {collection: catalog.items.ids(collection) for collection in collections}
    problems = [*records.problems]
    for number, row in zip(records.rows, rows, strict=True):
        problems += _problems(number, row, ids)
    if problems:
        raise TableError(name, sorted(problems, key=lambda problem: problem.row or 0))
    known = {_identity(row) for row in catalog.reviews.table(history=True)}
    given = [_review(row, ids[row["collection"]][row["key"]]) for row in rows]
    fresh = [one for one in given if _identity(vars(one)) not in known]
    catalog.reviews.add_all(sorted(fresh, key=_moment), required)
    return Imported(len(fresh), len(given) - len(fresh))


def _cells(row: dict[str, Any]) -> list[str]:
    values = {**row, "created_at": row["created_at"].isoformat()}
    return [_defused("" if values[name] is None else str(values[name])) for name in COLUMNS]


def _defused(cell: str) -> str:
    """Return a cell that a spreadsheet shows and does not obey; `_armed` undoes it."""
    return f"'{cell}" if cell.startswith("'") or is_formula(cell) else cell


def _armed(cell: str) -> str:
    rest = cell[1:]
    return rest if cell.startswith("'") and _defused(rest) == cell else cell


def _grid(data: bytes, name: str) -> Grid:
    from voicemill.tables.delimited import read_delimited
    from voicemill.tables.excel import read_excel
    from voicemill.tables.files import refuse_other_formats

    if data.startswith(b"PK\x03\x04"):
        return read_excel(data, name)
    refuse_other_formats(data, name)
    return read_delimited(data, name, _KIND)


def _problems(
    number: int, row: dict[str, str], ids: dict[str, dict[str, int]]
) -> Iterator[Problem]:
    def problem(column: str, message: str, remedy: str) -> Problem:
        return Problem(message, remedy, row=number, column=column)

    empty = [name for name in _NEEDED if not row[name]]
    for name in empty:
        yield problem(name, "the cell is empty", "Fill it in or delete the row")
    keys = ids.get(row["collection"])
    if keys == {}:
        yield problem(
            "collection",
            f"there is no collection '{row['collection']}'",
            "Produce its table first, or delete the row",
        )
    elif keys and row["key"] and row["key"] not in keys:
        near = close_matches(row["key"], keys, limit=1)
        hint = f"Did you mean '{near[0]}'?" if near else "Correct it or delete the row"
        yield problem("key", f"there is no item '{row['key']}'", hint)
    if row["checksum"] and not _CHECKSUM.fullmatch(row["checksum"]):
        yield problem(
            "checksum", f"'{row['checksum']}' is not a checksum", "Copy it from the exported table"
        )
    if row["verdict"] and row["verdict"] not in VERDICTS:
        yield problem(
            "verdict", f"'{row['verdict']}' is not a verdict", f"Write {' or '.join(VERDICTS)}"
        )
    if row["rating"] and row["rating"] not in ("1", "2", "3", "4", "5"):
        yield problem(
            "rating", f"'{row['rating']}' is not a rating", "Write 1 to 5, or leave it empty"
        )
    if row["created_at"] and _date(row["created_at"]) is None:
        yield problem(
            "created_at",
            f"'{row['created_at']}' is not a moment",
            "Write it like 2026-11-21T14:05:00+00:00, or leave it empty",
        )
    for name, longest in (("reviewer", LONGEST_REVIEWER), ("comment", LONGEST_COMMENT)):
        if len(row[name]) > longest:
            yield problem(name, f"it has more than {longest} characters", "Shorten it")


def _date(cell: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _review(row: dict[str, str], item_id: int) -> Review:
    return Review(
        item_id=item_id,
        checksum=row["checksum"],
        reviewer=row["reviewer"],
        verdict=row["verdict"],
        voice=row["voice"],
        rating=int(row["rating"]) if row["rating"] else None,
        comment=row["comment"],
        created_at=_date(row["created_at"]) if row["created_at"] else None,
    )


def _identity(row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("item_id", "checksum", "reviewer", "verdict", "created_at")
    return tuple(row[name] for name in names)


def _moment(given: Review) -> datetime:
    return given.created_at or datetime.now(UTC)
