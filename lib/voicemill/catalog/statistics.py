"""What the catalog holds, in figures."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from voicemill.catalog.audio_source import PART
from voicemill.catalog.database import Database
from voicemill.catalog.schema import audio_source, item, run_item

_DAY_S = 86400


def readable_size(size_bytes: int) -> str:
    """Write a size for people: 950 B, 13 kB, 4.2 MB, 1.3 GB."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1e3:.0f} kB"
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes < 1e9 else f"{size_bytes / 1e9:.1f} GB"


def statistics(database: Database) -> dict[str, Any]:
    """Return counts by type and voice, size, plays, average age in days, cache hit rate.

    The sentences that pages were joined of are counted apart; only the size is that of all.
    Cache hit rate: items found already made, of all items that runs were asked for and could
    do (made or found). None before any run.
    """
    source = audio_source.c
    count = sa.func.count()
    asked = run_item.c.source_id.is_not(None)
    found = sa.case((run_item.c.made, 0), else_=1)
    played = source.source_type != PART
    totals = sa.select(
        count,
        sa.func.sum(source.duration_s),
        sa.func.sum(source.plays),
        sa.func.avg(_age_s(database)),
    ).where(played)
    sizes = sa.select(sa.func.sum(source.size_bytes), sa.func.sum(sa.case((played, 0), else_=1)))
    kept = sa.func.sum(sa.case((source.approved_checksum == source.checksum, 1), else_=0))

    def work(connection: sa.Connection) -> dict[str, Any]:
        def counted(column: sa.ColumnElement[str]) -> dict[str, int]:
            query = sa.select(column, count).where(played).group_by(column).order_by(count.desc())
            return {row[0]: row[1] for row in connection.execute(query)}

        sources, duration_s, plays, age_s = connection.execute(totals).one()
        size_bytes, sentences = connection.execute(sizes).one()
        hits, asks = connection.execute(
            sa.select(sa.func.sum(found), count).select_from(run_item).where(asked)
        ).one()
        return {
            "items": connection.execute(sa.select(count).select_from(item)).scalar_one(),
            "sources": sources,
            "sentences": int(sentences or 0),
            "by_type": counted(source.source_type),
            "by_voice": counted(source.voice),
            "approved": int(connection.execute(sa.select(kept)).scalar() or 0),
            "size_bytes": int(size_bytes or 0),
            "duration_s": float(duration_s or 0.0),
            "plays": int(plays or 0),
            "average_age_days": max(float(age_s or 0.0), 0.0) / _DAY_S,
            "cache_hit_rate": hits / asks if asks else None,
        }

    return database.read(work)


def _age_s(database: Database) -> sa.ColumnElement[Any]:
    created = audio_source.c.created_at
    if database.dialect == "postgresql":
        return sa.func.extract("epoch", database.now - created)
    return (sa.func.julianday("now") - sa.func.julianday(created)) * _DAY_S
