"""The vowel chart: one panel a voice, published means behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import ceil, sqrt
from typing import Any

import numpy as np

from voicemill.review.listening import Html
from voicemill.review.plots import figure

_COLUMNS = 3
_VOICE, _REFERENCE = "#1f5f8f", "#8a8a8a"


def vowel_chart(rows: Sequence[Mapping[str, Any]]) -> Html:
    """Draw F1 and F2 of every voice's vowels; rows: as `vowels_measured` gives them.

    Axes run as phoneticians draw them, so that the chart looks like the mouth from the left.
    Ellipses: one standard deviation of all measurements in the middles of a vowel.
    """
    voices = [
        (voice, [row for row in group if row["f1_hz"] is not None])
        for voice, group in groupby(rows, key=lambda row: str(row["voice"]))
    ]
    voices = [(voice, found) for voice, found in voices if found]
    if not voices:
        return Html(
            "<p>There are no vowels to chart: the items have no IPA, or none was heard.</p>"
        )
    from matplotlib.figure import Figure as NewDrawing

    columns = min(len(voices), _COLUMNS)
    lines = ceil(len(voices) / columns)
    drawing = NewDrawing(figsize=(4.2 * columns, 3.9 * lines), layout="constrained")
    panels = np.atleast_1d(drawing.subplots(lines, columns, sharex=True, sharey=True)).ravel()
    for panel, (voice, found) in zip(panels, voices, strict=False):
        _draw(panel, voice, found)
    for panel in panels[len(voices) :]:
        panel.set_visible(False)
    panels[0].invert_xaxis()
    panels[0].invert_yaxis()
    return figure(drawing, _sentence(voices))


def _draw(panel: Any, voice: str, rows: Sequence[Mapping[str, Any]]) -> None:
    from matplotlib.patches import Ellipse

    for row in rows:
        here = (row["f2_hz"], row["f1_hz"])
        if row["reference_f1_hz"] is not None:
            there = (row["reference_f2_hz"], row["reference_f1_hz"])
            panel.plot(*zip(here, there, strict=True), lw=0.5, color=_REFERENCE, alpha=0.6)
            panel.text(*there, row["vowel"], color=_REFERENCE, ha="center", va="center", size=10)
        if row["spread"] is not None:
            width, height, angle = _axes(np.array(row["spread"]))
            panel.add_patch(
                Ellipse(here, width, height, angle=angle, fc=_VOICE, ec=_VOICE, alpha=0.18)
            )
        panel.plot(*here, ".", ms=3, color=_VOICE)
        panel.annotate(
            row["vowel"],
            here,
            xytext=(4, 4),
            textcoords="offset points",
            color=_VOICE,
            size=12,
            weight="bold",
        )
    panel.set_title(voice, loc="left", fontsize=10)
    panel.set_xlabel("F2, Hz (front … back)", fontsize=8)
    panel.set_ylabel("F1, Hz (close … open)", fontsize=8)
    panel.tick_params(labelsize=7)
    panel.grid(alpha=0.2)
    panel.margins(0.08)


def _axes(spread: Any) -> tuple[float, float, float]:
    """Return width, height and angle (degrees) of one standard deviation, F2 across, F1 up."""
    values, vectors = np.linalg.eigh(spread[::-1, ::-1])
    angle = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))
    small, large = (2 * sqrt(max(float(value), 0.0)) for value in values)
    return large, small, angle


def _sentence(voices: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]) -> str:
    parts = []
    for voice, rows in voices:
        both = [row for row in rows if row["reference_f1_hz"] is not None]
        if both:
            apart = [
                abs(np.log2(row[f"f{n}_hz"] / row[f"reference_f{n}_hz"])) * 12
                for row in both
                for n in (1, 2)
            ]
            parts.append(f"{voice} lies {np.mean(apart):.1f} semitones from them on average")
    sources = "; ".join(dict.fromkeys(str(row["reference"]) for _v, rows in voices for row in rows))
    return (
        "Formants of the vowels of each voice (blue, Praat's Burg method in the middle of the "
        "vowel, found by intensity and voicing; ellipses are one standard deviation) over "
        f"published means (grey: {sources}). {'; '.join(parts)}."
    )
