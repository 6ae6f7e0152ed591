"""What the places where finished files lie have in common: a folder, or what fsspec reaches.

Each does the same with paths inside it and lets the system's errors through, which `Store`
turns into sentences.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from voicemill.catalog.store.troubles import Trouble

_TEMPORARY = re.compile(r"(?:.*/)?\.[0-9a-f]{32}\.tmp", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a listing.

    changed_at: when it was last written (UTC), None where the place does not say.
    """

    size_bytes: int
    changed_at: datetime | None


class Place(Protocol):
    """What a store needs of the place where its files lie."""

    def write(self, path: str, data: bytes) -> None:
        """Put a file in place whole."""

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""

    def walk(self, folder: str) -> Iterator[tuple[str, Entry]]:
        """Yield every file below a folder, temporary ones too."""

    def size_bytes(self, path: str) -> int | None:
        """Return a file's size, None when it is not there."""

    def checksum(self, path: str) -> str:
        """Return the SHA-256 of a file, in hex."""

    def delete(self, path: str) -> None:
        """Remove a file, if it is there."""

    def trouble(self, error: Exception, doing: str) -> Trouble:
        """Return what an error means to a person."""


def temporary_name() -> str:
    """Return a new name that no listing of finished files shows."""
    return f".{uuid.uuid4().hex}.tmp"


def is_temporary(path: str) -> bool:
    """Return whether a writer made this name for a file that is not finished."""
    return path.endswith(".tmp") and _TEMPORARY.fullmatch(path) is not None


def as_utc(time_s: float) -> datetime | None:
    """Return seconds since 1970 as a time, None when no calendar has it."""
    try:
        return datetime.fromtimestamp(time_s, UTC)
    except (ValueError, OverflowError, OSError):  # a damaged disk gives dates beyond the calendar
        return None
