"""The ledger of a run: what has become of each item, written down in batches."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from voicemill.catalog import Counts, Outcome
from voicemill.errors import VoicemillError
from voicemill.production.job import Job, Rendered
from voicemill.production.progress import Progress, Reporter, duration
from voicemill.production.stopping import StopSign
from voicemill.production.workshop import Workshop

_FLUSH_S = 0.25  # how long outcomes may wait before they are written down together
_ALIVE_S = 2.0  # how often a run says that it lives


@dataclass(frozen=True)
class Summary:
    """How a run ended: counts of items and the time it took.

    taken_over: those of the completed whose audio another run, or another item, had made.
    """

    run_id: str
    status: str
    completed: int
    failed: int
    skipped: int
    cancelled: int
    taken_over: int
    elapsed_s: float

    @property
    def made(self) -> int:
        """Items made by this run itself."""
        return self.completed - self.taken_over

    def __str__(self) -> str:
        names = ("completed", "failed", "skipped", "cancelled", "taken_over")
        progress = Progress(self.run_id, 0, **{name: getattr(self, name) for name in names})
        return f"{progress.counts} in {duration(self.elapsed_s)}"


class Ledger:
    """Collects outcomes by their row of the plan, tells how far the run is, and that it lives."""

    def __init__(
        self, shop: Workshop, run_id: str, total: int, report: Reporter, stop: StopSign
    ) -> None:
        self.run_id = run_id
        self.stop = stop
        self.outcomes: dict[int, Outcome] = {}
        self.errors: dict[int, VoicemillError] = {}
        self._shop = shop
        self._total = total
        self._report = report
        self._started_s = self._written_s = time.monotonic()
        self._counts = dict.fromkeys(Counts.__dataclass_fields__, 0)
        self._existing = 0
        self._unwritten: list[Outcome] = []

    @property
    def taken_over(self) -> list[int]:
        """The sources that existed already, in the order of the plan."""
        by_row = sorted(self.outcomes.items())
        return [one.source_id for _row, one in by_row if one.source_id and not one.made]

    @property
    def elapsed_s(self) -> float:
        """Seconds since the run began; a clock that is set meanwhile does not matter."""
        return time.monotonic() - self._started_s

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Take down outcomes."""
        for outcome in outcomes:
            self.outcomes[outcome.position] = outcome
            self._counts[outcome.status] += 1
            self._counts["taken_over"] += outcome.status == "completed" and not outcome.made
            self._existing += outcome.status == "skipped" and outcome.source_id is not None
        self._unwritten += outcomes

    def add_rendered(self, job: Job, result: Rendered) -> None:
        """Take down that an item is finished."""
        outcome = Outcome(
            job.position,
            job.collection,
            job.key,
            "completed",
            job.request,
            result.made,
            result.voice,
            result.note,
            source_id=result.source_id,
            elapsed_s=result.elapsed_s,
        )
        self.add([outcome])

    def add_failed(self, job: Job, error: VoicemillError) -> None:
        """Take down that an item could not be made, and why."""
        self.errors[job.position] = error
        self.add([_unmade(job, "failed", str(error), type(error).__name__)])

    def add_cancelled(self, job: Job, why: str) -> None:
        """Take down that an item was not begun."""
        self.add([_unmade(job, "cancelled", why)])

    def beat(self) -> None:
        """Write down what is new, if it is time to, and heed who asked the run to stop."""
        waited_s = time.monotonic() - self._written_s
        if waited_s >= (_FLUSH_S if self._unwritten else _ALIVE_S):
            self.flush()

    def flush(self) -> None:
        """Write down what is new."""
        counts = Counts(**self._counts)
        wanted = self._shop.catalog.runs.record(self.run_id, self._unwritten, counts)
        self._unwritten, self._written_s = [], time.monotonic()
        if wanted:
            self.stop.ask(wanted)

    def tell(self, current: str = "", *, finished: bool = False) -> None:
        """Report how far the run is."""
        self._report(
            Progress(
                self.run_id,
                self._total,
                **self._counts,
                existing=self._existing,
                current=current,
                elapsed_s=self.elapsed_s,
                finished=finished,
            )
        )

    def tell_waiting(self, reason: str) -> None:
        """Report that the catalog does not answer, and why."""
        self.tell(f"waiting for the catalog: {reason}")

    def summary(self, status: str) -> Summary:
        """Sum up the run."""
        return Summary(self.run_id, status, elapsed_s=self.elapsed_s, **self._counts)


def _unmade(job: Job, status: str, reason: str, kind: str = "") -> Outcome:
    return Outcome(
        job.position,
        job.collection,
        job.key,
        status,
        job.request,
        voice=job.voices[0],
        reason=reason,
        error_class=kind,
    )
