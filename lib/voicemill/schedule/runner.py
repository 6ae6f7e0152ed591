"""The runner: waits for what is due, does it, makes up for what was missed, until told to stop."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from voicemill.catalog import Catalog, Execution
from voicemill.errors import RunError, VoicemillError
from voicemill.production.stopping import StopSign
from voicemill.schedule.children import Command, run_command
from voicemill.schedule.entries import Entry, named, read_schedule, schedule_file
from voicemill.schedule.files import folder, held, known_since
from voicemill.schedule.performing import Performer, Waits
from voicemill.schedule.telling import tell_of
from voicemill.schedule.when import When, shown
from voicemill.settings import Settings

log = logging.getLogger("voicemill.schedule")

_LOOK_S = 1.0  # how often signals and the file are looked at
_AT_ONCE = 64  # entries that go on at the same time
_JUST_DUE = timedelta(minutes=5)  # one that cron starts so soon after is the one that was due


def run_schedule(
    settings: Settings,
    command: Command = run_command,
    waits: Waits | None = None,
    stop: StopSign | None = None,
) -> None:
    """Do what the schedule says, until SIGTERM or Ctrl-C; then let what goes on come to its end.

    A second Ctrl-C kills what goes on.  command: what to start for an entry.  stop: by which
    another thread may ask.
    Raises SettingsError when the schedule is wrong, RunError when another runner serves this
    project, CatalogError and StoreError.
    """
    entries = read_schedule(settings)
    with _only_runner(settings), closing(Catalog.of(settings)) as catalog:
        performer = Performer(settings, catalog, stop or StopSign(), command, waits or Waits())
        with performer.stop.heeding_signals():
            _Runner(performer).run(entries)


def run_entry(settings: Settings, name: str, command: Command = run_command) -> Execution | None:
    """Do one entry now and return how it ended; as cron does it, or a person who tries it.

    Raises UnknownName, SettingsError, CatalogError and StoreError.
    """
    entry = named(read_schedule(settings), name)
    with closing(Catalog.of(settings)) as catalog:
        performer = Performer(settings, catalog, StopSign(), command)
        now = datetime.now(UTC)
        due = entry.when.before(now)
        met = catalog.executions.last_due(name)
        is_due = now - due < _JUST_DUE and (met is None or met < due)
        with performer.stop.heeding_signals():
            return performer.perform(entry, due if is_due else None)


class _Due(BaseTrigger):  # type: ignore[misc]
    """Tells APScheduler when an entry is due next; what passed meanwhile is one time, not many."""

    def __init__(self, when: When) -> None:
        self._when = when

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return self._when.after(max(previous or now, now))


class _Runner:
    def __init__(self, performer: Performer) -> None:
        self._performer = performer
        self._settings = performer.settings
        self._entries: dict[str, Entry] = {}
        self._file = schedule_file(self._settings)
        self._file_seen = _identity(self._file)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(_AT_ONCE)},
            # What is due while the one before goes on is recorded, so it has to come through.
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 8},
        )

    def run(self, entries: list[Entry]) -> None:
        """Serve until asked to stop."""
        self._tell_of_dead(entries)
        self._take(entries, catching_up=True)
        self._scheduler.start()
        try:
            while not self._performer.stop.why:
                time.sleep(_LOOK_S)
                self._reread()
                self._scheduler.wakeup()  # a computer that slept does not know how late it is
        finally:
            self._scheduler.shutdown(wait=False)
            self._let_end()

    def _take(self, entries: list[Entry], *, catching_up: bool = False) -> None:
        """Serve these entries from now on."""
        enabled = {entry.name: entry for entry in entries if entry.enabled}
        since = known_since(list(enabled.values()), self._settings)
        for name in self._entries.keys() - enabled.keys():
            self._scheduler.remove_job(name)
            log.info("%s is no longer served", name)
        now = datetime.now(UTC)
        for name, entry in enabled.items():
            if entry != self._entries.get(name):
                self._serve(entry, now)
        self._entries = enabled
        if catching_up:
            self._make_up(enabled, since, now)
        if not enabled:
            log.warning("nothing is scheduled: %s has no enabled entry", self._file)

    def _serve(self, entry: Entry, now: datetime) -> None:
        first = entry.when.after(now)
        job: dict[str, Any] = {"id": entry.name, "name": entry.name, "replace_existing": True}
        self._scheduler.add_job(
            partial(self._perform, entry), _Due(entry.when), next_run_time=first, **job
        )
        log.info("%s: %s, next %s", entry.name, entry.when, shown(first))

    def _make_up(
        self, entries: Mapping[str, Entry], since: Mapping[str, datetime], now: datetime
    ) -> None:
        """Do what was due while nobody served it; however often, once is enough.

        One after the other, in the order in which they were due: a report comes after what it
        tells of.
        """
        missed: list[tuple[datetime, str]] = []
        for name, entry in entries.items():
            due = entry.when.before(now)
            if due > since[name] and not self._is_met(entry, due):
                log.info("%s was missed, due %s; it is made up for", name, shown(due))
                missed.append((due, name))

        def work() -> None:
            for due, name in sorted(missed):
                self._perform(entries[name], due)

        if missed:
            self._scheduler.add_job(work)

    def _is_met(self, entry: Entry, due: datetime) -> bool:
        met = self._performer.catalog.executions.last_due(entry.name)
        return met is not None and met >= due

    def _perform(self, entry: Entry, missed: datetime | None = None) -> None:
        """Do an entry for its newest moment, or for one that was missed and still is not met."""
        try:
            due = missed or entry.when.before(datetime.now(UTC))
            if missed is None or not self._is_met(entry, due):
                self._performer.perform(entry, due)
        except (VoicemillError, OSError) as error:
            self._tell_of_trouble(entry, str(error))

    def _tell_of_trouble(self, entry: Entry, why: str) -> None:
        """Tell that an entry could not even be recorded: no catalog, a full disk."""
        log.error("%s could not be done: %s", entry.name, why)
        if entry.on_failure != "ignore":
            now = datetime.now(UTC)
            failed = Execution(entry.notebook, now, "failed", schedule=entry.name, error=why)
            tell_of(failed, self._settings, self._performer.catalog)

    def _tell_of_dead(self, entries: list[Entry]) -> None:
        """Record and tell what died while no schedule watched, such as in a power cut."""
        known = {entry.name: entry for entry in entries}
        executions = self._performer.catalog.executions
        for execution_id in executions.settle_dead():
            dead = executions.get(execution_id)
            if dead.schedule in known:
                log.error(
                    "%s, begun %s, failed: %s", dead.schedule, shown(dead.started_at), dead.error
                )
                if known[dead.schedule].on_failure != "ignore":
                    tell_of(dead, self._settings, self._performer.catalog)

    def _reread(self) -> None:
        """Take over changes to the file; a wrong one is told, and what was served goes on."""
        seen = _identity(self._file)
        if seen == self._file_seen:
            return
        self._file_seen = seen
        log.info("%s has changed", self._file)
        try:
            self._take(read_schedule(self._settings))
        except VoicemillError as error:
            log.warning("the schedule goes on as it was: %s", error)

    def _let_end(self) -> None:
        performer = self._performer
        performer.stop.ask("the schedule ended")
        while performer.working:
            log.info("stopping: waiting for %s to end", ", ".join(sorted(performer.working)))
            try:
                while performer.working:
                    time.sleep(0.1)
            except KeyboardInterrupt:
                log.warning("killing %s", ", ".join(sorted(performer.working)))
                performer.hurry.set()
        log.info("the schedule has stopped: %s", performer.stop.why)


@contextmanager
def _only_runner(settings: Settings) -> Iterator[None]:
    """Serve a project alone. Raises RunError while another runner does."""
    file = folder(settings) / "runner.lock"
    with held(file) as lock:
        if lock is None:
            process = file.read_text(encoding="utf-8").strip()
            raise RunError(
                f"another runner, process {process}, serves this schedule already",
                where=str(settings.root),
                remedy="Let it, or end it first",
            )
        yield


def _identity(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
