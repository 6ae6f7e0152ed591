"""XML of our own making: elements, text that XML can hold, languages and their direction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from voicemill.books.language import language_tag

if TYPE_CHECKING:
    from lxml import etree

XHTML = "http://www.w3.org/1999/xhtml"
EPUB = "http://www.idpf.org/2007/ops"
OPF = "http://www.idpf.org/2007/opf"
DC = "http://purl.org/dc/elements/1.1/"
SMIL = "http://www.w3.org/ns/SMIL"
XML = "http://www.w3.org/XML/1998/namespace"

# What the active sentence and the whole document carry while it is read aloud.
ACTIVE_CLASS = "-epub-media-overlay-active"
PLAYING_CLASS = "-epub-media-overlay-playing"
ACTIVE_STYLE = f"""\
.{ACTIVE_CLASS} {{
  background-color: #ffe9a8;
  color: #1a1a1a;
}}
@media (prefers-color-scheme: dark) {{
  .{ACTIVE_CLASS} {{
    background-color: #6b5200;
    color: #fff;
  }}
}}
"""

# https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RIGHT_TO_LEFT = frozenset(("ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"))
_RIGHT_TO_LEFT_SCRIPTS = frozenset(("Arab", "Hebr", "Thaa", "Syrc", "Nkoo"))


def clean(text: str) -> str:
    """Return the text without characters that XML cannot hold."""
    return _NOT_XML.sub("", text)


def one_line(text: str) -> str:
    """Return the text as one line that XML can hold."""
    return clean(" ".join(text.split()))


def element(
    tag: str,
    attributes: Mapping[str, str] | None = None,
    *children: etree._Element | str,
    names: dict[str | None, str] | None = None,
) -> etree._Element:
    """Return an element with its text and children. tag: '{namespace}name'."""
    from lxml import etree

    made = etree.Element(tag, dict(attributes or {}), nsmap=cast("Any", names))
    for child in children:
        if not isinstance(child, str):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + clean(child)
        else:
            made.text = (made.text or "") + clean(child)
    return made


def html(
    tag: str, attributes: Mapping[str, str] | None = None, *children: etree._Element | str
) -> etree._Element:
    """Return an XHTML element; 'epub:…' and 'xml:…' may be attributes."""
    spaces = {"epub": EPUB, "xml": XML}
    named = {}
    for name, value in (attributes or {}).items():
        prefix, _, local = name.rpartition(":")
        named[f"{{{spaces[prefix]}}}{local}" if prefix else name] = clean(value)
    names = {None: XHTML, "epub": EPUB}
    return element(f"{{{XHTML}}}{tag}", named, *children, names=names)


def take_attribute(element: etree._Element, name: str) -> str | None:
    """Remove an attribute and return it, None without it."""
    value = element.get(name)
    if value is None:
        return None
    del element.attrib[name]
    return str(value)


def written(root: etree._Element, doctype: str = "") -> bytes:
    """Return a document as UTF-8."""
    from lxml import etree

    about = f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}\n'.rstrip() + "\n"
    return about.encode() + etree.tostring(root, encoding="utf-8", with_tail=False)


def written_html(root: etree._Element) -> bytes:
    """Return an XHTML document as UTF-8."""
    return written(root, "<!DOCTYPE html>")


def language_attributes(language: str) -> dict[str, str]:
    """Return lang, xml:lang and dir of an element in a language; none for '' and the like."""
    tag = language_tag(language)
    if not tag:
        return {}
    direction = {"dir": "rtl"} if is_right_to_left(tag) else {}
    return {"lang": tag, "xml:lang": tag, **direction}


def is_right_to_left(tag: str) -> bool:
    """Tell whether a language is written from right to left; a script in its tag decides."""
    primary, *rest = tag.split("-")
    script = next((part for part in rest if len(part) == 4 and part.isalpha()), "")
    if script:
        return script.title() in _RIGHT_TO_LEFT_SCRIPTS
    return primary.lower() in _RIGHT_TO_LEFT
