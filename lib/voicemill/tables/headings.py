"""Which row is the header and which column means what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from voicemill.errors import Problem, close_matches
from voicemill.tables.grid import Grid, clean, column_letters
from voicemill.tables.kinds import Kind

# Titles and notes above the header are skipped within the first ten rows that hold anything.
FIRST_ROWS = 10


@dataclass(frozen=True)
class Header:
    """The header of a grid.

    row: its row as the person sees it; data starts below.
    labels: the headings as written, '' where a column has none.
    columns: for each column what it means: a column of the kind, the person's own heading,
    or '' for a column to ignore.
    problems: what is wrong with the header itself.
    """

    row: int
    labels: list[str]
    columns: list[str]
    problems: tuple[Problem, ...]


def heading_name(label: str) -> str:
    """Return a heading the way columns are named: 'Example-Word ' → 'example_word'."""
    return re.sub(r"[\s\-_]+", "_", clean(label)).strip("_").casefold()


def recognised(cells: Sequence[str], kind: Kind) -> set[str]:
    """Return the columns of the kind that a row of cells would name as a header."""
    names = {heading_name(cell) for cell in cells}
    return {column for name in names if (column := kind.synonyms.get(name, name)) in kind.columns}


def read_header(grid: Grid, kind: Kind) -> Header:
    """Find the header of a grid with at least one filled cell and say what each column means."""
    index, cells = _below_merged(grid, 0 if grid.header_known else _header_index(grid.rows, kind))
    labels = [clean(cell) for cell in cells]
    while labels and not labels[-1]:
        labels.pop()
    columns = _meanings(labels, kind)
    typos = _typos(columns, kind)
    problems = (
        *_duplicates(labels, columns, index + 1),
        *(_misspelt(label, meant, index + 1) for label, meant in typos.items()),
        *_missing(labels, columns, kind, typos),
    )
    return Header(row=index + 1, labels=labels, columns=columns, problems=problems)


def _header_index(rows: Sequence[Sequence[str]], kind: Kind) -> int:
    """Return the first row that names all that is required, else the one naming most."""
    filled = [index for index, row in enumerate(rows) if any(map(clean, row))][:FIRST_ROWS]
    names = {index: recognised(rows[index], kind) for index in filled}
    for index in filled:
        if all(names[index].intersection(group) for group in kind.required):
            return index
    best = max(filled, key=lambda index: len(names[index]))
    if names[best]:
        return best
    several = [index for index in filled if sum(bool(clean(cell)) for cell in rows[index]) > 1]
    return (several or filled)[0]


def _below_merged(grid: Grid, index: int) -> tuple[int, list[str]]:
    """Return the lowest row of a header merged over two or three rows, and its cells.

    A heading merged downwards belongs to the lowest row; what stands above it is a title.
    """
    upright = [
        span
        for span in grid.merged
        if span.left == span.right
        and span.top <= index + 1 <= span.bottom < span.top + 3
        and span.left <= len(grid.rows[span.top - 1])
    ]
    lowest = max([index, *(span.bottom - 1 for span in upright)])
    cells = list(grid.rows[lowest]) if lowest < len(grid.rows) else []
    for span in upright:
        cells += [""] * (span.left - len(cells))
        cells[span.left - 1] = grid.rows[span.top - 1][span.left - 1]
    return lowest, cells


def _meanings(labels: Sequence[str], kind: Kind) -> list[str]:
    names = [heading_name(label) for label in labels]
    taken = {name for name in names if name in kind.columns}
    meanings = []
    for label, name in zip(labels, names, strict=True):
        meant = kind.synonyms.get(name, name)
        if name in kind.columns:
            meanings.append(name)
        elif meant in kind.columns and meant not in taken:
            meanings.append(meant)
        elif name in _FILLED_BY_US:
            meanings.append("")
        else:
            meanings.append(label)
    return meanings


# A table that was exported can be read again: what Voicemill fills in, it fills in anew.
_FILLED_BY_US = frozenset({"collection", "sound", "key"})


def _duplicates(labels: Sequence[str], columns: Sequence[str], row: int) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, (label, column) in enumerate(zip(labels, columns, strict=True)):
        earlier = first.setdefault(heading_name(column), index)
        if column and earlier != index:
            places = f"{column_letters(earlier + 1)} and {column_letters(index + 1)}"
            same = "" if label == labels[earlier] else f" ('{labels[earlier]}' and '{label}')"
            yield Problem(
                f"columns {places} both mean '{column}'{same}",
                "Keep one of them, or rename the other",
                row=row,
                column=label,
            )


def _typos(columns: Sequence[str], kind: Kind) -> dict[str, str]:
    """Return headings one or two keystrokes away from a column that is not there.

    Short names that are not required are left alone: 'test' may well be a column of its own.
    """
    from rapidfuzz.distance import OSA

    def meant(label: str) -> str | None:
        name = heading_name(label)
        near = (c for c in absent if OSA.distance(name, c) <= (2 if len(c) > 5 else 1))
        return next(near, None)

    required = {column for group in kind.required for column in group[:1]}
    absent = [c for c in kind.columns if c not in columns and (c in required or len(c) > 4)]
    own = [c for c in columns if c and c not in kind.columns]
    return {label: column for label in own if (column := meant(label))}


def _misspelt(label: str, meant: str, row: int) -> Problem:
    return Problem(
        f"the heading looks like a misspelt '{meant}'",
        f"Rename it to '{meant}', or to something less alike if it is your own",
        row=row,
        column=label,
    )


def _missing(
    labels: Sequence[str], columns: Sequence[str], kind: Kind, typos: Mapping[str, str]
) -> Iterator[Problem]:
    own = [column for column in columns if column and column not in kind.columns]
    found = ", ".join(f"'{label}'" for label in labels if label) or "none"
    for group in kind.required:
        if any(column in columns or column in typos.values() for column in group):
            continue
        matches = close_matches(group[0], [column for column in own if len(column) > 2])
        hint = f"Rename '{matches[0]}' if that is it, or add it" if matches else "Add it"
        if not any(column in kind.columns for column in columns):
            hint = "Name the columns in a row above the data"
        wanted = " or ".join(f"'{column}'" for column in group)
        yield Problem(f"column {wanted} is missing", f"{hint}; columns found: {found}")
