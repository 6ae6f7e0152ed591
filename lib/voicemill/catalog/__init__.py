"""What exists: items, audio sources, runs, claims; and the store of finished files."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from voicemill.catalog.audio_source import AudioSource
from voicemill.catalog.best import BestAudio, best_audio
from voicemill.catalog.books import Books, KeptBook
from voicemill.catalog.claims import Claim, Claims
from voicemill.catalog.comparisons import Comparisons, KeptComparison, Vote
from voicemill.catalog.database import GONE_WAIT_S, Database
from voicemill.catalog.executions import Execution, Executions
from voicemill.catalog.heard import Heard, HeardFile
from voicemill.catalog.items import Item, Items
from voicemill.catalog.reviews import Review, Reviews
from voicemill.catalog.runs import Counts, Outcome, Runs, RunState
from voicemill.catalog.sources import Sources
from voicemill.catalog.statistics import statistics
from voicemill.catalog.store import FileName, Store
from voicemill.settings import Settings

__all__ = [
    "AudioSource",
    "BestAudio",
    "Books",
    "Catalog",
    "Claim",
    "Claims",
    "Comparisons",
    "Counts",
    "Database",
    "Execution",
    "Executions",
    "FileName",
    "Heard",
    "HeardFile",
    "Item",
    "Items",
    "KeptBook",
    "KeptComparison",
    "Outcome",
    "Review",
    "Reviews",
    "RunState",
    "Runs",
    "Sources",
    "Store",
    "Vote",
    "best_audio",
    "statistics",
]


class Catalog:
    """One catalog: its items, sources and runs behind one database connection pool."""

    def __init__(self, url: str, patience_s: float = GONE_WAIT_S) -> None:
        self.database = Database(url, patience_s)

    @classmethod
    def of(cls, settings: Settings) -> Catalog:
        """Open a project's catalog. Raises CatalogError."""
        return cls(settings.catalog_url, settings.production.patience_s)

    @cached_property
    def items(self) -> Items:
        """The items."""
        return Items(self.database)

    @cached_property
    def books(self) -> Books:
        """What collections are as books."""
        return Books(self.database, self.items)

    @cached_property
    def sources(self) -> Sources:
        """The audio sources."""
        return Sources(self.database)

    @cached_property
    def reviews(self) -> Reviews:
        """What people think of the files they heard."""
        return Reviews(self.database)

    @cached_property
    def heard(self) -> Heard:
        """What automatic checks found."""
        return Heard(self.database)

    @cached_property
    def runs(self) -> Runs:
        """The runs."""
        return Runs(self.database)

    @cached_property
    def executions(self) -> Executions:
        """Notebooks that ran without a person."""
        return Executions(self.database)

    @cached_property
    def comparisons(self) -> Comparisons:
        """Voices compared side by side, and votes."""
        return Comparisons(self.database)

    @cached_property
    def claims(self) -> Claims:
        """What is being made right now."""
        return Claims(self.database)

    def best(self, wanted: Item, store: Store, *, refresh: bool = False) -> BestAudio:
        """Choose what to play for an item, see `best_audio`."""
        return best_audio(wanted, self.sources, store, refresh=refresh)

    def statistics(self) -> dict[str, Any]:
        """Return what it holds, in figures."""
        return statistics(self.database)

    def close(self) -> None:
        """Let go of every connection."""
        self.database.close()
