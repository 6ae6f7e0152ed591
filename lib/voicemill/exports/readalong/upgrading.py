"""The package of an EPUB 2 → one of EPUB 3, with a navigation document.

https://www.w3.org/TR/epub-33/#sec-package-doc
"""

from __future__ import annotations

import posixpath
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from voicemill.books.archives import Archive
from voicemill.books.epub.package import Package, resolved
from voicemill.books.html.parsing import attribute, parse_xml, tag_of
from voicemill.books.language import language_tag
from voicemill.exports.readalong.nodes import (
    DC,
    OPF,
    element,
    html,
    language_attributes,
    one_line,
    take_attribute,
    written_html,
)
from voicemill.exports.readalong.package import meta

if TYPE_CHECKING:
    from lxml import etree

_OLD = "{http://www.idpf.org/2007/opf}"
_TYPES = {"text/html": "application/xhtml+xml", "text/x-oeb1-document": "application/xhtml+xml",
          "text/x-oeb1-css": "text/css"}  # fmt: skip
_LANDMARKS = {"toc": "toc", "text": "bodymatter", "start": "bodymatter", "cover": "cover",
              "title-page": "titlepage", "copyright-page": "copyright-page", "index": "index",
              "glossary": "glossary", "bibliography": "bibliography", "preface": "preface",
              "foreword": "foreword", "dedication": "dedication", "epigraph": "epigraph",
              "acknowledgements": "acknowledgments", "loi": "loi", "lot": "lot",
              "notes": "endnotes"}  # fmt: skip


def is_old(root: etree._Element) -> bool:
    """Tell whether a package is one before EPUB 3."""
    return not attribute(root, "version").strip().startswith("3")


def upgrade_package(
    root: etree._Element, nav: str, properties: Mapping[str, str], title: str, language: str
) -> None:
    """Change a package to EPUB 3. nav: where its navigation document is, as seen from it.

    properties: of documents, by id.  title, language: for a package without them.
    """
    root.set("version", "3.0")
    _into_namespace(root)
    metadata = next(root.iterchildren("{*}metadata"))
    _flatten(metadata)
    cover = next(
        (attribute(m, "content") for m in metadata.iter("{*}meta") if m.get("name") == "cover"), ""
    )
    for number, entry in enumerate(list(metadata), start=1):
        _upgrade_entry(metadata, entry, number)
    _keep_one_date(metadata)
    _complete(root, metadata, title, language)
    manifest = next(root.iterchildren("{*}manifest"))
    for item in manifest.iterchildren("{*}item"):
        _upgrade_item(item, cover, properties)
    names = {attribute(item, "id") for item in manifest}
    own = next(name for n in range(len(names) + 2) if (name := f"nav-{n}") not in names)
    manifest.append(
        element(f"{{{OPF}}}item", {"id": own, "href": nav, "media-type": "application/xhtml+xml",
                                   "properties": "nav"})
    )  # fmt: skip
    for tours in list(root.iterchildren("{*}tours")):
        root.remove(tours)
    for spine in root.iterchildren("{*}spine"):
        take_attribute(spine, "page-map")


def navigation_of(archive: Archive, package: Package, path: str) -> bytes:
    """Return a navigation document from the toc.ncx and guide. path: where it will be."""
    readable = {item.path for item in package.spine}
    root = None
    if package.ncx and package.ncx.path in archive:
        root = parse_xml(archive.read(package.ncx.path), f"{archive.name}: {package.ncx.path}")
    base = package.ncx.path if package.ncx else ""

    def link(address: str) -> str:
        place = resolved(address, base)
        return _relative(place, path) if place.partition("#")[0] in readable else ""

    listed = html("ol")
    for nav_map in root.iter("{*}navMap") if root is not None else ():
        _list_points(nav_map, listed, link)
    if not len(listed):
        first = _relative(package.spine[0].path, path)
        listed.append(html("li", {}, html("a", {"href": first}, title_of(package))))
    parts = [html("nav", {"epub:type": "toc", "role": "doc-toc", "id": "toc"}, listed)]
    parts += _pages(root, link)
    parts += _landmarks(package, path, readable)
    head = html(
        "head", {}, html("meta", {"charset": "utf-8"}), html("title", {}, title_of(package))
    )
    page = html("html", language_attributes(package.language), head, html("body", {}, *parts))
    return written_html(page)


def _into_namespace(root: etree._Element) -> None:
    from lxml import etree

    for found in root.iter(etree.Element):
        tag = str(found.tag)
        if not tag.startswith("{"):
            found.tag = f"{{{OPF}}}{tag}"
        # Old packages have Dublin Core of version 1.0, or in capital letters.
        elif tag.startswith("{http://purl.org/dc/elements/"):
            found.tag = f"{{{DC}}}{tag.rpartition('}')[2].lower()}"


def _flatten(metadata: etree._Element) -> None:
    for group in list(metadata):
        if tag_of(group) in ("dc-metadata", "x-metadata"):
            for entry in list(group):
                metadata.append(entry)
            metadata.remove(group)


