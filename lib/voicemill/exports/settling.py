"""Folders of exported files: what belongs to one, and what an earlier export left in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from voicemill.exports.result import ExportedFile

MANIFEST = "manifest.json"


def settled(file: ExportedFile, folder: Path) -> ExportedFile:
    """Return a file as it is called in its final folder."""
    return replace(file, path=folder / file.path.name)


def earlier(folder: Path) -> dict[str, str]:
    """Return name → checksum of the files that an earlier export put there; none if unknown."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        listed = found["all_files"]
        return {name: str(mark) for name, mark in listed.items() if name == Path(name).name}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # a folder of somebody's own, or of another version: nothing in it is ours


def listed(files: Iterable[Path]) -> dict[str, str]:
    """Return name → checksum of files, for the manifest."""
    return {file.name: _checksum(file) for file in sorted(files) if file.name[0] != "."}


def forget(folder: Path, before: dict[str, str], now: Iterable[str]) -> None:
    """Remove what an earlier export wrote and this one did not, unless a person changed it."""
    for name in before.keys() - set(now) - {MANIFEST}:
        file = folder / name
        if file.is_file() and not file.is_symlink() and _checksum(file) == before[name]:
            file.unlink()


def as_json(values: dict[str, Any]) -> str:
    """Return a manifest as text."""
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
