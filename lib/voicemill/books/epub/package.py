"""The package of an EPUB: what the book is called and which files it reads in which order."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from voicemill.books.archives import Archive
from voicemill.books.html.parsing import attribute, parse_xml
from voicemill.errors import BookError

CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
# Fonts scrambled so that they are not simply copied; the text is open.
_FONT_METHODS = frozenset(
    ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
)  # fmt: skip
_GET_AGAIN = "Get the file again from where it came from"
_MOST_COVER_BYTES = 30 * 1024**2
_DOCUMENTS = frozenset(("application/xhtml+xml", "text/html", "application/xml", "text/xml",
                        "application/x-dtbook+xml", "text/x-oeb1-document"))  # fmt: skip


@dataclass(frozen=True)
class Item:
    """A file of the book. path: inside the archive."""

    path: str
    media_type: str
    properties: tuple[str, ...]

    @property
    def is_document(self) -> bool:
        """Whether it holds text to read."""
        return self.media_type in _DOCUMENTS


@dataclass(frozen=True)
class Package:
    """What the OPF file of an EPUB says. spine: the files to read, in order.

    guide: places by type, such as ("toc", "OPS/contents.html#top"), as EPUB 2 has them.
    """

    path: str
    title: str
    author: str
    language: str
    publisher: str
    rights: str
    items: dict[str, Item]
    spine: tuple[Item, ...]
    missing: tuple[str, ...]
    guide: tuple[tuple[str, str], ...]
    ncx: Item | None
    cover: bytes | None


def read_package(archive: Archive) -> Package:
    """Read the package; raises BookError when it is encrypted or says nothing readable."""
    _refuse_encrypted(archive)
    path = _package_path(archive)
    root = parse_xml(archive.read(path), f"{archive.name}: {path}")
    items = _items(root, path)
    spine_ids = [attribute(ref, "idref") for ref in root.iter("{*}itemref")]
    spine = [items[name] for name in spine_ids if name in items]
    found = {name.casefold(): name for name in archive.files}
    readable = [item for item in spine if item.path.casefold() in found]
    missing = [item.path for item in spine if item.path.casefold() not in found]
    missing += [name for name in spine_ids if name not in items]
    if not readable:
        what = "none of the files it says to read are in it"
        raise BookError(what, where=archive.name, remedy=_GET_AGAIN)
    creators = list(dict.fromkeys(_authors(root)))
    return Package(
        path=path,
        title=_title(root),
        author=", ".join(creators),
        language=_first(root, "language"),
        publisher=_first(root, "publisher"),
        rights=_first(root, "rights"),
        items=items,
        spine=tuple(readable),
        missing=tuple(missing),
        guide=tuple(_guide(root, path)),
        ncx=_ncx(root, items),
        cover=_cover(root, items, archive),
    )


def resolved(href: str, base: str) -> str:
    """Return a link as a path inside the archive with its fragment, '' for one leading outside."""
    address, mark, fragment = href.strip().partition("#")
    if ":" in address.split("/")[0] or address.startswith("/"):
        return ""
    path = base
    if address:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(address)))
    return "" if path.startswith("..") else path + mark + unquote(fragment)


def _refuse_encrypted(archive: Archive) -> None:
    if _ENCRYPTION not in archive:
        return
    root = parse_xml(archive.read(_ENCRYPTION), f"{archive.name}: {_ENCRYPTION}")
    methods = {
        attribute(method, "Algorithm")
        for data in root.iter("{*}EncryptedData")
        for method in data.iterchildren("{*}EncryptionMethod")
    }
    if methods - _FONT_METHODS:
        remedy = "Get it without copy protection from the publisher, or read another edition"
        raise BookError("the book is copy-protected (DRM)", where=archive.name, remedy=remedy)


def _package_path(archive: Archive) -> str:
    if CONTAINER in archive:
        root = parse_xml(archive.read(CONTAINER), f"{archive.name}: {CONTAINER}")
        for element in root.iter("{*}rootfile"):
            path = resolved(attribute(element, "full-path"), "")
            if path in archive:
                return path
    # Some tools forget the container or name the package wrongly; a lone package is meant.
    packages = [name for name in archive.files if name.lower().endswith(".opf")]
    if len(packages) == 1:
        return packages[0]
    what = "it has no package file that says what to read"
    raise BookError(what, where=archive.name, remedy=_GET_AGAIN)


def _items(root: etree._Element, path: str) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for element in root.iter("{*}item"):
        inside = resolved(attribute(element, "href"), path)
        media_type = attribute(element, "media-type").strip().lower()
        properties = tuple(attribute(element, "properties").split())
        if inside:
            found[attribute(element, "id")] = Item(inside, media_type, properties)
    return found


def _metadata(root: etree._Element, name: str) -> Iterator[etree._Element]:
    for element in root.iter("{http://purl.org/dc/elements/1.1/}" + name):
        if _text(element):
            yield element


def _text(element: etree._Element) -> str:
    return " ".join(str(element.text or "").split())


def _first(root: etree._Element, name: str) -> str:
    return next((_text(element) for element in _metadata(root, name)), "")


def _title(root: etree._Element) -> str:
    """Return the main title; an EPUB 3 may list subtitle, series and edition as well."""
    types = {
        attribute(meta, "refines").removeprefix("#"): _text(meta)
        for meta in root.iter("{*}meta")
        if attribute(meta, "property") == "title-type"
    }
    titles = list(_metadata(root, "title"))
    main = [title for title in titles if types.get(attribute(title, "id")) == "main"]
    return next((_text(title) for title in (*main, *titles)), "")


def _authors(root: etree._Element) -> list[str]:
    """Return those who wrote it: creators that are no editors, translators or illustrators."""
    roles = {
        attribute(meta, "refines").removeprefix("#"): _text(meta)
        for meta in root.iter("{*}meta")
        if attribute(meta, "property") == "role"
    }
    creators = [
        (_text(element), element.get("{http://www.idpf.org/2007/opf}role") or
         roles.get(attribute(element, "id"), ""))
        for element in _metadata(root, "creator")
    ]  # fmt: skip
    authors = [name for name, role in creators if role in ("", "aut")]
    return authors or [name for name, _role in creators]


def _guide(root: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    for element in root.iter("{*}reference"):
        place = resolved(attribute(element, "href"), path)
        if place:
            yield attribute(element, "type").lower(), place


def _ncx(root: etree._Element, items: dict[str, Item]) -> Item | None:
    named = next((attribute(spine, "toc") for spine in root.iter("{*}spine")), "")
    if named in items:
        return items[named]
    kinds = [item for item in items.values() if item.media_type == "application/x-dtbncx+xml"]
    return kinds[0] if kinds else None


def _cover(root: etree._Element, items: dict[str, Item], archive: Archive) -> bytes | None:
    named = [
        attribute(meta, "content")
        for meta in root.iter("{*}meta")
        if attribute(meta, "name") == "cover"
    ]
    marked = [item for item in items.values() if "cover-image" in item.properties]
    for item in (*marked, *(items[name] for name in named if name in items)):
        size_bytes = archive.files[item.path].file_size if item.path in archive else 0
        if item.media_type.startswith("image/") and 0 < size_bytes <= _MOST_COVER_BYTES:
            return archive.read(item.path, _MOST_COVER_BYTES)
    return None
