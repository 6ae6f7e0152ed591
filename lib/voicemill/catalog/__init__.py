"""What exists: items, audio sources, runs; and the store of finished files."""

from __future__ import annotations

from functools import cached_property

import sqlalchemy as sa

from voicemill.catalog.database import open_database
from voicemill.catalog.items import Item, Items
from voicemill.catalog.runs import Outcome, Runs
from voicemill.catalog.sources import AudioSource, BestAudio, Sources
from voicemill.catalog.store import FileName, Store

__all__ = [
    "AudioSource",
    "BestAudio",
    "Catalog",
    "FileName",
    "Item",
    "Items",
    "Outcome",
    "Runs",
    "Sources",
    "Store",
]


class Catalog:
    """One catalog: its items, sources and runs behind one database connection pool."""

    def __init__(self, url: str) -> None:
        self.engine: sa.Engine = open_database(url)

    @cached_property
    def items(self) -> Items:
        """The items."""
        return Items(self.engine)

    @cached_property
    def sources(self) -> Sources:
        """The audio sources."""
        return Sources(self.engine)

    @cached_property
    def runs(self) -> Runs:
        """The runs."""
        return Runs(self.engine)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()
