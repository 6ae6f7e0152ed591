"""Executions: notebooks that ran without a person, who asked for them and how they ended."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from voicemill.catalog.database import Database
from voicemill.catalog.processes import is_alive, this_process
from voicemill.catalog.schema import execution
from voicemill.errors import UnknownName

DIED = "it ended without a word: killed, or the machine was switched off"


@dataclass(frozen=True)
class Execution:
    """A notebook that runs, or ran, without a person.

    schedule: the entry of the schedule that asked for it, "" for a person or cron.
    due_at: when that entry wanted it.  status: processing, completed, failed, cancelled, or
    skipped when the schedule left it out; error says why.  counts: items of all its runs by
    what became of them (total, completed, failed, skipped, cancelled), empty without a run.
    executed, report, log: its files, from the project's root, "" for none.
    """

    notebook: str
    started_at: datetime
    status: str = "processing"
    id: str = ""
    schedule: str = ""
    due_at: datetime | None = None
    started_by: str = ""
    error: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    run_ids: list[str] = field(default_factory=list)
    executed: str = ""
    report: str = ""
    log: str = ""
    process: str = ""
    elapsed_s: float = 0.0
    finished_at: datetime | None = None


class Executions:
    """Reads and writes executions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, begun: Execution) -> str:
        """Record an execution of this process, or one that was left out; its id sorts by time."""
        now = begun.started_at.astimezone(UTC)
        name = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        values = {**asdict(begun), "id": name, "process": begun.process or this_process()}
        insert = self._database.insert(execution).values(values).on_conflict_do_nothing()
        self._database.write(lambda connection: connection.execute(insert))
        return name

    def finish(
        self,
        execution_id: str,
        status: str,
        *,
        error: str = "",
        counts: Mapping[str, int] | None = None,
        run_ids: Sequence[str] = (),
        report: str = "",
    ) -> None:
        """Record how an execution ended: completed, failed or cancelled."""
        now = datetime.now(UTC)
        mine = execution.c.id == execution_id

        def work(connection: sa.Connection) -> None:
            began = connection.execute(sa.select(execution.c.started_at).where(mine)).scalar_one()
            values = {
                "status": status,
                "error": error,
                "counts": dict(counts or {}),
                "run_ids": list(run_ids),
                "report": report,
                "elapsed_s": max((now - began).total_seconds(), 0.0),
                "finished_at": now,
            }
            connection.execute(sa.update(execution).where(mine).values(values))

        self._database.write(work)

    def get(self, execution_id: str = "") -> Execution:
        """Return an execution by its id or the beginning of it, or the newest.

        Raises UnknownName with close matches.
        """
        found = self._found(execution.c.id.startswith(execution_id, autoescape=True), 2)
        if len(found) == 1 or (found and not execution_id):
            return found[0]
        known = [one.id for one in (found or self.newest())]
        raise UnknownName("execution", execution_id or "last", known)

    def newest(self, limit: int = 100, schedule: str | None = None) -> list[Execution]:
        """Return the newest executions, of one entry of the schedule or of all."""
        return self._found(
            sa.true() if schedule is None else execution.c.schedule == schedule, limit
        )

    def last_due(self, schedule: str) -> datetime | None:
        """Return the newest moment of an entry of the schedule that was met or left out."""
        query = sa.select(sa.func.max(execution.c.due_at)).where(execution.c.schedule == schedule)
        return self._database.read(lambda connection: connection.execute(query).scalar())

    def running(self, schedule: str | None = None) -> list[Execution]:
        """Return the executions that go on now, as far as this machine can see."""
        going_on = execution.c.status == "processing"
        if schedule is not None:
            going_on &= execution.c.schedule == schedule
        return [one for one in self._found(going_on, 1000) if one.status == "processing"]

    def dead(self) -> list[str]:
        """Return the ids of executions that say they go on and whose process died."""
        going_on = self._found(execution.c.status == "processing", 1000)
        return [one.id for one in going_on if one.status != "processing"]

    def settle_dead(self) -> list[str]:
        """Mark executions whose process died as failed; their ids."""
        dead = self.dead()
        for execution_id in dead:
            self.finish(execution_id, "failed", error=DIED)
        return dead

    def prune(self, older_than_days: int) -> list[Execution]:
        """Forget executions that ended longer ago; returns them, for removing their files too."""
        before = datetime.now(UTC) - timedelta(days=older_than_days)
        old = sa.delete(execution).where(execution.c.finished_at < before).returning(execution)
        return self._database.write(
            lambda connection: [_execution(row) for row in connection.execute(old).mappings()]
        )

    def _found(self, condition: sa.ColumnElement[bool], limit: int) -> list[Execution]:
        query = sa.select(execution).where(condition)
        query = query.order_by(execution.c.started_at.desc(), execution.c.id.desc()).limit(limit)
        return self._database.read(
            lambda connection: [_execution(row) for row in connection.execute(query).mappings()]
        )


def _execution(row: sa.RowMapping) -> Execution:
    values = {one.name: row[one.name] for one in fields(Execution)}
    died = row["status"] == "processing" and is_alive(row["process"]) is False
    return Execution(**{**values, "status": "failed", "error": DIED} if died else values)
