"""How far a review is, and what needs attention: plain HTML that works offline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from voicemill.catalog.reviews import APPROVED, DISAGREED, FLAGGED, REJECTED, STATUSES
from voicemill.review.listening import Html, css

_LISTED = 100  # rows that need attention; the rest is counted
_FIRST = (REJECTED, DISAGREED, FLAGGED)


def summary(rows: Sequence[Mapping[str, Any]], reviewer: str) -> Html:
    """Sum up verdicts by status, and list what was not liked or is suspicious.

    rows: as `list_rows` gives them.
    """
    counts = Counter(row["status"] for row in rows)
    facts: dict[str, int] = {
        "clips": len(rows),
        **{status: counts[status] for status in STATUSES},
        "suspicious": sum(bool(row["suspicious"]) for row in rows),
        "without audio": sum(not row["source"] for row in rows),
    }
    cells = "".join(f"<div><dt>{name}</dt><dd>{count}</dd></div>" for name, count in facts.items())
    told = f"<p>As {escape(reviewer)} sees it.</p>" if reviewer else ""
    return Html(
        f'<style>{css()}</style><dl class="vm-summary">{cells}</dl>{told}{_attention(rows)}'
    )


def _attention(rows: Sequence[Mapping[str, Any]]) -> str:
    wanting = [
        row
        for row in rows
        if row["status"] in _FIRST or (row["suspicious"] and row["status"] != APPROVED)
    ]
    if not wanting:
        return "<p>Nothing needs attention.</p>"
    wanting.sort(key=lambda row: (row["status"] not in _FIRST, -row["suspicion"]))
    body = "".join(_line(row) for row in wanting[:_LISTED])
    more = len(wanting) - _LISTED
    note = f"<p>… and {more} more.</p>" if more > 0 else ""
    return (
        '<table class="vm-clips"><caption>What needs attention</caption><thead><tr>'
        '<th scope="col">Item</th><th scope="col">Status</th><th scope="col">Why</th>'
        f'<th scope="col">Voice</th></tr></thead><tbody>{body}</tbody></table>{note}'
    )


def _line(row: Mapping[str, Any]) -> str:
    given = [*([row["mine"]] if row["mine"] else []), *row["others"]]
    said = [f"{one['reviewer']}: {one['verdict']} {one['comment']}".strip() for one in given]
    why = "; ".join([*said, row["why"]] if row["why"] else said)
    return (
        f'<tr><th scope="row"><span class="vm-key">{escape(row["key"])}</span> '
        f'{escape(row["text"])}</th><td data-label="Status">{escape(row["status"])}</td>'
        f'<td data-label="Why">{escape(why)}</td>'
        f'<td data-label="Voice">{escape(row["voice"])}</td></tr>'
    )
