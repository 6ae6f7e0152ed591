"""CSV, TSV and TXT: text whose cells are separated by a comma, semicolon, tab or bar."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from voicemill.errors import Problem, TableError
from voicemill.tables.encoding import decode
from voicemill.tables.grid import Grid, clean
from voicemill.tables.headings import FIRST_ROWS, recognised
from voicemill.tables.kinds import Kind

_DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "','", ";": "';'", "\t": "a tab", "|": "'|'"}
# Excel's own way to name the delimiter; it hides this line, so rows count from the next.
_SEP_LINE = re.compile(r'\A"?sep=([,;\t|])"?\r?\n', re.IGNORECASE)
# The csv module refuses cells above 131,072 characters, which a chapter in one cell can reach.
_LONGEST_CELL = 10_000_000


def read_delimited(data: bytes, name: str, kind: Kind) -> Grid:
    """Return the cells of a delimited text file; raises TableError when it has none.

    Encoding and delimiter are found out; quotes follow RFC 4180.
    """
    text = decode(data, name)
    if not clean(text):
        raise TableError(name, [Problem("the file is empty", "Write a header row and rows below")])
    if text.lstrip().startswith("<"):
        raise TableError(name, [_web_page()])
    named = _SEP_LINE.match(text)
    if named:
        text = text[named.end() :]
    delimiter = named.group(1) if named else find_delimiter(text, kind)
    rows, problems = _parse(text, delimiter)
    return Grid(rows=rows, delimiter=_NAMES[delimiter], problems=problems)


def find_delimiter(text: str, kind: Kind) -> str:
    """Return what separates the cells.

    It is what makes most headings known, then what makes rows equally long, else a comma.
    """

    def score(delimiter: str) -> tuple[int, float]:
        records = [row for row in islice(_reader(text, delimiter), 50) if any(row)]
        names = max((len(recognised(row, kind)) for row in records[:FIRST_ROWS]), default=0)
        widths = Counter(len(row) for row in records if len(row) > 1)
        return names, widths.most_common(1)[0][1] / len(records) if widths else 0.0

    return max(_DELIMITERS, key=score)


def _reader(text: str, delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)


def _parse(text: str, delimiter: str) -> tuple[list[list[str]], tuple[Problem, ...]]:
    rows: list[list[str]] = []
    try:
        for row in _reader(text, delimiter, strict=True):
            rows.append(row)  # one by one, so that the rows before a broken one are known
    except csv.Error:
        problem = Problem(
            "a double quote is opened and never closed, or text follows a closed one; "
            "rows from here on were not checked",
            'Put the whole cell in double quotes and write a quote inside it twice: ""',
            row=len(rows) + 1,
        )
        return rows, (problem,)
    return rows, ()


def _web_page() -> Problem:
    remedy = "Open it in a spreadsheet and save it as XLSX or CSV UTF-8"
    return Problem("the file is a web page or XML, not a table", remedy)
