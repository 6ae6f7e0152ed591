"""Runs: what was asked for, by whom, and what became of every item."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from voicemill.catalog.claims import silent_s, works
from voicemill.catalog.database import Database
from voicemill.catalog.processes import this_process, working_here
from voicemill.catalog.schema import audio_source, claim, item, run, run_item
from voicemill.errors import UnknownName

_CHUNK = 500
_LONGEST_TITLE = 200  # as the schema has it; PostgreSQL refuses longer ones
_LAST_SIGN = sa.func.coalesce(run.c.alive_at, run.c.started_at)  # the first schema had no signs
KILLED = "it ended without a word: killed, or it lost the catalog; run it again for the rest"


@dataclass(frozen=True)
class Outcome:
    """What became of one item in a run.

    position: its row in the plan.  request: which of the run's requests it was under.
    status: completed, failed, skipped or cancelled.  made: completed by this run itself.
    reason: a sentence; for a failure the error's message, with its class in error_class.
    """

    position: int
    collection: str
    key: str
    status: str
    request: int = 0
    made: bool = False
    voice: str = ""
    reason: str = ""
    error_class: str = ""
    source_id: int | None = None
    elapsed_s: float = 0.0


@dataclass(frozen=True)
class Counts:
    """How many items of a run are through, by what became of them."""

    completed: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    taken_over: int = 0  # of the completed: made by another run

    @property
    def done(self) -> int:
        """Items that are through, whatever became of them."""
        return self.completed + self.failed + self.skipped + self.cancelled


@dataclass(frozen=True)
class RunState:
    """A run as the catalog knows it.

    status: processing, completed, cancelled or failed.  making: the items in work right now.
    """

    id: str
    title: str
    started_by: str
    status: str
    error: str
    total: int
    counts: Counts
    making: tuple[str, ...]
    elapsed_s: float
    started_at: datetime
    finished_at: datetime | None
    parameters: dict[str, Any]


class Runs:
    """Reads and writes runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = database.insert(run_item)
        names = (*Outcome.__dataclass_fields__, "run_id", "finished_at")
        self._record = insert.values({name: sa.bindparam(name) for name in names})
        # Written again when the answer to the first time was lost with the connection.
        self._record = self._record.on_conflict_do_nothing()

    def start(
        self, title: str, parameters: Mapping[str, Any], total: int, started_by: str = ""
    ) -> str:
        """Record that this process begins a run, until it leaves it; its id sorts by time."""
        now = datetime.now(UTC)
        run_id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        values = {
            "id": run_id,
            "title": title[:_LONGEST_TITLE],
            "started_by": started_by[:_LONGEST_TITLE],
            "status": "processing",
            "parameters": dict(parameters),
            "total": total,
            "process": this_process(),
            "alive_at": self._database.now,
            "started_at": now,
        }
        working_here.add(run_id)
        begin = self._database.insert(run).values(values).on_conflict_do_nothing()
        self._database.write(lambda connection: connection.execute(begin))
        return run_id

    def leave(self, run_id: str) -> None:
        """Say that this process no longer works on a run, whatever its record says."""
        working_here.discard(run_id)

    def record(self, run_id: str, outcomes: Sequence[Outcome], counts: Counts) -> str:
        """Keep what became of some items, and how many of all are through.

        It is a sign of life as well. Returns why somebody asked the run to stop, "" if nobody.
        """
        now = datetime.now(UTC)
        extra = {"run_id": run_id, "finished_at": now}
        names = Outcome.__dataclass_fields__
        rows = [{name: getattr(one, name) for name in names} | extra for one in outcomes]
        alive = (
            sa.update(run)
            .where(run.c.id == run_id)
            .values({**vars(counts), "alive_at": self._database.now})
            .returning(run.c.stop_wanted)
        )

        def work(connection: sa.Connection) -> str:
            for start in range(0, len(rows), _CHUNK):
                connection.execute(self._record, rows[start : start + _CHUNK])
            return str(connection.execute(alive).scalar_one())

        return self._database.write(work)

    def finish(self, run_id: str, status: str, error: str, elapsed_s: float) -> None:
        """Record how a run ended (completed, cancelled or failed), and give back its claims."""
        values = {
            "status": status,
            "error": error,
            "elapsed_s": elapsed_s,
            "finished_at": datetime.now(UTC),
        }

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.update(run).where(run.c.id == run_id).values(values))
            connection.execute(sa.delete(claim).where(claim.c.run_id == run_id))

        self._database.write(work)

    def ask_to_stop(self, run_id: str, why: str) -> None:
        """Ask a run, of whatever process, to finish its current items and stop.

        Raises UnknownName.
        """
        self.state(run_id)
        wish = sa.update(run).where(run.c.id == run_id).values(stop_wanted=why)
        self._database.write(lambda connection: connection.execute(wish))

    def dead(self) -> list[str]:
        """Return the ids of runs that say they go on and whose process died."""
        return self._database.read(self._dead)

    def settle_dead(self) -> list[str]:
        """Mark runs whose process died as failed, and give back their claims; their ids."""
        ended = {"status": "failed", "error": KILLED, "finished_at": _LAST_SIGN}

        def work(connection: sa.Connection) -> list[str]:
            dead = self._dead(connection)
            for run_id in dead:
                connection.execute(sa.update(run).where(run.c.id == run_id).values(ended))
                connection.execute(sa.delete(claim).where(claim.c.run_id == run_id))
            return dead

        return self._database.write(work)

    def _dead(self, connection: sa.Connection) -> list[str]:
        query = sa.select(run.c.id, run.c.process, silent_s(self._database).label("silent"))
        rows = connection.execute(query.where(run.c.status == "processing"))
        return [row.id for row in rows if not works(row.id, row.process, row.silent)]

    def state(self, run_id: str = "") -> RunState:
        """Return a run, by its id or the beginning of it, or the newest.

        Raises UnknownName with close matches.
        """

        def work(connection: sa.Connection) -> RunState | list[str]:
            query = sa.select(run, silent_s(self._database).label("silent"))
            query = query.where(run.c.id.startswith(run_id, autoescape=True))
            newest = query.order_by(run.c.started_at.desc(), run.c.id.desc()).limit(2)
            found = connection.execute(newest).mappings().all()
            if len(found) == 1 or (found and not run_id):
                return _state(found[0], _making(connection, found[0]["id"]))
            ids = sa.select(run.c.id).order_by(run.c.started_at.desc()).limit(200)
            return list(connection.execute(ids).scalars())

        found = self._database.read(work)
        if isinstance(found, list) and not found:
            raise UnknownName("run", run_id or "last", (), where="the catalog has no run yet")
        if isinstance(found, list):
            raise UnknownName("run", run_id, found)
        return found

    def table(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the newest runs as plain rows."""
        query = sa.select(run).order_by(run.c.started_at.desc(), run.c.id.desc()).limit(limit)
        return self._database.read(
            lambda connection: [dict(row) for row in connection.execute(query).mappings()]
        )

    def outcomes(self, run_id: str, status: str = "", limit: int = 0) -> list[dict[str, Any]]:
        """Return what became of a run's items, or of those of one status, as plain rows."""
        query = sa.select(run_item).where(run_item.c.run_id == run_id)
        query = query.where(run_item.c.status == status) if status else query
        query = query.order_by(run_item.c.position)
        query = query.limit(limit) if limit else query
        return self._database.read(
            lambda connection: [dict(row) for row in connection.execute(query).mappings()]
        )

    def last_requests(self, collection: str = "") -> dict[tuple[str, str], tuple[Any, int]]:
        """Return of each item that was in a run the newest run's parameters and its request."""
        newest = sa.select(sa.func.max(run_item.c.id)).group_by(
            run_item.c.collection, run_item.c.key
        )
        newest = newest.where(run_item.c.collection == collection) if collection else newest
        wanted = run_item.c.id.in_(newest)
        columns = (run_item.c.collection, run_item.c.key, run_item.c.run_id, run_item.c.request)

        def work(connection: sa.Connection) -> dict[tuple[str, str], tuple[Any, int]]:
            rows = connection.execute(sa.select(*columns).where(wanted)).all()
            runs = connection.execute(sa.select(run.c.id, run.c.parameters))
            parameters = {row.id: row.parameters for row in runs}
            return {
                (row.collection, row.key): (parameters[row.run_id], row.request) for row in rows
            }

        return self._database.read(work)

    def last_request(self, collection: str, key: str) -> tuple[Any, int] | None:
        """Return the parameters of the newest run with an item, and its request; None if none."""
        query = (
            sa.select(run.c.parameters, run_item.c.request)
            .join(run, run.c.id == run_item.c.run_id)
            .where(run_item.c.collection == collection, run_item.c.key == key)
            .order_by(run_item.c.id.desc())
        )
        found = self._database.read(lambda connection: connection.execute(query).first())
        return (found.parameters, found.request) if found else None

    def prune(self, older_than_days: int) -> int:
        """Forget runs that ended longer ago; how many."""
        before = datetime.now(UTC) - timedelta(days=older_than_days)
        old = sa.delete(run).where(run.c.finished_at < before, run.c.status != "processing")
        return self._database.write(lambda connection: int(connection.execute(old).rowcount))

    def cost_s_per_char(self, voice: str, newest: int = 500) -> float | None:
        """Return the measured cost of a voice, None before it has spoken in any run.

        What was said several times to keep the best take does not count.
        """
        mine = (item.c.collection == run_item.c.collection, item.c.key == run_item.c.key)
        recent = (
            sa.select(run_item.c.elapsed_s, sa.func.length(item.c.text).label("characters"))
            .join(item, sa.and_(*mine))
            .outerjoin(audio_source, audio_source.c.id == run_item.c.source_id)
            .where(run_item.c.voice == voice, run_item.c.status == "completed")
            .where(run_item.c.elapsed_s > 0)
            .where(audio_source.c.metadata[("take", "number")].as_string().is_(None))
            .order_by(run_item.c.id.desc())
            .limit(newest)
            .subquery()
        )
        query = sa.select(sa.func.sum(recent.c.elapsed_s), sa.func.sum(recent.c.characters))
        elapsed_s, characters = self._database.read(
            lambda connection: connection.execute(query).one()
        )
        return float(elapsed_s) / characters if characters else None


def _making(connection: sa.Connection, run_id: str) -> tuple[str, ...]:
    query = sa.select(claim.c.place).where(claim.c.run_id == run_id).order_by(claim.c.claimed_at)
    # A page has a claim of its own, and one for the sentence being made.
    return tuple(dict.fromkeys(connection.execute(query).scalars()))


def _state(row: sa.RowMapping, making: tuple[str, ...]) -> RunState:
    died = row["status"] == "processing" and not works(row["id"], row["process"], row["silent"])
    end = row["finished_at"] or (
        (row["alive_at"] or row["started_at"]) if died else datetime.now(UTC)
    )
    names = ("id", "title", "started_by", "total", "started_at", "finished_at", "parameters")
    return RunState(
        **{name: row[name] for name in names},
        status="failed" if died else row["status"],
        error=KILLED if died else row["error"],
        counts=Counts(**{name: row[name] for name in Counts.__dataclass_fields__}),
        making=() if died else making,
        elapsed_s=row["elapsed_s"] or max((end - row["started_at"]).total_seconds(), 0.0),
    )
