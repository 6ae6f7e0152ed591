"""Pages as lines → pages as blocks, and chapters: what PDF files and scans have in common."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from voicemill.books.book import Block, Chapter, Page
from voicemill.books.cleaning.margins import body_size, furniture, printed_numbers, usual_pitch
from voicemill.books.cleaning.notes import Note, footnotes, note_text, without_marks
from voicemill.books.cleaning.pages import (
    is_contents,
    is_contents_heading,
    is_contents_line,
    is_copyright,
)
from voicemill.books.cleaning.words import join_lines, plain, word_forms
from voicemill.books.flow import with_number
from voicemill.books.layout.paragraphs import Manner, Part, parts
from voicemill.books.layout.parts import Line, Sheet
from voicemill.books.text.headings import is_bare_number

MOST_CARRIED = 800  # characters of a sentence's end that are told on the page it began
SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s)|[。！？।॥؟۔][”’」』]*")
WHOLE = re.compile(r"[.!?…:;。！？।॥؟۔：；][\"'”’»)\]」』]*\Z")


@dataclass(frozen=True)
class Bookmark:
    """An entry of a file's outline. depth: 0 the highest; page: from 1."""

    title: str
    page: int
    depth: int = 0


@dataclass(frozen=True)
class _Whole:
    """What is known of the whole book when a page is read."""

    manner: Manner
    forms: Counter[str]
    sizes: tuple[float, ...]  # of headings, the largest first
    count: int


def bound(
    sheets: Sequence[Sheet], outline: Sequence[Bookmark] = ()
) -> tuple[tuple[Page, ...], tuple[Chapter, ...]]:
    """Clean the pages of a book and find its chapters."""
    edges = furniture(sheets)
    numbers = printed_numbers(sheets, edges)
    whole = _Whole(_manner(sheets), _forms(sheets, edges), (), len(sheets))
    titles = [_titles(outline, number) for number in range(1, len(sheets) + 1)]
    divided = [
        _divide(sheet, taken, whole, named)
        for sheet, taken, named in zip(sheets, edges, titles, strict=True)
    ]
    whole = replace(whole, sizes=_heading_sizes(divided, whole.manner))
    pages = [
        Page(
            number,
            _blocks(sheet, taken, cut, whole, number),
            sheet.label or printed,
            sheet.confidence,
        )
        for number, (sheet, taken, cut, printed) in enumerate(
            zip(sheets, edges, divided, numbers, strict=True), start=1
        )
    ]
    pages = carried_over(pages, whole.forms)
    return tuple(pages), chapters(pages, outline)


def _manner(sheets: Sequence[Sheet]) -> Manner:
    bold: Counter[bool] = Counter()
    for sheet in sheets:
        for line in sheet.lines:
            bold[line.bold] += len(line.text)
    scanned = any(sheet.confidence is not None for sheet in sheets)
    return Manner(body_size(sheets), usual_pitch(sheets), bold[True] > bold[False], scanned)


def _forms(sheets: Sequence[Sheet], edges: Sequence[dict[int, str]]) -> Counter[str]:
    found = word_forms(
        line.text
        for sheet, taken in zip(sheets, edges, strict=True)
        for index, line in enumerate(sheet.lines)
        if index not in taken
    )
    told = (block for sheet in sheets for block in sheet.blocks)
    found.update(word_forms(line for block in told for line in block.text.split("\n")))
    return found


def _titles(outline: Iterable[Bookmark], number: int) -> list[str]:
    return [mark.title for mark in outline if mark.page == number]


@dataclass(frozen=True)
class _Divided:
    parts: tuple[Part, ...]
    notes: tuple[Note, ...]
    texts: dict[int, str]  # of the lines, without marks of notes


def _divide(sheet: Sheet, taken: dict[int, str], whole: _Whole, titles: Sequence[str]) -> _Divided:
    left = [index for index in range(len(sheet.lines)) if index not in taken]
    lines = [sheet.lines[index] for index in left]
    notes = [
        Note(note.mark, tuple(left[place] for place in note.lines))
        for note in footnotes(lines, whole.manner.size)
    ]
    in_notes = {index for note in notes for index in note.lines}
    body = [index for index in left if index not in in_notes]
    texts = without_marks([sheet.lines[index] for index in body], [note.mark for note in notes])
    manner = replace(whole.manner, scanned=sheet.confidence is not None)
    divided = parts(sheet.lines, body, manner, titles)
    return _Divided(tuple(divided), tuple(notes), dict(zip(body, texts, strict=True)))


def _heading_sizes(divided: Iterable[_Divided], manner: Manner) -> tuple[float, ...]:
    """Return the sizes of headings, those alike taken together, the largest first."""
    sizes = sorted({part.size for page in divided for part in page.parts if part.size})[::-1]
    near = 0.2 if manner.scanned else 0.04
    distinct: list[float] = []
    for size in sizes:
        if not distinct or size < distinct[-1] * (1 - near):
            distinct.append(size)
    return tuple(distinct)


def _blocks(
    sheet: Sheet, taken: dict[int, str], cut: _Divided, whole: _Whole, number: int
) -> tuple[Block, ...]:
    if sheet.blocks:
        return tuple(_as_told(block, whole.forms) for block in sheet.blocks)
    lines = sheet.lines
    body = [_block(part, cut, lines, whole) for part in cut.parts]
    kept = [cut.texts[index] for part in cut.parts for index in part.lines]
    if is_contents(kept):
        body = [_as_kind(block, "contents") for block in body]
    elif is_copyright(" ".join(kept), number, whole.count):
        body = [_as_kind(block, "copyright") for block in body]
    notes = [_note(note, lines, whole.forms) for note in cut.notes]
    edges = {"header": list[Block](), "footer": list[Block]()}
    for index, kind in sorted(taken.items()):
        edges[kind].append(_one(kind, [lines[index]], [lines[index].text], whole.forms))
    return (*edges["header"], *body, *notes, *edges["footer"])


