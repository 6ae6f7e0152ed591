"""Matching: which item each recording of a folder is for, as far as its name says for sure."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicemill.audio.sniffing import audio_kind
from voicemill.catalog import Item
from voicemill.errors import StoreError, UnreadableAudio, VoicemillError
from voicemill.production.recordings.hearing import hear, read_recording
from voicemill.production.recordings.names import Meaning, RecordingNames
from voicemill.production.recordings.spelling import composed
from voicemill.production.workshop import Workshop

if TYPE_CHECKING:
    import pandas as pd

MATCHED, DOUBTFUL, UNMATCHED = "matched", "doubtful", "unmatched"
UNREADABLE, IMPORTED = "unreadable", "already imported"

_ENDINGS = frozenset(
    [".wav", ".mp3", ".m4a", ".m4b", ".mp4", ".ogg", ".oga", ".opus", ".webm", ".flac", ".aac"]
)
_HEAD_BYTES = 64
# What macOS puts beside files on foreign disks: it has their names and endings, but no sound.
_APPLE_DOUBLE = b"\x00\x05\x16\x07"


def match_recordings(folder: Path, collection: str, shop: Workshop) -> pd.DataFrame:
    """Say which item each recording in a folder, and the folders in it, is for.

    One row for each audio file: `file`; `key` of its item, empty where that is not sure;
    `status` (matched, doubtful, unmatched, unreadable, already imported); `matched_by`
    (symbol, key, word, number, or recording for one the catalog knows by its content);
    `candidates`; `reason`; `duration_s`. Correct `key` and hand it to import_recordings.
    Raises StoreError for a folder that is not there or has no audio in it, ItemUnknown for a
    collection that does not exist, CatalogError.
    """
    import pandas as pd

    items = _items(collection, shop)
    paths = _audio_files(shop.settings.resolve(folder))
    known = _known(collection, shop)
    voices = [voice.name for voice in shop.engines.voices()]
    names = RecordingNames(items, known.finished, voices, [_name(path) for path in paths])
    matches = [_match(path, names.meaning(_name(path)), known, shop) for path in paths]
    return pd.DataFrame(
        [match.plain() for match in _without_rivals(matches)],
        columns=["file", "key", "status", "matched_by", "candidates", "reason", "duration_s"],
    )


@dataclass(frozen=True)
class _Match:
    """One row of the answer."""

    file: str
    status: str
    key: str = ""
    matched_by: str = ""
    candidates: tuple[str, ...] = ()
    reason: str = ""
    duration_s: float = math.nan

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "candidates": ", ".join(self.candidates)}


@dataclass(frozen=True)
class _Known:
    """What the catalog has for a collection already.

    recordings: checksum of an imported recording, and of what became of it → its sources.
    spoken: checksum of a file that a voice spoke → its item's key.  finished: file name
    without its ending → its item's key.
    """

    recordings: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    spoken: dict[str, str] = field(default_factory=dict)
    finished: dict[str, str] = field(default_factory=dict)


def _items(collection: str, shop: Workshop) -> list[Item]:
    items = shop.catalog.items.table(collection) if collection else []
    if not items:
        shop.catalog.items.get(collection, "")  # raises, naming the collections there are
    return items


def _known(collection: str, shop: Workshop) -> _Known:
    known = _Known()
    for row in shop.catalog.sources.table(collection):
        known.finished[composed(Path(row["file"]).stem)] = row["key"]
        if row["source_type"] != "native":
            known.spoken[row["checksum"]] = row["key"]
            continue
        original = row["metadata"].get("recording", {}).get("checksum", "")
        for checksum in (original, row["checksum"]):
            known.recordings.setdefault(checksum, []).append(row)
    return known


def _audio_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        what = "this is a file, not a folder" if folder.exists() else "there is no such folder"
        raise StoreError(what, where=str(folder), remedy="Name the folder with the recordings")
    found = sorted(path for path in _files(folder) if _is_recording(path))
    if not found:
        raise StoreError(
            "there is no recording in this folder, nor in the folders in it",
            where=str(folder),
            remedy="Put audio files there, named for example ʃ.wav or shoe.m4a",
        )
    return found


def _files(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder, onerror=_refuse_folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(here) / name for name in files)


def _refuse_folder(error: OSError) -> None:
    raise StoreError(
        f"this folder cannot be read ({error.strerror or error})",
        where=str(error.filename),
        remedy="Allow reading it, or move the recordings elsewhere",
    ) from error


def _is_recording(path: Path) -> bool:
    """Whether it is audio by its ending or, if it has another, by what it holds."""
    named = path.suffix.lower() in _ENDINGS
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return named  # reading it says why
    if head.startswith(_APPLE_DOUBLE):
        return False
    return named or (audio_kind(head) is not None and _decodes(path))


def _decodes(path: Path) -> bool:
    # Pictures, films and texts can begin like audio.
    try:
        hear(read_recording(path), path.name)
    except UnreadableAudio:
        return False
    except VoicemillError:
        return True  # audio, and its row says what is wrong
    return True


def _name(path: Path) -> str:
    return composed(path.stem)


def _match(path: Path, meaning: Meaning, known: _Known, shop: Workshop) -> _Match:
    candidates = meaning.candidates or ((meaning.key,) if meaning.key else ())
    match = _Match(str(path), UNREADABLE, candidates=candidates)
    if not _is_text(match.file):
        shown = os.fsencode(path).decode(errors="replace")
        reason = "its name is in an encoding that cannot be told. Rename it"
        return replace(match, file=shown, candidates=(), reason=reason)
    try:
        data = read_recording(path)
        duration_s = hear(data, path.name).clip.duration_s
    except VoicemillError as error:
        return replace(match, reason=str(error))
    match = replace(match, duration_s=duration_s)
    checksum = hashlib.sha256(data).hexdigest()
    if checksum in known.spoken:
        return _spoken(match, known.spoken[checksum])
    keys = [
        row["key"]
        for row in known.recordings.get(checksum, [])
        if shop.store.size(row["file"]) == row["size_bytes"]
    ]
    return _imported(match, keys) if keys else _by_name(match, meaning)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _spoken(match: _Match, key: str) -> _Match:
    reason = "a voice of Voicemill spoke this file; it is no recording of a person"
    return replace(match, status=DOUBTFUL, candidates=(key,), reason=reason)


def _imported(match: _Match, keys: Sequence[str]) -> _Match:
    keys = list(dict.fromkeys(keys))
    named = [key for key in match.candidates if key in keys]
    reason = "this recording is in the catalog for " + ", ".join(f"'{key}'" for key in keys)
    return replace(
        match,
        status=IMPORTED,
        key=(named or keys)[0],
        matched_by="recording",
        candidates=tuple(keys),
        reason=reason,
    )


def _by_name(match: _Match, meaning: Meaning) -> _Match:
    status = MATCHED if meaning.key else DOUBTFUL if meaning.candidates else UNMATCHED
    return replace(
        match,
        status=status,
        key=meaning.key,
        matched_by=meaning.matched_by,
        candidates=meaning.candidates,
        reason=meaning.reason,
    )


def _without_rivals(matches: Sequence[_Match]) -> list[_Match]:
    """Return the matches, doubtful where several files want one item: a person chooses."""
    wanting: dict[str, list[str]] = {}
    for match in matches:
        if match.key:
            wanting.setdefault(match.key, []).append(match.file)
    return [_against(match, wanting.get(match.key, [])) for match in matches]


def _against(match: _Match, files: Sequence[str]) -> _Match:
    others = [Path(file).name for file in files if file != match.file]
    if match.status != MATCHED or not others:
        return match
    shown = ", ".join(f"'{name}'" for name in others[:3]) + (", …" if others[3:] else "")
    reason = f"{shown} {'is' if len(others) == 1 else 'are'} for the same item; keep one"
    return replace(match, status=DOUBTFUL, key="", candidates=(match.key,), reason=reason)
