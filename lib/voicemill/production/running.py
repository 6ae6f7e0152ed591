"""Running a plan: submit its jobs, record what becomes of each, report how far it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from voicemill.catalog import Outcome
from voicemill.errors import RunError, VoicemillError
from voicemill.production.executors import JobExecutor, Threads
from voicemill.production.job import Job, Rendered
from voicemill.production.planning import GENERATE, REUSE, SKIP
from voicemill.production.progress import Progress, Reporter, Throttle, duration, reporter_for
from voicemill.production.rendering import take_over
from voicemill.production.workshop import Workshop

if TYPE_CHECKING:
    import pandas as pd

_WAITING_PER_WORKER = 2  # jobs submitted ahead, so that memory does not grow with the table
_FLUSH_S = 0.25  # how long outcomes may wait before they are written down together


@dataclass(frozen=True)
class Summary:
    """How a run ended: counts of items and the time it took."""

    run_id: str
    status: str
    completed: int
    failed: int
    skipped: int
    cancelled: int
    elapsed_s: float

    def __str__(self) -> str:
        counts = f"{self.completed} completed, {self.failed} failed, {self.skipped} skipped"
        cancelled = f", {self.cancelled} cancelled" if self.cancelled else ""
        return f"{counts}{cancelled} in {duration(self.elapsed_s)}"


@dataclass(frozen=True)
class Run:
    """A run that has ended. results: one row per item of the plan, in the plan's order."""

    id: str
    results: pd.DataFrame
    summary: Summary


def produce(
    plan: pd.DataFrame,
    shop: Workshop,
    *,
    title: str = "",
    report: Reporter | None = None,
    executor: JobExecutor | None = None,
) -> Run:
    """Make what a plan says; a failed item never stops the others.

    On an interrupt the items being made are finished and the rest is cancelled.
    Raises RunError when `plan` is not a plan, CatalogError when nothing can be recorded.
    """
    _check_plan(plan)
    rows = _rows(plan)
    shop.catalog.items.save(rows)
    _complete(rows, shop)
    shop.engines.begin_run()
    run_id = shop.catalog.runs.start(title, _parameters(rows), len(rows))
    ledger = _Ledger(shop, run_id, len(rows), Throttle(report or reporter_for()))
    status, error = "failed", "stopped by an error"
    try:
        ledger.add([_skipped(row) for row in rows if row["action"] == SKIP])
        with executor or Threads(shop, _workers(rows, shop)) as workers:
            _make(_jobs(rows, GENERATE), workers, ledger)
        _take_over(_jobs(rows, REUSE), shop, ledger)
        status, error = ("cancelled" if ledger.interrupted else "completed"), ""
    except VoicemillError as problem:
        error = str(problem)
        raise
    finally:
        ledger.flush()
        shop.catalog.runs.finish(run_id, status, error)
        ledger.tell(finished=True)
    return Run(run_id, _results(rows, ledger), ledger.summary(status))


