"""Plots of finished clips, as SVG inside HTML, readable in notebooks, reports and print."""

from __future__ import annotations

import io
from html import escape
from typing import TYPE_CHECKING

from voicemill.review.listening import Html

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Drawing


def levels_figure(results: pd.DataFrame) -> Html:
    """Draw each clip's loudness and true peak, and durations by category.

    results: as `Run.results`; items without audio are left out.
    """
    from matplotlib.figure import Figure as NewDrawing

    made = results[results["duration_s"].notna()]
    if made.empty:
        return Html("<p>There is no audio to plot.</p>")
    drawing = NewDrawing(figsize=(9, 6.2), layout="constrained")
    upper, lower = drawing.subplots(2, 1)
    places = range(len(made))
    upper.plot(places, made["loudness_lufs"], "o", ms=4, color="#2f6f9f", label="loudness, LUFS")
    upper.plot(places, made["peak_dbtp"], "x", ms=5, color="#b35c00", label="true peak, dBTP")
    upper.set_title("Loudness and true peak of each clip", loc="left")
    upper.set_ylim(min(-24, made["loudness_lufs"].min() - 2), 0.5)
    if len(made) <= 60:
        upper.set_xticks(list(places), list(made["key"]), fontsize=8)
    upper.legend(loc="center right", fontsize=8)
    upper.grid(axis="y", alpha=0.3)
    groups = [(name or "all", rows["duration_s"]) for name, rows in made.groupby("category")]
    lower.boxplot(
        [seconds.tolist() for _name, seconds in groups],
        orientation="horizontal",
        tick_labels=[str(name) for name, _seconds in groups],
    )
    lower.set_title("Duration by category, seconds", loc="left")
    lower.grid(axis="x", alpha=0.3)
    loudest, softest = made["loudness_lufs"].max(), made["loudness_lufs"].min()
    sentence = (
        f"Loudness lies between {softest:.1f} and {loudest:.1f} LUFS, the highest true peak is "
        f"{made['peak_dbtp'].max():.1f} dBTP; clips last {made['duration_s'].min():.2f} to "
        f"{made['duration_s'].max():.2f} s."
    ).replace("-", "−")
    return figure(drawing, sentence)


def figure(drawing: Drawing, sentence: str) -> Html:
    """Turn a drawing into HTML; the sentence says what it shows, also to those who cannot see."""
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    drawing.savefig(buffer, format="svg", metadata=nothing)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :].replace(
        "<svg", f'<svg role="img" aria-label="{escape(sentence)}"', 1
    )
    return Html(
        f'<figure class="vm-figure">{svg}<figcaption>{escape(sentence)}</figcaption></figure>'
    )
