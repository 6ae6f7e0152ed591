"""Markup of people → a tree, with entities, the network and endless nesting shut out."""

from __future__ import annotations

import codecs
import html.entities
import re
from collections.abc import Mapping

from lxml import etree

from voicemill.books import limits
from voicemill.books.decoding import decode
from voicemill.errors import BookError

OPS = "{http://www.idpf.org/2007/ops}"
XML = "{http://www.w3.org/XML/1998/namespace}"

_XML_OWN = frozenset(("amp", "lt", "gt", "quot", "apos"))
_NAMED_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)"""
    rb"""|<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""",
    re.IGNORECASE,
)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# What XML cannot hold; in HTML it has no meaning either.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]")


def parse_xml(data: bytes, name: str) -> etree._Element:
    """Return the root of an XML document; raises BookError when it is damaged or dangerous."""
    text = _prepared(data, name)
    try:
        return etree.fromstring(text.encode("utf-8"), _xml_parser())
    except etree.XMLSyntaxError as error:
        what = f"its XML is damaged ({_first_line(error)})"
        raise BookError(what, where=name, remedy="Repair the file or get it again") from error


def parse_markup(data: bytes, name: str) -> etree._Element:
    """Return the root of an HTML or XHTML document, however untidy.

    Well-formed XHTML is read as such, the rest as browsers would; raises BookError when it is
    nested too deeply or declares entities.
    """
    text = _prepared(data, name)
    utf8 = text.encode("utf-8")
    if "<html" in text[:4000] and "xmlns" in text[:4000]:
        try:
            return etree.fromstring(utf8, _xml_parser())
        except etree.XMLSyntaxError:
            pass  # Untidy XHTML is common and HTML readers cope with it.
    return _parse_html(utf8, name)


def attribute(element: etree._Element, name: str) -> str:
    """Return an attribute, '' without it; 'epub:type' and 'xml:lang' in either notation."""
    prefix, _, local = name.partition(":")
    if local:
        space = OPS if prefix == "epub" else XML
        value = element.get(space + local) or element.get(name)
    else:
        value = element.get(name)
    return str(value or "")


def tag_of(element: etree._Element) -> str:
    """Return the tag without namespace in small letters, '' for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _xml_parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _parse_html(utf8: bytes, name: str) -> etree._Element:
    # huge_tree raises the depth at which libxml2 stops from 256, which unclosed tags of real
    # pages pass, to 2,048; the size is bounded by limits.DOCUMENT_BYTES.
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(utf8, parser)
    except etree.XMLSyntaxError as error:
        what = f"its HTML cannot be read ({_first_line(error)})"
        raise BookError(what, where=name, remedy="Repair the file or get it again") from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        remedy = "Open it in a browser and save it again, or get the book from another source"
        raise BookError("its elements are nested too deeply", where=name, remedy=remedy)
    if root is None:
        raise BookError("it holds no HTML", where=name, remedy="Get the file again")
    return root


def _prepared(data: bytes, name: str) -> str:
    """Return the text without its encoding's name, with HTML's named entities as characters."""
    text = _CONTROLS.sub("", _XML_DECLARATION.sub("", _decoded(data, name)))
    if text.count("<") > limits.TAGS:
        what = f"it has more than {limits.TAGS:,} tags"
        raise BookError(what, where=name, remedy="Split the book into parts")
    if "<!ENTITY" in text:
        what = "it declares entities of its own, which can unpack without end or read other files"
        raise BookError(what, where=name, remedy="It was not read; save it without a DOCTYPE")
    return _NAMED_ENTITY.sub(lambda match: _character(match, html.entities.html5), text)


def _decoded(data: bytes, name: str) -> str:
    declared = _DECLARED.search(data[:2048])
    if declared and not data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        codec = (declared[1] or declared[2]).decode("ascii", "replace")
        # Browsers read both as Windows-1252, and so do the files that say so.
        codec = {"iso-8859-1": "cp1252", "us-ascii": "cp1252"}.get(codec.lower(), codec)
        try:
            return data.decode(codec)
        except (LookupError, UnicodeDecodeError):
            pass  # A wrong declaration: the bytes themselves decide.
    return decode(data, name).text


def _character(match: re.Match[str], known: Mapping[str, str]) -> str:
    """Return the character of an entity; what is none stays as it is written."""
    if match[1] in _XML_OWN:
        return match[0]
    found = known.get(match[1] + ";", f"&amp;{match[1]};")
    return f"&#{ord(found)};" if found in "<>&" else found


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:160] if str(error) else "no reason given"
