"""Audio sources: every file that exists for an item, and which one is best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from voicemill.catalog.items import Item
from voicemill.catalog.schema import audio_source, item, run_item
from voicemill.catalog.store import Store

SOURCE_TYPES = ("native", "tts", "generated")  # best first
_CHUNK = 500  # values per IN list, below SQLite's limit of variables


@dataclass(frozen=True)
class AudioSource:
    """One file of one item.

    source_type: native (a person), tts (produced), generated (made for a comparison).
    file: its path in the store.  cached_until: None means it never expires.
    """

    item_id: int
    source_type: str
    file: str
    format: str
    duration_s: float
    size_bytes: int
    checksum: str
    fingerprint: str
    voice: str = ""
    language: str = ""
    profile: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    licence: str = ""
    attribution: str = ""
    cached_until: datetime | None = None
    id: int | None = None
    plays: int = 0
    last_played_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def expired(self, now: datetime) -> bool:
        """Whether its time has run out."""
        return self.cached_until is not None and self.cached_until <= now


@dataclass(frozen=True)
class Stored:
    """What planning needs to know of a source: whose it is, where, and whether still good."""

    id: int
    collection: str
    key: str
    fingerprint: str
    file: str
    size_bytes: int
    cached_until: datetime | None


@dataclass(frozen=True)
class BestAudio:
    """The answer to "what shall be played for this item".

    source_type: native, tts, generated, web_speech or none.
    status: success (the best kind there is), fallback (something lesser; `why` says why), or
    failed (nothing at all).  text and language: what the browser's own speech should say.
    """

    source_type: str
    status: str
    why: str
    file: str = ""
    text: str = ""
    language: str = ""
    source: AudioSource | None = None


_IDENTITY = ("item_id", "fingerprint")
_WRITTEN = tuple(
    name
    for name in AudioSource.__dataclass_fields__
    if name not in ("id", "plays", "last_played_at", "created_at", "updated_at")
)


class Sources:
    """Reads and writes audio sources."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        self._upsert = _upsert(dialect.insert(audio_source))

    def record(self, source: AudioSource) -> int:
        """Keep a source, replacing an earlier one of the same item and fingerprint; its id."""
        now = datetime.now(UTC)
        values = {name: getattr(source, name) for name in _WRITTEN}
        values |= {"plays": 0, "created_at": now, "updated_at": now}
        with self._engine.begin() as connection:
            return int(connection.execute(self._upsert, values).scalar_one())

    def get(self, source_id: int) -> AudioSource | None:
        """Return one source, None when it is gone."""
        found = self._fetch(audio_source.c.id == source_id)
        return found[0] if found else None

    def by_ids(self, source_ids: Iterable[int]) -> dict[int, AudioSource]:
        """Return id → source of those that exist."""
        wanted = list(dict.fromkeys(source_ids))
        found: dict[int, AudioSource] = {}
        for start in range(0, len(wanted), _CHUNK):
            chunk = audio_source.c.id.in_(wanted[start : start + _CHUNK])
            found |= {source.id: source for source in self._fetch(chunk) if source.id}
        return found

    def of_item(self, item_id: int) -> list[AudioSource]:
        """Return an item's sources, newest first."""
        return self._fetch(audio_source.c.item_id == item_id)

    def stored(self, fingerprints: Iterable[str]) -> dict[str, list[Stored]]:
        """Return the sources, of whatever item, that have these fingerprints; newest first."""
        wanted = list(dict.fromkeys(fingerprints))
        source = audio_source.c
        query = sa.select(
            source.id,
            item.c.collection,
            item.c.key,
            source.fingerprint,
            source.file,
            source.size_bytes,
            source.cached_until,
        ).join(item, item.c.id == source.item_id)
        found: dict[str, list[Stored]] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(wanted), _CHUNK):
                chunk = source.fingerprint.in_(wanted[start : start + _CHUNK])
                for row in connection.execute(query.where(chunk).order_by(source.id.desc())):
                    found.setdefault(row.fingerprint, []).append(Stored(*row))
        return found

    def best(self, wanted: Item, store: Store, *, refresh: bool = False) -> BestAudio:
        """Choose what to play: preferred, native, tts, generated, the browser's speech, nothing.

        Expired sources and those whose file is gone are passed over, and `why` says so.
        refresh: look past every produced file, to native recordings or the browser only.
        """
        now = datetime.now(UTC)
        passed_over: list[str] = []
        for source in _by_preference(self.of_item(wanted.id), wanted.preferred_source_id):
            problem = _problem(source, store, now, refresh=refresh)
            if problem:
                passed_over.append(f"{_label(source)} {problem}")
                continue
            preferred = source.id == wanted.preferred_source_id
            why = [*passed_over, f"{_label(source)} is {'preferred' if preferred else 'the best'}"]
            status = "fallback" if passed_over else "success"
            kind = source.source_type
            return BestAudio(kind, status, "; ".join(why), source.file, source=source)
        if not passed_over:
            passed_over.append("no audio has been made")
        if wanted.text:
            why_not = "; ".join([*passed_over, "the browser can say the text"])
            return BestAudio(
                "web_speech", "fallback", why_not, text=wanted.text, language=wanted.language
            )
        return BestAudio("none", "failed", "; ".join([*passed_over, "there is no text to say"]))

    def played(self, source_id: int) -> None:
        """Count one play."""
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(audio_source)
                .where(audio_source.c.id == source_id)
                .values(plays=audio_source.c.plays + 1, last_played_at=datetime.now(UTC))
            )

    def table(self, collection: str = "") -> list[dict[str, Any]]:
        """Return all sources with their item's collection, key and order, as plain rows."""
        query = (
            sa.select(item.c.collection, item.c.key, item.c.order, *audio_source.c)
            .join(item, item.c.id == audio_source.c.item_id)
            .order_by(item.c.collection, item.c.order, audio_source.c.id)
        )
        if collection:
            query = query.where(item.c.collection == collection)
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def statistics(self) -> dict[str, Any]:
        """Return counts by type and voice, size, plays, average age in days, cache hit rate.

        Cache hit rate: items found already made, of all items that runs were asked for and
        could do (made or found). None before any run.
        """
        source = audio_source.c
        count = sa.func.count()
        hit = sa.case((run_item.c.status == "skipped", 1), else_=0)
        asked = run_item.c.source_id.is_not(None)
        with self._engine.connect() as connection:
            by_type = connection.execute(
                sa.select(source.source_type, count).group_by(source.source_type)
            )
            by_voice = connection.execute(sa.select(source.voice, count).group_by(source.voice))
            totals = connection.execute(
                sa.select(count, sa.func.sum(source.size_bytes), sa.func.sum(source.plays))
            ).one()
            created = connection.execute(sa.select(source.created_at)).scalars().all()
            hits, asks = connection.execute(
                sa.select(sa.func.sum(hit), count).select_from(run_item).where(asked)
            ).one()
            now = datetime.now(UTC)
            ages = [(now - moment).total_seconds() / 86400 for moment in created]
            return {
                "sources": totals[0],
                "by_type": {row[0]: row[1] for row in by_type},
                "by_voice": {row[0]: row[1] for row in by_voice},
                "size_bytes": int(totals[1] or 0),
                "plays": int(totals[2] or 0),
                "average_age_days": sum(ages) / len(ages) if ages else 0.0,
                "cache_hit_rate": hits / asks if asks else None,
            }

    def _fetch(self, condition: sa.ColumnElement[bool]) -> list[AudioSource]:
        query = sa.select(audio_source).where(condition).order_by(audio_source.c.id.desc())
        with self._engine.connect() as connection:
            return [AudioSource(**row) for row in connection.execute(query).mappings()]


