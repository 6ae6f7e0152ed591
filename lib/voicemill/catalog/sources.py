"""Audio sources: every file that exists for an item, and which one is best."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from voicemill.catalog.audio_source import GENERATED, PART, TTS, AudioSource, Recorded, Stored
from voicemill.catalog.claims import Claim
from voicemill.catalog.database import Database
from voicemill.catalog.schema import audio_source, claim, item
from voicemill.errors import ItemError

_CHUNK = 500  # values per IN list, below SQLite's limit of variables
_IDENTITY = ("item_id", "fingerprint")
_WRITTEN = tuple(
    name
    for name in AudioSource.__dataclass_fields__
    if name not in ("id", "asked", "plays", "last_played_at", "created_at", "updated_at")
)
_PLAYED = audio_source.c.source_type != PART
_TOLD = tuple(column for column in audio_source.c if column.name != "asked")
KEPT_FOREVER = sa.or_(
    audio_source.c.source_type == "native",
    audio_source.c.approved_checksum == audio_source.c.checksum,
)


def _speech(until: datetime | None) -> dict[str, Any]:
    return {"source_type": TTS, "cached_until": until}


class Sources:
    """Reads and writes audio sources."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = _upsert(database.insert(audio_source))

    def record(self, source: AudioSource, done: Claim | None = None) -> Recorded:
        """Keep a source, replacing an earlier one of the same item and fingerprint.

        done: the claim under which it was made, given back in the same moment.
        """
        values = {name: getattr(source, name) for name in _WRITTEN}
        mine = audio_source.c.item_id == source.item_id
        earlier = sa.select(audio_source.c.file).where(
            mine, audio_source.c.fingerprint == source.fingerprint
        )

        def work(connection: sa.Connection) -> Recorded:
            replaced = connection.execute(earlier).scalar() or ""
            source_id = self._put(connection, values)
            if done is not None:
                held = claim.c.fingerprint == done.fingerprint
                connection.execute(sa.delete(claim).where(held, claim.c.run_id == done.run_id))
            unused = replaced and replaced != source.file and not _used(connection, [replaced])
            return Recorded(source_id, replaced if unused else "")

        return self._database.write(work)

    def share(
        self, source_id: int, file: str, item_id: int, speech_until: datetime | None = None
    ) -> int | None:
        """Give another item the same audio; None when it is no longer that file.

        speech_until: what was made for a comparison becomes produced speech until then.
        Checked and written in one moment: nobody can remove the file in between.
        """
        same = sa.and_(audio_source.c.id == source_id, audio_source.c.file == file)

        def work(connection: sa.Connection) -> int | None:
            query = sa.select(audio_source).where(same).with_for_update(read=True)
            found = connection.execute(query).mappings().first()
            if found is None:
                return None
            values = {name: found[name] for name in _WRITTEN}
            values |= {"item_id": item_id, "approved_checksum": ""}  # judged for its own item
            if found["source_type"] == GENERATED:
                values |= _speech(speech_until)
            return self._put(connection, values)

        return self._database.write(work)

    def promote(self, source_id: int, until: datetime) -> bool:
        """Let what was made for a comparison be produced speech; False when it is gone."""
        change = sa.update(audio_source).where(audio_source.c.id == source_id)
        change = change.values(_speech(until))
        return bool(self._database.write(lambda connection: connection.execute(change).rowcount))

    def unused(self, files: Iterable[str]) -> list[str]:
        """Return those of some files that no source points to."""
        wanted = list(dict.fromkeys(files))

        def work(connection: sa.Connection) -> set[str]:
            chunks = range(0, len(wanted), _CHUNK)
            return {
                file
                for start in chunks
                for file in _used(connection, wanted[start : start + _CHUNK])
            }

        used = self._database.read(work)
        return [file for file in wanted if file not in used]

    def remove(self, source_ids: Iterable[int]) -> list[str]:
        """Forget sources; returns the files that no other source uses, for removing them too."""
        wanted = list(source_ids)
        before = [source.file for source in self.by_ids(wanted).values()]

        def work(connection: sa.Connection) -> list[str]:
            files = list(before)  # known beforehand, in case this is done a second time
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                preferred = item.c.preferred_source_id.in_(chunk)
                connection.execute(
                    sa.update(item).where(preferred).values(preferred_source_id=None)
                )
                gone = sa.delete(audio_source).where(audio_source.c.id.in_(chunk))
                files += connection.execute(gone.returning(audio_source.c.file)).scalars()
            return files

        return self.unused(self._database.write(work))

    def approve(self, source_id: int, *, approved: bool = True) -> None:
        """Keep a source for good because a person approved its file, or no longer.

        Raises ItemError when there is no such source.
        """
        value = audio_source.c.checksum if approved else ""
        if not self._update(source_id, approved_checksum=value):
            raise ItemError(
                f"there is no source {source_id} any more",
                remedy="Listen to what there is now: studio.sources() lists it",
            )

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

    def of_item(self, item_id: int, *, parts: bool = False) -> list[AudioSource]:
        """Return an item's sources, the one asked for last first; see `of_items`."""
        return self.of_items([item_id], parts=parts)

    def of_items(self, item_ids: Iterable[int], *, parts: bool = False) -> list[AudioSource]:
        """Return the sources of several items.

        parts: also the sentences that pages were joined of, which are not played by themselves.
        """
        wanted = list(item_ids)
        kinds = sa.true() if parts else _PLAYED
        chunks = (wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK))
        return [
            one
            for chunk in chunks
            for one in self._fetch(sa.and_(audio_source.c.item_id.in_(chunk), kinds))
        ]

    def all(self) -> list[AudioSource]:
        """Return every source of every item."""
        return self._fetch(sa.true())

    def expired(self, now: datetime) -> list[AudioSource]:
        """Return the sources whose time has run out; never native or approved ones."""
        return self._fetch(sa.and_(sa.not_(KEPT_FOREVER), audio_source.c.cached_until <= now))

    def homeless(self) -> list[tuple[int, str]]:
        """Return id and file of the sources whose item is gone."""
        query = (
            sa.select(audio_source.c.id, audio_source.c.file)
            .outerjoin(item, item.c.id == audio_source.c.item_id)
            .where(item.c.id.is_(None))
        )
        return self._database.read(
            lambda connection: [(row.id, row.file) for row in connection.execute(query)]
        )

    def stored(self, fingerprints: Iterable[str]) -> dict[str, list[Stored]]:
        """Return the sources, of whatever item, that have these fingerprints; newest first."""
        wanted = list(dict.fromkeys(fingerprints))
        source = audio_source.c
        query = sa.select(
            source.id,
            source.item_id,
            item.c.collection,
            item.c.key,
            source.voice,
            source.fingerprint,
            source.file,
            source.size_bytes,
            source.source_type,
            source.updated_at,
            sa.case((KEPT_FOREVER, None), else_=source.cached_until).label("cached_until"),
        ).join(item, item.c.id == source.item_id)
        found: dict[str, list[Stored]] = {}

        def work(connection: sa.Connection) -> None:
            found.clear()
            for start in range(0, len(wanted), _CHUNK):
                chunk = source.fingerprint.in_(wanted[start : start + _CHUNK])
                rows = connection.execute(query.where(chunk).order_by(source.id.desc()))
                for row in rows.mappings():
                    found.setdefault(row["fingerprint"], []).append(Stored(**row))

        self._database.read(work)
        return found

    def ask_for(self, source_ids: Iterable[int]) -> None:
        """Let these be what was asked for last of their items, one of each."""
        wanted = list(source_ids)
        source, beside = audio_source.c, audio_source.alias()
        mine = beside.c.item_id == source.item_id
        later = sa.exists().where(mine, beside.c.id != source.id, beside.c.asked >= source.asked)

        def work(connection: sa.Connection) -> None:
            for start in range(0, len(wanted), _CHUNK):
                some = source.id.in_(wanted[start : start + _CHUNK])
                change = sa.update(audio_source).where(some, later)
                connection.execute(change.values(asked=_next(source.item_id)))

        self._database.write(work)

    def keep_until(self, source_ids: Iterable[int], moment: datetime) -> None:
        """Let sources expire no earlier than at that moment."""
        wanted = list(source_ids)
        source = audio_source.c

        def work(connection: sa.Connection) -> None:
            for start in range(0, len(wanted), _CHUNK):
                some = source.id.in_(wanted[start : start + _CHUNK])
                longer = sa.update(audio_source).where(some, source.cached_until < moment)
                longer = longer.values(cached_until=moment)
                connection.execute(longer)

        self._database.write(work)

    def played(self, source_id: int) -> None:
        """Count one play."""
        self._update(source_id, plays=audio_source.c.plays + 1, last_played_at=datetime.now(UTC))

    def table(self, collection: str = "") -> list[dict[str, Any]]:
        """Return all that can be played, with its item's collection, key and order, as rows."""
        query = (
            sa.select(item.c.collection, item.c.key, item.c.order, *_TOLD)
            .join(item, item.c.id == audio_source.c.item_id)
            .where(_PLAYED)
            .order_by(item.c.collection, item.c.order, audio_source.c.id)
        )
        if collection:
            query = query.where(item.c.collection == collection)
        return self._database.read(
            lambda connection: [dict(row) for row in connection.execute(query).mappings()]
        )

    def _fetch(self, condition: sa.ColumnElement[bool]) -> list[AudioSource]:
        last_first = (audio_source.c.asked.desc(), audio_source.c.id.desc())
        query = sa.select(audio_source).where(condition).order_by(*last_first)
        return self._database.read(
            lambda connection: [AudioSource(**row) for row in connection.execute(query).mappings()]
        )

    def _put(self, connection: sa.Connection, values: dict[str, Any]) -> int:
        now = datetime.now(UTC)
        stamped = {**values, "plays": 0, "created_at": now, "updated_at": now}
        return int(connection.execute(self._upsert, stamped).scalar_one())

    def _update(self, source_id: int, **values: Any) -> bool:
        change = sa.update(audio_source).where(audio_source.c.id == source_id).values(values)
        changed = self._database.write(lambda connection: connection.execute(change).rowcount)
        return bool(changed)


def _used(connection: sa.Connection, files: list[str]) -> set[str]:
    query = sa.select(audio_source.c.file).where(audio_source.c.file.in_(files))
    return set(connection.execute(query).scalars())


def _next(item_id: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    """Count on within an item: unlike a clock, it never goes back."""
    beside = audio_source.alias()
    highest = sa.func.coalesce(sa.func.max(beside.c.asked), 0)
    return sa.select(highest + 1).where(beside.c.item_id == item_id).scalar_subquery()


def _upsert(insert: Any) -> Any:
    """Build the statement once: making it anew would take longer than running it."""
    values: dict[str, Any] = {
        name: sa.bindparam(name) for name in (*_WRITTEN, "plays", "created_at", "updated_at")
    }
    values["asked"] = _next(values["item_id"])
    # An approval stays, and counts for as long as the file is the one that was approved.
    stays = (*_IDENTITY, "approved_checksum")
    replaced = [name for name in (*_WRITTEN, "asked", "updated_at") if name not in stays]
    return (
        insert.values(values)
        .on_conflict_do_update(
            index_elements=list(_IDENTITY),
            set_={name: insert.excluded[name] for name in replaced},
        )
        .returning(audio_source.c.id)
    )
