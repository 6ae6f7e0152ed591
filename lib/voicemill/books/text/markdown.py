"""A Markdown file → a Book."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace

from voicemill.books.book import Book
from voicemill.books.decoding import decode
from voicemill.books.html.blocks import blocks_of
from voicemill.books.html.parsing import parse_markup
from voicemill.books.html.reading import book_of, first_heading
from voicemill.books.language import language_tag
from voicemill.errors import BookError

_FRONT = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.{0,65536}?)\n(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_LINE_ENDS = re.compile("\r\n|\r")
# The reader of Markdown recalls a line for each open bracket; no sentence opens so many.
_BRACKETS = re.compile(r"[\[\]*_`<]{200,}")


def read_markdown(data: bytes, name: str) -> Book:
    """Read Markdown with tables, footnotes and front matter in YAML or TOML.

    title, author, language, publisher and rights are taken from the front matter; chapters are
    the main headings. Raises BookError when it is no text or its front matter is damaged.
    """
    decoded = decode(data, name)
    text = _LINE_ENDS.sub("\n", decoded.text.removeprefix("\ufeff"))
    fields, body = _front_matter(text, name)
    language = language_tag(fields.get("language") or fields.get("lang", ""))
    markup = _rendered(_BRACKETS.sub(lambda run: run[0][:200], body))
    root = parse_markup(f"<html><body>{markup}</body></html>".encode(), name)
    pieces = blocks_of(root, language)
    book = book_of(
        pieces,
        name,
        title=fields.get("title") or first_heading(pieces),
        author=fields.get("author") or fields.get("authors", ""),
        language=language,
        publisher=fields.get("publisher", ""),
        rights=fields.get("rights") or fields.get("copyright", ""),
        format="markdown",
    )
    guessed = f"Its encoding was taken to be {decoded.encoding}; look whether letters are right."
    return replace(book, notes=(guessed,) if decoded.guessed else ())


def _rendered(text: str) -> str:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    return str(MarkdownIt("commonmark").enable("table").use(footnote_plugin).render(text))


def _front_matter(text: str, name: str) -> tuple[dict[str, str], str]:
    match = _FRONT.match(text)
    if not match:
        return {}, text
    fields = _toml(match[2], name) if match[1] == "+++" else _yaml(match[2], name)
    if fields is None:
        return {}, text
    found = {str(key).strip().lower(): _said(value) for key, value in fields.items()}
    return found, text[match.end() :]


def _toml(text: str, name: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _damaged(error, name) from error


def _yaml(text: str, name: str) -> dict[object, object] | None:
    """Return the fields, None when the text between two rules is no front matter at all."""
    import yaml

    try:
        fields = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _damaged(error, name) from error
    return fields if isinstance(fields, dict) else None


def _said(value: object) -> str:
    """Return a field as text; of a list its short entries, of anything deeper nothing."""
    if isinstance(value, list):
        return ", ".join(filter(None, (_said(entry) for entry in value[:20] if not _deep(entry))))
    return "" if value is None or _deep(value) else str(value)


def _deep(value: object) -> bool:
    return isinstance(value, (list, dict, set))


def _damaged(error: Exception, name: str) -> BookError:
    reason = " ".join(str(error).split())[:160]
    remedy = "Mend the lines between the first two rules, or take them out"
    return BookError(f"its front matter is damaged ({reason})", where=name, remedy=remedy)
