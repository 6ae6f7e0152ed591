"""All that making audio needs, opened once: settings, engines, catalog, store, profiles."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from voicemill.audio import Profile, load_profiles
from voicemill.catalog import Catalog, Store
from voicemill.catalog.statistics import readable_size
from voicemill.errors import StoreError
from voicemill.production.judging import Judge
from voicemill.settings import Settings, read_settings
from voicemill.speech.engines import Engines
from voicemill.speech.words import Lexicon


@dataclass(frozen=True)
class Workshop:
    """What `render` works with; safe to share between threads.

    judge: who listens to takes; without one, every item has a single take.
    """

    settings: Settings
    engines: Engines
    catalog: Catalog
    store: Store
    profiles: dict[str, Profile]
    lexicon: Lexicon
    judge: Judge | None = None

    @property
    def speech_until(self) -> datetime:
        """Until when speech that is produced now is kept."""
        return datetime.now(UTC) + timedelta(days=self.settings.catalog.tts_days)

    @property
    def workers(self) -> int:
        """How many items are made at once."""
        return self.settings.production.workers or os.cpu_count() or 1

    def health(self) -> list[dict[str, Any]]:
        """Say of each engine, and of the catalog and the store, whether it works here."""
        rows: list[dict[str, Any]] = [
            {"part": f"engine {engine.name}", "works": engine.works, "message": engine.message}
            for engine in self.engines.health()
        ]
        held = self.catalog.statistics()
        message = f"{held['sources']} sources, {readable_size(held['size_bytes'])}"
        rows.append({"part": "catalog", "works": True, "message": message})
        try:
            self.store.check()
        except StoreError as error:
            return [*rows, {"part": "store", "works": False, "message": str(error)}]
        return [*rows, {"part": "store", "works": True, "message": self.store.url}]


def open_workshop(folder: str | Path | None = None) -> Workshop:
    """Open the project around `folder`. Raises SettingsError, CatalogError, StoreError."""
    settings = read_settings(folder)
    return Workshop(
        settings=settings,
        engines=Engines(settings.speech, settings.root),
        catalog=Catalog.of(settings),
        store=Store(_store_url(settings), settings.store.options),
        profiles=load_profiles(settings.profiles),
        lexicon=Lexicon.read(settings.resolve(settings.speech.lexicon)),
    )


def _store_url(settings: Settings) -> str:
    url = settings.store.url
    return url if "://" in url else str(settings.resolve(url))
