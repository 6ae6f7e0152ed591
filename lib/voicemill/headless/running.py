"""Running a notebook without a person: check, execute, keep, report, record, tell."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicemill.catalog.processes import this_user
from voicemill.errors import CatalogError, NotebookFailed, VoicemillError
from voicemill.headless.asking import checked_parameters, find_notebook
from voicemill.headless.environment import environment
from voicemill.headless.files import Files, logging_to, new_files, settle_notebook, settle_words
from voicemill.headless.following import Followed, told_by_kernel
from voicemill.headless.kernel import Kernel
from voicemill.headless.limits import TimeLimits, limits_for
from voicemill.headless.steering import steered
from voicemill.masking import masked, masked_values, secrets_of
from voicemill.production.progress import Progress, duration
from voicemill.reports import write_report
from voicemill.settings import Settings

if TYPE_CHECKING:
    from voicemill.catalog import Catalog


@dataclass(frozen=True)
class Errand:
    """What is to be done without a person.

    notebook: such as "01_phonemes".  limit_s: how long its productions may take, 0 means as
    the settings say.  schedule, due_at: the entry that asks for it, and when it wanted it.
    tell: whether the people in the settings hear of it.
    """

    notebook: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limit_s: float = 0.0
    schedule: str = ""
    due_at: datetime | None = None
    tell: bool = True

    @property
    def title(self) -> str:
        """What people call it."""
        return self.schedule or Path(self.notebook).name.removesuffix(".ipynb")


@dataclass(frozen=True)
class HeadlessRun:
    """What an execution left behind, and how it went.

    execution: its id in the catalog.  status: completed, cancelled or failed; failure says
    why.  notebook, report: None when there was nothing to keep.  progress: the last that its
    production told, None if it produced nothing.  failures: the first items that failed, a
    sentence each.  untold: why people could not be told.
    """

    execution: str
    status: str
    notebook: Path | None
    report: Path | None
    log: Path
    elapsed_s: float
    counts: dict[str, int]
    progress: Progress | None
    failure: VoicemillError | None = None
    failures: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()


def run_notebook(
    errand: Errand, settings: Settings, on_progress: Callable[[Progress], None]
) -> HeadlessRun:
    """Execute a notebook of the project, write its report, record it, tell who wants to know.

    on_progress: called from another thread while it runs.
    On Ctrl-C or SIGTERM the production in the notebook finishes what is in work, and the
    notebook goes on to its end; a notebook that produces nothing is interrupted. A second
    Ctrl-C leaves everything at once.
    Raises UnknownName and ParameterError before anything starts, StoreError when there is no
    room for its files. Whatever fails later is in the result: the executed notebook and its
    report are kept either way.
    """
    source = find_notebook(errand.notebook, settings)
    parameters = checked_parameters(errand.notebook, errand.parameters, settings)
    began = datetime.now(UTC)
    secrets = secrets_of(settings)
    files = new_files(source.stem, began, settings)
    with logging_to(files.log, secrets) as log:
        work = _Work(errand, source, parameters, settings, files, secrets, log, began)
        return work.done(on_progress)


@dataclass(frozen=True)
class _Work:
    """One execution: what it is to do, and with what."""

    errand: Errand
    source: Path
    parameters: Mapping[str, Any]
    settings: Settings
    files: Files
    secrets: tuple[str, ...]
    log: logging.Logger
    began: datetime

    def done(self, on_progress: Callable[[Progress], None]) -> HeadlessRun:
        """Do it, from the first record to the last message."""
        self.log.info("%s begins, %s", self.errand.title, self._wishes())
        followed = Followed(self._noting(on_progress))
        from voicemill.catalog import Catalog

        try:
            with closing(Catalog.of(self.settings)) as catalog:
                return self._told(self._recorded(catalog, followed))
        except CatalogError as error:  # whose message never holds the address's password
            return self._told(self._result("", followed, error))

    def _recorded(self, catalog: Catalog, followed: Followed) -> HeadlessRun:
        """Execute it between the two halves of its record."""
        from voicemill.reports.telling import first_failures

        catalog.executions.settle_dead()
        execution = catalog.executions.start(self._begun())
        failure = self._executed(catalog, followed)
        result = self._result(execution, followed, failure)
        catalog.executions.finish(
            execution,
            result.status,
            error=_reason(failure),
            counts=followed.counts,
            run_ids=followed.run_ids,
            report=self._from_root(result.report),
        )
        return replace(result, failures=first_failures(catalog, followed.run_ids))

    def _executed(self, catalog: Catalog, followed: Followed) -> VoicemillError | None:
        """Execute the notebook; returns why it failed."""
        kernel = Kernel(self.files.words)
        limits = limits_for(self.errand.limit_s, self.settings.production)

        def work() -> None:
            kernel.execute(self.source, self.files.unfinished, self.parameters)

        try:
            with told_by_kernel(followed), environment(**self._variables(limits)):
                steered(work, kernel, followed, catalog, limits.cut_s)
        except VoicemillError as error:
            error.what = masked(error.what, self.secrets)
            return error
        finally:
            settle_words(self.files, self.log)
        return None

    def _result(
        self, execution: str, followed: Followed, failure: VoicemillError | None
    ) -> HeadlessRun:
        stopped = isinstance(failure, NotebookFailed) and failure.stopped
        cancelled = followed.counts.get("cancelled", 0) > 0
        status = "cancelled" if stopped or (cancelled and not failure) else "failed"
        kept = settle_notebook(self.files, self.secrets)
        report, problem = self._report() if kept else (None, None)
        failure = failure or problem
        return HeadlessRun(
            execution=execution,
            status=status if failure or cancelled else "completed",
            notebook=self.files.executed if kept else None,
            report=report,
            log=self.files.log,
            elapsed_s=(datetime.now(UTC) - self.began).total_seconds(),
            counts=followed.counts,
            progress=followed.last,
            failure=failure,
        )

    def _report(self) -> tuple[Path | None, VoicemillError | None]:
        try:
            return write_report(self.files.executed, self.files.report), None
        except VoicemillError as error:
            return None, error

    def _told(self, result: HeadlessRun) -> HeadlessRun:
        """Close the log and tell who wants to know; returns the result with who could not be."""
        from voicemill.reports.telling import Ending, tell

        reason = _reason(result.failure)
        if reason:
            self.log.error(reason)
        where = f", report: {result.report}" if result.report else ""
        self.log.info("%s after %s%s", result.status, duration(result.elapsed_s), where)
        if not self.errand.tell:
            return result
        ending = Ending(
            title=self.errand.title,
            status=result.status,
            counts=result.counts,
            failures=result.failures,
            error=reason,
            report=str(result.report or ""),
            elapsed_s=result.elapsed_s,
            started_by=self._who(),
        )
        untold = tuple(tell(ending, self.settings))
        for sentence in untold:
            self.log.warning(sentence)
        return replace(result, untold=untold)

    def _begun(self) -> Any:
        from voicemill.catalog import Execution

        return Execution(
            notebook=self.source.stem,
            started_at=self.began,
            schedule=self.errand.schedule,
            due_at=self.errand.due_at,
            started_by=self._who(),
            parameters=masked_values(dict(self.parameters), self.secrets),
            executed=self._from_root(self.files.executed),
            log=self._from_root(self.files.log),
        )

    def _variables(self, limits: TimeLimits) -> dict[str, str]:
        return {
            "VOICEMILL_ROOT": str(self.settings.root),
            "VOICEMILL_PRODUCTION__SOFT_LIMIT_S": str(limits.soft_s),
            "VOICEMILL_PRODUCTION__HARD_LIMIT_S": str(limits.hard_s),
        }

    def _noting(self, on_progress: Callable[[Progress], None]) -> Callable[[Progress], None]:
        """Pass progress on, and write it down when a run begins and ends, and every minute."""
        noted: dict[str, float] = {}

        def hear(progress: Progress) -> None:
            now = time.monotonic()
            if progress.finished or now - noted.get(progress.run_id, -60.0) >= 60:
                noted[progress.run_id] = now
                self.log.info("run %s: %s", progress.run_id, progress)
            on_progress(progress)

        return hear

    def _wishes(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"asked by {self._who()}" + (f", with {given}" if given else "")

    def _who(self) -> str:
        place = f"schedule '{self.errand.schedule}'" if self.errand.schedule else "command line"
        return f"{this_user()}@{socket.gethostname()}, {place}"

    def _from_root(self, file: Path | None) -> str:
        return file.relative_to(self.settings.root).as_posix() if file else ""


def _reason(failure: VoicemillError | None) -> str:
    return str(failure) if failure else ""
