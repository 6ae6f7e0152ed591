"""From cells to records: named columns, one record per filled row, strays reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from voicemill.errors import Problem, TableError
from voicemill.tables.grid import Grid, Span, clean, column_letters
from voicemill.tables.headings import Header, read_header
from voicemill.tables.kinds import Kind


@dataclass(frozen=True)
class Records:
    """The data of a table below its header.

    rows: the row of each record as the person sees it.
    columns: clean cells by column, each as long as `rows`.
    labels: the heading of each column as written.
    problems: what was wrong so far.
    """

    rows: list[int]
    columns: dict[str, list[str]]
    labels: dict[str, str]
    problems: tuple[Problem, ...]

    def column(self, name: str) -> list[str]:
        """Return the cells of a column, empty ones where the table does not have it."""
        return self.columns.get(name) or [""] * len(self.rows)


def records_of(grid: Grid, kind: Kind, name: str) -> Records:
    """Return the records of a grid; raises TableError when it has no header or no rows."""
    if not any(clean(cell) for row in grid.rows for cell in row):
        problem = Problem("the table is empty", "Write a header row and rows below")
        raise TableError(name, grid.problems or [problem])
    header = read_header(grid, kind)
    cells = [[clean(cell) for cell in row] for row in grid.rows[header.row :]]
    filled = [(row, line) for row, line in enumerate(cells, start=header.row + 1) if any(line)]
    if not filled:
        # Where reading broke off, rows may well be there.
        problem = Problem("there is a header and no row below it", "Write one row per item")
        raise TableError(name, [*header.problems, *(grid.problems or [problem])])
    columns: dict[str, list[str]] = {}
    labels: dict[str, str] = {}
    for index, column in enumerate(header.columns):
        if column and column not in columns:
            columns[column] = [line[index] if index < len(line) else "" for _, line in filled]
            labels[column] = header.labels[index]
    problems = (
        *grid.problems,
        *header.problems,
        *_without_heading(filled, header, grid),
        *_merged_data(grid, header),
    )
    return Records([row for row, _ in filled], columns, labels, problems)


def _without_heading(
    filled: list[tuple[int, list[str]]], header: Header, grid: Grid
) -> Iterator[Problem]:
    """Yield cells that no heading names, by row where a delimiter may have split a text."""
    width = len(header.labels)
    unnamed = {index for index, label in enumerate(header.labels) if not label}
    if _is_pandas_index([line[0] for _, line in filled]):
        unnamed.discard(0)
    for row, line in filled:
        if grid.delimiter and any(line[width:]):
            yield Problem(
                f"the row has {len(line)} cells and the header {width}",
                f"Put text that contains {grid.delimiter} in double quotes",
                row=row,
            )
            continue
        found = [i for i, cell in enumerate(line) if cell and (i in unnamed or i >= width)]
        if found:
            place = f"column {column_letters(found[0] + 1)}"
            yield Problem(
                f"{place} has data and no heading{_merged_over(grid, header, found[0])}",
                f"Write a heading into row {header.row} or clear the column",
                row=row,
            )
            return


def _is_pandas_index(cells: list[str]) -> bool:
    """Tell whether a first column without a heading only counts, as DataFrame.to_csv leaves it."""
    if not all(cell.isascii() and cell.isdigit() and len(cell) < 10 for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    return all(earlier < later for earlier, later in pairwise(numbers))


def _merged_over(grid: Grid, header: Header, index: int) -> str:
    for span in grid.merged:
        if span.top <= header.row <= span.bottom and span.left <= index + 1 <= span.right:
            return f", because {span} are merged"
    return ""


def _merged_data(grid: Grid, header: Header) -> Iterator[Problem]:
    for span in grid.merged:
        if span.bottom > header.row and _holds_something(span, grid):
            labels = header.labels[span.left - 1 : span.left]
            yield Problem(
                f"cells {span} are merged",
                "Unmerge them and fill in each cell of its own",
                row=max(span.top, header.row),
                column=labels[0] if labels and labels[0] else None,
            )


def _holds_something(span: Span, grid: Grid) -> bool:
    cells = grid.rows[span.top - 1][span.left - 1 : span.left] if span.top <= len(grid.rows) else []
    return any(map(clean, cells))
