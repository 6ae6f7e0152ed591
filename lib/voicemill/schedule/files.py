"""The schedule's own files in output/schedule: logs, locks, and since when entries are known."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from voicemill.errors import RunError, StoreError
from voicemill.schedule.entries import Entry
from voicemill.settings import Settings
from voicemill.whole_files import write_whole

_LOG_BYTES = 1_000_000  # of one log, before the next one begins; one old one is kept


def folder(settings: Settings) -> Path:
    """Return the folder, made when it is missing. Raises StoreError."""
    place = settings.output / "schedule"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(place, error) from error
    return place


@contextmanager
def held(file: Path) -> Iterator[int | None]:
    """Hold a lock for as long as the block, and processes that are given its descriptor, last.

    Yields the descriptor, or None when somebody else holds the lock. The system lets go of it
    when its last holder dies, so what a killed one leaves behind is no obstacle.
    """
    if sys.platform == "win32":
        raise RunError(
            "running a schedule needs Linux or macOS",
            remedy="On Windows let the Task Scheduler call: voicemill run NOTEBOOK",
        )
    import fcntl

    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise _unwritable(file, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def appended(file: Path) -> Iterator[BinaryIO]:
    """Open a log to write on; a long one is put aside first. Raises StoreError."""
    try:
        if file.exists() and file.stat().st_size > _LOG_BYTES:
            file.replace(file.with_name(f"{file.name}.1"))
        stream = file.open("ab")
    except OSError as error:
        raise _unwritable(file, error) from error
    with stream:
        yield stream


def write_parameters(entry: Entry, settings: Settings) -> Path:
    """Write an entry's parameters for `voicemill run -f`; returns where. Raises StoreError."""
    file = folder(settings) / f"{entry.name}.json"
    _write(file, json.dumps(entry.parameters, ensure_ascii=False, indent=1))
    return file


def known_since(entries: Sequence[Entry], settings: Settings) -> dict[str, datetime]:
    """Return since when each entry is known with its present times; new ones since now.

    What was due before then was nobody's duty, so that it is not caught up.
    Raises StoreError.
    """
    file = folder(settings) / "known.json"
    before = _read(file)
    now = datetime.now(UTC).isoformat()
    known: dict[str, dict[str, str]] = {}
    for entry in entries:
        same = {"when": entry.when.text, "timezone": entry.when.zone}
        old = before.get(entry.name, {})
        is_same = all(old.get(key) == value for key, value in same.items())
        known[entry.name] = {**same, "since": old["since"] if is_same else now}
    if known != before:
        _write(file, json.dumps(known, ensure_ascii=False, indent=1))
    return {name: datetime.fromisoformat(facts["since"]) for name, facts in known.items()}


def _read(file: Path) -> dict[str, dict[str, str]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        for facts in content.values():
            datetime.fromisoformat(facts["since"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # never written, or damaged: then every entry is new, and nothing is caught up
    return dict(content)


def _write(file: Path, text: str) -> None:
    try:
        write_whole(file, text.encode())
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(place: Path, error: OSError) -> StoreError:
    return StoreError(
        f"nothing can be written there ({error.strerror or error})",
        where=str(place),
        remedy="Make room, or give yourself the right to write there",
    )
