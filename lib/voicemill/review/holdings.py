"""What a project holds and how its runs went, as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from voicemill.catalog.statistics import readable_size
from voicemill.review.listening import Html
from voicemill.review.plots import figure

_RUNS = 30  # the newest, left to right
_VOICES = 12
# What became of the items of a run, from good to bad; distinguishable without colour vision.
_OUTCOMES = {
    "made": "#2f6f9f",
    "taken over": "#8fb8d8",
    "skipped": "#d0d0d0",
    "cancelled": "#e3b341",
    "failed": "#b3362c",
}


def holdings_figure(statistics: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> Html:
    """Draw how many sources there are by voice, and what became of the items of the last runs.

    statistics: as `Catalog.statistics`.  runs: as `Runs.table`, newest first.
    """
    from matplotlib.figure import Figure as NewDrawing

    if not statistics["sources"] and not runs:
        return Html("<p>There is nothing to plot yet: no audio and no run.</p>")
    drawing = NewDrawing(figsize=(9, 6.2), layout="constrained")
    upper, lower = drawing.subplots(2, 1)
    voices = list(statistics["by_voice"].items())[:_VOICES]
    upper.barh(
        [name or "unnamed" for name, _count in voices],
        [count for _name, count in voices],
        color=_OUTCOMES["made"],
    )
    upper.set_ylim(max(len(voices), 4) - 0.4, -0.6)  # a lone bar stays a bar
    upper.set_title("Audio sources by voice", loc="left")
    upper.grid(axis="x", alpha=0.3)
    shown = list(reversed(runs[:_RUNS]))
    counts = [_counts(run) for run in shown]
    base = [0] * len(shown)
    for name, colour in _OUTCOMES.items():
        heights = [count[name] for count in counts]
        lower.bar(range(len(shown)), heights, bottom=base, label=name, color=colour)
        base = [under + height for under, height in zip(base, heights, strict=True)]
    labels = [f"{run['started_at'].astimezone():%d %b\n%H:%M}" for run in shown]
    few = range(0, len(shown), max(1, len(shown) // 10))
    lower.set_xticks(list(few), [labels[place] for place in few], fontsize=8)
    lower.set_title("Items of the last runs", loc="left")
    lower.legend(fontsize=8, ncols=len(_OUTCOMES), loc="upper left")
    lower.set_xlim(-0.6, max(len(shown), 10) - 0.4)
    lower.set_ylim(0, max(base, default=1) * 1.25 or 1)
    lower.grid(axis="y", alpha=0.3)
    return figure(drawing, _sentence(statistics, shown, counts))


def _counts(run: Mapping[str, Any]) -> dict[str, int]:
    names = ("skipped", "cancelled", "failed")
    made = run["completed"] - run["taken_over"]
    return {"made": made, "taken over": run["taken_over"], **{name: run[name] for name in names}}


def _sentence(
    statistics: Mapping[str, Any], runs: Sequence[object], counts: Sequence[Mapping[str, int]]
) -> str:
    totals = {name: sum(count[name] for count in counts) for name in _OUTCOMES}
    became = ", ".join(f"{number} {name}" for name, number in totals.items() if number)
    return (
        f"{statistics['sources']} sources of {statistics['items']} items, "
        f"{readable_size(statistics['size_bytes'])}; in the last {len(runs)} runs: "
        f"{became or 'nothing'}."
    )
