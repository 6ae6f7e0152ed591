"""A tree of HTML → a flow of headings, paragraphs, notes, pictures and page breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from voicemill.books.book import Block
from voicemill.books.flow import Opening, PageBreak, Piece
from voicemill.books.html import marks
from voicemill.books.html.parsing import attribute, tag_of
from voicemill.books.language import language_tag, same_language

_SUPERSCRIPT = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
# How far above a mark the note around it is looked for.
_NOTE_DEPTH = 8
_ENDS_SENTENCE = ".!?…:;,。！？；，।؟"


@dataclass(frozen=True)
class Places:
    """What is known about ids of a document from elsewhere, such as a table of contents.

    openings: titles of chapters by the id where they begin.  breaks: labels of pages.
    kinds: the kind of everything in the element with an id.  whole: of the whole document.
    """

    openings: Mapping[str, str] = field(default_factory=dict)
    breaks: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    whole: str = ""


@dataclass(frozen=True)
class _Around:
    """What holds inside an element."""

    language: str
    kind: str = ""
    level: int = 0
    verse: bool = False
    stanza: bool = False
    raised: bool = False


@dataclass
class _Text:
    """A block in the making: runs of text, and what follows it.

    languages: of runs with letters.  last: the last sign that is no space, '' before the first.
    line_ended: whether nothing came after a line's end.
    """

    spoken: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    after: list[Piece] = field(default_factory=list)
    languages: set[str] = field(default_factory=set)
    last: str = ""
    line_ended: bool = False

    def add(self, text: str, language: str) -> None:
        self.spoken.append(text)
        self.raw.append(text)
        stripped = text.rstrip()
        if stripped:
            self.last = stripped[-1]
            self.line_ended = False
            if language not in self.languages and any(char.isalpha() for char in stripped):
                self.languages.add(language)


def blocks_of(
    root: etree._Element, language: str, places: Places | None = None, *, root_language: bool = True
) -> list[Piece]:
    """Return the text of a document in order; nothing that a reader would see is left out.

    language: of the book; a block carries its own only where it differs. root_language: whether
    what the html and body elements say about language counts.
    Marks of notes are taken out of the text and stay in Block.raw.
    """
    walker = _Walker(language, places or Places(), root_language)
    walker.notes = {link[1:] for link in note_links(root) if link.startswith("#")}
    skipped: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if skipped is None and event == "start" and not walker.enter(element):
            skipped = element
        elif event == "end" and skipped is None:
            walker.leave(element)
        if event == "end" and skipped is element:
            skipped = None
        if event == "end" and skipped is None and element is not root:
            walker.say(str(element.tail or ""))
    walker.flush()
    return walker.pieces


class _Walker:
    def __init__(self, language: str, places: Places, root_language: bool) -> None:
        self.pieces: list[Piece] = []
        self.notes: set[str] = set()
        self._language = language
        self._places = places
        self._root_language = root_language
        self._around = [_Around(language, places.whole)]
        self._text = _Text()

    def enter(self, element: etree._Element) -> bool:
        """Begin an element; returns False when nothing inside it is to be read."""
        tag = tag_of(element)
        if not isinstance(element.tag, str) or marks.is_unread(element):
            return False
        around = self._inside(element, tag)
        if self._begins_block(tag, around):
            self.flush()
        self._mark_places(element)
        if marks.is_page_break(element):
            self._break_page(marks.page_label(element))
            if marks.holds_only_label(element):
                return False
        if marks.is_note_mark(element) or marks.is_line_number(element):
            self._text.raw.append(marks.short_text(element))
            return False
        if tag == "img":
            self._picture(element)
        if tag in marks.CELLS:
            self._cell()
        if tag == "br":
            self._line_end()
        self._around.append(around)
        self.say(str(element.text or ""))
        return True

    def leave(self, element: etree._Element) -> None:
        """End an element that was entered."""
        if self._begins_block(tag_of(element), self._around[-1]):
            self.flush()
        self._around.pop()

    def say(self, text: str) -> None:
        """Add text to the block in the making."""
        if not text:
            return
        around = self._around[-1]
        if around.raised and text.strip().lstrip("+-").isdecimal():
            text = text.translate(_SUPERSCRIPT)
        self._text.add(text, around.language)

    def flush(self) -> None:
        """End the block in the making."""
        made, self._text = self._text, _Text()
        text = " ".join("".join(made.spoken).split())
        if text:
            around = self._around[-1]
            raw = " ".join("".join(made.raw).split())
            self.pieces.append(
                Block(
                    kind=around.kind or ("heading" if around.level else "paragraph"),
                    text=text,
                    level=0 if around.kind else around.level,
                    language=self._own_language(made),
                    raw=raw if raw != text else "",
                )
            )
        self.pieces.extend(made.after)

    def _inside(self, element: etree._Element, tag: str) -> _Around:
        outer = self._around[-1]
        own = language_tag(attribute(element, "xml:lang") or attribute(element, "lang"))
        if tag in ("html", "body") and not self._root_language:
            own = ""
        level = marks.HEADINGS.get(tag, outer.level)
        if attribute(element, "role") == "heading":
            said = attribute(element, "aria-level")
            level = int(said) if said.isdecimal() and len(said) == 1 else 2
        name = attribute(element, "id") or attribute(element, "name")
        note = "footnote" if name in self.notes and tag in marks.BLOCKS else ""
        kind = outer.kind or self._places.kinds.get(name, "") or marks.kind_of(element) or note
        stanza = marks.is_verse(element)
        return _Around(
            language=own or outer.language,
            kind=kind,
            level=level,
            verse=outer.verse or stanza,
            stanza=stanza,
            raised=outer.raised or tag == "sup",
        )

    def _begins_block(self, tag: str, around: _Around) -> bool:
        """Tell whether a tag parts paragraphs; lines of a stanza in one language do not."""
        if tag not in marks.BLOCKS:
            return False
        outer = self._around[-1] if around is not self._around[-1] else self._around[-2]
        line = tag in ("div", "p", "li") and outer.verse and not around.stanza
        if line and (around.language, around.kind) == (outer.language, outer.kind):
            self._text.add(" ", around.language)
            return False
        return True

    def _mark_places(self, element: etree._Element) -> None:
        for name in {attribute(element, "id"), attribute(element, "name")} - {""}:
            if name in self._places.breaks and not marks.is_page_break(element):
                self._break_page(self._places.breaks[name])
            if name in self._places.openings:
                # A chapter never begins inside a paragraph: the whole of it belongs to it.
                self.pieces.append(Opening(self._places.openings[name]))

    def _break_page(self, label: str) -> None:
        waiting = self._text.after if self._text.last else self.pieces
        waiting.append(PageBreak(label))

    def _picture(self, element: etree._Element) -> None:
        text = " ".join(attribute(element, "alt").split())
        if text:
            language = self._around[-1].language
            shown = "" if same_language(language, self._language) else language
            picture = Block("image", text, language=shown)
            (self._text.after if self._text.last else self.pieces).append(picture)

    def _cell(self) -> None:
        """Part the cells of a row, so that they are heard as a list."""
        if self._text.last:
            while not self._text.spoken[-1].strip():
                self._text.spoken.pop()
            self._text.spoken[-1] = self._text.spoken[-1].rstrip()
            self._text.spoken.append(" " if self._text.last in _ENDS_SENTENCE else ", ")
            self._text.raw.append(" ")

    def _line_end(self) -> None:
        """Part lines by a space, paragraphs made with two line ends by a block."""
        if self._text.line_ended:
            self.flush()
        elif self._text.last:
            self._text.add("\n", "")
            self._text.line_ended = True

    def _own_language(self, made: _Text) -> str:
        own = made.languages
        language = next(iter(own)) if len(own) == 1 else self._around[-1].language
        return "" if not language or same_language(language, self._language) else language


def note_links(root: etree._Element) -> list[str]:
    """Return where the marks of notes lead to, such as '#n3', without the ways back."""
    links: dict[str, None] = {}
    seen: set[str] = set()
    for element in root.iter("{*}a", "{*}sup", "{*}span"):
        if not marks.is_note_mark(element):
            continue
        link = marks.note_link(element)
        # Text refers to a note before the note leads back, so a mark inside a note, or one
        # that leads to an earlier mark, is such a way back.
        if link and link[1:] not in seen and not _inside_note(element, links):
            links[link] = None
        seen.add(attribute(element, "id") or attribute(element, "name"))
    return list(links)


def _inside_note(element: etree._Element, links: Mapping[str, None]) -> bool:
    above = islice(element.iterancestors(), _NOTE_DEPTH)
    return any(
        "#" + (attribute(outer, "id") or " ") in links or marks.kind_of(outer) == "footnote"
        for outer in above
    )
