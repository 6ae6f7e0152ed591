"""The items of all collections, as last planned or produced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from voicemill.catalog.database import Database
from voicemill.catalog.schema import item
from voicemill.errors import ItemUnknown, close_matches

# Columns that come from a table; a lock is set in the table or in the catalog.
_FROM_TABLE = ("order", "text", "ipa", "sound", "language", "category")
_OF_A_ROW = ("collection", "key", *_FROM_TABLE, "locked")
_CHUNK = 500  # rows per statement, below SQLite's limit of variables


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be spoken."""

    id: int
    collection: str
    key: str
    order: int
    text: str
    ipa: str
    sound: str
    language: str
    category: str
    locked: bool
    preferred_source_id: int | None


class Items:
    """Reads and writes items."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert items, or update those that differ.

        rows: mappings with collection, key and the columns of a table. A lock in the table
        locks; a lock set in the catalog stays until it is taken off there.
        """
        wanted = {
            (str(row["collection"]), str(row["key"])): {name: row[name] for name in _OF_A_ROW}
            for row in rows
        }
        self._database.write(lambda connection: self._save(connection, wanted))

    def get(self, collection: str, key: str) -> Item:
        """Return one item. Raises ItemUnknown with close matches."""
        query = _select().where(item.c.collection == collection, item.c.key == key)
        keys = sa.select(item.c.key).where(item.c.collection == collection)

        def work(connection: sa.Connection) -> Item | list[str]:
            found = connection.execute(query).mappings().first()
            return Item(**found) if found else list(connection.execute(keys).scalars())

        found = self._database.read(work)
        if isinstance(found, Item):
            return found
        if not found:
            raise self._no_collection(collection)
        near = close_matches(key, found)
        raise ItemUnknown(
            f"there is no item '{key}' in collection '{collection}'",
            remedy=f"Close: {', '.join(near)}" if near else "Produce its table first",
        )

    def of_collection(self, collection: str) -> list[Item]:
        """Return the items of a collection in their order; "" means of all collections.

        Raises ItemUnknown for a collection that does not exist.
        """
        found = self.table(collection)
        if collection and not found:
            raise self._no_collection(collection)
        return found

    def table(self, collection: str = "") -> list[Item]:
        """Return all items, or those of one collection, in their order."""
        query = _select().order_by(item.c.collection, item.c.order, item.c.id)
        if collection:
            query = query.where(item.c.collection == collection)
        return self._database.read(
            lambda connection: [Item(**row) for row in connection.execute(query).mappings()]
        )

    def ids(self, collection: str) -> dict[str, int]:
        """Return key → id of all items of a collection."""
        query = sa.select(item.c.key, item.c.id).where(item.c.collection == collection)
        return self._database.read(
            lambda connection: {row.key: row.id for row in connection.execute(query)}
        )

    def locked_keys(self, collection: str) -> set[str]:
        """Return the keys that are locked in the catalog."""
        query = sa.select(item.c.key).where(item.c.collection == collection, item.c.locked)
        return self._database.read(lambda connection: set(connection.execute(query).scalars()))

    def delete(self, item_id: int) -> None:
        """Forget an item and its sources; their files are the caller's to remove."""
        gone = sa.delete(item).where(item.c.id == item_id)
        self._database.write(lambda connection: connection.execute(gone))

    def lock(self, collection: str, key: str, *, locked: bool = True) -> None:
        """Lock an item against change, or unlock it. Raises ItemUnknown."""
        self._set(self.get(collection, key), locked=locked)

    def prefer(self, collection: str, key: str, source_id: int | None) -> None:
        """Set the source to be used whenever this item is asked for. Raises ItemUnknown."""
        self._set(self.get(collection, key), preferred_source_id=source_id)

    def _no_collection(self, collection: str) -> ItemUnknown:
        names = sa.select(item.c.collection).distinct().order_by(item.c.collection)
        known = self._database.read(lambda connection: list(connection.execute(names).scalars()))
        return ItemUnknown(
            f"there is no collection '{collection}' in the catalog",
            remedy=f"Known: {', '.join(known)}"
            if known
            else "There is none yet; produce a table first",
        )

    def _set(self, found: Item, **values: Any) -> None:
        values["updated_at"] = datetime.now(UTC)
        change = sa.update(item).where(item.c.id == found.id).values(values)
        self._database.write(lambda connection: connection.execute(change))

    def _save(
        self, connection: sa.Connection, wanted: Mapping[tuple[str, str], Mapping[str, Any]]
    ) -> None:
        now = datetime.now(UTC)
        known = _known(connection, {collection for collection, _key in wanted})
        stamps = {"created_at": now, "updated_at": now}
        fresh = [
            {**_values(row), **stamps, "locked": bool(row["locked"])}
            for name, row in wanted.items()
            if name not in known
        ]
        insert = self._database.insert(item).on_conflict_do_nothing()  # two runs may begin at once
        for start in range(0, len(fresh), _CHUNK):
            connection.execute(insert, fresh[start : start + _CHUNK])
        for name in sorted(known.keys() & wanted.keys()):  # two that lock rows in one order
            _update(connection, known[name], wanted[name], now)  # wait, and do not deadlock


def _select() -> sa.Select[Any]:
    return sa.select(*(item.c[name] for name in Item.__dataclass_fields__))


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: row[name] for name in _FROM_TABLE}
    return {
        "collection": row["collection"],
        "key": row["key"],
        **values,
        "order": int(row["order"]),
    }


def _known(
    connection: sa.Connection, collections: set[str]
) -> dict[tuple[str, str], sa.RowMapping]:
    query = _select().where(item.c.collection.in_(collections))
    return {(row["collection"], row["key"]): row for row in connection.execute(query).mappings()}


def _update(
    connection: sa.Connection, known: sa.RowMapping, row: Mapping[str, Any], now: datetime
) -> None:
    values = _values(row)
    changed = {name: value for name, value in values.items() if known[name] != value}
    if row["locked"] and not known["locked"]:
        changed["locked"] = True
    if changed:
        statement = sa.update(item).where(item.c.id == known["id"])
        connection.execute(statement.values(**changed, updated_at=now))
