"""Files that appear whole or not at all, also when power fails meanwhile."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from voicemill.errors import StoreError


def save_whole(target: Path, data: bytes, what: str, remedy: str = "") -> Path:
    """Write a file as `write_whole` does, and return where.

    Raises StoreError saying that `what`, such as "the report", cannot be written.
    """
    try:
        write_whole(target, data)
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(
            f"{what} cannot be written ({reason})", where=str(target), remedy=remedy
        ) from error
    return target


def write_whole(target: Path, data: bytes) -> None:
    """Write a file beside its place, then rename it; its folder is made where it is missing.

    A link stays one: the file it points to is replaced. An older file's permissions stay.
    Raises OSError; then nothing has changed but the folder.
    """
    place = target.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f".{secrets.token_hex(12)}.tmp")
    try:
        with unfinished.open("xb") as file:
            file.write(data)
            file.flush()
            # Without it a power cut soon after the rename can leave an empty file.
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            unfinished.chmod(place.stat().st_mode)
        unfinished.replace(place)
    finally:
        unfinished.unlink(missing_ok=True)