def _upgrade_entry(metadata: etree._Element, entry: etree._Element, number: int) -> None:
    """Change one entry: what stood in its attributes becomes entries that refine it."""
    said = {name: (take_attribute(entry, _OLD + name) or take_attribute(entry, name) or "")
            for name in ("role", "file-as", "scheme", "event")}  # fmt: skip
    local = tag_of(entry)
    if local == "meta":
        if not attribute(entry, "name") or entry.get("content") is None:
            metadata.remove(entry)
        return
    if not (entry.text or "").strip():
        metadata.remove(entry)
        return
    if local not in ("creator", "contributor", "title", "publisher"):
        return
    name = attribute(entry, "id") or f"entry-{number}"
    refining = [meta("file-as", one_line(said["file-as"]), name)] if said["file-as"].strip() else []
    if said["role"].strip() and local in ("creator", "contributor"):
        refining.append(meta("role", one_line(said["role"]), name, scheme="marc:relators"))
    if refining:
        entry.set("id", name)
    for made in reversed(refining):
        metadata.insert(metadata.index(entry) + 1, made)


def _keep_one_date(metadata: etree._Element) -> None:
    for more in list(metadata.iterchildren(f"{{{DC}}}date"))[1:]:
        metadata.remove(more)


def _complete(root: etree._Element, metadata: etree._Element, title: str, language: str) -> None:
    """Add what every package must say where it does not: identifier, title, language."""
    for name, value in (("title", title), ("language", language_tag(language) or "und")):
        if next(metadata.iterchildren(f"{{{DC}}}{name}"), None) is None:
            metadata.append(element(f"{{{DC}}}{name}", {}, value))
    identifiers = list(metadata.iterchildren(f"{{{DC}}}identifier"))
    if not identifiers:
        made = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, title)}"
        identifiers = [element(f"{{{DC}}}identifier", {}, made)]
        metadata.append(identifiers[0])
    named = attribute(root, "unique-identifier")
    if named not in {attribute(found, "id") for found in identifiers} - {""}:
        own = attribute(identifiers[0], "id") or "pub-id"
        identifiers[0].set("id", own)
        root.set("unique-identifier", own)


def _upgrade_item(item: etree._Element, cover: str, properties: Mapping[str, str]) -> None:
    name = attribute(item, "id")
    for dropped in ("required-namespace", "required-modules", "fallback-style"):
        take_attribute(item, dropped)
    media_type = attribute(item, "media-type").strip().lower()
    item.set("media-type", _TYPES.get(media_type, media_type))
    found = properties.get(name, "").split()
    if name == cover and media_type.startswith("image/"):
        found.append("cover-image")
    if found:
        item.set("properties", " ".join(found))


def _list_points(above: etree._Element, listed: etree._Element, link: Callable[[str], str]) -> None:
    for point in above.iterchildren("{*}navPoint"):
        label = _label(point)
        place = link(next((attribute(c, "src") for c in point.iterchildren("{*}content")), ""))
        inner = html("ol")
        _list_points(point, inner, link)
        if not label or not (place or len(inner)):
            # What leads nowhere is left out, what is below it is not.
            for entry in list(inner):
                listed.append(entry)
            continue
        shown = html("a", {"href": place}, label) if place else html("span", {}, label)
        listed.append(html("li", {}, shown, *([inner] if len(inner) else [])))


def _pages(root: etree._Element | None, link: Callable[[str], str]) -> Iterator[etree._Element]:
    listed = html("ol")
    for target in root.iter("{*}pageTarget") if root is not None else ():
        place = link(next((attribute(c, "src") for c in target.iterchildren("{*}content")), ""))
        label = _label(target) or attribute(target, "value")
        if place and label:
            listed.append(html("li", {}, html("a", {"href": place}, label)))
    if len(listed):
        yield html("nav", {"epub:type": "page-list", "role": "doc-pagelist", "hidden": ""}, listed)


def _landmarks(package: Package, path: str, readable: set[str]) -> Iterator[etree._Element]:
    listed = html("ol")
    seen: set[tuple[str, str]] = set()
    for type_, place in package.guide:
        known = _LANDMARKS.get(type_.removeprefix("other."), "")
        if known and place.partition("#")[0] in readable and (known, place) not in seen:
            seen.add((known, place))
            link = html("a", {"epub:type": known, "href": _relative(place, path)}, known)
            listed.append(html("li", {}, link))
    if len(listed):
        yield html("nav", {"epub:type": "landmarks", "hidden": ""}, listed)


def _label(point: etree._Element) -> str:
    labels = point.iterchildren("{*}navLabel")
    return next((one_line("".join(map(str, label.itertext()))) for label in labels), "")


def _relative(place: str, path: str) -> str:
    document, mark, fragment = place.partition("#")
    inside = posixpath.relpath(document, posixpath.dirname(path) or ".")
    return quote(inside) + mark + quote(fragment)


def title_of(package: Package) -> str:
    """Return what a book is called: its title, else the name of its first file."""
    return one_line(package.title) or posixpath.basename(package.spine[0].path)
