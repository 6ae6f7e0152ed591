"""A ZIP of a book: sound by chapter, cues, playlist, and a manifest with checksums."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

from voicemill.catalog.statistics import readable_size
from voicemill.exports.folders import stem_of
from voicemill.exports.manifest import manifest_of, table_of
from voicemill.exports.naming import file_stem
from voicemill.exports.parts import chapter_parts, title_of
from voicemill.exports.placing import placing
from voicemill.exports.playlist import PLAYLIST, playlist_of
from voicemill.exports.result import Exported
from voicemill.exports.settling import MANIFEST, as_json
from voicemill.exports.soundfiles import CUE_ENDINGS, Press, press, write_cues
from voicemill.production.narration.audiobook import Audiobook
from voicemill.production.workshop import Workshop

_PIECE_BYTES = 1 << 20


def write_zip(book: Audiobook, target: Path, shop: Workshop, profile: str = "") -> Exported:
    """Write a ZIP with one folder, called as the book: what write_chapters makes.

    The same sound gives the same bytes. One chapter at a time lies beside it in the making.
    Raises UnknownName, AudioError, StoreError; then an earlier ZIP is as it was.
    """
    made_with = Press.of(book, shop, profile)
    inside = file_stem(title_of(book), "book")
    files = []
    with placing(target.parent) as folder:
        parts = folder / "parts"
        parts.mkdir()
        with zipfile.ZipFile(folder / target.name, "x") as archive:
            for part in chapter_parts(book):
                stem = stem_of(part)
                pressed = press(part, stem, parts, made_with)
                write_cues(pressed.cues, stem, parts)
                files.append(pressed.file)
                for name in (pressed.file.path.name, *(f"{stem}.{end}" for end in CUE_ENDINGS)):
                    _add(archive, f"{inside}/{name}", parts / name)
            texts = {
                PLAYLIST: playlist_of(title_of(book), files),
                MANIFEST: as_json(manifest_of(book, files, made_with.profile)),
                "manifest.csv": table_of(files),
            }
            for name, text in texts.items():
                archive.writestr(_entry(f"{inside}/{name}", packed=True), text.encode())
    placed = tuple(replace(file, path=Path(inside, file.path.name)) for file in files)
    return Exported(target, placed, (f"a ZIP of {readable_size(target.stat().st_size)}",))


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    """Move a file into the archive; sound is stored, since packing it would gain nothing."""
    entry = _entry(name, packed=path.suffix[1:] in CUE_ENDINGS)
    entry.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(entry, "w") as place:
        shutil.copyfileobj(source, place, _PIECE_BYTES)
    path.unlink()


def _entry(name: str, *, packed: bool) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # dated 1980, so that the same book gives the same bytes
    entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry
