"""A book of pages → an EPUB 3, read aloud where its chapters have audio."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from voicemill.exports.readalong.book import ReadBook, ReadChapter, refuse_disorder
from voicemill.exports.readalong.chapters import STYLE, Document, chapter_document
from voicemill.exports.readalong.media import audio_type, picture_type
from voicemill.exports.readalong.nodes import one_line
from voicemill.exports.readalong.overlays import Par, clips_of, length_ms, shared, smil
from voicemill.exports.readalong.package import CONTAINER, File, Place, navigation, package
from voicemill.exports.readalong.packing import Packing, packing

_XHTML = "application/xhtml+xml"
_SMIL = "application/smil+xml"


def write_readalong(book: ReadBook, target: Path, *, modified: datetime | None = None) -> None:
    """Write an EPUB 3: one document for each chapter, with overlay and audio where it has audio.

    modified: what it says about its last change, now if not given; all else depends on the book
    alone. Sounds are copied piece by piece; the file gets its name when it is whole.

    Raises BookError and AudioError for what no EPUB can hold, StoreUnavailable where nothing can
    be written.
    """
    refuse_disorder(book)
    sounds = [audio_type(chapter.audio) if chapter.audio else None for chapter in book.chapters]
    cover = picture_type(book.cover) if book.cover else None
    parts = list(_parts(book, sounds))
    files = [
        File("nav", "nav.xhtml", _XHTML, "nav"),
        File("style", "style.css", "text/css"),
        *([File("cover", f"cover.{cover[0]}", cover[1], "cover-image")] if cover else []),
        *(file for part in parts for file in part.files),
    ]
    spine = [part.files[0].id for part in parts]
    about = package(book, files, spine, modified or datetime.now(UTC))
    with packing(Path(target)) as pack:
        pack.add("META-INF/container.xml", CONTAINER)
        pack.add("EPUB/package.opf", about)
        pack.add("EPUB/nav.xhtml", _navigation(book, parts))
        pack.add("EPUB/style.css", STYLE.encode())
        if cover and book.cover:
            pack.add(f"EPUB/cover.{cover[0]}", book.cover)
        for part in parts:
            _pack(pack, part)


@dataclass(frozen=True)
class _Part:
    """A chapter's files: its document, and its overlay and sound where it is read aloud."""

    document: Document
    files: tuple[File, ...]
    overlay: bytes
    audio: Path | None


def _parts(book: ReadBook, sounds: list[tuple[str, str] | None]) -> Iterator[_Part]:
    pages = 0
    width = max(len(str(len(book.chapters))), 2)
    for number, (chapter, sound) in enumerate(zip(book.chapters, sounds, strict=True), start=1):
        name = f"chapter{number:0{width}}"
        document = chapter_document(book, chapter, pages)
        pages += len(chapter.pages)
        if sound is None:
            yield _Part(document, (File(name, f"{name}.xhtml", _XHTML),), b"", None)
            continue
        ending, media_type = sound
        audio = f"audio/{name}.{ending}"
        pars = _pars(chapter, document, f"{name}.xhtml", audio)
        files = (
            File(name, f"{name}.xhtml", _XHTML, overlay=f"{name}-overlay"),
            File(f"{name}-overlay", f"{name}.smil", _SMIL, length_ms=length_ms(pars)),
            File(f"{name}-audio", audio, media_type),
        )
        yield _Part(document, files, smil(pars, f"{name}.xhtml"), chapter.audio)


def _pars(chapter: ReadChapter, document: Document, path: str, audio: str) -> list[Par]:
    sentences = [sentence for page in chapter.pages for sentence in page.sentences]
    clips = clips_of(sentences, chapter.duration_s)
    return [
        Par(f"{path}#{mark.id}", audio, part)
        for marks, clip in zip(document.marks, clips, strict=True)
        if clip is not None
        for mark, part in shared(clip, marks)
    ]


def _navigation(book: ReadBook, parts: list[_Part]) -> bytes:
    toc = [Place(part.files[0].path, part.document.title) for part in parts]
    pages = [
        Place(f"{part.files[0].path}#{name}", label)
        for part in parts
        for name, label in part.document.pages
    ]
    title = one_line(book.title)
    return navigation(book, toc, pages, [Place(toc[0].link, f"bodymatter {title}")])


def _pack(pack: Packing, part: _Part) -> None:
    pack.add(f"EPUB/{part.files[0].path}", part.document.data)
    if part.audio is not None:
        pack.add(f"EPUB/{part.files[1].path}", part.overlay)
        pack.copy(f"EPUB/{part.files[2].path}", part.audio)
