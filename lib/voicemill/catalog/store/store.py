"""Finished files: a folder, or any fsspec URL. A file appears whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from voicemill.catalog.store.folder import Folder
from voicemill.catalog.store.places import Entry, Place, is_temporary, temporary_name
from voicemill.catalog.store.remote import Remote
from voicemill.catalog.store.troubles import Secrets, Trouble, remote_trouble
from voicemill.errors import StoreError, StoreUnavailable

__all__ = ["Entry", "Store"]

_EXTRAS = {"s3": "s3", "s3a": "s3"}  # what `pip install 'voicemill[…]'` brings
# As large as a spoken word: on a disk that is nearly full a single byte still fits.
_PROBE_BYTES = 64 << 10


class Store:
    """Writes, reads and lists finished files by their path inside the store.

    url: a folder, or a URL that fsspec knows such as s3://bucket/audio; the attribute has no
    password in it. options: what fsspec needs for that URL, such as endpoint_url; a folder
    needs none. Credentials are best left to the environment.

    Every method raises StoreError when it concerns that one file, and its kind
    StoreUnavailable when no file can be written or read there for now.
    """

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
        self._secrets = Secrets(url, options or {})
        self.url = self._secrets.hidden(url)
        self._place = self._open(url, options or {})

    def __repr__(self) -> str:
        return f"Store({self.url!r})"

    def write(self, path: str, data: bytes) -> None:
        """Put a file in place whole, replacing what was there."""
        with self._telling("written", path):
            self._place.write(path, data)

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        with self._telling("read", path):
            return self._place.read(path)

    def entries(self, folder: str = "") -> dict[str, Entry]:
        """Return path → entry of every finished file below a folder."""
        with self._telling("listed", folder):
            found = self._place.walk(folder)
            return {path: entry for path, entry in found if not is_temporary(path)}

    def sizes(self, folder: str = "") -> dict[str, int]:
        """Return path → size in bytes of every finished file below a folder."""
        return {path: entry.size_bytes for path, entry in self.entries(folder).items()}

    def leftovers(self) -> dict[str, Entry]:
        """Return path → entry of the unfinished files of writers that were killed.

        One that changed just now may belong to a writer at work.
        """
        with self._telling("listed", ""):
            return {path: entry for path, entry in self._place.walk("") if is_temporary(path)}

    def size(self, path: str) -> int | None:
        """Return a file's size in bytes, None when it is not there."""
        with self._telling("looked up", path):
            return self._place.size_bytes(path)

    def checksum(self, path: str) -> str:
        """Return the SHA-256 of a file in hex, read piece by piece."""
        with self._telling("read", path):
            return self._place.checksum(path)

    def delete(self, path: str) -> None:
        """Remove a file and the folders it leaves empty; one that is gone already is fine."""
        with self._telling("removed", path):
            self._place.delete(path)

    def check(self) -> None:
        """Write, read back and delete a probe. Raises StoreUnavailable."""
        probe, data = temporary_name(), os.urandom(_PROBE_BYTES)
        try:
            returned = self._there_and_back(probe, data)
        except StoreUnavailable:
            raise
        except StoreError as error:  # what one probe meets, every file would meet
            raise StoreUnavailable(error.what, where=self.url, remedy=error.remedy) from error
        if returned != data:
            raise StoreUnavailable(
                "a file came back different from what was written",
                where=self.url,
                remedy="Have the disk or service mended, or name another place under [store]",
            )

    def local_path(self, path: str) -> Path | None:
        """Return where a file lies on this machine, None for a remote store."""
        self._refuse_outside(path)
        return self._place.path / path if isinstance(self._place, Folder) else None

    def _there_and_back(self, path: str, data: bytes) -> bytes:
        self.write(path, data)
        try:
            return self.read(path)
        finally:
            self.delete(path)

    def _open(self, url: str, options: Mapping[str, Any]) -> Place:
        protocol, is_url, path = url.partition("://")
        if not is_url:
            return Folder(url)
        if protocol in ("file", "local"):
            return Folder(path)
        if "::" in url:  # such as simplecache::s3://…, which answers from copies of its own
            raise self._unusable(
                "addresses with '::' are not supported", "Name the last part alone"
            )
        if protocol in _EXTRAS and not path.strip("/"):
            raise self._unusable("the bucket is missing", f"Write {protocol}://bucket/folder")
        try:
            return Remote(url, options)
        except ImportError as error:
            extra = f"pip install 'voicemill[{_EXTRAS.get(protocol)}]'"
            install = extra if protocol in _EXTRAS else "Install that package"
            raise self._unusable(str(error), install) from error
        except Exception as error:
            trouble = remote_trouble(error, "used")
            raise self._unusable(trouble.reason, trouble.remedy) from self._cause(error)

    def _unusable(self, reason: str, remedy: str) -> StoreError:
        what = f"this place cannot be used, {self._secrets.told(reason)}"
        return StoreError(what, where=self.url, remedy=remedy)

    @contextmanager
    def _telling(self, doing: str, path: str) -> Iterator[None]:
        """Turn what the place raises, which for a remote one may be anything, into a sentence."""
        if path or doing != "listed":
            self._refuse_outside(path)
        try:
            yield
        except Exception as error:
            trouble = self._place.trouble(error, doing)
            raise self._error(trouble, doing, path) from self._cause(error)

    def _error(self, trouble: Trouble, doing: str, path: str) -> StoreError:
        reason = self._secrets.told(trouble.reason)
        if trouble.everywhere:
            what = f"no file can be {doing} here, {reason}"
            return StoreUnavailable(what, where=self.url, remedy=trouble.remedy)
        what = f"this file cannot be {doing}, {reason}"
        return StoreError(what, where=self._place_of(path), remedy=trouble.remedy)

    def _cause(self, error: Exception) -> Exception | None:
        # A traceback shows the cause in its own words, with whatever they give away.
        return None if self._secrets.spoken_by(error) else error

    def _refuse_outside(self, path: str) -> None:
        parts = path.split("/")
        strange = os.sep != "/" and (os.sep in path or PurePath(path).drive)
        if strange or "\0" in path or any(part in ("", ".", "..") for part in parts):
            raise StoreError(
                "this is no path inside the store",
                where=self._place_of(path),
                remedy="Write folder/name",
            )

    def _place_of(self, path: str) -> str:
        return f"{self.url.rstrip('/')}/{path}"
