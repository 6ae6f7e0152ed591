"""Metrics as a table for people: on a terminal, and in the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from voicemill.catalog.statistics import readable_size
from voicemill.production.progress import duration

if TYPE_CHECKING:
    import pandas as pd

    from voicemill.catalog.figures import Work, Worker
    from voicemill.reports.metrics import Metrics

_UNKNOWN = "none yet"


def as_table(measured: Metrics) -> pd.DataFrame:
    """Return metrics as rows of `about`, `figure` and `value`, texts for people."""
    import pandas as pd

    return pd.DataFrame(_rows(measured), columns=["about", "figure", "value"])


def as_text(measured: Metrics) -> str:
    """Return metrics as aligned lines, under a heading for each thing they are about."""
    rows = list(_rows(measured))
    width = max(len(figure) for _about, figure, _value in rows)
    lines: list[str] = []
    last = ""
    for about, figure, value in rows:
        if about != last:
            lines += [*([""] if lines else []), about]
        lines.append(f"  {figure:<{width}}  {value}")
        last = about
    return "\n".join(lines)


def _rows(measured: Metrics) -> Iterator[tuple[str, str, str]]:
    about = f"Items, last {measured.days} days"
    yield about, "success rate", _percent(measured.success_rate)
    for status, count in measured.outcomes.items():
        yield about, status, f"{count:,}"
    yield about, "found already made", _percent(measured.cache_hit_rate)
    for name, one in measured.engines.items():
        if name or one.failed:  # without a voice most were skipped: empty or locked
            yield "Engines", name or "no voice", _work(one)
    yield "Storage", "all", f"{readable_size(measured.storage_bytes)}, {_files(measured)}"
    for name, stock in measured.storage.items():
        yield "Storage", name, f"{readable_size(stock.size_bytes)}, {stock.files:,} files"
    yield "Runs", "open", str(measured.open_runs)
    yield "Runs", "queued items", f"{measured.queued_items:,}"
    for worker in measured.workers:
        yield "Runs", worker.run_id, _worker(worker)
    audio = measured.audio
    yield "Audio", "failed checks", f"{audio.suspicious:,} of {audio.checked:,} checked"
    yield "Audio", "to review", f"{audio.unheard:,} of {audio.playable:,} items"
    about = f"Notebooks without a person, last {measured.days} days"
    for status, count in measured.executions.items():
        yield about, status, f"{count:,}"
    if not measured.executions:
        yield about, "runs", _UNKNOWN
    for name, moment in measured.schedules.items():
        told = f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else "never"
        yield "Schedule, last success", name, told


def _percent(share: float | None) -> str:
    if share is None:
        return _UNKNOWN
    # 99.96 % is not all of it.
    return "100 %" if share == 1 else f"{min(share * 100, 99.9):.1f} %"


def _files(measured: Metrics) -> str:
    return f"{measured.storage_files:,} files"


def _work(one: Work) -> str:
    times = ""
    if one.mean_s is not None and one.p95_s is not None:
        times = f", {duration(one.mean_s)} an item, 95 % within {duration(one.p95_s)}"
    return f"{_percent(one.success_rate)} of {one.completed + one.failed:,}{times}"


def _worker(one: Worker) -> str:
    where = f"process {one.pid or '?'} on {one.host or 'an unknown machine'}"
    if not one.is_alive:
        return f"died: {where}; voicemill doctor --mend settles it"
    return f"{where}, last sign {duration(one.silent_s)} ago, {one.left:,} items left"
