"""The pronunciation lexicon as a file of people, and its entries."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from pathlib import Path

from voicemill.errors import Problem, TableError, close_matches
from voicemill.speech import ipa as notation
from voicemill.speech.words.cleaning import clean
from voicemill.speech.words.ipa_letters import not_ipa


@dataclass(frozen=True)
class Entry:
    """How a term is said.

    term: written in lower case it stands for any case; with capitals only for itself.
    language: BCP-47 tag; "en" is for en-GB and en-US too, "" or "*" for every language.
    respelling: what engines that read text are given.  ipa: for engines that speak IPA.
    part_of_speech: a note for people; it does not choose between two readings of a term.
    """

    term: str
    language: str
    respelling: str = ""
    ipa: str = ""
    part_of_speech: str = ""

    def applies_to(self, language: str) -> bool:
        """Tell whether the entry is for texts of this language."""
        own, wanted = self.language.lower(), language.lower().replace("_", "-")
        return own in {"", "*", wanted} or wanted.startswith(own + "-")

    @property
    def any_case(self) -> bool:
        """Whether the term stands for itself in any case."""
        return self.term == self.term.lower()


_COLUMNS = tuple(field.name for field in fields(Entry))


@dataclass(frozen=True)
class Lexicon:
    """The entries of a pronunciation lexicon, in the order of the file."""

    entries: tuple[Entry, ...] = ()

    def __hash__(self) -> int:
        # That of all entries would be made anew for every text.
        return hash(self.version)

    @classmethod
    def read(cls, path: Path | str) -> Lexicon:
        """Read a CSV file in UTF-8; a file that is not there is an empty lexicon.

        Columns: term, language, respelling, ipa, part_of_speech; all but term may be absent.
        Raises TableError with every problem, each naming row (header = 1) and column.
        """
        path = Path(path)
        if not path.exists():
            return cls()
        rows = _rows(path)
        header = [name.strip().lower() for name in rows[0]] if rows else []
        problems = list(_header_problems(header))
        if problems:
            raise TableError(str(path), problems)
        numbered = [(row, _entry(header, cells)) for row, cells in enumerate(rows[1:], 2)]
        filled = [(row, entry) for row, entry in numbered if any(astuple(entry))]
        too_long = (
            Problem(
                f"the row has {len(cells)} cells and the header {len(header)}",
                "Put text that contains a comma in double quotes",
                row=row,
            )
            for row, cells in enumerate(rows[1:], 2)
            if any(cell.strip() for cell in cells[len(header) :])
        )
        problems = [*too_long, *_entry_problems(filled), *_duplicates(filled)]
        if problems:
            raise TableError(str(path), sorted(problems, key=lambda problem: problem.row or 0))
        return cls(tuple(entry for _, entry in filled))

    @cached_property
    def version(self) -> str:
        """A short digest of all entries, the same whatever their order."""
        lines = sorted("\t".join(astuple(entry)) for entry in self.entries)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def _rows(path: Path) -> list[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = Problem(
            "the file is not in UTF-8", "Save it again as 'CSV UTF-8' (Excel: Save As)", row=line
        )
        raise TableError(str(path), [problem]) from error
    except OSError as error:
        problem = Problem(f"the file cannot be read ({error.strerror})", "Check it and its folder")
        raise TableError(str(path), [problem]) from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        problem = Problem(f"the file is not CSV ({error})", "Save it again as 'CSV UTF-8'")
        raise TableError(str(path), [problem]) from error


def _header_problems(header: list[str]) -> Iterator[Problem]:
    if "term" not in header:
        yield Problem("there is no column 'term'", f"Write the header {','.join(_COLUMNS)}", row=1)
    for name in dict.fromkeys(header):
        if name not in _COLUMNS:
            matches = close_matches(name, _COLUMNS)
            remedy = f"Did you mean '{matches[0]}'?" if matches else f"Use {', '.join(_COLUMNS)}"
            yield Problem("there is no such column", remedy, row=1, column=name)
        elif header.count(name) > 1:
            yield Problem("the column is there twice", "Keep one of them", row=1, column=name)


def _entry(header: list[str], cells: list[str]) -> Entry:
    # Rows may be shorter than the header.
    values = {name: clean(cell) for name, cell in zip(header, cells, strict=False)}
    values["ipa"] = notation.normal(values.get("ipa", ""))
    return Entry(**{"term": "", "language": "", **values})


def _entry_problems(entries: list[tuple[int, Entry]]) -> Iterator[Problem]:
    for row, entry in entries:
        if not entry.term:
            yield Problem("there is no term", "Write the word to be said", row=row, column="term")
        if not entry.respelling and not entry.ipa:
            yield Problem(
                f"'{entry.term}' has neither a respelling nor IPA",
                "Write how it is said in one of the two columns",
                row=row,
                column="respelling",
            )
        unknown = not_ipa(entry.ipa)
        if unknown:
            yield Problem(
                f"{' '.join(unknown)} in '{entry.ipa}' is not IPA",
                "Write the sounds in IPA, or write a respelling instead",
                row=row,
                column="ipa",
            )


def _duplicates(entries: list[tuple[int, Entry]]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for row, entry in entries:
        key = (entry.term, entry.language.lower().replace("*", ""))
        if entry.term and key in seen:
            yield Problem(
                f"'{entry.term}' is already in row {seen[key]} for the same language",
                "Keep one of them; the part of speech does not choose between entries",
                row=row,
                column="term",
            )
        seen.setdefault(key, row)
