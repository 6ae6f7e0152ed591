"""Claims: what is being made right now, so that no two runs make the same audio.

A claim belongs to a run and is good for as long as that run lives. It goes in the same
transaction that records the finished audio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from voicemill.catalog.database import Database
from voicemill.catalog.processes import is_alive, this_process, working_here
from voicemill.catalog.schema import claim, run

# A run says that it lives every few seconds. When it could not for this long, on a machine
# whose processes we cannot see, it is taken for dead.
SILENT_S = 60.0


@dataclass(frozen=True)
class Claim:
    """The right to make one audio. place: the item, as errors name it."""

    fingerprint: str
    run_id: str
    position: int
    place: str = ""


class Claims:
    """Takes and gives back claims."""

    def __init__(self, database: Database) -> None:
        self._database = database
        insert = database.insert(claim)
        self._take = insert.values(
            {name: sa.bindparam(name) for name in (*Claim.__dataclass_fields__, "claimed_at")}
        ).on_conflict_do_nothing()

    def take(self, wanted: Claim) -> bool:
        """Claim an audio; False when a living run has it, or another item of the same run."""
        return self._database.write(lambda connection: self._taken(connection, wanted))

    def release(self, run_id: str, position: int | None = None) -> None:
        """Give back a run's claims, or only that of one of its items."""
        mine = claim.c.run_id == run_id
        if position is not None:
            mine &= claim.c.position == position
        self._database.write(lambda connection: connection.execute(sa.delete(claim).where(mine)))

    def of_run(self, run_id: str) -> list[Claim]:
        """Return what a run is making now."""
        names = (claim.c[name] for name in Claim.__dataclass_fields__)
        query = sa.select(*names).where(claim.c.run_id == run_id).order_by(claim.c.claimed_at)
        return self._database.read(
            lambda connection: [Claim(*row) for row in connection.execute(query)]
        )

    def dead(self) -> list[Claim]:
        """Return the claims whose run is over or died."""
        names = (claim.c[name] for name in Claim.__dataclass_fields__)

        def work(connection: sa.Connection) -> list[Claim]:
            alive = living(connection, self._database)
            held = [Claim(*row) for row in connection.execute(sa.select(*names))]
            return [found for found in held if found.run_id not in alive]

        return self._database.read(work)

    def _taken(self, connection: sa.Connection, wanted: Claim) -> bool:
        values = {**asdict(wanted), "claimed_at": datetime.now(UTC)}
        if connection.execute(self._take, values).rowcount == 1:
            return True
        query = sa.select(claim.c.run_id, claim.c.position).where(
            claim.c.fingerprint == wanted.fingerprint
        )
        holder = connection.execute(query.with_for_update()).first()
        if holder is None:  # given back between the two statements; the next try gets it
            return False
        if holder.run_id == wanted.run_id:
            return bool(holder.position == wanted.position)
        if living(connection, self._database, [holder.run_id]):
            return False
        connection.execute(
            sa.update(claim).where(claim.c.fingerprint == wanted.fingerprint).values(values)
        )
        return True


def living(
    connection: sa.Connection, database: Database, run_ids: Sequence[str] | None = None
) -> set[str]:
    """Return the ids, of all runs or of those given, that are being worked on now."""
    query = sa.select(run.c.id, run.c.process, run.c.alive_at, silent_s(database).label("silent"))
    query = query.where(run.c.status == "processing")
    if run_ids is not None:
        query = query.where(run.c.id.in_(run_ids))
    return {row.id for row in connection.execute(query) if works(row.id, row.process, row.silent)}


def works(run_id: str, process: str, silent: float | None) -> bool:
    """Whether a run is being worked on, which last gave a sign `silent` seconds ago."""
    if process == this_process():
        return run_id in working_here
    alive = is_alive(process) if process else False
    if alive is not None:
        return alive
    # A sign from the future is from before the clock was set back.
    return silent is not None and abs(silent) < SILENT_S


def silent_s(database: Database) -> sa.ColumnElement[Any]:
    """Seconds since a run's last sign of life, by the database's own clock."""
    if database.dialect == "postgresql":
        return sa.func.extract("epoch", database.now - run.c.alive_at)
    return (sa.func.julianday("now") - sa.func.julianday(run.c.alive_at)) * 86400
