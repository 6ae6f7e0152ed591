"""Running a plan: submit its jobs, record what becomes of each, report how far it is."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from voicemill.catalog import Outcome
from voicemill.catalog.processes import this_user
from voicemill.errors import CatalogError, RunError, VoicemillError
from voicemill.production.executors import JobExecutor, Threads
from voicemill.production.job import REQUEST_COLUMNS, Job, Request
from voicemill.production.ledger import Ledger
from voicemill.production.limits import Limits, limits_of
from voicemill.production.making import Making
from voicemill.production.planning import GENERATE, REUSE, SKIP
from voicemill.production.progress import Reporter, Throttle, reporter_for
from voicemill.production.results import Run, results_of
from voicemill.production.rows import PlanRows
from voicemill.production.stopping import TERMINATED, StopSign
from voicemill.production.workshop import Workshop

if TYPE_CHECKING:
    import pandas as pd


def produce(
    plan: pd.DataFrame,
    shop: Workshop,
    *,
    title: str = "",
    report: Reporter | None = None,
    executor: JobExecutor | None = None,
    stop: StopSign | None = None,
    limits: Limits | None = None,
    borrow: bool = False,
) -> Run:
    """Make what a plan says; a failed item never stops the others.

    When asked to stop, by an interrupt, `stop` or the catalog, it finishes the items in work
    and cancels the rest.
    borrow: what exists already is used, and what is played for its item stays as it was; else
    what was asked for last is what is played.
    Raises RunError when `plan` is not a plan, CatalogError and StoreUnavailable when nothing
    can be recorded or stored any more; what was finished stays.
    """
    _check_plan(plan)
    limits = limits or limits_of(shop.settings.production)
    stop = stop or StopSign()
    rows = PlanRows(plan)
    shop.catalog.items.save(rows)
    requests = _complete(rows, shop)
    shop.engines.begin_run()
    shop.catalog.runs.settle_dead()
    run_id = shop.catalog.runs.start(title, _parameters(rows, requests), len(rows), _who())
    ledger = Ledger(shop, run_id, len(rows), Throttle(report or reporter_for(stop=stop)), stop)
    try:
        with stop.heeding_signals(), shop.catalog.database.patience.telling(ledger.tell_waiting):
            status = _run(rows, run_id, shop, ledger, limits, executor)
            if not borrow:
                shop.catalog.sources.ask_for(ledger.taken_over)
    finally:
        shop.catalog.runs.leave(run_id)
        shop.engines.rest()
    if stop.terminated:
        raise SystemExit(TERMINATED)
    return Run(run_id, results_of(rows, ledger, shop), ledger.summary(status), ledger.errors)


def _run(
    rows: PlanRows,
    run_id: str,
    shop: Workshop,
    ledger: Ledger,
    limits: Limits,
    executor: JobExecutor | None,
) -> str:
    """Work through the rows and record how it ended; returns the status."""
    status, error = "failed", "stopped by an error"
    generate, reuse = (_jobs(rows, action, run_id) for action in (GENERATE, REUSE))
    try:
        ledger.add([_skipped(row) for row in rows.acting(SKIP)])
        with executor or Threads(shop, _workers(rows, shop), limits.item_s) as workers:
            making = Making(shop, workers, ledger, limits)
            making.work_through(generate)
            making.work_through(reuse)  # by now what they share is made
        status, error = ("cancelled" if ledger.stop.why else "completed"), ledger.stop.why
    except CatalogError:
        # Nothing can be written down now; the next run finds this one dead and says so.
        ledger.tell(finished=True)
        raise
    except (VoicemillError, KeyboardInterrupt) as problem:
        interrupted = isinstance(problem, KeyboardInterrupt)
        status = "cancelled" if interrupted else "failed"
        error = "interrupted twice: what was in work was left" if interrupted else str(problem)
        _cancel_rest(rows, run_id, ledger, error)
        _end(shop, ledger, status, error)
        raise
    _end(shop, ledger, status, error)
    return status


def _end(shop: Workshop, ledger: Ledger, status: str, error: str) -> None:
    ledger.flush()
    shop.catalog.runs.finish(ledger.run_id, status, error, ledger.elapsed_s)
    ledger.tell(finished=True)


def _cancel_rest(rows: PlanRows, run_id: str, ledger: Ledger, error: str) -> None:
    for action in (GENERATE, REUSE):
        for job in _jobs(rows, action, run_id):
            if job.position not in ledger.outcomes:
                ledger.add_cancelled(job, f"the run could not go on: {error}")


def _complete(rows: PlanRows, shop: Workshop) -> list[Request]:
    """Add what a job needs of its collection and its run; returns the run's requests."""
    collections, keys = rows.column("collection"), rows.column("key")
    totals: dict[str, int] = {}
    for name, order in zip(collections, rows.column("order"), strict=True):
        totals[name] = max(totals.get(name, 0), int(order))
    ids = {name: shop.catalog.items.ids(name) for name in totals}
    rows.add("total", [totals[name] for name in collections])
    rows.add("item_id", [ids[name][key] for name, key in zip(collections, keys, strict=True)])
    rows.add("position", range(len(rows)))
    rows.add("since_s", [time.time()] * len(rows))
    requests: dict[Request, int] = {}
    written: dict[tuple[Any, ...], int] = {}  # most rows have the request of the one before
    columns = [rows.column(name) for name in REQUEST_COLUMNS]
    for place, values in enumerate(zip(*columns, strict=True)):
        if values not in written:
            request = Request.from_row(rows[place])
            written[values] = requests.setdefault(request, len(requests))
    rows.add("request", [written[values] for values in zip(*columns, strict=True)])
    return list(requests)


def _jobs(rows: PlanRows, action: str, run_id: str) -> Iterator[Job]:
    return (Job.from_row({**row, "run_id": run_id}) for row in rows.acting(action))


def _workers(rows: PlanRows, shop: Workshop) -> int:
    """One worker per core; for a voice that waits for a network, as many as its limit allows."""
    voices = {row["voice"] for row in rows.acting(GENERATE)}
    waiting = [shop.engines.in_flight(shop.engines.voice(name)) or 0 for name in voices]
    return max([shop.workers, *waiting])


def _skipped(row: dict[str, Any]) -> Outcome:
    return Outcome(
        row["position"],
        row["collection"],
        row["key"],
        "skipped",
        row["request"],
        voice=row["voice"],
        reason=row["reason"],
        source_id=row["source_id"] or None,
    )


def _check_plan(plan: pd.DataFrame) -> None:
    missing = [name for name in ("action", "fingerprint", "wanted") if name not in plan]
    if missing:
        raise RunError(
            "this is not a plan",
            where=f"columns {', '.join(missing)} are missing",
            remedy="Make one with studio.plan(items, …) and pass that, or rows of it",
        )


def _parameters(rows: PlanRows, requests: list[Request]) -> dict[str, Any]:
    collections = dict.fromkeys(rows.column("collection"))
    return {
        "collections": list(collections),
        "requests": [request.as_dict() for request in requests],
    }


def _who() -> str:
    """Who or what started this run, such as "anna@desk, notebook without a person"."""
    headless = " without a person" if os.environ.get("VOICEMILL_HEADLESS") else ""
    place = "notebook" if "ipykernel" in sys.modules else "Python"
    return f"{this_user()}@{socket.gethostname()}, {place}{headless}"
