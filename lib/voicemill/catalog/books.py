"""Books: what a collection of pages is, and which pages it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from voicemill.catalog.database import Database
from voicemill.catalog.items import Item, Items
from voicemill.catalog.schema import audio_source, book, item


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
