"""Figures for watching a catalog: counted by the database, so that memory stays flat."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from voicemill.catalog.audio_source import PART, SOURCE_TYPES
from voicemill.catalog.claims import silent_s, works
from voicemill.catalog.database import Database
from voicemill.catalog.executions import Executions
from voicemill.catalog.reviews import OPEN
from voicemill.catalog.schema import audio_source, execution, heard, item, review, run, run_item
from voicemill.catalog.sources import KEPT_FOREVER

_SAMPLE = 5000  # the newest times of an engine, of which the 95th percentile is taken
_SHARE = 0.95


@dataclass(frozen=True)
class Work:
    """What runs did with the items of one engine.

    completed, failed, skipped, cancelled: items.  asked: those whose audio was made or found;
    found: those of them that were there already.  made: items made by the run itself, which
    took mean_s each, and all but the slowest twentieth of the newest 5000 at most p95_s; None
    where none was made.
    """

    completed: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    asked: int = 0
    found: int = 0
    made: int = 0
    mean_s: float | None = None
    p95_s: float | None = None

    @property
    def success_rate(self) -> float | None:
        """Items that were completed, of those that were completed or failed (0 … 1)."""
        return share(self.completed, self.completed + self.failed)


@dataclass(frozen=True)
class Stock:
    """Files of one type in the store; one that several items share counts once."""

    files: int
    size_bytes: int


@dataclass(frozen=True)
class Worker:
    """A process that works on a run, or did when it died.

    host, pid: the machine and the process's number there, "" where unknown.  silent_s: since
    its last sign of life.  left: items of the run that are not through.
    """

    run_id: str
    host: str
    pid: str
    silent_s: float
    is_alive: bool
    left: int


@dataclass(frozen=True)
class Judged:
    """What is known of the audio there is.

    checked: sources that were checked automatically; suspicious: those of them that a person
    should hear.  playable: items with audio; unheard: those whose audio nobody has judged.
    """

    checked: int
    suspicious: int
    playable: int
    unheard: int


def work_by_engine(database: Database, since: datetime) -> dict[str, Work]:
    """Return what runs begun since then did, by engine; "" where no voice was chosen."""
    recent = run_item.c.run_id.in_(sa.select(run.c.id).where(run.c.started_at >= since))
    row = run_item.c
    made = sa.and_(row.made, row.status == "completed")
    asked = row.source_id.is_not(None)

    def counted(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((condition, 1), else_=0))

    statuses = ("completed", "failed", "skipped", "cancelled")
    query = sa.select(
        row.voice,
        *(counted(row.status == status).label(status) for status in statuses),
        counted(asked).label("asked"),
        counted(sa.and_(asked, sa.not_(row.made))).label("found"),
        counted(made).label("made"),
        sa.func.sum(sa.case((made, row.elapsed_s), else_=0.0)).label("elapsed_s"),
    )
    query = query.where(recent).group_by(row.voice)
    times = sa.select(row.elapsed_s).where(recent, made).order_by(row.id.desc()).limit(_SAMPLE)

    def work(connection: sa.Connection) -> dict[str, Work]:
        sums: dict[str, dict[str, float]] = {}
        for one in connection.execute(query).mappings():
            engine = sums.setdefault(one["voice"].partition(":")[0], {})
            for name in one:
                if name != "voice":
                    engine[name] = engine.get(name, 0) + one[name]
        found = {}
        for engine_name, summed in sorted(sums.items()):
            elapsed_s = summed.pop("elapsed_s")
            mine = times.where(row.voice.startswith(f"{engine_name}:", autoescape=True))
            newest = connection.execute(mine).scalars().all() if summed["made"] else ()
            counts = {name: int(value) for name, value in summed.items()}
            mean_s = elapsed_s / counts["made"] if counts["made"] else None
            found[engine_name] = Work(**counts, mean_s=mean_s, p95_s=_percentile(newest))
        return found

    return database.read(work)


def stock_by_type(database: Database) -> dict[str, Stock]:
    """Return what the store holds, by the type of the sources."""
    source = audio_source.c
    files = (
        sa.select(
            sa.func.min(source.source_type).label("kind"),
            sa.func.max(source.size_bytes).label("size_bytes"),
        )
        .group_by(source.file)
        .subquery()
    )
    size = sa.func.sum(files.c.size_bytes)
    query = sa.select(files.c.kind, sa.func.count(), size).group_by(files.c.kind)
    rows = database.read(lambda connection: connection.execute(query).all())
    return {kind: Stock(count, int(size_bytes or 0)) for kind, count, size_bytes in sorted(rows)}


def workers(database: Database) -> list[Worker]:
    """Return who works on the runs that are not over, and who died over one; oldest first."""
    through = run.c.completed + run.c.failed + run.c.skipped + run.c.cancelled
    query = (
        sa.select(
            run.c.id,
            run.c.process,
            (run.c.total - through).label("left"),
            silent_s(database).label("silent"),
        )
        .where(run.c.status == "processing")
        .order_by(run.c.started_at)
    )

    def work(connection: sa.Connection) -> list[Worker]:
        return [
            Worker(
                row.id,
                *_host_and_pid(row.process),
                max(float(row.silent or 0), 0.0),
                works(row.id, row.process, row.silent),
                max(row.left, 0),
            )
            for row in connection.execute(query)
        ]

    return database.read(work)


def judged(database: Database, flagged: float) -> Judged:
    """Return how much of the audio was checked and heard.

    flagged: the suspicion from which on a person should listen.
    """
    kept = heard.c
    newest = _newest((kept.checksum, kept.suspicion), (kept.checksum,), (kept.created_at.desc(),))
    checked = (
        sa.select(
            sa.func.count(),
            sa.func.sum(sa.case((newest.c.suspicion >= flagged, 1), else_=0)),
        )
        .select_from(audio_source)
        .join(newest, newest.c.checksum == audio_source.c.checksum)
        .where(newest.c.rank == 1, audio_source.c.source_type != PART)
    )
    played, verdicts = _played(), _verdicts()
    mine = sa.and_(verdicts.c.item_id == played.c.item_id, verdicts.c.checksum == played.c.checksum)
    playable = sa.select(
        sa.func.count(), sa.func.sum(sa.case((verdicts.c.item_id.is_(None), 1), else_=0))
    ).select_from(played.outerjoin(verdicts, mine))

    def work(connection: sa.Connection) -> Judged:
        figures = (*connection.execute(checked).one(), *connection.execute(playable).one())
        return Judged(*(int(figure or 0) for figure in figures))

    return database.read(work)


def executions_by_status(database: Database, since: datetime) -> dict[str, int]:
    """Return how many notebooks ran without a person since then, by how that ended.

    One that still says it goes on while its process is gone counts as failed.
    """
    count = sa.func.count()
    recent = execution.c.started_at >= since
    query = sa.select(execution.c.status, count).where(recent).group_by(execution.c.status)
    rows = database.read(lambda connection: connection.execute(query).all())
    found: dict[str, int] = {row[0]: row[1] for row in rows}
    said = found.pop("processing", 0)
    if said:
        alive = sum(one.started_at >= since for one in Executions(database).running())
        dead = max(said - alive, 0)
        found |= {"processing": alive} if alive else {}
        found |= {"failed": found.get("failed", 0) + dead} if dead else {}
    return dict(sorted(found.items()))


def last_successes(database: Database) -> Mapping[str, datetime | None]:
    """Return when each entry of the schedule last ran to its end, None for those that never did.

    Entries that the catalog remembers no execution of are not in it.
    """
    ended = sa.case((execution.c.status == "completed", execution.c.finished_at))
    name = execution.c.schedule
    query = sa.select(name, sa.func.max(ended)).where(name != "").group_by(name).order_by(name)
    rows = database.read(lambda connection: connection.execute(query).all())
    return {row[0]: row[1] for row in rows}


def share(part: int, whole: int) -> float | None:
    """Return what part of the whole it is (0 … 1), None of nothing."""
    return part / whole if whole else None


def _percentile(values: Sequence[float]) -> float | None:
    """Return the smallest value that 95 % of all are not above (nearest rank)."""
    if not values:
        return None
    ordered = sorted(values)
    return float(ordered[math.ceil(len(ordered) * _SHARE) - 1])


def _host_and_pid(process: str) -> tuple[str, str]:
    host, _, rest = process.partition(" ")
    return host.partition("/")[0], rest.partition(" ")[0]


def _newest(
    columns: Sequence[sa.ColumnElement[Any]],
    of: Sequence[sa.ColumnElement[Any]],
    order: Sequence[sa.ColumnElement[Any]],
) -> sa.Subquery:
    """Number the rows of each group; the one with rank 1 is what counts."""
    rank = sa.func.row_number().over(partition_by=of, order_by=order).label("rank")
    return sa.select(*columns, rank).subquery()


def _played() -> sa.Subquery:
    """Return the source that is played of each item, as `catalog.best` chooses it."""
    source = audio_source.c
    is_fresh = sa.or_(source.cached_until.is_(None), source.cached_until > datetime.now(UTC))
    said = sa.func.coalesce(source.metadata[("page", "text")].as_string(), item.c.text)
    ranks = {kind: place for place, kind in enumerate(SOURCE_TYPES)}
    order = (
        sa.case((source.id == item.c.preferred_source_id, 0), else_=1),
        sa.case(ranks, value=source.source_type, else_=len(ranks)),
        sa.case((said == item.c.text, 0), else_=1),
        source.asked.desc(),
        source.id.desc(),
    )
    rank = sa.func.row_number().over(partition_by=source.item_id, order_by=order).label("rank")
    ordered = (
        sa.select(source.item_id, source.checksum, rank)
        .join(item, item.c.id == source.item_id)
        .where(source.source_type != PART, sa.or_(KEPT_FOREVER, is_fresh))
        .subquery()
    )
    return sa.select(ordered).where(ordered.c.rank == 1).subquery()


def _verdicts() -> sa.Subquery:
    """Return the files of items that somebody has judged, and not taken it back."""
    who = (review.c.item_id, review.c.checksum, review.c.reviewer)
    newest_first = (review.c.created_at.desc(), review.c.id.desc())
    numbered = _newest((*who, review.c.verdict), who, newest_first)
    given = sa.and_(numbered.c.rank == 1, numbered.c.verdict != OPEN)
    return sa.select(numbered.c.item_id, numbered.c.checksum).where(given).distinct().subquery()
