"""Exports appear whole: made in a hidden folder beside their place, then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from voicemill.catalog.processes import is_alive, this_process
from voicemill.errors import AudioError, StoreUnavailable

_PREFIX, _SUFFIX = ".voicemill-", ".tmp"
_OWNER = ".owner"


@contextmanager
def placing(folder: Path) -> Iterator[Path]:
    """Yield a hidden folder inside `folder`; the files in it get their place when all are made.

    Files only: what lies in a folder inside it is forgotten. When it fails nothing has changed.
    Raises StoreUnavailable where nothing can be written.
    """
    was_there = folder.exists()
    made = folder / f"{_PREFIX}{secrets.token_hex(6)}{_SUFFIX}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _forget_the_dead(folder)
        made.mkdir()
        (made / _OWNER).write_text(this_process(), encoding="utf-8")
        yield made
        for file in _files(made):
            file.replace(folder / file.name)
    except OSError as error:
        what = f"the export cannot be written ({error.strerror or error})"
        remedy = "Look whether there is room, and whether you may write there"
        raise StoreUnavailable(what, where=str(folder), remedy=remedy) from error
    except AudioError as error:
        # A person knows where the export was to be, not where it was in the making.
        where = error.where.replace(str(made), str(folder))
        raise type(error)(error.what, where=where, remedy=error.remedy) from error
    finally:
        with suppress(FileNotFoundError, NotADirectoryError):  # never begun
            shutil.rmtree(made)
        with suppress(OSError):  # it is not empty
            if not was_there:
                folder.rmdir()


def _files(made: Path) -> list[Path]:
    """Return the files made, all of them on the disk: a power cut after a rename empties others."""
    found = sorted(file for file in made.iterdir() if file.name != _OWNER and file.is_file())
    for file in found:
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    return found


def _forget_the_dead(folder: Path) -> None:
    """Remove what exports left behind whose process was killed."""
    for left in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        try:
            owner = (left / _OWNER).read_text(encoding="utf-8")
        except OSError:  # just begun, or just going
            continue
        if is_alive(owner) is False:
            shutil.rmtree(left, ignore_errors=True)
