"""Speed: how long an item takes and how much faster than real time each voice speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicemill.reports.production.facts import Facts
from voicemill.reports.production.markup import Amount, length, number, plural, rows_of, table
from voicemill.reports.production.section import Section

if TYPE_CHECKING:
    import pandas as pd

_NAMES = (
    "engine", "voice", "made", "mean_s", "median_s", "p95_s", "audio_s", "work_s",
    "times_real_time",
)  # fmt: skip


def speed(facts: Facts) -> Section:
    """Measure by engine and voice what was made in the period, and what it cost in time."""
    import pandas as pd

    timed = pd.DataFrame(facts.timings, columns=["voice", "elapsed_s", "duration_s", "characters"])
    if timed.empty:
        return Section(
            f"Nothing was made in the last {plural(facts.days, 'day')}.",
            tables={"speed": pd.DataFrame(columns=list(_NAMES))},
        )
    timed["engine"] = timed["voice"].str.partition(":")[0]
    engines = [_row(str(name), "", group) for name, group in timed.groupby("engine")]
    voices = [
        _row(str(engine), str(voice), group)
        for (engine, voice), group in timed.groupby(["engine", "voice"])
    ]
    work_s = float(timed["elapsed_s"].sum())
    audio_s = float(timed["duration_s"].sum())
    run_s = sum(row["elapsed_s"] or 0.0 for row in facts.runs)
    sentence = (
        f"{plural(len(timed), 'item')} were made in the last {plural(facts.days, 'day')}: "
        f"{length(work_s)} of work of one core for {length(audio_s)} of audio; the runs took "
        f"{length(run_s)} by the clock."
    )
    if audio_s:
        sentence += f" An hour of audio costs about {length(3600 * work_s / audio_s)} of work."
    columns = {
        "engine": "Engine",
        "voice": "Voice",
        "made": "Made",
        "mean_s": "Mean s an item",
        "median_s": "Median s",
        "p95_s": "95 % within, s",
        "times_real_time": "Times real time",
    }
    first = {name: told for name, told in columns.items() if name != "voice"}
    every = pd.DataFrame([*engines, *voices], columns=list(_NAMES))
    body = table(_rounded(pd.DataFrame(engines), first), "Speed by engine")
    if len(voices) > len(engines):
        body += table(_rounded(pd.DataFrame(voices), columns), "Speed by voice", heads=2)
    return Section(sentence, body, {"speed": every})


def _row(engine: str, voice: str, group: pd.DataFrame) -> dict[str, Any]:
    known = group[group["duration_s"].notna()]  # the audio may be gone since
    work_s = float(known["elapsed_s"].sum())
    audio_s = float(known["duration_s"].sum())
    return {
        "engine": engine or "unknown",
        "voice": voice,
        "made": len(group),
        "mean_s": round(float(group["elapsed_s"].mean()), 4),
        "median_s": round(float(group["elapsed_s"].median()), 4),
        "p95_s": round(float(group["elapsed_s"].quantile(0.95)), 4),
        "audio_s": round(audio_s, 2),
        "work_s": round(float(group["elapsed_s"].sum()), 2),
        "times_real_time": round(audio_s / work_s, 2) if work_s else None,
    }


def _rounded(frame: pd.DataFrame, columns: dict[str, str]) -> list[dict[str, Any]]:
    rows = rows_of(frame, columns)
    for row in rows:
        row["Times real time"] = Amount(f"{number(row['Times real time'], 1) or '–'} ×")
    return rows
