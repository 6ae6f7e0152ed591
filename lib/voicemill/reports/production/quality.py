"""Quality: how loud, how even, how long, and whether the rules of their profile are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from voicemill.reports.production.facts import Facts
from voicemill.reports.production.markup import Amount, figure, number, percent, plural, table
from voicemill.reports.production.section import Section

if TYPE_CHECKING:
    import pandas as pd

_BINS = 24
_CLIP_NAMES = (
    "collection", "key", "text", "category", "language", "type", "voice", "profile", "duration_s",
    "loudness_lufs", "peak_dbtp", "rules_kept", "size_bytes", "format", "review", "checked",
    "suspicion", "why", "outcome", "file",
)  # fmt: skip


def quality(facts: Facts) -> Section:
    """Sum up levels, lengths and rules by profile, of what is played for each item."""
    import pandas as pd

    clips = facts.clips
    every = clips[list(_CLIP_NAMES)]
    made = clips[clips["type"] != ""]
    if made.empty:
        return Section(
            "There is no audio yet whose quality could be told.", tables={"clips": every}
        )
    rows = [_profile(str(name), group) for name, group in made.groupby("profile", sort=True)]
    ruled = made["rules_kept"].notna()
    kept = int(made["rules_kept"].eq(True).sum())
    body = '<div class="vm-pair">'
    body += _histogram(made["loudness_lufs"].dropna().tolist(), "Loudness", "LUFS")
    body += _histogram(made["duration_s"].dropna().tolist(), "Duration", "s")
    shown = [_shown(row) for row in rows]
    body += "</div>" + table(shown, "Levels, lengths and rules by profile")
    sentence = (
        f"{percent(kept, int(ruled.sum()))} of {plural(int(ruled.sum()), 'clip')} keep every rule "
        "of their profile. Each item counts with what is played for it."
        if ruled.any()
        else f"None of {plural(len(made), 'clip')} has a profile with rules."
    )
    return Section(sentence, body, {"quality": pd.DataFrame(rows), "clips": every})


def _profile(name: str, group: pd.DataFrame) -> dict[str, Any]:
    rules = group["rules_kept"]
    return {
        "profile": name,
        "clips": len(group),
        "with_rules": int(rules.notna().sum()),
        "rules_kept": int(rules.eq(True).sum()),
        **_span("loudness_lufs", group["loudness_lufs"]),
        **_span("peak_dbtp", group["peak_dbtp"]),
        **_span("duration_s", group["duration_s"]),
    }


def _span(name: str, values: pd.Series[float]) -> dict[str, float | None]:
    found = values.dropna().astype(float)
    if found.empty:
        return dict.fromkeys((f"{name}_min", f"{name}_median", f"{name}_max"))
    return {
        f"{name}_min": round(float(found.min()), 3),
        f"{name}_median": round(float(found.median()), 3),
        f"{name}_max": round(float(found.max()), 3),
    }


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    kept, ruled = row["rules_kept"], row["with_rules"]
    return {
        "Profile": row["profile"] or "none",
        "Clips": row["clips"],
        "Rules kept": Amount(f"{number(kept)} of {number(ruled)}" if ruled else "–"),
        "Loudness, LUFS": Amount(_range(row, "loudness_lufs")),
        "Highest true peak, dBTP": Amount(number(row["peak_dbtp_max"], 1) or "–"),
        "Duration, s": Amount(_range(row, "duration_s")),
    }


def _range(row: Mapping[str, Any], name: str) -> str:
    """Write lowest and highest, once where they are the same."""
    ends = dict.fromkeys(number(row[f"{name}_{end}"], 1) for end in ("min", "max"))
    return " … ".join(ends) or "–"


def _histogram(values: Sequence[float], name: str, unit: str) -> str:
    import numpy as np

    if not values:
        return ""
    low, high = min(values), max(values)
    if high - low < 0.5:  # all alike: a lone bar in the middle
        low, high = low - 0.5, high + 0.5
    counts, _edges = np.histogram(values, bins=_BINS, range=(low, high))
    tallest = int(counts.max())
    bars = "".join(
        f'<rect x="{place}.06" y="{100 - 100 * count / tallest:.1f}" width=".88" '
        f'height="{100 * count / tallest:.1f}"/>'
        for place, count in enumerate(counts.tolist())
        if count
    )
    told = (
        f"{name} of {plural(len(values), 'clip')}: {number(min(values), 1)} to "
        f"{number(max(values), 1)} {unit}, median {number(float(np.median(values)), 1)} {unit}."
    )
    picture = (
        f'<p class="vm-name" aria-hidden="true">{name}, up to {plural(tallest, "clip")}</p>'
        f'<svg class="vm-chart" viewBox="0 0 {_BINS} 100" preserveAspectRatio="none" role="img" '
        f'aria-label="{told}">{bars}</svg><div class="vm-axis" aria-hidden="true">'
        f"<span>{number(low, 1)}</span><span>{number((low + high) / 2, 1)}</span>"
        f"<span>{number(high, 1)} {unit}</span></div>"
    )
    return figure(picture, told)
