"""A reading → an EPUB that exists: its own text lights up while its sentences are heard."""

from __future__ import annotations

import posixpath
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from voicemill.books import limits
from voicemill.books.html.parsing import attribute
from voicemill.errors import BookError
from voicemill.exports.readalong.book import (
    ReadBook,
    TimedSentence,
    Unplaced,
    Woven,
    refuse_disorder,
)
from voicemill.exports.readalong.matching import place
from voicemill.exports.readalong.media import audio_type
from voicemill.exports.readalong.nodes import ACTIVE_STYLE, XHTML, html, written_html
from voicemill.exports.readalong.overlays import Clip, Mark, Par, clips_of, length_ms, shared, smil
from voicemill.exports.readalong.package import File
from voicemill.exports.readalong.packing import Packing, packing
from voicemill.exports.readalong.slots import slots_of, xhtml_of
from voicemill.exports.readalong.source import (
    Source,
    free_prefix,
    open_source,
    woven_package,
)
from voicemill.exports.readalong.upgrading import navigation_of, title_of
from voicemill.exports.readalong.wrapping import Wrapper
from voicemill.exports.readalong.xhtml5 import upgraded

if TYPE_CHECKING:
    from lxml import etree


@dataclass(frozen=True)
class _Line:
    """A sentence that is heard. audio: its chapter's file in the archive; place: in all text."""

    page: str
    text: str
    audio: str
    clip: Clip | None
    place: tuple[int, int] | None = None


@dataclass(frozen=True)
class _Woven:
    """A document: what it becomes, and what is marked in it when."""

    data: bytes
    properties: str
    pars: tuple[Par, ...]


def weave_readalong(
    book: ReadBook, source: Path, target: Path, *, modified: datetime | None = None
) -> Woven:
    """Put a reading into an EPUB 2 or 3, whose layout, pictures and styles stay.

    The sentences are looked for in its own text; those not found are heard all the same, and
    the result tells which they are. An EPUB 2 becomes an EPUB 3, and an earlier reading in it
    gives way. What book says of title, author, cover and licence is not used: the source has
    its own. modified: as in write_readalong.

    Raises BookError when the source cannot be read, is encrypted or is another book, AudioError
    for sounds or times no EPUB can hold, StoreUnavailable where nothing can be written.
    """
    refuse_disorder(book)
    opened = open_source(Path(source))
    sounds = _sounds(book, opened)
    lines = list(_lines(book, sounds))
    if not lines:
        remedy = "Give at least one chapter its audio"
        raise BookError("none of the chapters has audio", where=book.title, remedy=remedy)
    lines, bases = _placed(lines, opened)
    documents = _documents(lines, bases, opened)
    _write(opened, Path(target), book, sounds, documents, modified or datetime.now(UTC))
    missing = tuple(Unplaced(line.page, line.text) for line in lines if line.place is None)
    return Woven(len(lines), len(lines) - len(missing), missing)


def _sounds(book: ReadBook, source: Source) -> dict[int, tuple[str, str]]:
    """Return path in the archive and media type of each chapter's sound, by chapter from 0."""
    width = max(len(str(len(book.chapters))), 2)
    found = {}
    for number, chapter in enumerate(book.chapters):
        if chapter.audio is not None:
            ending, media_type = audio_type(chapter.audio)
            found[number] = (f"{source.folder}/chapter{number + 1:0{width}}.{ending}", media_type)
    return found


def _lines(book: ReadBook, sounds: dict[int, tuple[str, str]]) -> Iterator[_Line]:
    for number, chapter in enumerate(book.chapters):
        if number not in sounds:
            continue
        said: list[tuple[str, str, TimedSentence]] = [
            (page.key, page.text[sentence.start : sentence.end], sentence)
            for page in chapter.pages
            for sentence in page.sentences
        ]
        clips = clips_of([sentence for _key, _text, sentence in said], chapter.duration_s)
        for (key, text, _sentence), clip in zip(said, clips, strict=True):
            yield _Line(key, text, sounds[number][0], clip)


def _placed(lines: Sequence[_Line], source: Source) -> tuple[list[_Line], list[int]]:
    """Return the lines with their places in the text of all documents, and where each begins."""
    texts: list[str] = []
    bases = [0]
    for _name, item in source.documents:
        # One tree at a time: those of a large book would not all fit.
        text, _slots = slots_of(_tree(source, item.path))
        texts.append(text + "\n")
        bases.append(bases[-1] + len(text) + 1)
    places = place([line.text for line in lines], "".join(texts))
    placed = [replace(line, place=found) for line, found in zip(lines, places, strict=True)]
    if not any(line.place for line in placed):
        remedy = "Look whether it is the book, and the edition, that was read"
        raise BookError("none of the sentences is in it", where=source.archive.name, remedy=remedy)
    return placed, bases


def _tree(source: Source, path: str) -> etree._Element:
    return xhtml_of(source.archive.read(path), f"{source.archive.name}: {path}")


