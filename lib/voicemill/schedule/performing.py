"""Doing what an entry asks for: one at a time, in its time, once more if wished, and recorded."""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from voicemill.catalog import Catalog, Execution
from voicemill.catalog.executions import DIED
from voicemill.catalog.processes import is_alive
from voicemill.headless.limits import limits_for
from voicemill.masking import masked, masked_values, secrets_of
from voicemill.production.progress import duration
from voicemill.production.stopping import StopSign
from voicemill.schedule.children import Command, end, run_command, start, watch
from voicemill.schedule.entries import Entry
from voicemill.schedule.files import folder, held
from voicemill.schedule.telling import tell_of
from voicemill.schedule.when import shown
from voicemill.settings import Settings

log = logging.getLogger("voicemill.schedule")

_USAGE = 2  # the exit code for what would be wrong again


@dataclass(frozen=True)
class Waits:
    """How long the schedule waits, in seconds.

    grace_s: after an execution's time limit, for it to end by itself, write and tell.
    stop_s: after asking it to end, before it is killed.  retry_s: before the second try.
    """

    grace_s: float = 90.0
    stop_s: float = 30.0
    retry_s: float = 300.0


@dataclass(frozen=True)
class _Ended:
    """How an attempt ended. told: it has told people itself.  may_retry: it may work now."""

    execution: Execution
    told: bool
    may_retry: bool = True

    @property
    def failed(self) -> bool:
        return self.execution.status == "failed" or self.execution.counts.get("failed", 0) > 0


