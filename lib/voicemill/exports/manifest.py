"""Manifest: what an export holds, as JSON and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from voicemill.audio import Check, Profile
from voicemill.exports.labels import people_of, voices_of
from voicemill.exports.parts import title_of
from voicemill.exports.result import ExportedFile
from voicemill.production.narration.audiobook import Audiobook
from voicemill.tables.formulas import defused
from voicemill.tables.writing import csv_text


def manifest_of(
    book: Audiobook, files: Sequence[ExportedFile], profile: Profile | None
) -> dict[str, Any]:
    """Return what a book is and what each of its files is.

    duration_s: decoded.  checks: the profile's rules as measured after encoding.
    """
    return {
        "version": 1,
        "title": title_of(book),
        "author": book.author,
        "language": book.language,
        "collection": book.collection,
        "narrators": {"people": list(people_of(book)), "voices": list(voices_of(book))},
        "licences": list(book.licences),
        "made_by": _made_by(),
        "profile": profile.name if profile else None,
        "duration_s": round(sum(file.duration_s for file in files), 3),
        "passed": all(file.passed for file in files),
        "missing_pages": list(book.missing),
        "files": [_entry(file) for file in files],
    }


def table_of(files: Iterable[ExportedFile]) -> str:
    """Return the files as CSV with a byte order mark, so that spreadsheets see Unicode."""
    rows = [
        {
            "name": file.path.name,
            "title": file.title,
            "pages": " ".join(file.pages),
            "duration_s": f"{file.duration_s:.3f}",
            "size_bytes": file.size_bytes,
            "sha256": file.checksum,
            "passed": "yes" if file.passed else "no",
            "not_kept": "; ".join(check.sentence for check in file.checks if not check.passed),
        }
        for file in files
    ]
    return csv_of(rows)


def checks_of(files: Iterable[ExportedFile]) -> str:
    """Return every rule of every file as it was measured, as CSV."""
    rows = [
        {
            "file": file.path.name,
            "rule": check.rule.measure,
            "passed": "yes" if check.passed else "no",
            "measured": round(check.value, 3),
            "lowest": _blank(check.rule.minimum),
            "highest": _blank(check.rule.maximum),
            "unit": check.rule.unit,
            "sentence": check.sentence,
            "source": check.rule.source,
        }
        for file in files
        for check in file.checks
    ]
    return csv_of(rows)


def csv_of(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as CSV in which no cell is a formula."""
    if not rows:
        return ""
    names = list(rows[0])
    return csv_text([names, *([defused(row.get(name, "")) for name in names] for row in rows)])


def _entry(file: ExportedFile) -> dict[str, Any]:
    return {
        "name": file.path.name,
        "title": file.title,
        "pages": list(file.pages),
        "duration_s": round(file.duration_s, 3),
        "size_bytes": file.size_bytes,
        "sha256": file.checksum,
        "passed": file.passed,
        "checks": [_check(check) for check in file.checks],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "measure": check.rule.measure,
        "value": round(check.value, 3),
        "passed": check.passed,
        "sentence": check.sentence,
    }


def _blank(limit: float | None) -> float | str:
    return "" if limit is None else limit


def _made_by() -> str:
    from importlib.metadata import version

    return f"Voicemill {version('voicemill')}"
