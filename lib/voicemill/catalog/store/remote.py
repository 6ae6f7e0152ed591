"""Finished files on an object store, or wherever else fsspec reaches."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from voicemill.catalog.store.places import Entry, as_utc, temporary_name
from voicemill.catalog.store.troubles import Trouble, bucket_is_missing, remote_trouble

_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az"})
_BLOCK_BYTES = 4 << 20  # read at once when streaming; s3fs would take 50 MB
_CHANGED = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")


class Remote:
    """A file system that fsspec reaches by URL; an object store such as s3:// by preference.

    options: for fsspec, such as endpoint_url. Nothing is remembered between calls, so what
    others write and delete there is seen at once.
    """

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        self._url = url
        self._options = dict(options)
        self._open()

    def write(self, path: str, data: bytes) -> None:
        """Upload a file; it appears when all of it has arrived."""
        if self._is_object_store:
            self._files.pipe_file(self._full(path), data)
            return
        temporary = self._full(f"{path.rpartition('/')[0]}/{temporary_name()}".lstrip("/"))
        try:
            self._files.makedirs(temporary.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(temporary, data)
            self._files.mv(temporary, self._full(path))
        except BaseException:
            with contextlib.suppress(Exception):  # the first error is the one to tell
                self._files.rm_file(temporary)
            raise

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        data: bytes = self._files.cat_file(self._full(path))
        return data

    def walk(self, folder: str) -> Iterator[tuple[str, Entry]]:
        """Yield every file; an object that stands for a folder (its name ends in /) is none."""
        try:
            found = self._files.find(self._full(folder), detail=True)
        except FileNotFoundError as error:
            if bucket_is_missing(error):
                raise
            return
        inside = f"{self._full(folder)}/"
        for name, info in found.items():
            if info["type"] == "file" and name.startswith(inside) and not name.endswith("/"):
                yield name[len(self._base) + 1 :], Entry(int(info["size"]), _changed_at(info))

    def size_bytes(self, path: str) -> int | None:
        """Return a file's size, None when it is not there or is a folder."""
        try:
            info = self._files.info(self._full(path))
        except FileNotFoundError as error:
            if bucket_is_missing(error):
                raise
            return None
        return int(info["size"]) if info["type"] == "file" else None

    def checksum(self, path: str) -> str:
        """Return the SHA-256 of a file, in hex."""
        with self._files.open(self._full(path), "rb", block_size=_BLOCK_BYTES) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def delete(self, path: str) -> None:
        """Remove a file, if it is there."""
        try:
            self._files.rm_file(self._full(path))
        except FileNotFoundError as error:
            if bucket_is_missing(error):
                raise

    def trouble(self, error: Exception, doing: str) -> Trouble:
        """Return what an error means to a person."""
        return remote_trouble(error, doing)

    @property
    def _files(self) -> Any:
        if self._process != os.getpid():  # fsspec's connections do not survive a fork
            self._open()
        return self._file_system

    def _open(self) -> None:
        import fsspec

        # Without these fsspec would answer from listings made before others wrote, also
        # from those of another store in this process.
        fresh = {"use_listings_cache": False, "skip_instance_cache": True}
        self._file_system, base = fsspec.core.url_to_fs(self._url, **{**self._options, **fresh})
        self._base = base.rstrip("/")
        self._process = os.getpid()
        self._is_object_store = self._url.partition("://")[0] in _OBJECT_STORES

    def _full(self, path: str) -> str:
        return f"{self._base}/{path}" if path else self._base


def _changed_at(info: Mapping[str, Any]) -> datetime | None:
    value = next((info[field] for field in _CHANGED if info.get(field)), None)
    if isinstance(value, int | float):
        return as_utc(value)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
