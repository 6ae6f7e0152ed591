"""Keeping the workers busy: what to begin next, what to try again, when to stop."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import chain

from voicemill.errors import (
    CatalogError,
    ItemInMaking,
    ItemTookTooLong,
    RunError,
    StoreUnavailable,
    VoicemillError,
)
from voicemill.production.executors import JobExecutor
from voicemill.production.job import Job, Rendered
from voicemill.production.ledger import Ledger
from voicemill.production.limits import Limits
from voicemill.production.progress import duration
from voicemill.production.workshop import Workshop

_AHEAD_PER_WORKER = 3  # jobs handed over, so that memory does not grow with the table
_TICK_S = 0.1  # how often to look at clocks and wishes while nothing is finished
_AGAIN_S = 0.2  # after this, ask again for what another run was making
_PROBE_S = 1.0  # how often to see whether a store that went away is back


class Making:
    """Hands jobs to workers and takes their results down in the ledger."""

    def __init__(
        self, shop: Workshop, workers: JobExecutor, ledger: Ledger, limits: Limits
    ) -> None:
        self._shop = shop
        self._workers = workers
        self._ledger = ledger
        self._limits = limits
        self._fresh: Iterator[Job] = iter(())
        self._running: dict[Future[Rendered], Job] = {}
        self._later: deque[tuple[float, Job]] = deque()  # with the moment to try again
        self._trouble: StoreUnavailable | None = None
        self._trouble_since_s = 0.0
        self._next_probe_s = 0.0
        self._probe: Future[None] | None = None

    def work_through(self, jobs: Iterator[Job]) -> None:
        """Make all of them, or stop when asked to and cancel the rest.

        Raises StoreUnavailable when the store went away for longer than our patience, and
        CatalogError.
        """
        self._fresh = jobs
        while True:
            self._heed_limits()
            if self._ledger.stop.why:
                self._cancel()
            else:
                self._begin()
            if not self._running and not self._later:
                return
            self._settle_done()
            self._heed_trouble()
            self._ledger.beat()

    def _begin(self) -> None:
        ahead = self._workers.workers * _AHEAD_PER_WORKER
        while self._trouble is None and len(self._running) < ahead:
            job = next(self._fresh, None) or self._due()
            if job is None:
                return
            self._running[self._workers.submit_job(job)] = job

    def _due(self) -> Job | None:
        if self._later and self._later[0][0] <= time.monotonic():
            return self._later.popleft()[1]
        return None

    def _cancel(self) -> None:
        """Cancel all that no worker has begun."""
        begun = {future: job for future, job in self._running.items() if not future.cancel()}
        waiting = [job for future, job in self._running.items() if future not in begun]
        rest = chain(waiting, (job for _due_s, job in self._later), self._fresh)
        for job in rest:
            self._ledger.add_cancelled(job, f"the run was stopped: {self._ledger.stop.why}")
        self._running = begun
        self._later.clear()

    def _settle_done(self) -> None:
        if not self._running:
            time.sleep(_TICK_S)
            return
        done, _ = wait(self._running, timeout=_TICK_S, return_when=FIRST_COMPLETED)
        for future in done:
            job = self._running.pop(future)
            self._settle(future, job)
            self._ledger.tell(job.key)

    def _settle(self, future: Future[Rendered], job: Job) -> None:
        try:
            self._ledger.add_rendered(job, future.result())
            self._trouble_since_s = time.monotonic() if self._trouble else 0.0
        except ItemInMaking:
            self._later.append((time.monotonic() + _AGAIN_S, job))
        except StoreUnavailable as error:
            self._later.append((time.monotonic(), job))
            self._trouble = error
            self._trouble_since_s = self._trouble_since_s or time.monotonic()
        except CatalogError:
            raise
        except VoicemillError as error:
            if isinstance(error, ItemTookTooLong):  # its worker will not give its claim back
                self._shop.catalog.claims.release(self._ledger.run_id, job.position)
            self._ledger.add_failed(job, error)
        except Exception as error:
            self._ledger.add_failed(job, _unexpected(error, job))

    def _heed_limits(self) -> None:
        limits, elapsed_s = self._limits, self._ledger.elapsed_s
        if limits.item_s is not None:
            self._workers.cut_off(limits.item_s)
        for limit_s, name in ((limits.soft_s, "soft"), (limits.hard_s, "hard")):
            if limit_s is not None and elapsed_s > limit_s:
                self._ledger.stop.ask(f"its {name} time limit of {duration(limit_s)} is over")
        if limits.hard_s is not None and elapsed_s > limits.hard_s:
            self._workers.cut_off(0)

    def _heed_trouble(self) -> None:
        """Begin nothing while the store is away; give up when that takes too long."""
        if self._trouble is None:
            return
        now_s = time.monotonic()
        self._ledger.tell(f"waiting for the store: {self._trouble.what}")
        if now_s - self._trouble_since_s > self._shop.settings.production.patience_s:
            self._finish_begun()
            raise self._trouble
        if self._probe is None and now_s >= self._next_probe_s:
            self._next_probe_s = now_s + _PROBE_S
            self._probe = _begun(self._shop.store.check)
        elif self._probe is not None and self._probe.done():
            self._heed_probe(self._probe)
            self._probe = None

    def _finish_begun(self) -> None:
        """Wait for what is in work: it may have been stored all the same, and then counts."""
        self._running = {
            future: job for future, job in self._running.items() if not future.cancel()
        }
        while self._running:
            self._ledger.tell("the store stayed away, finishing what is in work")
            self._heed_limits()
            self._settle_done()
            self._ledger.beat()

    def _heed_probe(self, probe: Future[None]) -> None:
        try:
            probe.result()
        except StoreUnavailable as error:
            self._trouble = error
        else:
            self._trouble = None


def _begun(check: Callable[[], None]) -> Future[None]:
    """Begin it in a thread: a service that does not answer can take minutes to say so."""
    probe: Future[None] = Future()

    def run() -> None:
        try:
            check()
            probe.set_result(None)
        except BaseException as error:
            probe.set_exception(error)

    threading.Thread(target=run, name="voicemill-probe", daemon=True).start()
    return probe


def _unexpected(error: Exception, job: Job) -> VoicemillError:
    problem = RunError(
        f"something unforeseen happened ({type(error).__name__}: {error})",
        where=job.place,
        remedy="If its engine comes from another package, tell its authors; else tell us",
    )
    problem.__cause__ = error
    return problem
