"""What an HTML element means to a reader of books: note, mark, page break, contents, …."""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

from voicemill.books.html.parsing import attribute, tag_of

# Elements that begin a new paragraph.
BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
CELLS = frozenset(("td", "th"))
HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Not text to read: code, controls, embedded things; rt and rp repeat the ruby's base.
_UNREAD = frozenset(
    [
        "head",
        "script",
        "style",
        "template",
        "noscript",
        "svg",
        "iframe",
        "object",
        "embed",
        "audio",
        "video",
        "canvas",
        "map",
        "button",
        "select",
        "input",
        "textarea",
        "datalist",
        "rt",
        "rp",
    ]
)
_KINDS = {
    "footnote": "footnote", "rearnote": "footnote", "endnote": "footnote", "note": "footnote",
    "footnotes": "footnote", "rearnotes": "footnote", "endnotes": "footnote",
    "annotation": "footnote", "doc-footnote": "footnote", "doc-endnote": "footnote",
    "doc-endnotes": "footnote",
    "toc": "contents", "toc-brief": "contents", "loi": "contents", "lot": "contents",
    "loa": "contents", "lov": "contents", "landmarks": "contents", "page-list": "contents",
    "index": "contents", "doc-toc": "contents", "doc-index": "contents",
    "doc-pagelist": "contents",
    "copyright-page": "copyright", "imprint": "copyright", "imprimatur": "copyright",
    "cover": "copyright", "doc-cover": "copyright", "colophon": "copyright",
    "doc-colophon": "copyright",
}  # fmt: skip
_CLASS_KINDS = {
    "footnote": "footnote", "footnotes": "footnote", "endnote": "footnote",
    "endnotes": "footnote", "footnote-item": "footnote", "toc": "contents",
    "table-of-contents": "contents", "copyright": "copyright", "copyright-page": "copyright",
    "pg-boilerplate": "copyright", "pgheader": "copyright",
}  # fmt: skip
_VERSE = frozenset(("linegroup", "stanza", "verse", "poem", "lg", "strophe", "versegroup"))
_LINE_NUMBERS = frozenset(("lnum", "linenum", "line-number", "linenumber", "lineno", "line-num"))
_NOTE_CLASSES = frozenset(
    ("noteref", "footnote-ref", "footnoteref", "fnref", "fnanchor", "footnote-backref",
     "footnote_backref", "footnote-anchor")
)  # fmt: skip
_NOTE_TYPES = frozenset(("noteref", "doc-noteref", "annoref", "backlink", "doc-backlink"))
_BREAK_TYPES = frozenset(("pagebreak", "doc-pagebreak"))
_MARK = re.compile(
    r"\s*[\[({]?\s*(\d{1,4}|[*†‡§¶#]{1,4}|[a-zA-Z]{1,2}|[ivxlc]{1,6}|[↩↵⏎↑^]\ufe0e?)\s*[\])}.]?\s*"
)
_FEW = 30
_LONGEST_LABEL = 20
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def types_of(element: etree._Element) -> set[str]:
    """Return its epub:type and role, in small letters."""
    if not element.attrib:
        return set()
    return set(f"{attribute(element, 'epub:type')} {attribute(element, 'role')}".lower().split())


def is_unread(element: etree._Element) -> bool:
    """Tell whether the element and all in it is nothing to read."""
    if tag_of(element) in _UNREAD or element.get("hidden") is not None:
        return True
    return bool(_HIDDEN.search(attribute(element, "style")))


def kind_of(element: etree._Element) -> str:
    """Return the kind that everything in the element is: footnote, contents, copyright, or ''."""
    if tag_of(element) not in BLOCKS:
        return ""
    kinds = [kind for name in sorted(types_of(element)) if (kind := _KINDS.get(name))]
    kinds += [kind for name in _classes(element) if (kind := _CLASS_KINDS.get(name))]
    if not kinds and tag_of(element) == "nav":
        return "contents"
    return kinds[0] if kinds else ""


def is_verse(element: etree._Element) -> bool:
    """Tell whether the lines in it are lines of one stanza, not paragraphs."""
    return bool(_classes(element) & _VERSE) or bool(
        types_of(element) & {"z3998:verse", "z3998:poem"} and tag_of(element) != "body"
    )


def is_page_break(element: etree._Element) -> bool:
    """Tell whether a page of the printed book begins here."""
    return bool(types_of(element) & _BREAK_TYPES)


def page_label(element: etree._Element) -> str:
    """Return what is printed on the page that begins here, '' when it is not said."""
    said = attribute(element, "title") or attribute(element, "aria-label")
    label = " ".join((said or short_text(element)).split()).rstrip(".")
    return re.sub(r"^(page|p\.)\s*", "", label, flags=re.IGNORECASE)[:_LONGEST_LABEL]


def holds_only_label(element: etree._Element) -> bool:
    """Tell whether a page break holds no more than the page's number, not the page itself."""
    few = sum(1 for _ in islice(element.iter(), _FEW + 1)) <= _FEW
    return few and len(short_text(element).strip()) <= _LONGEST_LABEL


def is_line_number(element: etree._Element) -> bool:
    """Tell whether it is a number beside a line of a poem."""
    return bool(_classes(element) & _LINE_NUMBERS) and short_text(element).strip().isdecimal()


def is_note_mark(element: etree._Element) -> bool:
    """Tell whether it is the mark of a note, such as a raised 3, and not a word with a link."""
    tag = tag_of(element)
    if tag not in ("a", "sup", "span"):
        return False
    if not _MARK.fullmatch(short_text(element)):
        return False
    if types_of(element) & _NOTE_TYPES or _classes(element) & _NOTE_CLASSES:
        return True
    if tag == "sup":
        return any(tag_of(inner) == "a" and _links_inside(inner) for inner in element.iter())
    return tag == "a" and _links_inside(element) and _stands_raised(element)


def note_link(element: etree._Element) -> str:
    """Return where the mark of a note leads to, such as 'notes.xhtml#n3', '' for nowhere."""
    links = [attribute(inner, "href") for inner in element.iter() if tag_of(inner) == "a"]
    return next((link for link in links if "#" in link), "")


def short_text(element: etree._Element) -> str:
    """Return all text in a small element, '' for one that holds many others.

    Asked of every link, so a page of links in links must not cost its size squared.
    """
    if sum(1 for _ in islice(element.iter(), _FEW + 1)) > _FEW:
        return ""
    return "".join(str(text) for text in element.itertext())


def _classes(element: etree._Element) -> set[str]:
    if not element.attrib:
        return set()
    return set(attribute(element, "class").lower().split())


def _links_inside(element: etree._Element) -> bool:
    return "#" in attribute(element, "href")


def _stands_raised(element: etree._Element) -> bool:
    """Tell whether a linked mark is one of a note: raised, or in brackets."""
    if any(tag_of(inner) == "sup" for inner in element.iter()):
        return True
    above = element.getparent()
    return (above is not None and tag_of(above) == "sup") or short_text(element).strip()[
        :1
    ] in "[({"
