"""Books to read along to, with made-up times, and what is in an EPUB that was made."""

from __future__ import annotations

import io
import posixpath
import zipfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from lxml import etree
from PIL import Image

from voicemill.books.spoken.sentences import split
from voicemill.exports.readalong import ReadBook, ReadChapter, ReadPage, TimedSentence

XHTML = "{http://www.w3.org/1999/xhtml}"
SMIL = "{http://www.w3.org/ns/SMIL}"
CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="OPS/book.opf" '
    'media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def page(key: str, text: str, language: str = "en", label: str = "") -> ReadPage:
    """A page with its sentences, without their times."""
    sentences = tuple(TimedSentence(s.start, s.end, 0, 0) for s in split(text, language))
    return ReadPage(key, label, text, language, sentences)


def chapter(title: str, *pages: ReadPage, audio: Path | None = None) -> ReadChapter:
    """A chapter whose sentences follow each other with pauses, a letter every 10 ms."""
    at_s, timed = 0.25, []
    for each in pages:
        sentences = []
        for sentence in each.sentences:
            end_s = at_s + 0.01 * (sentence.end - sentence.start)
            sentences.append(replace(sentence, start_s=at_s, end_s=end_s))
            at_s = end_s + 0.3
        timed.append(replace(each, sentences=tuple(sentences)))
    return ReadChapter(title, tuple(timed), audio, at_s if audio else 0.0)


def book(*chapters: ReadChapter, title: str = "The Ferry", language: str = "en") -> ReadBook:
    return ReadBook(title, "Maren Oakley", language, "", None, "Joe", "CC BY 4.0", chapters)


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "#335c81").save(out, "PNG")
    return out.getvalue()


def epub(path: Path, files: dict[str, str | bytes]) -> Path:
    """Pack an EPUB of somebody else."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def parsed(path: Path, name: str) -> etree._Element:
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read(name))


def played(path: Path) -> list[tuple[str, str, str, float, float]]:
    """What is marked while what plays, in reading order.

    Yields document, marked text, sound, and from when to when in seconds.
    """
    found = []
    with zipfile.ZipFile(path) as archive:
        overlays = sorted(name for name in archive.namelist() if name.endswith(".smil"))
        for overlay in overlays:
            folder = overlay.rpartition("/")[0]
            for par in etree.fromstring(archive.read(overlay)).iter(f"{SMIL}par"):
                place, _, name = par[0].get("src", "").partition("#")
                document = _joined(folder, place)
                root = etree.fromstring(archive.read(document))
                (marked,) = root.xpath("//*[@id=$name]", name=name)
                sound = _joined(folder, par[1].get("src", ""))
                assert sound in archive.namelist()
                times = [_seconds(par[1].get(edge, "")) for edge in ("clipBegin", "clipEnd")]
                text = " ".join("".join(marked.itertext()).split())
                found.append((document, text, sound, *times))
    return found


def _joined(folder: str, link: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(link)))


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
