"""An XHTML document → the text a reader reads in it, and where in the tree each piece stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voicemill.books.html import marks
from voicemill.books.html.parsing import parse_markup, tag_of
from voicemill.exports.readalong.nodes import EPUB, XHTML, XML, html

if TYPE_CHECKING:
    from lxml import etree

_SVG = "http://www.w3.org/2000/svg"
_MATH = "http://www.w3.org/1998/Math/MathML"
_SPACES = {"epub": EPUB, "xml": XML, "xlink": "http://www.w3.org/1999/xlink"}
_NAME = re.compile(r"[A-Za-z_][\w.-]*\Z")
# Nothing can be marked inside these; formulas are heard as the pages spell them, if at all.
_CLOSED = frozenset(("math", "svg"))
_PARTING = marks.BLOCKS | marks.CELLS | {"br"}


@dataclass(frozen=True)
class Slot:
    """A piece of text in a tree: an element's own or, with tail, what follows the element.

    start, end: its place in the document's text.
    """

    element: etree._Element
    tail: bool
    start: int
    end: int

    @property
    def parent(self) -> etree._Element | None:
        """The element that the text stands in."""
        return self.element.getparent() if self.tail else self.element


def xhtml_of(data: bytes, name: str) -> etree._Element:
    """Return the root of a document as XHTML, however untidy it is; raises BookError."""
    from lxml import etree

    root = parse_markup(data, name)
    if root.tag == f"{{{XHTML}}}html":
        return root
    tidy = html("html")
    _take_attributes(root, tidy)
    for child in list(root):
        tidy.append(child)
    for element in tidy.iter(etree.Element):
        tag = str(element.tag)
        if not tag.startswith("{"):
            local = tag.rpartition(":")[2]
            space = next(
                (s for n, s in (("svg", _SVG), ("math", _MATH)) if _inside(element, n)), XHTML
            )
            element.tag = f"{{{space}}}{local if _NAME.match(local) else 'span'}"
            _take_attributes(element, element)
    return tidy


def slots_of(root: etree._Element) -> tuple[str, list[Slot]]:
    """Return the text of a document, and its pieces; what readers of books leave out is out.

    Where paragraphs, cells and lines part, the text has a line's end that is in no piece.
    """
    from lxml import etree

    texts: list[str] = []
    slots: list[Slot] = []
    place = 0
    skipped: etree._Element | None = None

    def say(element: etree._Element, text: str | None, tail: bool) -> None:
        nonlocal place
        if text:
            slots.append(Slot(element, tail, place, place + len(text)))
            texts.append(str(text))
            place += len(text)

    for event, element in etree.iterwalk(root, events=("start", "end")):
        if tag_of(element) in _PARTING and skipped is None:
            texts.append("\n")
            place += 1
        if event == "start":
            if skipped is None and not _is_read(element):
                skipped = element
            if skipped is None:
                say(element, element.text, False)
        else:
            if skipped is element:
                skipped = None
            if skipped is None and element is not root:
                say(element, element.tail, True)
    return "".join(texts), slots


def _is_read(element: etree._Element) -> bool:
    if not isinstance(element.tag, str) or marks.is_unread(element) or tag_of(element) in _CLOSED:
        return False
    if marks.is_page_break(element) and marks.holds_only_label(element):
        return False
    return not (marks.is_note_mark(element) or marks.is_line_number(element))


def _inside(element: etree._Element, name: str) -> bool:
    return tag_of(element) == name or any(tag_of(a) == name for a in element.iterancestors())


def _take_attributes(source: etree._Element, target: etree._Element) -> None:
    """Give an element the other's attributes by their XML names; what has none is dropped."""
    found = [(str(name), str(value)) for name, value in source.attrib.items()]
    if source is target:
        source.attrib.clear()
    for name, value in found:
        prefix, _, local = name.rpartition(":")
        if name.startswith("xmlns") or not _NAME.match(local):
            continue
        if not prefix:
            target.set(name, value)
        elif prefix in _SPACES:
            target.set(f"{{{_SPACES[prefix]}}}{local}", value)
