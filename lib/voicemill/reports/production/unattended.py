"""Notebooks that ran without a person, and those that should have."""

from __future__ import annotations

from collections import Counter
from typing import Any

from voicemill.catalog import Execution
from voicemill.reports.cells import without_stack
from voicemill.reports.production.facts import Facts
from voicemill.reports.production.markup import Amount, length, number, plural, table
from voicemill.reports.production.section import Section

_COLUMNS = (
    "id", "notebook", "schedule", "due_at", "started_at", "started_by", "status", "items",
    "failed_items", "elapsed_s", "error", "report",
)  # fmt: skip


def unattended(facts: Facts) -> Section:
    """Sum up the executions of the period, of all collections, and list the newest."""
    import pandas as pd

    frame = pd.DataFrame([_row(one) for one in facts.executions], columns=list(_COLUMNS))
    if frame.empty:
        told = f"No notebook ran without a person in the last {plural(facts.days, 'day')}."
        return Section(told, tables={"executions": frame})
    statuses = Counter(one.status for one in facts.executions)
    told = ", ".join(f"{number(count)} {_word(name)}" for name, count in statuses.most_common())
    sentence = (
        f"{plural(len(frame), 'notebook')} ran without a person, or should have, in the last "
        f"{plural(facts.days, 'day')}: {told}."
    )
    body = table([_listed(one) for one in facts.executions], "Newest executions", limit=20)
    return Section(sentence, body, {"executions": frame})


def _row(one: Execution) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in _COLUMNS if hasattr(one, name)},
        "due_at": one.due_at.isoformat(timespec="seconds") if one.due_at else "",
        "started_at": one.started_at.isoformat(timespec="seconds"),
        "items": one.counts.get("total", 0),
        "failed_items": one.counts.get("failed", 0),
        "error": without_stack(one.error),
    }


def _listed(one: Execution) -> dict[str, Any]:
    failed = one.counts.get("failed", 0)
    why = without_stack(one.error) or (f"{plural(failed, 'item')} failed" if failed else "")
    return {
        "Begun": f"{one.started_at.astimezone():%Y-%m-%d %H:%M}",
        "Notebook": one.notebook,
        "For": one.schedule or one.started_by,
        "Status": _word(one.status),
        "Items": one.counts.get("total", 0),
        "Took": Amount(length(one.elapsed_s) if one.elapsed_s else "–"),
        "Why": why,
    }


def _word(status: str) -> str:
    return {"processing": "still going on", "skipped": "left out"}.get(status, status)
