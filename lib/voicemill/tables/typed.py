"""DataFrame, Parquet and JSON: sources whose columns are named and whose cells have types."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from voicemill.errors import Problem, TableError
from voicemill.tables.encoding import decode
from voicemill.tables.grid import Grid, grid_of_columns

if TYPE_CHECKING:
    import pandas as pd


def read_frame(frame: pd.DataFrame, name: str) -> Grid:
    """Return the cells of a DataFrame; a named index becomes columns, an unnamed one is dropped."""
    if frame.columns.nlevels > 1:
        remedy = "Flatten them: frame.columns = ['_'.join(map(str, c)) for c in frame.columns]"
        raise TableError(name, [Problem("the columns have two or more levels", remedy)])
    index = [
        (str(level), frame.index.get_level_values(number).tolist())
        for number, level in enumerate(frame.index.names)
        if level is not None and level not in frame.columns
    ]
    columns = [
        (str(label), frame.iloc[:, number].tolist()) for number, label in enumerate(frame.columns)
    ]
    return _grid([*index, *columns])


def read_parquet(data: bytes, name: str) -> Grid:
    """Return the cells of a Parquet file; raises TableError when it is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(data))
        # Python's values rather than pandas': integers with gaps stay whole numbers.
        columns = [
            (label, column.to_pylist())
            for label, column in zip(table.column_names, table.columns, strict=True)
            if not label.startswith("__index_level_")
        ]
    except (pa.ArrowException, OSError) as error:
        problem = Problem("the Parquet file is damaged", "Write it again from its source")
        raise TableError(name, [problem]) from error
    return _grid(columns)


def read_json(data: bytes, name: str) -> Grid:
    """Return the cells of JSON: a list of objects, an object of columns, or one with one list.

    Raises TableError when it is not JSON or of another shape.
    """
    content = _parse(decode(data, name), name)
    if isinstance(content, dict):
        columns = _columns(content, name)
        if columns is not None:
            return _grid(columns)
        content = _only_list(content, name)
    return _grid(_columns_of_records(content, name))


def _parse(text: str, name: str) -> object:
    try:
        content: object = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"at line {error.lineno}, column {error.colno}"
        problem = Problem(f"the file is not valid JSON {where}: {error.msg}", "Mend it there")
    except RecursionError:
        problem = Problem("the JSON is nested too deeply", "Give a list of objects, one per row")
    except ValueError:
        # Python refuses whole numbers of more than 4,300 digits.
        problem = Problem("the JSON holds a number that is far too long", "Put it in quotes")
    else:
        return content
    raise TableError(name, [problem])


def _columns(content: Mapping[str, object], name: str) -> list[tuple[str, list[object]]] | None:
    """Return the columns of {"key": [...], "text": [...]} or pandas' {"key": {"0": ...}}."""
    columns: list[tuple[str, list[object]]] = []
    for label, values in content.items():
        cells = list(values.values()) if isinstance(values, dict) else values
        if not isinstance(cells, list) or any(isinstance(cell, dict) for cell in cells):
            return None
        columns.append((label, cells))
    lengths = {len(cells) for _label, cells in columns}
    if len(lengths) > 1:
        counts = ", ".join(f"'{label}' {len(cells)}" for label, cells in columns)
        problem = Problem(
            f"the columns differ in length: {counts}",
            "Give every column as many values; use null for an empty one",
        )
        raise TableError(name, [problem])
    return columns


def _only_list(content: Mapping[str, object], name: str) -> object:
    lists = [value for value in content.values() if isinstance(value, list)]
    if len(lists) != 1:
        found = ", ".join(f"'{label}'" for label in content) or "nothing"
        raise TableError(name, [_shape_problem(f"the JSON object holds {found}")])
    return lists[0]


def _columns_of_records(content: object, name: str) -> list[tuple[str, Sequence[object]]]:
    if not isinstance(content, list):
        raise TableError(name, [_shape_problem(f"the JSON holds one {type(content).__name__}")])
    odd = [
        Problem("the entry is not an object", 'Write {"key": …, "text": …}', row=row)
        for row, record in enumerate(content, start=2)
        if not isinstance(record, dict)
    ]
    if odd:
        raise TableError(name, odd)
    labels = dict.fromkeys(label for record in content for label in record)
    return [(label, [record.get(label) for record in content]) for label in labels]


def _shape_problem(message: str) -> Problem:
    return Problem(message, "Give a list of objects, one per row, or one object of columns")


def _grid(columns: Sequence[tuple[str, Sequence[object]]]) -> Grid:
    return grid_of_columns([label for label, _ in columns], [values for _, values in columns])
