"""The trend: what became of the items of each run, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from voicemill.catalog.history import Rows
from voicemill.reports.cells import without_stack
from voicemill.reports.production.facts import Facts
from voicemill.reports.production.markup import (
    Amount,
    figure,
    length,
    number,
    percent,
    plural,
    table,
)
from voicemill.reports.production.section import Section

_BARS = 60  # more runs are added up by day
_OUTCOMES = ("made", "taken over", "skipped", "cancelled", "failed")
_COLUMNS = (
    "id", "started_at", "title", "started_by", "status", "total", "made", "taken_over", "skipped",
    "cancelled", "failed", "elapsed_s", "error",
)  # fmt: skip


def trend(facts: Facts) -> Section:
    """Draw the runs of the period and list the newest."""
    import pandas as pd

    rows = [_row(run) for run in facts.runs]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    if not rows:
        told = f"There was no run in the last {plural(facts.days, 'day')}."
        return Section(told, tables={"runs": frame})
    totals = {name: sum(_counts(run)[name] for run in facts.runs) for name in _OUTCOMES}
    tried = totals["made"] + totals["failed"]
    ended = ", ".join(f"{number(count)} {name}" for name, count in totals.items() if count)
    sentence = f"{plural(len(rows), 'run')} in the last {plural(facts.days, 'day')}: " + (
        f"{ended or 'no items'}."
        + (f" {percent(totals['made'], tried)} of what was tried came about." if tried else "")
    )
    body = _picture(facts.runs) + table(_listed(reversed(facts.runs)), "Newest runs", limit=20)
    return Section(sentence, body, {"runs": frame})


def _row(run: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name.replace(" ", "_"): count for name, count in _counts(run).items()}
    values = {
        **run,
        **counts,
        "started_at": run["started_at"].isoformat(timespec="seconds"),
        "error": without_stack(run["error"]),
    }
    return {name: values[name] for name in _COLUMNS}


def _counts(run: Mapping[str, Any]) -> dict[str, int]:
    made = run["completed"] - run["taken_over"]
    counts = {"made": made, "taken over": run["taken_over"]}
    return counts | {name: run[name] for name in _OUTCOMES[2:]}


def _listed(runs: Any) -> list[dict[str, Any]]:
    return [
        {
            "Begun": f"{run['started_at'].astimezone():%Y-%m-%d %H:%M}",
            "Run": run["title"] or run["id"],
            "Status": run["status"],
            "Items": run["total"],
            "Made": _counts(run)["made"],
            "Failed": run["failed"],
            "Took": Amount(length(run["elapsed_s"] or 0.0)),
        }
        for run in runs
    ]


def _picture(runs: Rows) -> str:
    by_day = len(runs) > _BARS
    bars = _days(runs) if by_day else [(run["started_at"], _counts(run)) for run in runs]
    bars = bars[-_BARS:]
    highest = max(sum(counts.values()) for _moment, counts in bars) or 1
    wide = max(len(bars), 12)  # a lone bar stays a bar
    rects = "".join(_bar(place, counts, highest) for place, (_moment, counts) in enumerate(bars))
    used = [name for name in _OUTCOMES if any(counts[name] for _moment, counts in bars)]
    legend = "".join(f'<li class="{_kind(name)}">{name}</li>' for name in used)
    what = "day" if by_day else "run"
    first, last = _date(bars[0][0]), _date(bars[-1][0])
    when = first if first == last else f"{first} to {last}"
    told = (
        f"Items of each {what}, oldest on the left, {when}; the highest has "
        f"{plural(highest, 'item')}."
    )
    picture = (
        f'<ul class="vm-legend">{legend}</ul><svg class="vm-chart vm-trend" '
        f'viewBox="0 0 {wide} 100" preserveAspectRatio="none" role="img" aria-label="{told}">'
        f"{rects}</svg>"
    )
    return figure(picture, told)


def _days(runs: Sequence[Mapping[str, Any]]) -> list[tuple[datetime, dict[str, int]]]:
    days: dict[str, tuple[datetime, dict[str, int]]] = {}
    for run in runs:
        moment = run["started_at"].astimezone()
        _first, counts = days.setdefault(
            f"{moment:%Y-%m-%d}", (moment, dict.fromkeys(_OUTCOMES, 0))
        )
        for name, count in _counts(run).items():
            counts[name] += count
    return list(days.values())


def _bar(place: int, counts: Mapping[str, int], highest: int) -> str:
    rects, top = [], 100.0
    for name in _OUTCOMES:
        height = 100 * counts[name] / highest
        if height:
            top -= height
            rects.append(
                f'<rect class="{_kind(name)}" x="{place}.08" y="{top:.2f}" width=".84" '
                f'height="{height:.2f}"/>'
            )
    return "".join(rects)


def _kind(name: str) -> str:
    return f"vm-{name.replace(' ', '-')}"


def _date(moment: datetime) -> str:
    return f"{moment.astimezone():%d %B %Y}"