def _upsert(insert: Any) -> Any:
    """Build the statement once: making it anew would take longer than running it."""
    values: dict[str, Any] = {
        name: sa.bindparam(name) for name in (*_WRITTEN, "plays", "created_at", "updated_at")
    }
    replaced = [name for name in (*_WRITTEN, "updated_at") if name not in _IDENTITY]
    return (
        insert.values(values)
        .on_conflict_do_update(
            index_elements=list(_IDENTITY),
            set_={name: insert.excluded[name] for name in replaced},
        )
        .returning(audio_source.c.id)
    )


def _by_preference(sources: Sequence[AudioSource], preferred: int | None) -> list[AudioSource]:
    return sorted(
        sources,
        key=lambda source: (source.id != preferred, SOURCE_TYPES.index(source.source_type)),
    )


def _problem(source: AudioSource, store: Store, now: datetime, *, refresh: bool) -> str:
    if refresh and source.source_type != "native":
        return "was passed over to refresh"
    if source.expired(now):
        return f"expired on {source.cached_until:%Y-%m-%d}"
    size = store.size(source.file)
    if size is None:
        return "has lost its file"
    if size != source.size_bytes:
        return "has a damaged file"
    return ""


def _label(source: AudioSource) -> str:
    return f"{source.source_type} {source.voice}".strip()
