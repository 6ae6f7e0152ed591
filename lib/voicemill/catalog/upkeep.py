"""Taking away: clearing produced audio, deleting items, cleaning up what has expired.

The catalog forgets first, then the files go. A crash in between leaves a file that nobody
points to, which `doctor` finds; never a row without its file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from voicemill.catalog import Catalog
from voicemill.catalog.audio_source import AudioSource
from voicemill.catalog.statistics import readable_size
from voicemill.catalog.store import Store
from voicemill.errors import ItemLocked

_CHUNK = 100  # files asked about together before they are deleted


@dataclass(frozen=True)
class Removed:
    """What was taken away, and what was left and why (a sentence each)."""

    sources: int
    files: int
    size_bytes: int
    left: tuple[str, ...] = ()

    def __str__(self) -> str:
        size = readable_size(self.size_bytes)
        kept = f"; {len(self.left)} left" if self.left else ""
        return f"{self.sources} sources and {self.files} files removed, {size}{kept}"


def clear(catalog: Catalog, store: Store, collection: str, key: str = "") -> Removed:
    """Remove the produced audio of one item, or of all items of a collection ("": of every one).

    Native recordings, approved audio and locked items are left.
    Raises ItemUnknown, and ItemLocked when the one item is locked.
    """
    if key:
        items = [catalog.items.get(collection, key)]
        if items[0].locked:
            raise ItemLocked(
                "this item is locked", where=f"{collection} '{key}'", remedy="Unlock it first"
            )
    else:
        items = catalog.items.of_collection(collection)
    left = [f"{item.collection} '{item.key}' is locked" for item in items if item.locked]
    open_ids = {item.id for item in items if not item.locked}
    sources = catalog.sources.of_items(open_ids, parts=True)
    kept = [source for source in sources if source.kept]
    left += [f"{source.file}: {_why_kept(source)}" for source in kept]
    return _remove(catalog, store, [one for one in sources if not one.kept], left)


def delete(catalog: Catalog, store: Store, collection: str, key: str) -> Removed:
    """Remove an item with all its audio, its native recordings too.

    Raises ItemUnknown, and ItemLocked for a locked one.
    """
    item = catalog.items.get(collection, key)
    if item.locked:
        raise ItemLocked(
            "this item is locked", where=f"{collection} '{key}'", remedy="Unlock it first"
        )
    removed = _remove(catalog, store, catalog.sources.of_item(item.id, parts=True), [])
    catalog.items.delete(item.id)
    return removed


def remove_expired(catalog: Catalog, store: Store) -> Removed:
    """Remove what has expired; never what is native or approved.

    Locked items keep theirs as well: nobody would make it again.
    """
    now = datetime.now(UTC)
    locked = {item.id for item in catalog.items.table() if item.locked}
    expired = catalog.sources.expired(now)
    left = [f"{one.file}: its item is locked" for one in expired if one.item_id in locked]
    return _remove(catalog, store, [one for one in expired if one.item_id not in locked], left)


def delete_unused(catalog: Catalog, store: Store, files: Sequence[str]) -> list[str]:
    """Delete those of some files that no source points to, and return them.

    Asked shortly before each is deleted: a run may have made the same file again meanwhile.
    """
    deleted: list[str] = []
    for start in range(0, len(files), _CHUNK):
        for file in catalog.sources.unused(files[start : start + _CHUNK]):
            store.delete(file)
            deleted.append(file)
    return deleted


def _remove(
    catalog: Catalog, store: Store, sources: Sequence[AudioSource], left: list[str]
) -> Removed:
    files = catalog.sources.remove(source.id for source in sources if source.id is not None)
    sizes = {source.file: source.size_bytes for source in sources}
    deleted = delete_unused(catalog, store, files)
    size_bytes = sum(sizes.get(file, 0) for file in deleted)
    return Removed(len(sources), len(deleted), size_bytes, tuple(left))


def _why_kept(source: AudioSource) -> str:
    return "a native recording" if source.source_type == "native" else "approved"
