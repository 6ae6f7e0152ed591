"""From a source to validated items: read cells, find the header, check, build."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from voicemill.errors import Problem, TableError
from voicemill.tables.checks import problems_of
from voicemill.tables.delimited import read_delimited
from voicemill.tables.excel import read_excel
from voicemill.tables.files import read_bytes, refuse_other_formats
from voicemill.tables.grid import Grid
from voicemill.tables.items import items_of
from voicemill.tables.kinds import Kind, kind_named
from voicemill.tables.records import records_of
from voicemill.tables.typed import read_frame, read_json, read_parquet

if TYPE_CHECKING:
    import pandas as pd


def read_table(
    source: str | Path | pd.DataFrame, kind: str, *, collection: str | None = None
) -> pd.DataFrame:
    """Read a table of phonemes, book pages or words into validated items.

    source: path of a CSV, TSV, TXT, XLSX, Parquet or JSON file, or any DataFrame.
    kind: 'phonemes', 'book', 'words' or 'cast' (who speaks in a book: name and voice).
    collection: what the items belong to; by default the file's name without its ending,
    for a DataFrame the kind.

    Returns one row per item: the columns of ITEM_COLUMNS, then the person's own columns as
    text; a missing cell is ''. Columns called collection, sound or key that the kind does
    not read are filled anew, so that exported items can be read again.

    Raises TableError with every problem found, rows counted as in the file (in DataFrame,
    Parquet and JSON the first record is row 2), and UnknownName for an unknown kind.
    """
    import pandas as pd

    shape = kind_named(kind)
    name, default_collection = _names(source, kind)
    grid = _cells(source, name, shape)
    records = records_of(grid, shape, name)
    problems = [*records.problems, *problems_of(records, shape)]
    if problems:
        raise TableError(name, sorted(problems, key=lambda problem: problem.row or 0))
    columns = items_of(records, shape)
    collection = unicodedata.normalize("NFC", collection or default_collection)
    return pd.DataFrame({"collection": [collection] * len(records.rows), **columns})


def _names(source: object, kind: str) -> tuple[str, str]:
    """Return how errors call the source and the collection it makes by default."""
    if isinstance(source, (str, Path)):
        return str(source), Path(source).stem
    return "DataFrame", kind


def _cells(source: object, name: str, kind: Kind) -> Grid:
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        return read_frame(source, name)
    if not isinstance(source, (str, Path)):
        remedy = "Give the path of a file or a pandas DataFrame"
        problem = Problem(f"a {type(source).__name__} is not a table", remedy)
        raise TableError(name, [problem])
    data = read_bytes(Path(source).expanduser(), name)
    # The content decides, since endings are often wrong; only JSON needs its ending.
    if data.startswith(b"PK\x03\x04"):
        return read_excel(data, name)
    if data.startswith(b"PAR1"):
        return read_parquet(data, name)
    refuse_other_formats(data, name)
    if Path(source).suffix.casefold() == ".json":
        return read_json(data, name)
    return read_delimited(data, name, kind)
