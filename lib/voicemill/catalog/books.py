"""Books: what a collection of pages is, and which pages it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from voicemill.catalog.audio_source import PART
from voicemill.catalog.database import Database
from voicemill.catalog.items import Item, Items
from voicemill.catalog.schema import audio_source, book, item, run_item


@dataclass(frozen=True)
class KeptBook:
    """A book as the catalog knows it.

    language: a BCP 47 tag.  cover: the bytes of a PNG or JPEG.
    pages: key and printed label of each page, in order.
    """

    collection: str
    title: str
    author: str = ""
    language: str = ""
    cover: bytes | None = field(default=None, repr=False)
    pages: tuple[tuple[str, str], ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PageAudio:
    """An audio file of a page. says_page: of what was joined, whether it is of its text now."""

    item_id: int
    source_id: int
    source_type: str
    file: str
    duration_s: float
    expired: bool
    says_page: bool


class Books:
    """Reads and writes what is known of books."""

    def __init__(self, database: Database, items: Items) -> None:
        self._database = database
        self._items = items

    def keep(self, kept: KeptBook) -> None:
        """Keep what a collection is, in place of what was kept of it before."""
        now = datetime.now(UTC)
        values = {
            "title": kept.title,
            "author": kept.author,
            "language": kept.language,
            "cover": kept.cover,
            "pages": [list(page) for page in kept.pages],
            "updated_at": now,
        }
        insert = self._database.insert(book).values(
            {**values, "collection": kept.collection, "created_at": now}
        )
        upsert = insert.on_conflict_do_update(index_elements=["collection"], set_=values)
        self._database.write(lambda connection: connection.execute(upsert))

    def get(self, collection: str) -> KeptBook | None:
        """Return what is known of a collection as a book, None when nothing is."""
        query = sa.select(book).where(book.c.collection == collection)
        found = self._database.read(lambda connection: connection.execute(query).mappings().first())
        if found is None:
            return None
        return KeptBook(**{**found, "pages": tuple((key, label) for key, label in found["pages"])})

    def moments(self, collection: str) -> tuple[datetime | None, datetime | None]:
        """Return when the first page came, and when a page or its audio changed last."""
        mine = item.c.collection == collection
        pages = sa.select(sa.func.min(item.c.created_at), sa.func.max(item.c.updated_at))
        sources = sa.select(sa.func.max(audio_source.c.updated_at)).join(
            item, item.c.id == audio_source.c.item_id
        )

        def work(connection: sa.Connection) -> tuple[datetime | None, datetime | None]:
            created_at, changed_at = connection.execute(pages.where(mine)).one()
            made_at = connection.execute(sources.where(mine)).scalar()
            return created_at, max(filter(None, (changed_at, made_at)), default=None)

        return self._database.read(work)

    def pages(self, collection: str) -> Sequence[Item]:
        """Return the pages of a book in its order; without a kept book, all of the collection.

        Pages that never were planned are left out. Raises ItemUnknown for a collection that
        does not exist.
        """
        found = self._items.of_collection(collection)
        kept = self.get(collection)
        if kept is None or not kept.pages:
            return found
        by_key = {one.key: one for one in found}
        return [by_key[key] for key, _label in kept.pages if key in by_key]

    def audio(self, collection: str) -> list[PageAudio]:
        """Return what there is of a book's pages, what was asked for last first.

        Compared in the database: what is known of a page's words is more than its text.
        """
        source = audio_source.c
        kept = sa.or_(source.source_type == "native", source.approved_checksum == source.checksum)
        said = sa.func.coalesce(source.metadata["page", "text"].as_string(), item.c.text)
        query = (
            sa.select(
                source.item_id,
                source.id.label("source_id"),
                source.source_type,
                source.file,
                source.duration_s,
                source.cached_until,
                kept.label("kept"),
                (said == item.c.text).label("says_page"),
            )
            .join(item, item.c.id == source.item_id)
            .where(item.c.collection == collection, source.source_type != PART)
            .order_by(source.asked.desc(), source.id.desc())
        )
        now = datetime.now(UTC)

        def work(connection: sa.Connection) -> list[PageAudio]:
            found = []
            for row in connection.execute(query).mappings():
                values = dict(row)
                until = values.pop("cached_until")
                over = not values.pop("kept") and until is not None and until <= now
                found.append(PageAudio(**values, expired=over))
            return found

        return self._database.read(work)

    def not_made(self, collection: str) -> dict[int, tuple[str, str]]:
        """Return item id → status and reason of the pages that no run could make.

        Only what became of each last counts, and only since the page was changed.
        """
        mine = run_item.c.collection == collection
        newest = (
            sa.select(sa.func.max(run_item.c.id))
            .where(mine, run_item.c.status != "cancelled")
            .group_by(run_item.c.key)
        )
        same = sa.and_(item.c.collection == run_item.c.collection, item.c.key == run_item.c.key)
        query = (
            sa.select(item.c.id, run_item.c.status, run_item.c.reason)
            .join(item, same)
            .where(mine, run_item.c.id.in_(newest), run_item.c.source_id.is_(None))
            .where(run_item.c.finished_at >= item.c.updated_at)
        )
        return self._database.read(
            lambda connection: {
                row.id: (row.status, row.reason) for row in connection.execute(query)
            }
        )