@dataclass
class _Ledger:
    """What has become of each item so far; written down in batches."""

    shop: Workshop
    run_id: str
    total: int
    report: Reporter
    started: float = field(default_factory=time.perf_counter)
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    interrupted: bool = False
    existing: int = 0
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("completed", "failed", "skipped", "cancelled"), 0)
    )
    _unwritten: list[Outcome] = field(default_factory=list)
    _written: float = field(default_factory=time.perf_counter)

    def add(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            self.outcomes[outcome.collection, outcome.key] = outcome
            self.counts[outcome.status] += 1
            self.existing += outcome.status == "skipped" and outcome.source_id is not None
        self._unwritten += outcomes
        if time.perf_counter() - self._written >= _FLUSH_S:
            self.flush()

    def add_rendered(self, job: Job, result: Rendered) -> None:
        self.add(
            [
                Outcome(
                    job.collection,
                    job.key,
                    "completed",
                    result.voice,
                    result.note,
                    source_id=result.source_id,
                    elapsed_s=result.elapsed_s,
                )
            ]
        )

    def add_failed(self, job: Job, error: VoicemillError) -> None:
        kind = type(error).__name__
        self.add([Outcome(job.collection, job.key, "failed", job.voices[0], str(error), kind)])

    def flush(self) -> None:
        self.shop.catalog.runs.record(self.run_id, self._unwritten)
        self._unwritten, self._written = [], time.perf_counter()

    def tell(self, current: str = "", *, finished: bool = False) -> None:
        elapsed_s = time.perf_counter() - self.started
        made = self.counts["completed"] + self.counts["failed"]
        left = self.total - sum(self.counts.values())
        self.report(
            Progress(
                self.run_id,
                self.total,
                **self.counts,
                existing=self.existing,
                current=current,
                elapsed_s=elapsed_s,
                left_s=elapsed_s / made * left if made else None,
                finished=finished,
            )
        )

    def summary(self, status: str) -> Summary:
        elapsed_s = time.perf_counter() - self.started
        return Summary(self.run_id, status, elapsed_s=elapsed_s, **self.counts)


def _make(jobs: Iterator[Job], workers: JobExecutor, ledger: _Ledger) -> None:
    """Keep the workers busy, and no more jobs waiting than they need."""
    running: dict[Future[Rendered], Job] = {}
    ahead = workers.workers * (1 + _WAITING_PER_WORKER)
    try:
        for job in islice(jobs, ahead):
            running[workers.submit_job(job)] = job
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                job = running.pop(future)
                _settle(future, job, ledger)
                ledger.tell(job.key)
                for following in islice(jobs, 1):
                    running[workers.submit_job(following)] = following
    except KeyboardInterrupt:
        ledger.interrupted = True
        _finish_current(running, ledger)
        ledger.add([_cancelled(job) for job in jobs])


def _finish_current(running: dict[Future[Rendered], Job], ledger: _Ledger) -> None:
    for future, job in running.items():
        if future.cancel():
            ledger.add([_cancelled(job)])
        else:
            _settle(future, job, ledger)


def _settle(future: Future[Rendered], job: Job, ledger: _Ledger) -> None:
    try:
        ledger.add_rendered(job, future.result())
    except VoicemillError as error:
        ledger.add_failed(job, error)


def _take_over(jobs: Iterator[Job], shop: Workshop, ledger: _Ledger) -> None:
    for job in jobs:
        if ledger.interrupted:
            ledger.add([_cancelled(job)])
            continue
        found = take_over(job, shop, job.fingerprint)
        if found is not None:
            ledger.add_rendered(job, found)
        else:
            reason = "the audio it was to share could not be made"
            ledger.add([Outcome(job.collection, job.key, "failed", job.voices[0], reason)])


def _complete(rows: list[dict[str, Any]], shop: Workshop) -> None:
    """Add what a job needs of its collection: the item's id, and how many items there are."""
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["collection"]] = max(totals.get(row["collection"], 0), int(row["order"]))
    ids = {name: shop.catalog.items.ids(name) for name in totals}
    for row in rows:
        row["total"] = totals[row["collection"]]
        row["item_id"] = ids[row["collection"]][row["key"]]


def _jobs(rows: list[dict[str, Any]], action: str) -> Iterator[Job]:
    return (Job.from_row(row) for row in rows if row["action"] == action)


def _workers(rows: list[dict[str, Any]], shop: Workshop) -> int:
    """One worker per core; for a voice that waits for a network, as many as its limit allows."""
    voices = {row["voice"] for row in rows if row["action"] == GENERATE}
    waiting = [shop.engines.in_flight(shop.engines.voice(name)) or 0 for name in voices]
    return max([shop.workers, *waiting])


def _skipped(row: dict[str, Any]) -> Outcome:
    return Outcome(
        row["collection"],
        row["key"],
        "skipped",
        row["voice"],
        row["reason"],
        source_id=row["source_id"] or None,
    )


def _cancelled(job: Job) -> Outcome:
    return Outcome(job.collection, job.key, "cancelled", job.voices[0], "the run was stopped")


def _check_plan(plan: pd.DataFrame) -> None:
    missing = [name for name in ("action", "fingerprint", "fallbacks") if name not in plan]
    if missing:
        raise RunError(
            "this is not a plan",
            where=f"columns {', '.join(missing)} are missing",
            remedy="Make one with studio.plan(items, …) and pass that, or rows of it",
        )


def _parameters(rows: list[dict[str, Any]]) -> dict[str, Any]:
    if not rows:
        return {}
    names = ("say", "rate_percent", "pitch_hz", "volume_percent", "profile", "force")
    voices = dict.fromkeys(row["voice"] for row in rows if row["voice"])
    collections = dict.fromkeys(row["collection"] for row in rows)
    return {
        **{name: rows[0][name] for name in names},
        "voices": list(voices),
        "collections": list(collections),
    }


def _rows(plan: pd.DataFrame) -> list[dict[str, Any]]:
    columns = [plan[name].tolist() for name in plan.columns]
    return [dict(zip(plan.columns, values, strict=True)) for values in zip(*columns, strict=True)]


def _results(rows: list[dict[str, Any]], ledger: _Ledger) -> pd.DataFrame:
    """One row per item: what became of it, and what its file measures."""
    import pandas as pd

    outcomes = [ledger.outcomes.get((row["collection"], row["key"])) for row in rows]
    ids = [outcome.source_id for outcome in outcomes if outcome and outcome.source_id]
    sources = ledger.shop.catalog.sources.by_ids(ids)
    results = []
    for row, outcome in zip(rows, outcomes, strict=True):
        source = sources.get(outcome.source_id or 0) if outcome else None
        measures = source.metadata.get("measures", {}) if source else {}
        checks = source.metadata.get("checks", []) if source else []
        results.append(
            {
                **{
                    name: row[name] for name in ("collection", "key", "text", "category", "profile")
                },
                "status": outcome.status if outcome else "pending",
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
        )
    return pd.DataFrame(results)
