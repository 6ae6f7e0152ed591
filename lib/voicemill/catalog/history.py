"""What the catalog remembers of runs and files, as plain rows, for a whole project at once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from voicemill.catalog.runs import KILLED
from voicemill.catalog.schema import audio_source, item, run, run_item

if TYPE_CHECKING:
    from voicemill.catalog import Catalog

Rows = list[dict[str, Any]]


def newest_outcomes(catalog: Catalog, collection: str = "") -> Rows:
    """Return what became of each item that there is in the newest run that it was in."""
    columns = (run_item.c.collection, run_item.c.key)
    newest = sa.select(sa.func.max(run_item.c.id)).group_by(*columns)
    if collection:
        newest = newest.where(run_item.c.collection == collection)
    same = sa.and_(item.c.collection == run_item.c.collection, item.c.key == run_item.c.key)
    query = sa.select(run_item).join(item, same).where(run_item.c.id.in_(newest))
    return _rows(catalog, query.order_by(item.c.collection, item.c.order, item.c.id))


def runs_since(catalog: Catalog, since: datetime, collection: str = "") -> Rows:
    """Return the runs begun since then, oldest first; those whose process died as failed."""
    query = sa.select(run).where(run.c.started_at >= since)
    if collection:
        mine = sa.select(run_item.c.run_id).where(run_item.c.collection == collection)
        query = query.where(run.c.id.in_(mine))
    dead = set(catalog.runs.dead())
    ended = {"status": "failed", "error": KILLED}
    rows = _rows(catalog, query.order_by(run.c.started_at, run.c.id))
    return [{**row, **ended} if row["id"] in dead else row for row in rows]


def timings(catalog: Catalog, since: datetime, collection: str = "") -> Rows:
    """Return what was made since then: voice, elapsed_s of one worker, duration_s, characters."""
    same = sa.and_(item.c.collection == run_item.c.collection, item.c.key == run_item.c.key)
    query = (
        sa.select(
            run_item.c.voice,
            run_item.c.elapsed_s,
            audio_source.c.duration_s,
            sa.func.length(item.c.text).label("characters"),
        )
        .outerjoin(audio_source, audio_source.c.id == run_item.c.source_id)
        .outerjoin(item, same)
        .where(run_item.c.made, run_item.c.status == "completed", run_item.c.elapsed_s > 0)
        .where(run_item.c.finished_at >= since)
    )
    return _rows(catalog, _of(query, collection, run_item.c.collection))


def stored_files(catalog: Catalog, collection: str = "") -> Rows:
    """Return every source with its collection, sentences of pages too: file, type, size, length."""
    names = ("source_type", "voice", "format", "file", "size_bytes", "duration_s")
    more = ("licence", "attribution", "origin")
    query = sa.select(item.c.collection, *(audio_source.c[name] for name in (*names, *more)))
    query = query.join(item, item.c.id == audio_source.c.item_id)
    return _rows(catalog, _of(query, collection, item.c.collection))


def _of(query: sa.Select[Any], collection: str, column: sa.Column[str]) -> sa.Select[Any]:
    return query.where(column == collection) if collection else query


def _rows(catalog: Catalog, query: sa.Select[Any]) -> Rows:
    return catalog.database.read(
        lambda connection: [dict(row) for row in connection.execute(query).mappings()]
    )
