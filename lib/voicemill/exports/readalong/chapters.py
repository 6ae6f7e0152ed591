"""A chapter → its XHTML document, each sentence in an element of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voicemill.books.language import language_tag
from voicemill.exports.readalong.book import ReadBook, ReadChapter, ReadPage, TimedSentence
from voicemill.exports.readalong.nodes import (
    ACTIVE_STYLE,
    clean,
    html,
    language_attributes,
    one_line,
    written_html,
)
from voicemill.exports.readalong.overlays import Mark
from voicemill.exports.readalong.paragraphs import Paragraph, paragraphs_of

if TYPE_CHECKING:
    from lxml import etree

STYLE = f"""\
body {{
  margin: 5%;
  line-height: 1.5;
}}
h1, h2, h3, h4, h5, h6 {{
  line-height: 1.25;
  text-align: start;
}}
p {{
  margin: 0 0 0.8em;
}}
{ACTIVE_STYLE}"""


@dataclass(frozen=True)
class Document:
    """A chapter's document. marks: the pieces of each of its sentences, in order.

    pages: the id and the label of each page.
    """

    title: str
    data: bytes
    marks: tuple[tuple[Mark, ...], ...]
    pages: tuple[tuple[str, str], ...]


def chapter_title(book: ReadBook, chapter: ReadChapter) -> str:
    """Return what a chapter is called: its title, its first heading, or the book's title."""
    headings = (
        page.text[paragraph.start : paragraph.end]
        for page in chapter.pages
        for paragraph in paragraphs_of(page.text)
        if paragraph.level
    )
    return one_line(chapter.title) or one_line(next(headings, "")) or one_line(book.title)


def chapter_document(book: ReadBook, chapter: ReadChapter, first_page: int) -> Document:
    """Return a chapter as XHTML. first_page: how many pages come before it."""
    title = chapter_title(book, chapter)
    marks: list[tuple[Mark, ...]] = []
    pages: list[tuple[str, str]] = []
    section = html("section", {"epub:type": "chapter", "role": "doc-chapter", "aria-label": title})
    for number, page in enumerate(chapter.pages, start=first_page + 1):
        name = f"page{number}"
        section.append(_page(book, page, name, marks))
        pages.append((name, one_line(page.printed)))
    head = html(
        "head",
        {},
        html("meta", {"charset": "utf-8"}),
        html("title", {}, title),
        html("link", {"rel": "stylesheet", "type": "text/css", "href": "style.css"}),
    )
    body = html("body", {"epub:type": "bodymatter"}, section)
    root = html("html", language_attributes(book.language), head, body)
    return Document(title, written_html(root), tuple(marks), tuple(pages))


def _page(
    book: ReadBook, page: ReadPage, name: str, marks: list[tuple[Mark, ...]]
) -> etree._Element:
    """Return a page; the marks of its sentences are added to those before."""
    own = language_tag(page.language)
    around = language_attributes(own) if own != language_tag(book.language) else {}
    if around and "dir" not in around and "dir" in language_attributes(book.language):
        around["dir"] = "ltr"
    label = one_line(page.printed)
    mark = {"epub:type": "pagebreak", "role": "doc-pagebreak", "id": name, "aria-label": label}
    made = html("div", {"class": "page", **around}, html("div", mark))
    pieces: list[list[Mark]] = [[] for _sentence in page.sentences]
    for paragraph in paragraphs_of(page.text):
        made.append(_paragraph(page, paragraph, pieces, len(marks)))
    marks += [tuple(found) for found in pieces]
    return made


def _paragraph(
    page: ReadPage, paragraph: Paragraph, pieces: list[list[Mark]], before: int
) -> etree._Element:
    """Return a paragraph or heading with its sentences. before: sentences on earlier pages."""
    made = html(f"h{paragraph.level}" if paragraph.level else "p")
    place = paragraph.start
    for index, start, end in _inside(page.sentences, paragraph):
        _append(made, page.text[place:start])
        # A sentence that runs over two paragraphs has a piece in each.
        part = f"-{len(pieces[index]) + 1}" if pieces[index] else ""
        mark = Mark(f"s{before + index + 1}{part}", end - start)
        made.append(html("span", {"id": mark.id}, page.text[start:end]))
        pieces[index].append(mark)
        place = end
    _append(made, page.text[place : paragraph.end])
    return made


def _inside(
    sentences: tuple[TimedSentence, ...], paragraph: Paragraph
) -> list[tuple[int, int, int]]:
    cut = [
        (index, max(sentence.start, paragraph.start), min(sentence.end, paragraph.end))
        for index, sentence in enumerate(sentences)
    ]
    return [(index, start, end) for index, start, end in cut if start < end]


def _append(made: etree._Element, text: str) -> None:
    if not text:
        return
    if len(made):
        made[-1].tail = (made[-1].tail or "") + clean(text)
    else:
        made.text = (made.text or "") + clean(text)
