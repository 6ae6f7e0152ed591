"""The package and the navigation of an EPUB that is made from pages."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from voicemill.books.language import language_tag
from voicemill.errors import BookError
from voicemill.exports.readalong.book import ReadBook
from voicemill.exports.readalong.nodes import (
    ACTIVE_CLASS,
    DC,
    OPF,
    PLAYING_CLASS,
    element,
    html,
    is_right_to_left,
    language_attributes,
    one_line,
    written,
    written_html,
)
from voicemill.exports.readalong.overlays import clock

if TYPE_CHECKING:
    from lxml import etree

CONTAINER = b"""<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles>
    <rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
  </rootfiles>
</container>
"""


@dataclass(frozen=True)
class File:
    """A file of the book. id: in the package; overlay: the id of its overlay, '' without.

    properties: such as "nav".  length_ms: how long an overlay plays.
    """

    id: str
    path: str
    media_type: str
    properties: str = ""
    overlay: str = ""
    length_ms: int = 0


@dataclass(frozen=True)
class Place:
    """Where something begins: a link as seen from the package's folder, and its name."""

    link: str
    name: str


def package(
    book: ReadBook, files: Sequence[File], spine: Sequence[str], modified: datetime
) -> bytes:
    """Return the package document. spine: ids of files in reading order.

    Raises BookError for a book without a title.
    """
    language = language_tag(book.language) or "und"
    metadata = element(f"{{{OPF}}}metadata", {}, *_metadata(book, language, files, modified))
    manifest = element(f"{{{OPF}}}manifest", {}, *(item(file) for file in files))
    direction = {"page-progression-direction": "rtl"} if is_right_to_left(language) else {}
    references = (element(f"{{{OPF}}}itemref", {"idref": name}) for name in spine)
    spine_element = element(f"{{{OPF}}}spine", direction, *references)
    root = element(
        f"{{{OPF}}}package",
        {"version": "3.0", "unique-identifier": "pub-id"},
        metadata,
        manifest,
        spine_element,
        names={None: OPF, "dc": DC},
    )
    return written(root)


def item(file: File) -> etree._Element:
    """Return a file's entry in the manifest."""
    attributes = {"id": file.id, "href": file.path, "media-type": file.media_type}
    if file.properties:
        attributes["properties"] = file.properties
    if file.overlay:
        attributes["media-overlay"] = file.overlay
    return element(f"{{{OPF}}}item", attributes)


def meta(name: str, value: str, refines: str = "", **more: str) -> etree._Element:
    """Return a meta element. name: a property such as "media:duration"."""
    attributes = {"property": name, **({"refines": f"#{refines}"} if refines else {}), **more}
    return element(f"{{{OPF}}}meta", attributes, value)


def overlay_metas(files: Sequence[File], narrator: str) -> Iterator[etree._Element]:
    """Yield what a package says about its overlays: durations, narrator, classes; none without."""
    overlays = [file for file in files if file.length_ms]
    if not overlays:
        return
    for file in overlays:
        yield meta("media:duration", clock(file.length_ms), file.id)
    yield meta("media:duration", clock(sum(file.length_ms for file in overlays)))
    if one_line(narrator):
        yield meta("media:narrator", one_line(narrator))
    yield meta("media:active-class", ACTIVE_CLASS)
    yield meta("media:playback-active-class", PLAYING_CLASS)


def timestamp(modified: datetime | None) -> str:
    """Return when a book was changed, now if not said, as dcterms:modified wants it."""
    return (modified or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def navigation(
    book: ReadBook, toc: Sequence[Place], pages: Sequence[Place], landmarks: Sequence[Place]
) -> bytes:
    """Return the navigation document: contents, pages, landmarks.

    The name of a landmark is its type, a space and its title.
    """
    title = one_line(book.title)
    parts = [html("nav", {"epub:type": "toc", "role": "doc-toc", "id": "toc"}, _list(toc))]
    if pages:
        about = {"epub:type": "page-list", "role": "doc-pagelist", "id": "pages", "hidden": ""}
        parts.append(html("nav", about, _list(pages)))
    marks = html("ol")
    for place in landmarks:
        type_, _, name = place.name.partition(" ")
        link = html("a", {"epub:type": type_, "href": place.link}, name)
        marks.append(html("li", {}, link))
    parts.append(html("nav", {"epub:type": "landmarks", "hidden": ""}, marks))
    head = html("head", {}, html("meta", {"charset": "utf-8"}), html("title", {}, title))
    body = html("body", {}, html("h1", {}, title), *parts)
    return written_html(html("html", language_attributes(book.language), head, body))


def _list(places: Sequence[Place]) -> etree._Element:
    links = (html("a", {"href": place.link}, place.name) for place in places)
    return html("ol", {}, *(html("li", {}, link) for link in links))


def _metadata(
    book: ReadBook, language: str, files: Sequence[File], modified: datetime
) -> Iterator[etree._Element]:
    title = one_line(book.title)
    if not title:
        raise BookError("the book has no title", where="EPUB", remedy="Give it a title")
    yield element(f"{{{DC}}}identifier", {"id": "pub-id"}, _identifier(book))
    yield element(f"{{{DC}}}title", {"id": "title"}, title)
    yield element(f"{{{DC}}}language", {}, language)
    if author := one_line(book.author):
        yield element(f"{{{DC}}}creator", {"id": "author"}, author)
        yield meta("role", "aut", "author", scheme="marc:relators")
    sounding = any(file.length_ms for file in files)
    if sounding and one_line(book.narrator):
        yield element(f"{{{DC}}}contributor", {"id": "narrator"}, one_line(book.narrator))
        yield meta("role", "nrt", "narrator", scheme="marc:relators")
    if one_line(book.licence):
        yield element(f"{{{DC}}}rights", {}, one_line(book.licence))
    yield meta("dcterms:modified", timestamp(modified))
    yield from _accessibility(sounding)
    yield from overlay_metas(files, book.narrator)
    if covers := [file for file in files if file.properties == "cover-image"]:
        # Readers of EPUB 2 find the cover by this.
        yield element(f"{{{OPF}}}meta", {"name": "cover", "content": covers[0].id})


def _accessibility(sounding: bool) -> Iterator[etree._Element]:
    """Yield https://www.w3.org/TR/epub-a11y-11/ metadata; all text is text, nothing flashes."""
    yield meta("schema:accessMode", "textual")
    if sounding:
        yield meta("schema:accessMode", "auditory")
        yield meta("schema:accessModeSufficient", "textual,auditory")
    yield meta("schema:accessModeSufficient", "textual")
    features = [
        "tableOfContents",
        "readingOrder",
        "structuralNavigation",
        "displayTransformability",
    ]
    features += ["pageNavigation", "pageBreakMarkers"]
    features += ["synchronizedAudioText"] if sounding else []
    for feature in features:
        yield meta("schema:accessibilityFeature", feature)
    yield meta("schema:accessibilityHazard", "none")
    yield meta("pageBreakSource", "none")


def _identifier(book: ReadBook) -> str:
    """Return the book's identifier; one without gets one that is the same every time."""
    if given := one_line(book.identifier):
        return given
    about = "\n".join((one_line(book.title), one_line(book.author), book.language))
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, about)}"
