"""A run that has ended, with one row per item: what became of it and what its file measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voicemill.catalog import AudioSource, Outcome
from voicemill.errors import VoicemillError
from voicemill.production.ledger import Ledger, Summary
from voicemill.production.rows import PlanRows
from voicemill.production.workshop import Workshop

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Run:
    """A run that has ended.

    results: one row per item of the plan, in the plan's order.  errors: what was raised, by
    the row's number.
    """

    id: str
    results: pd.DataFrame
    summary: Summary
    errors: Mapping[int, VoicemillError]


def results_of(rows: PlanRows, ledger: Ledger, shop: Workshop) -> pd.DataFrame:
    """Put together what became of the rows of a plan."""
    import pandas as pd

    outcomes = [ledger.outcomes.get(position) for position in range(len(rows))]
    ids = [outcome.source_id for outcome in outcomes if outcome and outcome.source_id]
    sources = shop.catalog.sources.by_ids(ids)
    return pd.DataFrame(
        [
            _result(row, outcome, sources.get(outcome.source_id or 0) if outcome else None)
            for row, outcome in zip(rows, outcomes, strict=True)
        ]
    )


def _result(
    row: Mapping[str, Any], outcome: Outcome | None, source: AudioSource | None
) -> dict[str, Any]:
    measures = source.metadata.get("measures", {}) if source else {}
    checks = source.metadata.get("checks", []) if source else []
    return {
        **{name: row[name] for name in ("collection", "key", "text", "category", "profile")},
        "status": outcome.status if outcome else "pending",
        "made": outcome.made if outcome else False,
        "voice": outcome.voice if outcome else row["voice"],
        "spoken": row["speak"],
        "reason": outcome.reason if outcome else "",
        "duration_s": source.duration_s if source else None,
        "loudness_lufs": measures.get("loudness_lufs"),
        "peak_dbtp": measures.get("peak_dbtp"),
        "size_bytes": source.size_bytes if source else None,
        "passed": all(check["passed"] for check in checks) if source else None,
        "elapsed_s": outcome.elapsed_s if outcome else None,
        "file": source.file if source else "",
        "source_id": outcome.source_id if outcome else None,
    }
