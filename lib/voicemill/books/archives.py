"""ZIP archives of people, EPUB and DOCX: opened only when nothing in them can do harm."""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from voicemill.books import limits
from voicemill.errors import BookError

_FETCH_AGAIN = "Get the file again from where it came from"
_NOT_OPENED = "It was not opened; get the book from a source you trust"
_CENTRAL_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1
# What zipfile raises on bytes that are no good: wrong offsets and methods too.
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, struct.error, lzma.LZMAError, EOFError, OSError, ValueError,
    NotImplementedError, RuntimeError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class Archive:
    """An archive that passed every check; files are unpacked into memory, never to the disk.

    name: how errors call it.  files: the file of each path inside.
    """

    name: str
    opened: zipfile.ZipFile
    files: dict[str, zipfile.ZipInfo]

    def __contains__(self, path: str) -> bool:
        return path in self.files

    def read(self, path: str, most_bytes: int = limits.DOCUMENT_BYTES) -> bytes:
        """Return one file; raises BookError when it is damaged or larger than `most_bytes`."""
        info = self.files[path]
        if info.file_size > most_bytes:
            raise too_large(f"'{path}' in it", info.file_size, most_bytes, self.name)
        try:
            return self.opened.read(info)
        except _DAMAGES as error:
            what = f"'{path}' in it is damaged ({error})"
            raise BookError(what, where=self.name, remedy=_FETCH_AGAIN) from error


def open_archive(data: bytes, name: str) -> Archive:
    """Open a ZIP archive; raises BookError when it is damaged, locked or dangerous."""
    # Counted before opening: listing millions of entries would itself take all memory.
    if data.count(_CENTRAL_ENTRY) > limits.ENTRIES:
        raise _dangerous(f"it holds more than {limits.ENTRIES:,} files", name)
    try:
        opened = zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGES as error:
        what = f"the archive is damaged ({error})"
        raise BookError(what, where=name, remedy=_FETCH_AGAIN) from error
    entries = [info for info in opened.infolist() if not info.is_dir()]
    _refuse_bombs(entries, name)
    for info in entries:
        _refuse_entry(info, name)
    return Archive(name, opened, _by_path(entries, name))


def too_large(what: str, size_bytes: int, most_bytes: int, name: str) -> BookError:
    """Return the error for something larger than the limits allow."""
    sizes = f"{size_bytes / 1024**2:,.0f} MB, and at most {most_bytes / 1024**2:,.0f} MB are read"
    return BookError(f"{what} has {sizes}", where=name, remedy="Split the book into parts")


def _refuse_bombs(entries: list[zipfile.ZipInfo], name: str) -> None:
    # zipfile never unpacks more than the size an entry declares, so declared sizes bound all.
    total = sum(info.file_size for info in entries)
    if total > limits.UNPACKED_BYTES:
        raise _dangerous(f"it would unpack to {total / 1024**2:,.0f} MB", name)
    for info in entries:
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > limits.RATIO_FROM_BYTES and ratio > limits.RATIO:
            what = f"'{info.filename}' in it would grow {ratio:,.0f} times when unpacked"
            raise _dangerous(what, name)


def _refuse_entry(info: zipfile.ZipInfo, name: str) -> None:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    drive = info.filename[1:2] == ":"
    if path.is_absolute() or drive or ".." in path.parts:
        raise _dangerous(f"'{info.filename}' in it points outside the archive", name)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise _dangerous(f"'{info.filename}' in it is a link to another file", name)
    if info.flag_bits & _ENCRYPTED:
        remedy = "Save it without a password and read it again"
        raise BookError("the archive is locked with a password", where=name, remedy=remedy)


def _by_path(entries: list[zipfile.ZipInfo], name: str) -> dict[str, zipfile.ZipInfo]:
    """Return the entries by path; two different files under one path are refused.

    Which of them counts differs from reader to reader, so nobody knows what the book says.
    """
    files: dict[str, zipfile.ZipInfo] = {}
    for info in entries:
        before = files.setdefault(info.filename, info)
        if (before.CRC, before.file_size) != (info.CRC, info.file_size):
            raise _dangerous(f"it holds two different files called '{info.filename}'", name)
    return files


def _dangerous(what: str, name: str) -> BookError:
    return BookError(f"the archive is refused: {what}", where=name, remedy=_NOT_OPENED)
