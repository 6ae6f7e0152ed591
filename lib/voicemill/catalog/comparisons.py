"""Comparisons of voices: what is compared, how people voted, and the clips made for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from voicemill.catalog.audio_source import GENERATED
from voicemill.catalog.database import Database
from voicemill.catalog.schema import audio_source, comparison, run_item, vote
from voicemill.errors import UnknownName

CHOICES = ("first", "second", "tie")
_LONGEST = 200  # characters of a title or a listener's name
_CHUNK = 500  # values per IN list, below SQLite's limit of variables


@dataclass(frozen=True)
class KeptComparison:
    """A comparison as the catalog knows it.

    seed: of every random choice in it.  parameters: plain data, see review.comparing.setup.
    """

    id: str
    title: str
    seed: int
    parameters: dict[str, Any] = field(repr=False)
    created_at: datetime


@dataclass(frozen=True)
class Vote:
    """Which of two voices a listener liked better, saying one item.

    place: in the listener's own order, from 0.  choice: one of CHOICES, by what was heard
    first and second.  elapsed_s: from when the pair was shown to the choice.
    """

    listener: str
    place: int
    item_key: str
    category: str
    first_voice: str
    second_voice: str
    choice: str
    elapsed_s: float = 0.0
    created_at: datetime | None = None


class Comparisons:
    """Reads and writes comparisons and votes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, title: str, seed: int, parameters: Mapping[str, Any]) -> KeptComparison:
        """Keep a new comparison; its id sorts by time."""
        now = datetime.now(UTC)
        kept = KeptComparison(
            id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
            title=title[:_LONGEST],
            seed=seed,
            parameters=dict(parameters),
            created_at=now,
        )
        values = {name: getattr(kept, name) for name in KeptComparison.__dataclass_fields__}
        insert = self._database.insert(comparison).values(values).on_conflict_do_nothing()
        self._database.write(lambda connection: connection.execute(insert))
        return kept

    def get(self, comparison_id: str = "") -> KeptComparison:
        """Return a comparison, by its id or the beginning of it, or the newest.

        Raises UnknownName with close matches.
        """
        mine = comparison.c.id.startswith(comparison_id, autoescape=True)
        newest = sa.select(comparison).order_by(comparison.c.created_at.desc()).limit(2)
        ids = sa.select(comparison.c.id).order_by(comparison.c.created_at.desc()).limit(200)

        def work(connection: sa.Connection) -> KeptComparison | list[str]:
            found = connection.execute(newest.where(mine)).mappings().all()
            if len(found) == 1 or (found and not comparison_id):
                return KeptComparison(**found[0])
            return list(connection.execute(ids).scalars())

        found = self._database.read(work)
        if isinstance(found, KeptComparison):
            return found
        where = "" if found else "the catalog has no comparison yet"
        raise UnknownName("comparison", comparison_id or "last", found, where=where)

    def note(self, comparison_id: str, **facts: Any) -> KeptComparison:
        """Add facts to what is known of a comparison. Raises UnknownName."""
        mine = comparison.c.id == comparison_id

        def work(connection: sa.Connection) -> None:
            query = sa.select(comparison.c.parameters).where(mine).with_for_update()
            known = connection.execute(query).scalar_one_or_none()
            if known is not None:
                change = sa.update(comparison).where(mine)
                connection.execute(change.values(parameters={**known, **facts}))

        self._database.write(work)
        return self.get(comparison_id)

    def table(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the newest comparisons as plain rows, with how many voted how often."""
        votes, listeners = sa.func.count(vote.c.id), sa.func.count(vote.c.listener.distinct())
        query = (
            sa.select(comparison, votes.label("votes"), listeners.label("listeners"))
            .outerjoin(vote, vote.c.comparison_id == comparison.c.id)
            .group_by(comparison.c.id)
            .order_by(comparison.c.created_at.desc())
            .limit(limit)
        )
        return self._database.read(
            lambda connection: [dict(row) for row in connection.execute(query).mappings()]
        )

    def vote(self, comparison_id: str, cast: Vote) -> None:
        """Keep a vote, in place of what this listener chose at this place before."""
        values = {
            name: getattr(cast, name)
            for name in Vote.__dataclass_fields__
            if name not in ("created_at", "listener")
        }
        values |= {
            "comparison_id": comparison_id,
            "listener": cast.listener[:_LONGEST],
            "created_at": datetime.now(UTC),
        }
        upsert = (
            self._database.insert(vote)
            .values(values)
            .on_conflict_do_update(
                index_elements=["comparison_id", "listener", "place"], set_=values
            )
        )
        self._database.write(lambda connection: connection.execute(upsert))

    def votes(self, comparison_id: str, listener: str | None = None) -> list[Vote]:
        """Return the votes of everybody, or of one listener, in the order of their places."""
        columns = (vote.c[name] for name in Vote.__dataclass_fields__)
        query = sa.select(*columns).where(vote.c.comparison_id == comparison_id)
        if listener is not None:
            query = query.where(vote.c.listener == listener[:_LONGEST])
        query = query.order_by(vote.c.listener, vote.c.place)
        return self._database.read(
            lambda connection: [Vote(**row) for row in connection.execute(query).mappings()]
        )

    def keep_clips(self, run_id: str, source_ids: Iterable[int], until: datetime) -> None:
        """Mark what a run made as clips of a comparison: second to speech, and short-lived.

        What the run did with each item is forgotten: it is not how the items were asked for,
        and missing audio is made as it was asked for last. The run itself stays.
        """
        wanted = list(source_ids)

        def work(connection: sa.Connection) -> None:
            connection.execute(sa.delete(run_item).where(run_item.c.run_id == run_id))
            for start in range(0, len(wanted), _CHUNK):
                some = audio_source.c.id.in_(wanted[start : start + _CHUNK])
                change = sa.update(audio_source).where(some, audio_source.c.source_type == "tts")
                connection.execute(change.values(source_type=GENERATED, cached_until=until))

        self._database.write(work)
