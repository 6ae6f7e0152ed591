"""Pieces of HTML that sections are made of; every text from a table is escaped here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_LONGEST_CELL = 400  # characters shown of a cell; its file has all
_LONG_WORD = 20  # characters, beyond which a word may be broken to fit its cell
_SHORT = 12  # rows of a table that is not parted between two sheets of paper
_NARROW = 2  # columns of a table that fits on a phone as it is
_THIN, _NO_BREAK = "\u202f", "\u00a0"


@dataclass(frozen=True)
class Markup:
    """A piece of HTML that is put into a cell as it is."""

    html: str


@dataclass(frozen=True)
class Amount:
    """A figure with its unit, which stands on the right of its cell like a number."""

    text: str


def tiles(facts: Mapping[str, str]) -> str:
    """Return a row of figures, each with its name."""
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value).replace(' ', _NO_BREAK)}</dd></div>"
        for name, value in facts.items()
    )
    return f'<dl class="vm-tiles">{cells}</dl>'


def table(
    rows: Sequence[Mapping[str, Any]],
    caption: str,
    *,
    limit: int = 50,
    heads: int = 1,
    total: int | None = None,
) -> str:
    """Return rows as a table; on a phone each row is a card, so that nothing is cut off.

    The first `heads` columns name the row.  limit: rows shown; the others are counted.
    """
    if not rows:
        return ""
    names = list(rows[0])
    numeric = {name for name in names if _is_numeric(rows, name)}
    head = "".join(
        f'<th scope="col"{_class(name in numeric)}>{escape(name)}</th>' for name in names
    )
    body = "".join(_row(row, names[:heads], numeric) for row in rows[:limit])
    left = (len(rows) if total is None else total) - min(len(rows), limit)
    more = f'<p class="vm-more">… and {number(left)} more in the tables beside this report.</p>'
    short = " vm-short" if min(len(rows), limit) <= _SHORT else ""
    cards = " vm-cards" if len(names) > _NARROW else ""
    return (
        f'<table class="vm-facts{cards}{short}"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more if left > 0 else ''}"
    )


def rows_of(frame: pd.DataFrame, columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a frame's rows for `table`. columns: name in the frame → heading."""
    chosen = frame[list(columns)].rename(columns=dict(columns))
    return [{str(name): value for name, value in row.items()} for row in chosen.to_dict("records")]


def number(value: float | None, digits: int = 0) -> str:
    """Write a number for people: 12 345.6 with thin spaces and a real minus; "" for none."""
    if value is None or math.isnan(value):
        return ""
    written = f"{value:,.{digits}f}".replace(",", _THIN).replace("-", "−")
    return "0" if written in ("−0", "-0") else written


def percent(part: float, whole: float) -> str:
    """Write a share; never 100 % where something is missing, nor 0 % where something is there."""
    if not whole:
        return "–"
    share = part / whole * 100
    shown = min(max(round(share), 1 if part else 0), 99 if part < whole else 100)
    return f"{shown}{_NO_BREAK}%"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Write "1 clip", "2 clips"."""
    return f"{number(count)} {noun if count == 1 else nouns or noun + 's'}"


def length(seconds: float) -> str:
    """Write a length of time: 0.8 s, 12 s, 4.5 min, 3.2 h."""
    if seconds < 9.95:
        return f"{number(seconds, 1)}{_NO_BREAK}s"
    if seconds < 100:
        return f"{number(seconds)}{_NO_BREAK}s"
    if seconds < 6000:
        return f"{number(seconds / 60, 1)}{_NO_BREAK}min"
    return f"{number(seconds / 3600, 1)}{_NO_BREAK}h"


def bar(share: float, label: str = "") -> Markup:
    """Return a bar that fills that share of its cell, with a label below it."""
    width = max(0.0, min(share, 1.0)) * 100
    picture = (
        '<svg class="vm-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="vm-ground" width="100" height="6"/><rect width="{width:.1f}" height="6"/>'
        "</svg>"
    )
    return Markup(f"<div>{picture}{escape(label)}</div>")


def figure(picture: str, sentence: str, kind: str = "") -> str:
    """Return a picture with what it shows in words."""
    return (
        f'<figure class="vm-picture {kind}">{picture}'
        f"<figcaption>{escape(sentence)}</figcaption></figure>"
    )


def shown(value: Any) -> str:
    """Return a value as the text of a cell, escaped."""
    if isinstance(value, Markup):
        return value.html
    if isinstance(value, Amount):
        return escape(value.text)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return number(value)
    text = number(value, 2) if isinstance(value, float) else str(value)
    return escape(text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]} …")


def _row(row: Mapping[str, Any], heads: Sequence[str], numeric: set[str]) -> str:
    cells = []
    for name, value in row.items():
        told = f' data-label="{escape(name)}"'
        tag, scope = ("th", ' scope="row"') if name in heads else ("td", "")
        kind = _class(name in numeric, long_words=_has_long_word(value))
        cells.append(f"<{tag}{scope}{told}{kind}>{shown(value)}</{tag}>")
    return f"<tr>{''.join(cells)}</tr>"


def _class(numeric: bool, *, long_words: bool = False) -> str:
    kind = "vm-number" if numeric else "vm-long" if long_words else ""
    return f' class="{kind}"' if kind else ""


def _has_long_word(value: Any) -> bool:
    return isinstance(value, str) and any(len(word) > _LONG_WORD for word in value.split())


def _is_numeric(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    values = [row[name] for row in rows[:20]]
    return any(value is not None for value in values) and all(
        value is None or (isinstance(value, int | float | Amount) and not isinstance(value, bool))
        for value in values
    )
