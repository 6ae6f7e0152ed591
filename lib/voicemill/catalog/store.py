"""Finished files: a folder, or any fsspec URL. A file appears whole or not at all."""

from __future__ import annotations

import unicodedata
import uuid
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from voicemill.errors import StoreError

_LONGEST_NAME_BYTES = 180  # file systems allow 255; leaves room for a temporary suffix


class Store:
    """Writes, reads and lists finished files by their path inside the store.

    url: a folder, or a URL that fsspec knows such as s3://bucket/audio.
    """

    def __init__(self, url: str) -> None:
        import fsspec

        self.url = url
        try:
            self._fs, self._base = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise StoreError(
                f"this place cannot be used ({error})",
                where=url,
                remedy="Name a folder, or install the package this kind of URL needs",
            ) from error
        self._is_local = "file" in _protocols(self._fs)

    def write(self, path: str, data: bytes) -> None:
        """Put a file in place whole, replacing what was there. Raises StoreError."""
        try:
            if self._is_local:
                _write_local(Path(self._base) / path, data)
            else:
                self._fs.pipe_file(self._full(path), data)
        except OSError as error:
            raise StoreError(
                f"this file cannot be written ({error.strerror or error})",
                where=self._full(path),
                remedy="Make room or allow writing there, then run again; finished files stay",
            ) from error

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises StoreError."""
        try:
            data: bytes = self._fs.cat_file(self._full(path))
        except OSError as error:
            raise StoreError(
                f"this file cannot be read ({error.strerror or error})",
                where=self._full(path),
                remedy="Produce its item again",
            ) from error
        return data

    def sizes(self, folder: str = "") -> dict[str, int]:
        """Return path → size in bytes of every finished file below a folder."""
        try:
            found = self._fs.find(self._full(folder), detail=True)
        except FileNotFoundError:
            return {}
        start = len(self._base.rstrip("/")) + 1
        return {
            name[start:]: int(entry["size"])
            for name, entry in found.items()
            if not name.endswith(".tmp")
        }

    def size(self, path: str) -> int | None:
        """Return a file's size in bytes, None when it is not there."""
        try:
            return int(self._fs.info(self._full(path))["size"])
        except FileNotFoundError:
            return None

    def delete(self, path: str) -> None:
        """Remove a file; one that is gone already is fine."""
        try:
            self._fs.rm_file(self._full(path))
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(
                f"this file cannot be removed ({error.strerror or error})", where=self._full(path)
            ) from error

    def local_path(self, path: str) -> Path | None:
        """Return where a file lies on this machine, None for a remote store."""
        return Path(self._base) / path if self._is_local else None

    def _full(self, path: str) -> str:
        return f"{self._base.rstrip('/')}/{path}" if path else self._base


@dataclass(frozen=True)
class FileName:
    """What a finished file is called: so that a person finds it and no two collide.

    key and hint: the item and what is said, such as "ʃ" and "shoe"; fingerprint: its end is
    part of the name, for two voices of one item and for keys that differ only in case.
    """

    collection: str
    key: str
    hint: str
    voice_name: str
    fingerprint: str
    extension: str

    def path(self) -> str:
        """Return collection/name, safe on every file system and inside the store."""
        tail = f"_{_safe(Path(self.voice_name).stem, 60)}_{self.fingerprint[:8]}.{self.extension}"
        words = [part for part in (_safe(self.key, 80), _safe(self.hint, 60)) if part]
        if len(words) == 2 and words[0] == words[1]:
            words.pop()
        name = _shorten("_".join(words) or "item", _LONGEST_NAME_BYTES - len(tail.encode()))
        return f"{_safe(self.collection, 80) or 'collection'}/{name}{tail}"


@lru_cache(maxsize=4096)  # collection and voice are the same for thousands of files
def _safe(text: str, longest_bytes: int) -> str:
    from pathvalidate import sanitize_filename

    plain = unicodedata.normalize("NFC", text).replace(" ", "-")
    clean = str(sanitize_filename(plain, platform="universal")).strip(". -_")
    return _shorten(clean, longest_bytes)


def _shorten(text: str, longest_bytes: int) -> str:
    return text.encode()[:longest_bytes].decode(errors="ignore")


def _write_local(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _protocols(file_system: Any) -> tuple[str, ...]:
    protocol = file_system.protocol
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)
