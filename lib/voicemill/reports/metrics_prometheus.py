"""Metrics in Prometheus' text format, for its node exporter's textfile collector.

voicemill metrics --prometheus > /var/lib/node_exporter/voicemill.prom.tmp, then renamed to
voicemill.prom, from cron or a schedule: the collector must never read half a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicemill.reports.metrics import Metrics

_DAY_S = 86400
_Values = Mapping[tuple[str, ...], float | None]


@dataclass(frozen=True)
class _Gauge:
    """A value for each set of labels, or one for none; None where it cannot be known yet."""

    name: str
    meaning: str
    values: _Values
    labels: tuple[str, ...] = field(default=())


def as_prometheus(measured: Metrics) -> str:
    """Return metrics as lines of Prometheus' text format.

    All are gauges, counts as well: they are of a window of time, or of what is there, and may
    go down.  What cannot be known yet is left out.
    """
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    for wanted in (*_of_work(measured), *_of_runs(measured), *_of_audio(measured)):
        known = {given: value for given, value in wanted.values.items() if value is not None}
        if not known:
            continue
        gauge = Gauge(f"voicemill_{wanted.name}", wanted.meaning, wanted.labels, registry=registry)
        for given, value in known.items():
            (gauge.labels(*given) if given else gauge).set(value)
    return generate_latest(registry).decode()


def _of_work(measured: Metrics) -> Iterator[_Gauge]:
    window = f"in runs begun in the last {measured.days} days"
    engines = measured.engines.items()
    outcomes: _Values = {
        (name, status): float(getattr(one, status))
        for name, one in engines
        for status in measured.outcomes
    }
    yield _Gauge("window_seconds", "How far back is counted", {(): measured.days * _DAY_S})
    yield _Gauge(
        "item_outcomes", f"Items by what became of them {window}", outcomes, ("engine", "status")
    )
    yield _Gauge(
        "success_ratio",
        f"Completed items, of those completed or failed, {window}",
        {(): measured.success_rate},
    )
    yield _Gauge(
        "engine_success_ratio",
        f"Completed items of an engine, of those completed or failed, {window}",
        {(name,): one.success_rate for name, one in engines},
        ("engine",),
    )
    yield _Gauge(
        "item_mean_seconds",
        f"Mean time in which an item was made {window}",
        {(name,): one.mean_s for name, one in engines},
        ("engine",),
    )
    yield _Gauge(
        "item_p95_seconds",
        f"Time in which 95 % of the newest 5000 items were made {window}",
        {(name,): one.p95_s for name, one in engines},
        ("engine",),
    )
    yield _Gauge(
        "cache_hit_ratio",
        f"Audio that was there already, of all that was asked for, {window}",
        {(): measured.cache_hit_rate},
    )


def _of_runs(measured: Metrics) -> Iterator[_Gauge]:
    workers = {(one.host, one.pid, one.run_id): one for one in measured.workers}
    labels = ("host", "pid", "run")
    ended = {name: moment for name, moment in measured.schedules.items() if moment is not None}
    yield _Gauge("open_runs", "Runs that go on", {(): measured.open_runs})
    yield _Gauge(
        "dead_runs", "Runs whose process died and that were not settled", {(): measured.dead_runs}
    )
    yield _Gauge(
        "queued_items", "Items that open runs have not done yet", {(): measured.queued_items}
    )
    yield _Gauge(
        "worker_up",
        "Whether the process that works on a run lives",
        {key: float(one.is_alive) for key, one in workers.items()},
        labels,
    )
    yield _Gauge(
        "worker_silence_seconds",
        "Time since the last sign of life of a run's process",
        {key: one.silent_s for key, one in workers.items()},
        labels,
    )
    yield _Gauge(
        "executions",
        f"Notebooks run without a person in the last {measured.days} days, by how that ended",
        {(status,): count for status, count in measured.executions.items()},
        ("status",),
    )
    yield _Gauge(
        "schedule_last_success_timestamp_seconds",
        "When an entry of the schedule last ran to its end",
        {(name,): moment.timestamp() for name, moment in ended.items()},
        ("schedule",),
    )


def _of_audio(measured: Metrics) -> Iterator[_Gauge]:
    storage, audio = measured.storage.items(), measured.audio
    sizes: _Values = {(name,): float(one.size_bytes) for name, one in storage}
    files: _Values = {(name,): float(one.files) for name, one in storage}
    yield _Gauge("storage_bytes", "Size of the files in the store", sizes, ("type",))
    yield _Gauge("storage_files", "Files in the store", files, ("type",))
    yield _Gauge("checked_files", "Audio that was checked automatically", {(): audio.checked})
    yield _Gauge(
        "suspicious_files", "Audio that failed its automatic checks", {(): audio.suspicious}
    )
    yield _Gauge("items_with_audio", "Items that have audio", {(): audio.playable})
    yield _Gauge("review_backlog_items", "Items whose audio nobody has judged", {(): audio.unheard})