def _as_told(block: Block, forms: Counter[str]) -> Block:
    """Return a block as a recogniser told it, with its lines joined."""
    lines = block.text.split("\n")
    if block.kind == "footnote":
        lines[0] = note_text(lines[0])
    text = join_lines(lines, forms)
    return replace(block, text=text, raw="" if block.text == text else block.text)


def _block(part: Part, cut: _Divided, lines: Sequence[Line], whole: _Whole) -> Block:
    texts = [cut.texts[index] for index in part.lines]
    here = [lines[index] for index in part.lines]
    if all(map(is_contents_line, texts)):
        return _one("contents", here, texts, whole.forms)
    if part.is_heading:
        heading = _one("heading", here, texts, whole.forms)
        kind = "contents" if is_contents_heading(heading.text) else "heading"
        level = min(sum(size >= part.size * 0.999 for size in whole.sizes), 6)
        return replace(heading, kind=kind, level=level if kind == "heading" else 0)
    return _one("paragraph", here, texts, whole.forms)


def _one(kind: str, lines: Sequence[Line], texts: Sequence[str], forms: Counter[str]) -> Block:
    text = join_lines(texts, forms)
    raw = "\n".join(line.text for line in lines)
    return Block(kind, text, raw="" if raw == text else raw)


def _as_kind(block: Block, kind: str) -> Block:
    return replace(block, kind=kind, level=0)


def _note(note: Note, lines: Sequence[Line], forms: Counter[str]) -> Block:
    here = [lines[index] for index in note.lines]
    texts = [note_text(here[0].text), *(line.text for line in here[1:])]
    return _one("footnote", here, texts, forms)


def carried_over(pages: Sequence[Page], forms: Counter[str]) -> list[Page]:
    """Move the end of a sentence to the page it began on, so that it is spoken in one breath.

    A sentence whose end is longer than 800 characters stays divided.
    """
    found = list(pages)
    for place in range(len(found) - 1):
        here = _paragraph(found[place], last=True)
        there = _paragraph(found[place + 1], last=False)
        if here is None or there is None:
            continue
        before, after = found[place].blocks[here], found[place + 1].blocks[there]
        end = SENTENCE_END.search(after.text)
        stop = end.end() if end else len(after.text)
        if stop > MOST_CARRIED or not _goes_on(before.text, after.text):
            continue
        text = join_lines([before.text, after.text[:stop]], forms)
        rest = after.text[stop:].strip()
        raw = before.raw or before.text
        if not rest:
            raw = f"{raw}\n{after.raw or after.text}"
        found[place] = _with(found[place], here, replace(before, text=text, raw=raw))
        moved = replace(after, text=rest, raw=after.raw or after.text)
        found[place + 1] = _with(found[place + 1], there, moved)
    return found


def _paragraph(page: Page, *, last: bool) -> int | None:
    """Return the last or first block of a page if it is a paragraph."""
    outside = ("footnote", "header", "footer")
    body = [index for index, block in enumerate(page.blocks) if block.kind not in outside]
    index = body[-1 if last else 0] if body else None
    return index if index is not None and page.blocks[index].kind == "paragraph" else None


def _goes_on(before: str, after: str) -> bool:
    if WHOLE.search(before):
        return False
    return not after[:1].isupper() or len(before) > 40 or before.endswith(",")


def _with(page: Page, index: int, block: Block) -> Page:
    blocks = list(page.blocks)
    blocks[index : index + 1] = [block] if block.text else []
    return replace(page, blocks=tuple(blocks))


def chapters(pages: Sequence[Page], outline: Sequence[Bookmark]) -> tuple[Chapter, ...]:
    """Return the chapters: of the file's outline, else by headings."""
    marks = [mark for mark in outline if 1 <= mark.page <= len(pages)]
    if marks:
        top = [mark for mark in marks if mark.depth == 0]
        chosen = top if len(top) > 1 else [mark for mark in marks if mark.depth <= 1]
        found = (Chapter(mark.title, mark.page, _place(pages, mark)) for mark in chosen)
        return tuple(sorted(found, key=lambda chapter: (chapter.page, chapter.block)))
    headings = [
        (block, page.number, index)
        for page in pages
        for index, block in enumerate(page.blocks)
        if block.kind == "heading"
    ]
    levels = Counter(block.level for block, _page, _index in headings)
    several = [level for level in sorted(levels) if levels[level] > 1]
    level = several[0] if several else min(levels, default=0)
    begun: dict[tuple[int, int], Chapter] = {}
    for block, page, index in headings:
        if block.level == level:
            first = _first_heading(pages[page - 1], index)
            numbers = [heading.text for heading in pages[page - 1].blocks[first:index]]
            begun[page, first] = Chapter(with_number(numbers, block.text), page, first)
    return tuple(begun.values())


def _first_heading(page: Page, index: int) -> int:
    """Return where the headings with the number of the chapter above its title begin."""
    if is_bare_number(page.blocks[index].text):
        return index
    while index and page.blocks[index - 1].kind == "heading":
        if not is_bare_number(page.blocks[index - 1].text):
            break
        index -= 1
    return index


def _place(pages: Sequence[Page], mark: Bookmark) -> int:
    """Return the block of its page where a bookmark's title stands, else the first."""
    wanted = plain(mark.title).casefold()
    for index, block in enumerate(pages[mark.page - 1].blocks):
        text = block.text.casefold()
        if block.kind == "heading" and (wanted in text or text in wanted):
            return _first_heading(pages[mark.page - 1], index)
    return 0
