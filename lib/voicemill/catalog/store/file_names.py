"""What a finished file is called, and which files are called that way."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_LONGEST_NAME_BYTES = 180  # file systems allow 255; leaves room for a temporary suffix
_TAIL_CHARACTERS = 8
_OURS = re.compile(r"[^/]+/[^./][^/]*_([0-9a-f]{8})\.([a-z0-9]+)")


@dataclass(frozen=True)
class FileName:
    """What a finished file is called: so that a person finds it and no two collide.

    key and hint: the item and what is said, such as "ʃ" and "shoe"; checksum: the SHA-256 of
    the file, in hex, whose start is part of the name, so that another content never takes the
    place of a file that the catalog still points to.
    """

    collection: str
    key: str
    hint: str
    voice_name: str
    checksum: str
    extension: str

    def path(self) -> str:
        """Return collection/name, safe on every file system and inside the store."""
        end = f"{self.checksum[:_TAIL_CHARACTERS]}.{self.extension}"
        tail = f"_{_safe(Path(self.voice_name).stem, 60)}_{end}"
        words = [part for part in (_safe(self.key, 80), _safe(self.hint, 60)) if part]
        if len(words) == 2 and words[0] == words[1]:
            words.pop()
        name = _shorten("_".join(words) or "item", _LONGEST_NAME_BYTES - len(tail.encode()))
        return f"{_safe(self.collection, 80) or 'collection'}/{name}{tail}"

    @staticmethod
    def is_ours(path: str, checksum: str | None = None) -> bool:
        """Return whether a path in the store looks like a name that was made here.

        checksum: the file's SHA-256, in hex; with it the answer is certain. Without it a name
        that ends like a date (interview_20240131.wav) is taken for somebody's own.
        """
        from voicemill.audio import FORMATS

        found = _OURS.fullmatch(path)
        if found is None or found[2] not in FORMATS:
            return False
        if checksum is None:
            return not found[1].isdecimal()
        return found[1] == checksum[:_TAIL_CHARACTERS]


@lru_cache(maxsize=4096)  # collection and voice are the same for thousands of files
def _safe(text: str, longest_bytes: int) -> str:
    from pathvalidate import sanitize_filename

    plain = unicodedata.normalize("NFC", text).replace(" ", "-")
    clean = str(sanitize_filename(plain, platform="universal")).strip(". -_")
    return _shorten(clean, longest_bytes)


def _shorten(text: str, longest_bytes: int) -> str:
    return text.encode()[:longest_bytes].decode(errors="ignore")
