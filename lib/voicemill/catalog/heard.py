"""Heard: what automatic checks found in a file, by its checksum and what it should be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from voicemill.catalog.database import Database
from voicemill.catalog.schema import audio_source, heard

_CHUNK = 500  # values per IN list, below SQLite's limit of variables


@dataclass(frozen=True)
class HeardFile:
    """What checks found in one file.

    checksum: of the file.  expected: a hash of what it should be, and of how it was checked.
    suspicion: 0 nothing … 1 surely wrong.  findings: one mapping per check.
    """

    checksum: str
    expected: str
    suspicion: float
    findings: list[dict[str, Any]] = field(default_factory=list)
    created_at: datetime | None = None


class Heard:
    """Reads and writes the results of automatic checks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, found: HeardFile) -> None:
        """Keep a result, in place of an earlier one of the same file and expectation."""
        values = {
            "suspicion": found.suspicion,
            "findings": found.findings,
            "created_at": datetime.now(UTC),
        }
        insert = self._database.insert(heard).values(
            {**values, "checksum": found.checksum, "expected": found.expected}
        )
        upsert = insert.on_conflict_do_update(index_elements=["checksum", "expected"], set_=values)
        self._database.write(lambda connection: connection.execute(upsert))

    def of(self, checksums: Iterable[str]) -> dict[tuple[str, str], HeardFile]:
        """Return (checksum, expected) → result of all that is known of some files."""
        wanted = list(dict.fromkeys(checksums))

        def work(connection: sa.Connection) -> dict[tuple[str, str], HeardFile]:
            found: dict[tuple[str, str], HeardFile] = {}
            for start in range(0, len(wanted), _CHUNK):
                some = heard.c.checksum.in_(wanted[start : start + _CHUNK])
                for row in connection.execute(sa.select(heard).where(some)).mappings():
                    found[row["checksum"], row["expected"]] = HeardFile(**row)
            return found

        return self._database.read(work)

    def forget_gone(self) -> int:
        """Forget the results of files that no source has any more; returns how many."""
        gone = sa.delete(heard).where(heard.c.checksum.not_in(sa.select(audio_source.c.checksum)))
        return self._database.write(lambda connection: connection.execute(gone).rowcount)
