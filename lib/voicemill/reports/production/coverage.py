"""Coverage: which items have audio in which voice and of which type, as a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from voicemill.catalog import AudioSource, Item
from voicemill.reports.production.facts import Facts
from voicemill.reports.production.markup import number, percent, plural
from voicemill.reports.production.section import Section

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 40  # groups of items; more are drawn by collection, and then pooled
_COLUMNS = 6  # voices; the others are pooled
_STRIPES = 100  # in a strip; of more items several share one
_ANY = "any voice"

_Column = tuple[str, str]  # voice and type
_Group = tuple[str, str]  # collection and category


@dataclass(frozen=True)
class _Matrix:
    """groups: items by collection and category, in order.  there: (voice, type) → item ids."""

    groups: Mapping[_Group, Sequence[Item]]
    there: Mapping[_Column, set[int]]
    expired: Mapping[_Column, set[int]]


def coverage(facts: Facts) -> Section:
    """Draw for each group of items and each voice which items have audio."""
    if not facts.items:
        return Section("There are no items, so nothing can be covered.")
    matrix = _matrix(facts)
    covered = set().union(*matrix.there.values()) if matrix.there else set()
    total = len(facts.items)
    sentence = (
        f"{percent(len(covered), total)} of {plural(total, 'item')} "
        f"{'has' if total == 1 else 'have'} audio of some kind, in "
        f"{plural(len(matrix.there), 'combination')} of voice and type. "
        "Each strip is a group of items in their order: filled is there, pale has expired, "
        "empty is missing."
    )
    return Section(
        sentence,
        _picture(matrix),
        {"coverage": _by_group(matrix), "coverage_items": _by_item(facts, matrix)},
    )


def _matrix(facts: Facts) -> _Matrix:
    groups: dict[_Group, list[Item]] = {}
    for item in facts.items:
        groups.setdefault((item.collection, item.category), []).append(item)
    there: dict[_Column, set[int]] = {}
    expired: dict[_Column, set[int]] = {}
    for item_id, sources in facts.sources.items():
        for source in sources:
            found = expired if source.expired(facts.at) else there
            found.setdefault(_column(source), set()).add(item_id)
    for column in expired:
        there.setdefault(column, set())
    ordered = sorted(there, key=lambda column: (-len(there[column]), column))
    return _Matrix(groups, {column: there[column] for column in ordered}, expired)


def _column(source: AudioSource) -> _Column:
    return source.voice, source.source_type


def _picture(matrix: _Matrix) -> str:
    matrix = _few_columns(_few_groups(matrix))
    columns = list(matrix.there)
    head = "".join(f'<th scope="col">{_column_name(column)}</th>' for column in columns)
    collections = {collection for collection, _category in matrix.groups}
    body = "".join(
        f'<tr><th scope="row">{_group_name(group, len(collections) > 1)}</th>'
        + "".join(_cell(items, column, matrix) for column in columns)
        + "</tr>"
        for group, items in matrix.groups.items()
    )
    return (
        '<table class="vm-coverage"><caption>Items with audio, by group and voice</caption>'
        f'<thead><tr><th scope="col">Items</th>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _few_groups(matrix: _Matrix) -> _Matrix:
    groups = dict(matrix.groups)
    if len(groups) > _ROWS:
        by_collection: dict[_Group, list[Item]] = {}
        for (collection, _category), items in groups.items():
            by_collection.setdefault((collection, ""), []).extend(items)
        if len(by_collection) == 1:  # one collection of many categories, such as chapters
            ranked = list(groups.items())
            rest = [item for _group, items in ranked[_ROWS - 1 :] for item in items]
            name = f"{number(len(ranked) - _ROWS + 1)} more groups"
            groups = {**dict(ranked[: _ROWS - 1]), (ranked[0][0][0], name): rest}
        else:
            groups = dict(by_collection)
    return _Matrix(groups, matrix.there, matrix.expired)


def _few_columns(matrix: _Matrix) -> _Matrix:
    there = dict(matrix.there)
    expired = dict(matrix.expired)
    if len(there) > _COLUMNS:
        pooled = list(there)[_COLUMNS - 1 :]
        rest = (plural(len(pooled), "other voice"), "")
        there[rest] = set().union(*(there.pop(column) for column in pooled))
        expired[rest] = set().union(*(expired.pop(column, set()) for column in pooled))
    if len(there) != 1:
        there[_ANY, ""] = set().union(*there.values())
    return _Matrix(matrix.groups, there, expired)


def _column_name(column: _Column) -> str:
    voice, kind = column
    return f"{escape(voice or 'unnamed')} <small>{escape(kind)}</small>".replace(
        " <small></small>", ""
    )


def _group_name(group: _Group, several: bool) -> str:
    collection, category = group
    if not several:
        return escape(category or collection)
    named = f" <small>{escape(category)}</small>" if category else ""
    return f"{escape(collection)}{named}"


def _cell(items: Sequence[Item], column: _Column, matrix: _Matrix) -> str:
    there, expired = matrix.there[column], matrix.expired.get(column, set())
    count = sum(item.id in there for item in items)
    told = f"{number(count)} of {number(len(items))}"
    states = [2 if item.id in there else 1 if item.id in expired else 0 for item in items]
    label = escape(f"{column[0] or 'unnamed'} {column[1]}".strip())
    return f'<td data-label="{label}">{_strip(states, told)}<span>{told}</span></td>'


def _strip(states: Sequence[int], told: str) -> str:
    """Draw items side by side; equal neighbours are one rectangle, so that it stays small."""
    stripes = min(len(states), _STRIPES)
    edges = [len(states) * place // stripes for place in range(stripes + 1)]
    shades = [_shade(states[start:end]) for start, end in pairwise(edges)]
    rects, x = [], 0
    for shade, run in groupby(shades):
        width = len(list(run))
        if shade:
            rects.append(f'<rect x="{x}" width="{width}" height="1" opacity="{shade:.2g}"/>')
        x += width
    return (
        f'<svg class="vm-strip" viewBox="0 0 {stripes} 1" preserveAspectRatio="none" role="img" '
        f'aria-label="{told} have audio">{"".join(rects)}</svg>'
    )


def _shade(states: Sequence[int]) -> float:
    """Return how dark a stripe is, in steps of a tenth; never full unless all are there."""
    share = sum({2: 1.0, 1: 0.3}.get(state, 0.0) for state in states) / len(states)
    return share if share in (0.0, 1.0) else min(max(round(share, 1), 0.1), 0.9)


def _by_group(matrix: _Matrix) -> pd.DataFrame:
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for (collection, category), items in matrix.groups.items():
        for column, there in matrix.there.items():
            old = matrix.expired.get(column, set())
            states = Counter(
                "audio" if item.id in there else "expired" if item.id in old else "missing"
                for item in items
            )
            rows.append(
                {
                    "collection": collection,
                    "category": category,
                    "voice": column[0],
                    "type": column[1],
                    "items": len(items),
                    "with_audio": states["audio"],
                    "expired": states["expired"],
                    "missing": states["missing"],
                }
            )
    names = ("collection", "category", "voice", "type", "items", "with_audio", "expired")
    return pd.DataFrame(rows, columns=[*names, "missing"])


def _by_item(facts: Facts, matrix: _Matrix) -> pd.DataFrame:
    import pandas as pd

    names = ("collection", "key")
    table = pd.DataFrame(
        [{name: getattr(item, name) for name in names} for item in facts.items], columns=list(names)
    )
    ids = [item.id for item in facts.items]
    for column, there in matrix.there.items():
        old = matrix.expired.get(column, set())
        heading = f"{column[0] or 'unnamed'} ({column[1]})"
        table[heading] = [
            "yes" if one in there else "expired" if one in old else "no" for one in ids
        ]
    return table