@dataclass(frozen=True)
class Performer:
    """Does entries, each in a process of its own; shared by threads.

    stop: when asked, nothing new begins and what goes on is asked to end.  hurry: it is killed.
    """

    settings: Settings
    catalog: Catalog
    stop: StopSign
    command: Command = run_command
    waits: Waits = Waits()
    hurry: threading.Event = field(default_factory=threading.Event)
    working: set[str] = field(default_factory=set)

    def perform(self, entry: Entry, due: datetime | None) -> Execution | None:
        """Do an entry and return how it ended; None when the schedule is about to stop.

        due: the moment it is done for, None for a person's wish.  While the one before goes
        on it is recorded as skipped.  Raises CatalogError and StoreError.
        """
        if self.stop.why:
            return None
        self._end_overdue(entry)
        with held(folder(self.settings) / f"{entry.name}.lock") as lock:
            running = self.catalog.executions.running(entry.name)
            if lock is None or running:
                return self._skipped(entry, due, running)
            self.working.add(entry.name)
            try:
                return self._tried(entry, due, lock)
            finally:
                self.working.discard(entry.name)

    def _tried(self, entry: Entry, due: datetime | None, lock: int) -> Execution:
        ended = self._attempt(entry, due, lock, tells=entry.on_failure == "tell")
        if ended.failed and ended.may_retry and entry.on_failure == "retry":
            log.warning(
                "%s failed and is tried once more in %s", entry.name, duration(self.waits.retry_s)
            )
            if self._waited():
                ended = self._attempt(entry, due, lock, tells=True)
        if not ended.told and not (ended.failed and entry.on_failure == "ignore"):
            tell_of(ended.execution, self.settings, self.catalog)
        return ended.execution

    def _waited(self) -> bool:
        """Wait for the second try; returns False when the schedule is to stop."""
        until_s = time.monotonic() + self.waits.retry_s
        while not self.stop.why and time.monotonic() < until_s:
            time.sleep(0.1)
        return not self.stop.why

    def _attempt(self, entry: Entry, due: datetime | None, lock: int, *, tells: bool) -> _Ended:
        """Start it, wait for it, and make sure that its end is recorded."""
        began = datetime.now(UTC)
        words = self.command(entry, due, tells, self.settings)
        child = start(words, self._log_of(entry), lock, self.settings.root)
        log.info("%s begins (%s), due %s", entry.name, entry.notebook, shown(due) if due else "now")
        cut_off = self._watched(child, entry)
        found = self._record(entry, due, began)
        if cut_off:
            ended = _Ended(self._settled(found, entry, due, began, self._over(entry)), told=False)
        elif found is None:
            ended = self._unrecorded(child.returncode, entry, due, began)
        elif found.error == DIED:
            why = f"it broke off ({self._last_words(child.returncode, entry)})"
            ended = _Ended(self._settled(found, entry, due, began, why), told=False)
        else:
            ended = _Ended(found, told=tells)
        _log_end(entry, ended)
        return ended

    def _watched(self, child: subprocess.Popen[bytes], entry: Entry) -> bool:
        try:
            return watch(
                child,
                lambda: bool(self.stop.why),
                self.hurry.is_set,
                self._last_s(entry),
                self.waits.stop_s,
            )
        except BaseException:  # a second Ctrl-C: nothing is left behind
            end(child.pid, 0)
            child.wait()
            raise

    def _last_s(self, entry: Entry) -> float:
        """Return after how long an execution is surely hung, 0 if it may take for ever."""
        limit_s = limits_for(entry.limit_s, self.settings.production).hard_s
        return limit_s * 31 / 30 + self.waits.grace_s if limit_s else 0.0

    def _over(self, entry: Entry) -> str:
        limit_s = limits_for(entry.limit_s, self.settings.production).hard_s
        return f"it hung: long after its time limit ({duration(limit_s)}) it was killed"

    def _record(self, entry: Entry, due: datetime | None, began: datetime) -> Execution | None:
        """Return what the process itself recorded."""
        for one in self.catalog.executions.newest(1000, entry.name):
            if one.started_at >= began and one.due_at == due and one.status != "skipped":
                return one
        return None

    def _unrecorded(self, code: int, entry: Entry, due: datetime | None, began: datetime) -> _Ended:
        """Record what ended before it could record itself: a wrong parameter, a broken install."""
        status, error = "completed", ""
        if code and self.stop.why:
            status, error = "cancelled", f"stopped before it began: {self.stop.why}"
        elif code:
            status, error = "failed", f"it ended at once ({self._last_words(code, entry)})"
        execution = self._settled(None, entry, due, began, error, status)
        return _Ended(execution, told=False, may_retry=code != _USAGE)

    def _settled(
        self,
        found: Execution | None,
        entry: Entry,
        due: datetime | None,
        began: datetime,
        error: str,
        status: str = "failed",
    ) -> Execution:
        """Record the end of what cannot do so itself; `found`: what it had recorded."""
        executions = self.catalog.executions
        begun = Execution(
            notebook=entry.notebook,
            started_at=began,
            schedule=entry.name,
            due_at=due,
            started_by="schedule",
            parameters=self._parameters(entry),
            log=self._log_of(entry).relative_to(self.settings.root).as_posix(),
        )
        name = found.id if found else executions.start(begun)
        executions.finish(
            name,
            status,
            error=error,
            counts=found.counts if found else None,
            run_ids=found.run_ids if found else (),
            report=found.report if found else "",
        )
        return executions.get(name)

    def _skipped(self, entry: Entry, due: datetime | None, running: list[Execution]) -> Execution:
        since = f", begun {shown(running[0].started_at)}," if running else ""
        why = f"left out: the one before{since} had not ended"
        log.warning("%s is %s", entry.name, why)
        now = datetime.now(UTC)
        skipped = Execution(
            notebook=entry.notebook,
            started_at=now,
            status="skipped",
            schedule=entry.name,
            due_at=due,
            started_by="schedule",
            error=why,
            parameters=self._parameters(entry),
            finished_at=now,
        )
        return replace(skipped, id=self.catalog.executions.start(skipped))

    def _end_overdue(self, entry: Entry) -> None:
        """End what hung and has nobody who watches it: its schedule was killed, or it was cron.

        One of another machine that says nothing any more is only marked.
        """
        last_s = self._last_s(entry)
        before = datetime.now(UTC) - timedelta(seconds=last_s)
        running = self.catalog.executions.running(entry.name) if last_s else []
        for one in running:
            if one.started_at > before or entry.name in self.working:
                continue
            if is_alive(one.process):
                end(int(one.process.split(" ")[1]), self.waits.stop_s)
            self.catalog.executions.finish(
                one.id, "failed", error=self._over(entry), counts=one.counts, run_ids=one.run_ids
            )
            log.error("%s: %s", entry.name, self._over(entry))
            if entry.on_failure != "ignore":
                tell_of(self.catalog.executions.get(one.id), self.settings, self.catalog)

    def _log_of(self, entry: Entry) -> Path:
        return folder(self.settings) / f"{entry.name}.log"

    def _parameters(self, entry: Entry) -> dict[str, Any]:
        return masked_values(entry.parameters, secrets_of(self.settings))

    def _last_words(self, code: int, entry: Entry) -> str:
        with self._log_of(entry).open("rb") as stream:
            stream.seek(max(stream.seek(0, 2) - 2000, 0))
            lines = stream.read().decode("utf-8", "replace").strip().splitlines()
        ended = f"signal {-code}" if code < 0 else f"exit code {code}"
        words = f"{ended}, {lines[-1].removeprefix('voicemill: ')}" if lines else ended
        return masked(words, secrets_of(self.settings))


def _log_end(entry: Entry, ended: _Ended) -> None:
    execution = ended.execution
    counts = ", ".join(f"{number} {what}" for what, number in execution.counts.items() if number)
    told = "".join(f": {words}" for words in (execution.error, counts) if words)
    level = logging.WARNING if ended.failed else logging.INFO
    took = duration(execution.elapsed_s)
    log.log(level, "%s %s after %s%s", entry.name, execution.status, took, told)
