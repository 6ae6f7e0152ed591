"""A plain text file → a Book."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from voicemill.books.book import Block, Book
from voicemill.books.decoding import decode
from voicemill.books.flow import Opening, PageBreak, Piece, arrange
from voicemill.books.html.reading import book_of
from voicemill.books.text.headings import is_chapter_line, is_title_line
from voicemill.books.text.paragraphs import Setting, paragraphs_of, setting_of

_LINE_ENDS = re.compile("\r\n|\r|\x85|\u2028|\v")
_START = re.compile(r"^\*\*\* ?START OF .{0,40}PROJECT GUTENBERG.*$", re.MULTILINE | re.IGNORECASE)
_END = re.compile(r"^\*\*\* ?END OF .{0,40}PROJECT GUTENBERG.*$", re.MULTILINE | re.IGNORECASE)
_FIELD = re.compile(r"^(Title|Author|Language):[ \t]*(\S.*)$", re.MULTILINE)
_LANGUAGES = {
    "english": "en", "vietnamese": "vi", "hindi": "hi", "chinese": "zh", "arabic": "ar",
    "french": "fr", "german": "de", "spanish": "es", "italian": "it", "portuguese": "pt",
    "dutch": "nl", "russian": "ru", "japanese": "ja", "korean": "ko",
}  # fmt: skip
_LEADER = re.compile(r"\s*[.…·]{2,}\s*\d{1,4}$|\t\d{1,4}$")
_CONTENTS = re.compile(
    r"(table of )?contents|mục lục|目录|目錄|目次|विषय[- ]?सूची|अनुक्रम(णिका)?|المحتويات|الفهرس|فهرس"
    r"|inhalt|sommaire|table des matières|índice|indice",
    re.IGNORECASE,
)
# So many chapter lines without text between them are a table of contents.
_CONTENTS_LINES = 3


@dataclass(frozen=True)
class _Parts:
    """A text and the notices that Project Gutenberg puts around it."""

    before: str
    body: str
    after: str


def read_text(data: bytes, name: str) -> Book:
    """Read a plain text file in any common encoding.

    name: how errors call it; its stem is the title of a file that states none.
    Paragraphs are parted by blank lines or indents, chapters by lines such as 'Chapter 1' or
    '第一章', pages by form feeds, else made. Raises BookError when it is no text.
    """
    decoded = decode(data, name)
    text = _LINE_ENDS.sub("\n", decoded.text).replace("\ufeff", "")
    parts = _parted(text)
    setting = setting_of(parts.body)
    pieces = [
        *_notice(parts.before),
        *_chaptered(_pieces(parts.body, setting)),
        *_notice(parts.after),
    ]
    fields = dict(reversed(_FIELD.findall(parts.before)))
    language = _LANGUAGES.get(fields.get("Language", "").strip().lower(), "")
    book = book_of(
        [], name, title=fields.get("Title", ""), author=fields.get("Author", ""),
        language=language, format="text",
    )  # fmt: skip
    pages, chapters = arrange(pieces, name)
    guessed = f"Its encoding was taken to be {decoded.encoding}; look whether letters are right."
    notes = (guessed,) if decoded.guessed else ()
    return replace(book, pages=pages, chapters=chapters, notes=notes)


def _parted(text: str) -> _Parts:
    start = _START.search(text)
    end = _END.search(text, start.end() if start else 0)
    if not start:
        return _Parts("", text, "")
    last = end.start() if end else len(text)
    return _Parts(text[: start.end()], text[start.end() : last], text[last:])


def _notice(text: str) -> list[Piece]:
    paragraphs = paragraphs_of(text, setting_of(text)) if text.strip() else []
    return [Block("copyright", paragraph) for paragraph in paragraphs]


def _pieces(text: str, setting: Setting) -> list[Piece]:
    pieces: list[Piece] = []
    for number, page in enumerate(text.split("\f")):
        if number:
            pieces.append(PageBreak())
        for paragraph in paragraphs_of(page, setting):
            chapter = is_chapter_line(paragraph)
            pieces.append(Block("heading" if chapter else "paragraph", paragraph, int(chapter)))
    return pieces


def _chaptered(pieces: list[Piece]) -> list[Piece]:
    """Open chapters at their lines; a list of lines that come again is the book's contents."""
    lines = Counter(
        _entry(piece.text)
        for piece in pieces
        if isinstance(piece, Block) and piece.kind == "heading"
    )
    made: list[Piece] = []
    place = 0
    while place < len(pieces):
        run = _headings_from(pieces, place)
        if not run:
            made.append(pieces[place])
            place += 1
            continue
        listed = _contents_in(run, lines)
        if listed and made and isinstance(made[-1], Block) and _CONTENTS.fullmatch(made[-1].text):
            made[-1] = replace(made[-1], kind="contents")
        made += [replace(block, kind="contents", level=0) for block in run[:listed]]
        for block in run[listed:-1]:
            made += [Opening(block.text), block]
        place += len(run)
        if listed < len(run):
            taken = _opened(run[-1], pieces[place : place + 2])
            made += taken
            place += len(taken) - 2
    return made


def _headings_from(pieces: list[Piece], place: int) -> list[Block]:
    run: list[Block] = []
    for piece in pieces[place:]:
        if not isinstance(piece, Block) or piece.kind != "heading":
            break
        run.append(piece)
    return run


def _contents_in(run: list[Block], lines: Counter[str]) -> int:
    """Return how many of the lines, from the first, are entries of a table of contents."""
    again = sum(lines[_entry(block.text)] > 1 for block in run)
    if len(run) < _CONTENTS_LINES or again * 2 < len(run):
        return 0
    entries: set[str] = set()
    for count, block in enumerate(run):
        # The first chapter's own line follows the list without text between them.
        if _entry(block.text) in entries:
            return count
        entries.add(_entry(block.text))
    return len(run)


def _entry(line: str) -> str:
    """Return a line of contents without dots and page number."""
    return _LEADER.sub("", line).casefold()


def _opened(heading: Block, following: list[Piece]) -> list[Piece]:
    """Return a chapter's opening and heading, with the title on the next line if it has one."""
    below, behind = (*following, None, None)[:2]
    if (
        isinstance(below, Block)
        and isinstance(behind, Block)
        and below.kind == "paragraph"
        and is_title_line(below.text)
    ):
        title = f"{heading.text.rstrip('.:')}: {below.text}"
        return [Opening(title), heading, replace(below, kind="heading", level=2)]
    return [Opening(heading.text), heading]
