"""The tables of an EPUB that lead into its text: contents, landmarks and printed pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from voicemill.books.archives import Archive
from voicemill.books.epub.package import Item, Package, resolved
from voicemill.books.html.parsing import attribute, parse_markup, parse_xml, tag_of
from voicemill.errors import BookError

# Parts and their chapters are chapters of the audiobook; sections inside chapters are not.
_DEPTH = 2
_CONTENTS = frozenset(("toc", "loi", "lot", "index"))
_COPYRIGHT = frozenset(("copyright-page", "copyright", "imprint", "cover", "colophon"))


@dataclass(frozen=True)
class Tables:
    """Where things are in the archive, as paths with a fragment: 'OPS/one.xhtml#start'.

    openings: the chapters' titles.  breaks: the printed pages' labels.  kinds: contents or
    copyright.  notes: what was wrong with the tables, for the person who reads the book in.
    """

    openings: dict[str, str]
    breaks: dict[str, str]
    kinds: dict[str, str]
    notes: tuple[str, ...] = ()


def read_tables(archive: Archive, package: Package) -> Tables:
    """Read nav.xhtml, or toc.ncx and guide; what is damaged or missing is noted, not fatal."""
    nav = next((item for item in package.items.values() if "nav" in item.properties), None)
    kinds = {place: kind for type_, place in package.guide if (kind := _kind(type_))}
    notes: list[str] = []
    for item, read in ((nav, _from_nav), (package.ncx, _from_ncx)):
        if item is None or item.path not in archive:
            continue
        try:
            tables = read(archive.read(item.path), item, archive.name)
        except BookError as error:
            notes.append(f"Its table of contents '{item.path}' cannot be read: {error.what}.")
            continue
        if tables.openings:
            return Tables(tables.openings, tables.breaks, {**kinds, **tables.kinds}, tuple(notes))
        kinds |= tables.kinds
    return Tables({}, {}, kinds, tuple(notes))


def _kind(type_: str) -> str:
    if type_ in _CONTENTS:
        return "contents"
    return "copyright" if type_ in _COPYRIGHT else ""


def _from_nav(data: bytes, item: Item, name: str) -> Tables:
    root = parse_markup(data, f"{name}: {item.path}")
    navs = list(root.iter("{*}nav"))
    typed = {attribute(nav, "epub:type") or attribute(nav, "role"): nav for nav in navs}
    toc = typed.get("toc", typed.get("doc-toc", navs[0] if navs else None))
    openings: dict[str, str] = {}
    for place, title, _type in _links(toc, item.path, _DEPTH):
        _open(openings, place, title)
    pages = typed.get("page-list", typed.get("doc-pagelist"))
    breaks = {place: label for place, label, _type in _links(pages, item.path, 1)}
    kinds = {
        place: kind
        for place, _title, type_ in _links(typed.get("landmarks"), item.path, 1)
        if (kind := _kind(type_))
    }
    return Tables(openings, breaks, kinds)


def _links(nav: etree._Element | None, path: str, depth: int) -> Iterator[tuple[str, str, str]]:
    """Yield place, text and type of the links down to a depth, counted in links above them."""
    if nav is None:
        return
    for link in nav.iter("{*}a"):
        above = list(link.iterancestors("{*}li"))
        # The link of the own item is not above it; hidden lists are for machines, unless all is.
        outer = [item for item in above[1:] if any(tag_of(child) == "a" for child in item)]
        hidden = any(
            attribute(ancestor, "hidden") or ancestor.get("hidden") is not None
            for ancestor in link.iterancestors("{*}ol")
        )
        place = resolved(attribute(link, "href"), path)
        text = " ".join("".join(str(part) for part in link.itertext()).split())
        if place and text and len(outer) < depth and not hidden:
            yield place, text, attribute(link, "epub:type").lower()


def _from_ncx(data: bytes, item: Item, name: str) -> Tables:
    root = parse_xml(data, f"{name}: {item.path}")
    openings: dict[str, str] = {}
    for point in root.iter("{*}navPoint"):
        place, title = _point(point, item.path)
        above = sum(1 for _outer in point.iterancestors("{*}navPoint"))
        if place and title and above < _DEPTH:
            _open(openings, place, title)
    breaks = dict(_point(target, item.path) for target in root.iter("{*}pageTarget"))
    breaks.pop("", None)
    return Tables(openings, breaks, {})


def _point(point: etree._Element, path: str) -> tuple[str, str]:
    sources = [attribute(content, "src") for content in point.iterchildren("{*}content")]
    labels = [
        "".join(str(part) for part in label.itertext())
        for label in point.iterchildren("{*}navLabel")
    ]
    place = resolved(sources[0], path) if sources else ""
    return place, " ".join(labels[0].split()) if labels else ""


def _open(openings: dict[str, str], place: str, title: str) -> None:
    """Add a chapter; a part whose first chapter begins at the same place names both."""
    before = openings.get(place, "")
    openings[place] = f"{before}. {title}" if before and before != title else title
