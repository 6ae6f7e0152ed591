"""An EPUB that exists, as it is woven into: its documents, and its package with overlays."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from voicemill.books import limits
from voicemill.books.archives import Archive, open_archive, too_large
from voicemill.books.epub.package import Item, Package, read_package, resolved
from voicemill.books.html.parsing import attribute, parse_xml, tag_of
from voicemill.errors import BookError
from voicemill.exports.readalong.book import ReadBook
from voicemill.exports.readalong.nodes import OPF, element, one_line, take_attribute, written
from voicemill.exports.readalong.package import File, item, meta, overlay_metas, timestamp
from voicemill.exports.readalong.upgrading import is_old, title_of, upgrade_package

if TYPE_CHECKING:
    from lxml import etree

_SMIL = "application/smil+xml"


@dataclass(frozen=True)
class Source:
    """A source EPUB.

    documents: those to read, in order, each with its id in the package.
    folder: where what is added lies, as a path in the archive.  removed: files left out.
    """

    archive: Archive
    package: Package
    documents: tuple[tuple[str, Item], ...]
    old: bool
    folder: str
    removed: frozenset[str]

    @property
    def home(self) -> str:
        """The folder of the package document, '' for the archive's top."""
        return posixpath.dirname(self.package.path)

    def root(self) -> etree._Element:
        """Return the package document."""
        path = self.package.path
        return parse_xml(self.archive.read(path), f"{self.archive.name}: {path}")


def open_source(path: Path) -> Source:
    """Open an EPUB 2 or 3; raises BookError when it is damaged, dangerous, encrypted, missing."""
    try:
        if path.stat().st_size > limits.FILE_BYTES:
            raise too_large("the file", path.stat().st_size, limits.FILE_BYTES, str(path))
        data = path.read_bytes()
    except OSError as error:
        what = f"it cannot be read ({error.strerror or error})"
        remedy = "Look at the name and the folder, and whether you may read it"
        raise BookError(what, where=str(path), remedy=remedy) from error
    archive = open_archive(data, path.name)
    package = read_package(archive)
    root = parse_xml(archive.read(package.path), f"{archive.name}: {package.path}")
    ids = {found: name for name, found in package.items.items()}
    documents = tuple(
        (ids[found], found)
        for found in dict.fromkeys(package.spine)
        if found.is_document and "nav" not in found.properties and found.path in archive
    )
    home = posixpath.dirname(package.path)
    return Source(
        archive, package, documents, is_old(root), _free_folder(archive, home),
        frozenset(("META-INF/signatures.xml", *_old_overlays(package, archive))),
    )  # fmt: skip


def woven_package(
    source: Source, files: Sequence[File], book: ReadBook, properties: dict[str, str],
    modified: datetime,
) -> bytes:  # fmt: skip
    """Return the package with files added, an overlay for each document that has one.

    files: with paths as seen from the archive; a File with an overlay is a document there
    already.  properties: of upgraded documents, by id.
    """
    root = source.root()
    if source.old:
        nav = quote(inside(f"{source.folder}/nav.xhtml", source))
        upgrade_package(root, nav, properties, title_of(source.package), book.language)
    metadata = next(root.iterchildren("{*}metadata"))
    manifest = next(root.iterchildren("{*}manifest"))
    _forget_overlays(source, metadata, manifest)
    overlays = {file.id: file.overlay for file in files if file.overlay}
    for entry in manifest.iterchildren("{*}item"):
        if overlay := overlays.get(attribute(entry, "id")):
            entry.set("media-overlay", overlay)
    added = [file for file in files if not file.overlay]
    for file in added:
        path = quote(inside(file.path, source))
        manifest.append(item(File(file.id, path, file.media_type, file.properties)))
    _stamp(metadata, modified)
    _tell_accessibility(metadata)
    metadata.extend(overlay_metas(added, book.narrator))
    return written(root)


def inside(path: str, source: Source) -> str:
    """Return a path of the archive as seen from the package document."""
    return posixpath.relpath(path, source.home or ".")


def free_prefix(taken: Sequence[str], wish: str = "vm") -> str:
    """Return a beginning for ids that none of those taken has."""
    prefix, number = f"{wish}-", 1
    while any(name.startswith(prefix) for name in taken):
        number += 1
        prefix = f"{wish}{number}-"
    return prefix


def _free_folder(archive: Archive, home: str) -> str:
    taken = {path.casefold() for path in archive.files}
    number = 1
    while True:
        name = posixpath.join(home, "readalong" if number == 1 else f"readalong{number}")
        if not any(
            path == name.casefold() or path.startswith(f"{name.casefold()}/") for path in taken
        ):
            return name
        number += 1


def _old_overlays(package: Package, archive: Archive) -> list[str]:
    """Return the overlays of an earlier reading, and the sounds that only they play."""
    overlays = [found for found in package.items.values() if found.media_type == _SMIL]
    sounds: set[str] = set()
    for overlay in overlays:
        if overlay.path in archive:
            root = parse_xml(archive.read(overlay.path), f"{archive.name}: {overlay.path}")
            sounds |= {resolved(attribute(s, "src"), overlay.path).partition("#")[0]
                       for s in root.iter("{*}audio")}  # fmt: skip
    if not sounds:
        return [overlay.path for overlay in overlays]
    texts = [archive.read(found.path) for found in package.items.values()
             if found.is_document and found.path in archive]  # fmt: skip
    unused = [sound for sound in sounds
              if not any(posixpath.basename(sound).encode() in text for text in texts)]  # fmt: skip
    return [overlay.path for overlay in overlays] + sorted(unused)


def _forget_overlays(source: Source, metadata: etree._Element, manifest: etree._Element) -> None:
    for entry in list(manifest.iterchildren("{*}item")):
        take_attribute(entry, "media-overlay")
        if resolved(attribute(entry, "href"), source.package.path) in source.removed:
            manifest.remove(entry)
    for entry in list(metadata.iterchildren("{*}meta")):
        if attribute(entry, "property").startswith("media:"):
            metadata.remove(entry)


def _stamp(metadata: etree._Element, modified: datetime) -> None:
    for entry in list(metadata.iterchildren("{*}meta")):
        if attribute(entry, "property") == "dcterms:modified" and not attribute(entry, "refines"):
            metadata.remove(entry)
    metadata.append(meta("dcterms:modified", timestamp(modified)))


def _tell_accessibility(metadata: etree._Element) -> None:
    said = {(attribute(entry, "property"), one_line(entry.text or ""))
            for entry in metadata if tag_of(entry) == "meta"}  # fmt: skip
    wanted = [("schema:accessMode", "textual"), ("schema:accessMode", "auditory"),
              ("schema:accessibilityFeature", "synchronizedAudioText")]  # fmt: skip
    for name, value in wanted:
        if (name, value) not in said:
            metadata.append(element(f"{{{OPF}}}meta", {"property": name}, value))
