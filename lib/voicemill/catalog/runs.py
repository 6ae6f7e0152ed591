"""Runs: what was asked for, by whom, and what became of every item."""

from __future__ import annotations

import getpass
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from voicemill.catalog.schema import item, run, run_item

_CHUNK = 500


@dataclass(frozen=True)
class Outcome:
    """What became of one item in a run.

    status: completed, failed, skipped or cancelled.  reason: a sentence; for a failure the
    error's message, with its class in error_class.
    """

    collection: str
    key: str
    status: str
    voice: str = ""
    reason: str = ""
    error_class: str = ""
    source_id: int | None = None
    elapsed_s: float = 0.0


class Runs:
    """Reads and writes runs."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def start(self, title: str, parameters: Mapping[str, Any], total: int) -> str:
        """Record that a run begins; its id sorts by time."""
        now = datetime.now(UTC)
        run_id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        with self._engine.begin() as connection:
            connection.execute(
                sa.insert(run).values(
                    id=run_id,
                    title=title,
                    started_by=_who(),
                    status="processing",
                    parameters=dict(parameters),
                    total=total,
                    started_at=now,
                )
            )
        return run_id

    def record(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Keep what became of some items and count them."""
        now = datetime.now(UTC)
        rows = [
            {
                **{name: getattr(outcome, name) for name in Outcome.__dataclass_fields__},
                "run_id": run_id,
                "finished_at": now,
            }
            for outcome in outcomes
        ]
        counts = {
            status: sum(outcome.status == status for outcome in outcomes)
            for status in ("completed", "failed", "skipped", "cancelled")
        }
        if not rows:
            return
        with self._engine.begin() as connection:
            for start in range(0, len(rows), _CHUNK):
                connection.execute(sa.insert(run_item), rows[start : start + _CHUNK])
            added = {name: run.c[name] + count for name, count in counts.items() if count}
            connection.execute(sa.update(run).where(run.c.id == run_id).values(added))

    def finish(self, run_id: str, status: str, error: str = "") -> None:
        """Record how a run ended: completed, cancelled or failed."""
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(run)
                .where(run.c.id == run_id)
                .values(status=status, error=error, finished_at=datetime.now(UTC))
            )

    def table(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the newest runs as plain rows."""
        query = sa.select(run).order_by(run.c.started_at.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def outcomes(self, run_id: str) -> list[dict[str, Any]]:
        """Return what became of every item of a run, as plain rows."""
        query = sa.select(run_item).where(run_item.c.run_id == run_id).order_by(run_item.c.id)
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def cost_s_per_char(self, voice: str, newest: int = 500) -> float | None:
        """Return the measured cost of a voice, None before it has spoken in any run."""
        mine = (item.c.collection == run_item.c.collection, item.c.key == run_item.c.key)
        recent = (
            sa.select(run_item.c.elapsed_s, sa.func.length(item.c.text).label("characters"))
            .join(item, sa.and_(*mine))
            .where(run_item.c.voice == voice, run_item.c.status == "completed")
            .where(run_item.c.elapsed_s > 0)
            .order_by(run_item.c.id.desc())
            .limit(newest)
            .subquery()
        )
        query = sa.select(sa.func.sum(recent.c.elapsed_s), sa.func.sum(recent.c.characters))
        with self._engine.connect() as connection:
            elapsed_s, characters = connection.execute(query).one()
        return float(elapsed_s) / characters if characters else None


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        return "unknown"
