"""EPUB files as ZIP archives: written beside their place, whole or not at all."""

from __future__ import annotations

import os
import secrets
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from voicemill.errors import AudioError, StoreUnavailable

_PIECE_BYTES = 1 << 20
# Compressing these again only costs time.
_PACKED = frozenset(
    (".mp3", ".m4a", ".mp4", ".aac", ".ogg", ".opus", ".webm", ".jpg", ".jpeg", ".png", ".gif",
     ".webp", ".woff", ".woff2")
)  # fmt: skip


class Packing:
    """An EPUB in the making. Dates are fixed, so that the same book gives the same bytes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add(self, path: str, data: bytes) -> None:
        """Add a file of the book."""
        self._archive.writestr(_entry(path), data)

    def copy(self, path: str, source: Path) -> None:
        """Add a sound file piece by piece, not compressed; raises AudioError if unreadable."""
        entry = _entry(path)
        try:
            opened = source.open("rb")
            entry.file_size = source.stat().st_size
        except OSError as error:
            raise _unreadable(source, error) from error
        with opened, self._archive.open(entry, "w") as place:
            for piece in _pieces(opened, source):
                place.write(piece)


@contextmanager
def packing(target: Path) -> Iterator[Packing]:
    """Write an EPUB; it gets its name when it is whole.

    Raises StoreUnavailable where nothing can be written; then nothing is left behind.
    """
    unfinished = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(unfinished, "x") as archive:
            # Readers tell an EPUB by these bytes at their fixed place.
            archive.writestr(_entry("mimetype", zipfile.ZIP_STORED), b"application/epub+zip")
            yield Packing(archive)
        os.replace(unfinished, target)  # noqa: PTH105 - replaces an older file in one step
    except OSError as error:
        what = f"the EPUB cannot be written ({error.strerror or error})"
        remedy = "Look whether there is room, and whether you may write there"
        raise StoreUnavailable(what, where=str(target), remedy=remedy) from error
    finally:
        with suppress(FileNotFoundError, NotADirectoryError):  # renamed, or never begun
            unfinished.unlink()


def _entry(path: str, method: int | None = None) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path)
    packed = os.path.splitext(path)[1].lower() in _PACKED  # noqa: PTH122 - of an archive
    entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    if method is not None:
        entry.compress_type = method
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry


def _pieces(opened: IO[bytes], source: Path) -> Iterator[bytes]:
    while True:
        try:
            piece = opened.read(_PIECE_BYTES)
        except OSError as error:
            raise _unreadable(source, error) from error
        if not piece:
            return
        yield piece


def _unreadable(source: Path, error: OSError) -> AudioError:
    what = f"the sound cannot be read ({error.strerror or error})"
    return AudioError(what, where=str(source), remedy="Make it again, or look for the file")
