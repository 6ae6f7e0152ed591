"""What came of a comparison, for people: the ranking in words and figures, and as CSV files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from voicemill.catalog import Vote
from voicemill.review.comparing.grid import styles
from voicemill.review.comparing.ranking import MOST_VOTES, Ranking, Standing
from voicemill.review.listening import Html, css
from voicemill.tables.formulas import defused
from voicemill.tables.writing import csv_text
from voicemill.whole_files import save_whole


def ranking_html(whole: Ranking, by_category: Mapping[str, Ranking]) -> Html:
    """Show the ranking, what is not decided yet, and the best voice of each category."""
    if not whole.votes:
        return Html("<p>Nobody has voted yet: the ranking comes with the first votes.</p>")
    heads = ("Voice", "Liked better", "95 % interval", "Won", "Tied", "Lost", "Surely better than")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join(_standing(one) for one in whole.standings)
    listeners = "1 listener" if whole.listeners == 1 else f"{whole.listeners} listeners"
    open_points = "".join(f"<li>{escape(text)}</li>" for text in undecided_sentences(whole))
    return Html(
        f"<style>{css()}{styles()}</style>"
        f'<table class="vm-clips vm-ranking"><caption>{whole.votes} votes of {listeners}. '
        "“Liked better” is the chance to be preferred to another of these voices."
        f"</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        + (f"<ul>{open_points}</ul>" if open_points else "")
        + _categories(by_category)
    )


def undecided_sentences(ranking: Ranking) -> list[str]:
    """Say of each two neighbours that are not told apart how many more votes would do it."""
    found = []
    for pair in ranking.undecided:
        if pair.votes is None:
            needed = f"they stand so level that it would take more than {MOST_VOTES:,} votes"
        else:
            needed = (
                f"about {pair.votes:,} more votes in this comparison would tell, "
                "if they are as different as they seem now"
            )
        found.append(f"{pair.better} and {pair.worse} are not told apart yet; {needed}")
    return found


def write_csv(folder: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Path]:
    """Write tables as CSV files with a byte order mark; no cell is a formula.

    Raises StoreError when a file cannot be written.
    """
    written = []
    for name, rows in tables.items():
        if not rows:
            continue
        file = folder / f"{name}.csv"
        written.append(save_whole(file, csv_text(_rows(rows)).encode(), "it"))
    return written


def standings_rows(whole: Ranking, by_category: Mapping[str, Ranking]) -> list[dict[str, Any]]:
    """Return the whole ranking and that of each category as plain rows."""
    return [
        {
            "category": category,
            "place": place,
            "voice": one.voice,
            "liked": round(one.liked, 4),
            "low": round(one.low, 4),
            "high": round(one.high, 4),
            "votes": one.votes,
            "won": one.won,
            "tied": one.tied,
            "lost": one.lost,
            "better_than": " ".join(one.better_than),
        }
        for category, ranking in {"": whole, **by_category}.items()
        for place, one in enumerate(ranking.standings, start=1)
    ]


def votes_rows(votes: Iterable[Vote]) -> list[dict[str, Any]]:
    """Return votes as plain rows, with the voice that was chosen."""
    chosen = {"first": "first_voice", "second": "second_voice"}
    names = [name for name in Vote.__dataclass_fields__ if name != "created_at"]
    return [
        {name: getattr(vote, name) for name in names}
        | {
            "preferred": getattr(vote, chosen[vote.choice]) if vote.choice in chosen else "",
            "at": vote.created_at.isoformat(timespec="seconds") if vote.created_at else "",
        }
        for vote in votes
    ]


def _standing(one: Standing) -> str:
    better = ", ".join(one.better_than) or "none yet"
    low, high, middle = (100 * value for value in (one.low, one.high, one.liked))
    bar = (
        '<svg class="vm-interval" viewBox="0 0 100 10" preserveAspectRatio="none" '
        'aria-hidden="true"><line x1="50" x2="50" y1="0" y2="10"/>'
        f'<rect x="{low:.1f}" width="{max(high - low, 0.5):.1f}" y="3" height="4"/>'
        f'<rect x="{middle - 0.75:.1f}" width="1.5" y="0" height="10"/></svg>'
    )
    cells = (
        ("Liked better", f"{middle:.0f} % {bar}"),
        ("95 % interval", f"{low:.0f} to {high:.0f} %"),
        ("Won", one.won),
        ("Tied", one.tied),
        ("Lost", one.lost),
        ("Surely better than", escape(better)),
    )
    shown = "".join(f'<td data-label="{name}">{value}</td>' for name, value in cells)
    return f'<tr><th scope="row">{escape(one.voice)}</th>{shown}</tr>'


def _categories(by_category: Mapping[str, Ranking]) -> str:
    if len(by_category) < 2:
        return ""
    heads = "".join(
        f'<th scope="col">{name}</th>' for name in ("Category", "Votes", "From best to worst")
    )
    body = "".join(
        f'<tr><th scope="row">{escape(name or "none")}</th>'
        f'<td data-label="Votes">{ranking.votes}</td><td data-label="From best to worst">'
        + escape(", ".join(f"{one.voice} {100 * one.liked:.0f} %" for one in ranking.standings))
        + "</td></tr>"
        for name, ranking in by_category.items()
    )
    return (
        '<table class="vm-clips vm-ranking"><caption>By category of items</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def _rows(rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    names = list(rows[0])
    return [names, *([_cell(row.get(name, "")) for name in names] for row in rows)]


def _cell(value: Any) -> Any:
    return defused("; ".join(map(str, value)) if isinstance(value, list | tuple) else value)
