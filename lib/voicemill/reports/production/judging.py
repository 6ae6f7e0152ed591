"""What people think of the clips, and how far they agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

from voicemill.catalog.reviews import DISAGREED, FLAGGED, REJECTED, STATUSES, VERDICTS
from voicemill.reports.production.facts import Facts
from voicemill.reports.production.markup import (
    Amount,
    number,
    percent,
    plural,
    rows_of,
    table,
    tiles,
)
from voicemill.reports.production.section import Section

if TYPE_CHECKING:
    import pandas as pd

_ATTENTION = (REJECTED, FLAGGED, DISAGREED)
_COLUMNS = (
    "collection", "key", "voice", "reviewer", "verdict", "rating", "comment", "created_at",
    "checksum",
)  # fmt: skip
_PAIR = ("first", "second", "both_judged", "agreed", "agreement", "kappa")

_Clip = tuple[int, str]  # item and checksum


def verdicts(facts: Facts) -> Section:
    """Sum up verdicts by status and reviewer, list what was not liked, and who agrees."""
    import pandas as pd

    given = [{**row, "created_at": row["created_at"].isoformat()} for row in facts.reviews]
    every = pd.DataFrame(given, columns=list(_COLUMNS))
    by_reviewer: dict[str, dict[_Clip, str]] = {}
    for row in facts.reviews:
        clip = (row["item_id"], row["checksum"])
        by_reviewer.setdefault(row["reviewer"], {})[clip] = row["verdict"]
    pairs = pd.DataFrame(_pairs(by_reviewer), columns=list(_PAIR))
    tables = {"verdicts": every, "agreement": pairs}
    if every.empty:
        return Section(
            "Nobody has judged a clip yet. Listen with “make review”, or open 03_review.",
            tables=tables,
        )
    heard = facts.clips[facts.clips["type"] != ""]
    statuses = Counter(heard["review"])
    decided = len(heard) - statuses["to review"]
    body = tiles({status: number(statuses[status]) for status in STATUSES})
    body += table(_reviewers(every), "Who judged")
    body += table(_shown(pairs), "How far reviewers agree", heads=2)
    body += _disliked(facts, every)
    sentence = (
        f"{plural(len(by_reviewer), 'person', 'people')} judged {percent(decided, len(heard))} of "
        f"{plural(len(heard), 'clip')} that are played. {_agreement(pairs)}"
    )
    return Section(sentence, body, tables)


def kappa(first: Mapping[_Clip, str], second: Mapping[_Clip, str]) -> float | None:
    """Return Cohen's kappa of two people's verdicts on the clips that both judged.

    (p_o - p_e) / (1 - p_e): 1 full agreement, 0 as by chance (Cohen 1960). None where it has
    no value: nothing in common, or both always said the same one thing.
    """
    both = first.keys() & second.keys()
    if not both:
        return None
    agreed = sum(first[clip] == second[clip] for clip in both) / len(both)
    ours, theirs = (Counter(one[clip] for clip in both) for one in (first, second))
    by_chance = sum(ours[name] * theirs[name] for name in ours) / len(both) ** 2
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


def _pairs(by_reviewer: Mapping[str, Mapping[_Clip, str]]) -> list[dict[str, Any]]:
    rows = []
    for (first, ours), (second, theirs) in combinations(sorted(by_reviewer.items()), 2):
        both = ours.keys() & theirs.keys()
        agreed = sum(ours[clip] == theirs[clip] for clip in both)
        if both:
            rows.append(
                {
                    "first": first,
                    "second": second,
                    "both_judged": len(both),
                    "agreed": agreed,
                    "agreement": round(agreed / len(both), 4),
                    "kappa": kappa(ours, theirs),
                }
            )
    return rows


def _shown(pairs: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "Reviewer": row["first"],
            "And": row["second"],
            "Both judged": row["both_judged"],
            "Agreed": Amount(percent(row["agreed"], row["both_judged"])),
            "Cohen’s kappa": Amount(number(row["kappa"], 2) or "–"),
        }
        for row in pairs.to_dict("records")
    ]


def _reviewers(every: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "Reviewer": str(name),
            **{one.capitalize(): int((own["verdict"] == one).sum()) for one in VERDICTS[:3]},
            "Mean rating": Amount(number(float(own["rating"].astype(float).mean()), 1) or "–"),
            "Comments": int((own["comment"] != "").sum()),
        }
        for name, own in every.groupby("reviewer")
    ]


def _disliked(facts: Facts, every: pd.DataFrame) -> str:
    """List the clips that are rejected, flagged or disputed, with what was said."""
    clips = facts.clips
    wanting = clips[clips["review"].isin(_ATTENTION)].copy()
    if wanting.empty:
        return ""
    said: dict[tuple[str, str], list[str]] = {}
    for row in every.to_dict("records"):
        words = f"{row['reviewer']}: {row['verdict']} {row['comment']}".strip()
        said.setdefault((row["collection"], row["key"]), []).append(words)
    names = zip(wanting["collection"], wanting["key"], strict=True)
    wanting["said"] = ["; ".join(said.get(name, [])) for name in names]
    columns = {"key": "Item", "text": "Text", "review": "Status", "said": "What was said"}
    return table(rows_of(wanting, columns), "Rejected, flagged or disputed")


def _agreement(pairs: pd.DataFrame) -> str:
    if pairs.empty:
        return "No clip was judged by two, so nothing can be said of their agreement."
    both, agreed = int(pairs["both_judged"].sum()), int(pairs["agreed"].sum())
    return f"Where two judged the same clip, they agreed in {percent(agreed, both)} of the cases."
