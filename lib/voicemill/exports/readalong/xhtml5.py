"""Documents of EPUB 2 (XHTML 1.1 and older) → the XHTML of EPUB 3, looking the same.

What HTML has dropped becomes a style: https://html.spec.whatwg.org/multipage/obsolete.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from voicemill.books.html.parsing import attribute, tag_of
from voicemill.books.language import language_tag
from voicemill.exports.readalong.nodes import XHTML, XML, html, one_line, take_attribute

if TYPE_CHECKING:
    from lxml import etree

# Element → what it becomes, and its look.
_ELEMENTS = {
    "acronym": ("abbr", ""), "applet": ("object", ""), "basefont": ("span", ""),
    "big": ("span", "font-size: larger"), "center": ("div", "text-align: center"),
    "dir": ("ul", ""), "font": ("span", ""), "nobr": ("span", "white-space: nowrap"),
    "strike": ("s", ""), "tt": ("span", "font-family: monospace"), "xmp": ("pre", ""),
}  # fmt: skip
_TABLES = ("table", "thead", "tbody", "tfoot", "tr", "td", "th", "col", "colgroup")
_SIZED = ("table", "td", "th", "tr", "col", "colgroup", "hr", "pre")
_FONT_SIZES = {"1": "x-small", "2": "small", "3": "medium", "4": "large", "5": "x-large",
               "6": "xx-large", "7": "xx-large", "+1": "larger", "-1": "smaller"}  # fmt: skip
_LISTS = {
    "disc": "disc", "circle": "circle", "square": "square", "1": "decimal",
    "a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman",
}  # fmt: skip
# Attributes without a look, by element; "*" for all.
_DROPPED = {
    "*": ("version", "profile", "datafld", "datasrc", "dataformatas"),
    "a": ("charset", "coords", "methods", "rev", "shape", "urn"),
    "area": ("nohref",), "br": ("clear",), "col": ("char", "charoff"),
    "html": ("version",), "img": ("longdesc", "lowsrc", "name"), "li": ("compact",),
    "link": ("charset", "rev", "target", "methods"), "meta": ("scheme",),
    "object": ("archive", "classid", "code", "codebase", "codetype", "declare", "standby",
               "border", "hspace", "vspace", "align"),
    "ol": ("compact",), "ul": ("compact",), "dl": ("compact",), "menu": ("compact",),
    "pre": ("wrap",), "script": ("language", "event", "for"),
    "table": ("frame", "rules", "summary", "datapagesize"),
    "tbody": ("char", "charoff"), "td": ("abbr", "axis", "char", "charoff", "scope"),
    "tfoot": ("char", "charoff"), "th": ("axis", "char", "charoff"),
    "thead": ("char", "charoff"), "tr": ("char", "charoff"),
}  # fmt: skip
_NUMBER = re.compile(r"\s*\d+(\.\d+)?\s*\Z")
_WHOLE = re.compile(r"\d+\Z")
_VALUE = re.compile(r"[\w#%.,' +-]+\Z")
_ID = re.compile(r"[A-Za-z_][\w.-]*\Z")


def upgraded(root: etree._Element, title: str) -> str:
    """Change a document to what EPUB 3 allows; returns its properties for the manifest.

    title: for a document without one.
    """
    from lxml import etree

    ids = {attribute(element, "id") for element in root.iter(etree.Element)}
    properties: set[str] = set()
    for element in list(root.iter(etree.Element)):
        if not str(element.tag).startswith(f"{{{XHTML}}}"):
            kind = {"svg": "svg", "math": "mathml"}.get(tag_of(element))
            properties |= {kind} if kind else set()
            continue
        if tag_of(element) in ("script", "form"):
            properties.add("scripted")
        _upgrade(element, ids)
    _upgrade_head(root, title)
    language = language_tag(attribute(root, "xml:lang") or attribute(root, "lang"))
    for name in ("lang", f"{{{XML}}}lang"):
        take_attribute(root, name)
        if language:
            root.set(name, language)
    return " ".join(sorted(properties))


def _upgrade(element: etree._Element, ids: set[str]) -> None:
    tag = tag_of(element)
    looks = _looks(element, tag)
    if tag in _ELEMENTS:
        new, look = _ELEMENTS[tag]
        looks += [look] if look else []
        element.tag = f"{{{XHTML}}}{new}"
    for name in (*_DROPPED["*"], *_DROPPED.get(tag, ()), f"{{{XML}}}space", f"{{{XML}}}base"):
        take_attribute(element, name)
    if tag == "a" and (anchor := take_attribute(element, "name")):
        _keep_anchor(element, anchor, ids)
    _same_languages(element)
    if looks:
        own = attribute(element, "style").strip().rstrip(";")
        # What the book's own style says counts more.
        element.set("style", "; ".join([*looks, *([own] if own else [])]))


def _keep_anchor(element: etree._Element, name: str, ids: set[str]) -> None:
    """Keep the name of a place as an id; it has one already where links lead to that."""
    if element.get("id") is None and name not in ids and _ID.match(name):
        element.set("id", name)
        ids.add(name)


def _same_languages(element: etree._Element) -> None:
    said = element.get(f"{{{XML}}}lang")
    if said is not None:
        element.set("lang", said)


def _looks(element: etree._Element, tag: str) -> list[str]:
    """Take the attributes that were a look; returns them as style declarations."""
    looks: list[str] = []

    def take(name: str) -> str:
        value = (take_attribute(element, name) or "").strip()
        return value if _VALUE.match(value) else ""

    if tag == "font":
        if size := _FONT_SIZES.get(take("size")):
            looks.append(f"font-size: {size}")
        looks += [f"color: {value}" for value in [take("color")] if value]
        looks += [f"font-family: {value}" for value in [take("face")] if value]
    if tag != "object":
        looks += _aligned(tag, take("align").lower())
    for name, style in (("valign", "vertical-align"), ("bgcolor", "background-color")):
        looks += [f"{style}: {value}" for value in [take(name)] if value]
    if tag in _SIZED:
        looks += _sizes(take)
    elif tag == "img":
        looks += _picture_sizes(element)
    if tag in ("img", "table") and (border := take("border")):
        looks.append(
            f"border-width: {_length(border)}" + ("; border-style: solid" * (border != "0"))
        )
    looks += _of_one_kind(element, tag, take)
    return looks


def _of_one_kind(element: etree._Element, tag: str, take: Callable[[str], str]) -> list[str]:
    looks: list[str] = []
    if tag == "img":
        for name, sides in (("hspace", "0 {}"), ("vspace", "{} 0")):
            looks += [f"margin: {sides.format(_length(v))}" for v in [take(name)] if v]
    if tag == "table":
        looks += [f"border-spacing: {_length(v)}" for v in [take("cellspacing")] if v]
        take("cellpadding")
    if tag in ("tr", "td", "th") and take_attribute(element, "nowrap") is not None:
        looks.append("white-space: nowrap")
    if tag in ("ul", "li") and (kind := _LISTS.get(take("type"))):
        looks.append(f"list-style-type: {kind}")
    if tag == "body":
        looks += [f"color: {value}" for value in [take("text")] if value]
        for name in ("link", "vlink", "alink", "background"):
            take_attribute(element, name)
    if tag == "hr":
        looks += [f"height: {_length(v)}" for v in [take("size")] if v]
        looks += [f"color: {v}" for v in [take("color")] if v]
        take_attribute(element, "noshade")
    return looks


def _aligned(tag: str, value: str) -> list[str]:
    if not value:
        return []
    if tag in ("img", "table", "hr"):
        if value in ("left", "right"):
            return [f"float: {value}"]
        if value == "center":
            return ["margin-left: auto", "margin-right: auto"]
        return [f"vertical-align: {value}"] if tag == "img" else []
    return [f"text-align: {value}"] if value in ("left", "right", "center", "justify") else []


def _sizes(take: Callable[[str], str]) -> list[str]:
    found = [(name, take(name)) for name in ("width", "height")]
    return [f"{name}: {_length(value)}" for name, value in found if value]


def _picture_sizes(element: etree._Element) -> list[str]:
    looks = []
    for name in ("width", "height"):
        value = attribute(element, name).strip()
        if value and not _WHOLE.match(value):
            element.attrib.pop(name)
            looks += [f"{name}: {_length(value)}"] if _VALUE.match(value) else []
    return looks


def _length(value: str) -> str:
    return f"{value.strip()}px" if _NUMBER.match(value) and value.strip() != "0" else value.strip()


def _upgrade_head(root: etree._Element, title: str) -> None:
    head = next(root.iterchildren(f"{{{XHTML}}}head"), None)
    if head is None:
        head = html("head")
        root.insert(0, head)
    take_attribute(head, "profile")
    for meta in list(head.iterchildren(f"{{{XHTML}}}meta")):
        if not (attribute(meta, "content") and attribute(meta, "name")):
            head.remove(meta)
    head.insert(0, html("meta", {"charset": "utf-8"}))
    titles = list(head.iterchildren(f"{{{XHTML}}}title"))
    if not titles:
        head.insert(1, html("title", {}, one_line(title)))
    elif not "".join(map(str, titles[0].itertext())).strip():
        titles[0].text = one_line(title)
    for more in titles[1:]:
        head.remove(more)
