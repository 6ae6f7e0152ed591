"""The file behind a table: its bytes, or a sentence saying why there are none."""

from __future__ import annotations

from pathlib import Path

from voicemill.errors import Problem, TableError, close_matches

_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".parquet", ".json")

_OTHER_FORMATS = (
    (b"%PDF", "a PDF document", "Copy its table into a spreadsheet and save that as XLSX or CSV"),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel file (.xls) or one protected by a password",
        "Open it in Excel or LibreOffice and save it as XLSX without a password",
    ),
    (b"{\\rtf", "a text document (RTF)", "Save it as plain text in UTF-8"),
    (b"\x1f\x8b", "a compressed file (gzip)", "Unpack it and give the file inside"),
    (b"\x89PNG", "a picture", "Type its table into a spreadsheet"),
    (b"\xff\xd8\xff", "a picture", "Type its table into a spreadsheet"),
    (b"SQLite format 3", "a database", "Export the table from it as CSV"),
)


def read_bytes(path: Path, name: str) -> bytes:
    """Return the content of a file; raises TableError naming what to do when that fails."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        problem = _absent(path)
    except IsADirectoryError:
        problem = Problem("this is a folder, not a file", _name_one_of(path))
    except PermissionError:
        problem = Problem("you may not read this file", "Ask for permission or copy it elsewhere")
    except (OSError, ValueError) as error:
        # ValueError: a path with a NUL character.
        reason = getattr(error, "strerror", None) or str(error)
        problem = Problem(f"the file cannot be opened: {reason}", "Check the path")
    raise TableError(name, [problem])


def refuse_other_formats(data: bytes, name: str) -> None:
    """Raise TableError when the content is known to be something else than a table."""
    for start, what, remedy in _OTHER_FORMATS:
        if data.startswith(start):
            raise TableError(name, [Problem(f"the file is {what}, not a table we read", remedy)])


def _absent(path: Path) -> Problem:
    folder = path.absolute().parent
    if not folder.is_dir():
        return Problem(f"there is no folder {folder}", "Check the path")
    matches = close_matches(path.name, [entry.name for entry in _tables_in(folder)])
    if matches:
        remedy = "Did you mean " + " or ".join(f"'{match}'" for match in matches) + "?"
    else:
        remedy = _name_one_of(folder)
    return Problem(f"there is no such file in {folder}", remedy)


def _name_one_of(folder: Path) -> str:
    names = [f"'{entry.name}'" for entry in _tables_in(folder)[:8]]
    return f"Tables in it: {', '.join(names)}" if names else "There are no tables in that folder"


def _tables_in(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.suffix.casefold() in _ENDINGS)
    except PermissionError:
        return []
