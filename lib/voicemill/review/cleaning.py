"""What cleaning did to a book: each page as it stood in the file, beside what is narrated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from html import escape
from importlib.resources import files

from voicemill.books.book import Block, Book, Page
from voicemill.review.listening import Html

_NARRATED = ("heading", "paragraph")
_NAMES = {
    "footnote": "footnotes",
    "contents": "parts of the table of contents",
    "copyright": "copyright notices",
    "header": "page headers",
    "footer": "page footers",
    "image": "picture descriptions",
}
_LONGEST_COMPARED = 4000  # characters; finding differences in more takes seconds


def cleaning(book: Book, most: int = 20) -> Html:
    """Show the pages that cleaning changed, at most `most`; a count of everything left out.

    Struck out is what is not narrated, underlined what was put in its place.
    """
    changed = [page for page in book.pages if any(_is_changed(block) for block in page.blocks)]
    styles = files("voicemill.review").joinpath("static/cleaning.css").read_text(encoding="utf-8")
    facts = f"<p>{escape(_summary(book, len(changed)))}</p>"
    notes = "".join(f"<li>{escape(note)}</li>" for note in book.notes)
    rows = "".join(_row(page) for page in changed[:most])
    table = (
        '<table class="vm-cleaning"><caption>Before and after</caption><thead><tr>'
        '<th scope="col">Page</th><th scope="col">In the file</th>'
        f'<th scope="col">Narrated</th></tr></thead><tbody>{rows}</tbody></table>'
    )
    more = f"<p>… and {len(changed) - most} more pages.</p>" if len(changed) > most else ""
    return Html(
        f"<style>{styles}</style>{facts}"
        + (f"<ul>{notes}</ul>" if notes else "")
        + (table + more if rows else "")
    )


def _summary(book: Book, changed: int) -> str:
    counts = Counter(block.kind for page in book.pages for block in page.blocks)
    left_out = [f"{counts[kind]} {name}" for kind, name in _NAMES.items() if counts[kind]]
    left = f"Left out: {', '.join(left_out)}." if left_out else "Nothing was left out."
    whole = f"{len(book.pages)} pages, {book.words} words, {len(book.chapters)} chapters"
    return f"{whole}; cleaning changed {changed} pages. {left}"


def _is_changed(block: Block) -> bool:
    return block.kind not in _NARRATED or (bool(block.raw) and block.raw != block.text)


def _row(page: Page) -> str:
    label = f" <small>({escape(page.label)})</small>" if page.label else ""
    before = "".join(f"<p>{_before(block)}</p>" for block in page.blocks)
    after = "".join(f"<p>{_after(block)}</p>" for block in page.blocks if block.kind in _NARRATED)
    return (
        f'<tr><th scope="row">{page.number}{label}</th><td>{before}</td>'
        f"<td>{after or '<i>nothing</i>'}</td></tr>"
    )


def _before(block: Block) -> str:
    if block.kind not in _NARRATED:
        return f"<small>{block.kind}</small> <del>{escape(block.raw or block.text)}</del>"
    return "".join(_marked(block, "del"))


def _after(block: Block) -> str:
    text = "".join(_marked(block, "ins"))
    return f"<b>{text}</b>" if block.kind == "heading" else text


def _marked(block: Block, tag: str) -> Iterator[str]:
    """Yield the text of one side, what the other has not being marked."""
    raw, text = block.raw or block.text, block.text
    mine = raw if tag == "del" else text
    if raw == text or max(len(raw), len(text)) > _LONGEST_COMPARED:
        yield escape(mine)
        return
    for kind, a, b, c, d in _differences(raw, text):
        piece = raw[a:b] if tag == "del" else text[c:d]
        if piece:
            yield escape(piece) if kind == "equal" else f"<{tag}>{escape(piece)}</{tag}>"


def _differences(raw: str, text: str) -> Iterable[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, raw, text, autojunk=False).get_opcodes()