def _documents(lines: Sequence[_Line], bases: Sequence[int], source: Source) -> dict[str, _Woven]:
    """Return the documents that change, by their id in the package."""
    spoken = _by_document(lines, bases)
    found: dict[str, _Woven] = {}
    for number, (name, item) in enumerate(source.documents):
        own = spoken.get(number, [])
        if own or source.old:
            found[name] = _document(source, item.path, own, bases[number], number)
    if source.old:
        for name, item in source.package.items.items():
            if item.is_document and name not in found and item.path in source.archive:
                found[name] = _document(source, item.path, [], 0, 0)
    return found


def _by_document(lines: Sequence[_Line], bases: Sequence[int]) -> dict[int, list[_Line]]:
    """Return the lines that each document plays; one not placed goes with the one before it."""
    found: dict[int, list[_Line]] = {}
    current = next(
        number for line in lines if line.place for number in [_document_at(line.place[0], bases)]
    )
    for line in lines:
        if line.place:
            current = _document_at(line.place[0], bases)
        found.setdefault(current, []).append(line)
    return found


def _document_at(place: int, bases: Sequence[int]) -> int:
    return bisect_right(bases, place) - 1


def _document(source: Source, path: str, lines: Sequence[_Line], base: int, number: int) -> _Woven:
    """Return a document with its sentences in spans, and what its overlay plays."""
    root = _tree(source, path)
    text, slots = slots_of(root)
    ids = [attribute(element, "id") for element in root.iter("{*}*")]
    prefix = free_prefix(ids)
    wrapper = Wrapper(text, slots)
    marks: dict[int, list[Mark]] = {}
    for index in range(len(lines) - 1, -1, -1):
        if found := lines[index].place:
            start, end = found[0] - base, found[1] - base
            marks[index] = wrapper.wrap(start, end, f"{prefix}{number + 1}-{index + 1}")
    properties = upgraded(root, title_of(source.package)) if source.old else ""
    if lines:
        _link_style(root, posixpath.relpath(f"{source.folder}/style.css", _folder(path)))
    seen = quote(posixpath.relpath(path, source.folder))
    return _Woven(written_html(root), properties, tuple(_pars(lines, marks, seen)))


def _pars(lines: Sequence[_Line], marks: dict[int, list[Mark]], document: str) -> list[Par]:
    """Return what plays while what is marked; a line without marks keeps those before it."""
    current = (
        next(found[0] for index in sorted(marks) if (found := marks[index]))
        if any(marks.values())
        else None
    )
    pars: list[Par] = []
    for index, line in enumerate(lines):
        if line.clip is None or current is None:
            continue
        audio = posixpath.basename(line.audio)
        for mark, clip in shared(line.clip, marks.get(index) or [current]):
            pars.append(Par(f"{document}#{quote(mark.id)}", audio, clip))
            current = mark
    return pars


def _link_style(root: etree._Element, path: str) -> None:
    head = next(root.iterchildren(f"{{{XHTML}}}head"), None)
    if head is None:
        head = html("head", {}, html("title", {}, "-"))
        root.insert(0, head)
    head.append(html("link", {"rel": "stylesheet", "type": "text/css", "href": quote(path)}))


def _folder(path: str) -> str:
    return posixpath.dirname(path) or "."


def _write(
    source: Source, target: Path, book: ReadBook, sounds: dict[int, tuple[str, str]],
    documents: dict[str, _Woven], modified: datetime,
) -> None:  # fmt: skip
    prefix = free_prefix(list(source.package.items), "readalong")
    overlays = {
        name: (f"{prefix}overlay-{number}", f"{source.folder}/overlay{number}.smil")
        for number, (name, made) in enumerate(documents.items(), start=1)
        if made.pars
    }
    paths = {name: source.package.items[name].path for name in documents}
    files = [
        File(name, paths[name], "", overlay=overlay) for name, (overlay, _) in overlays.items()
    ]
    files += [
        File(id_, path, "application/smil+xml", length_ms=length_ms(documents[name].pars))
        for name, (id_, path) in overlays.items()
    ]
    files += [
        File(f"{prefix}audio-{number + 1}", path, type_) for number, (path, type_) in sounds.items()
    ]
    files.append(File(f"{prefix}style", f"{source.folder}/style.css", "text/css"))
    properties = {name: made.properties for name, made in documents.items()}
    package = woven_package(source, files, book, properties, modified)
    with packing(target) as pack:
        _copy_rest(source, {source.package.path, *paths.values()}, pack)
        pack.add(source.package.path, package)
        for name, made in documents.items():
            pack.add(paths[name], made.data)
        if source.old:
            nav = f"{source.folder}/nav.xhtml"
            pack.add(nav, navigation_of(source.archive, source.package, nav))
        pack.add(f"{source.folder}/style.css", ACTIVE_STYLE.encode())
        for name, (_id, path) in overlays.items():
            document = quote(posixpath.relpath(paths[name], source.folder))
            pack.add(path, smil(documents[name].pars, document))
        for number, (path, _type) in sounds.items():
            if (audio := book.chapters[number].audio) is not None:
                pack.copy(path, audio)


def _copy_rest(source: Source, changed: set[str], pack: Packing) -> None:
    """Copy what stays as it is."""
    archive = source.archive
    for path in archive.files:
        if path != "mimetype" and path not in changed and path not in source.removed:
            pack.add(path, archive.read(path, limits.UNPACKED_BYTES))
