"""All that making audio needs, opened once: settings, engines, catalog, store, profiles."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from voicemill.audio import Profile, load_profiles
from voicemill.catalog import Catalog, Store
from voicemill.settings import Settings, read_settings
from voicemill.speech.engines import Engines
from voicemill.speech.words import Lexicon


@dataclass(frozen=True)
class Workshop:
    """What `render` works with; safe to share between threads."""

    settings: Settings
    engines: Engines
    catalog: Catalog
    store: Store
    profiles: dict[str, Profile]
    lexicon: Lexicon

    @property
    def workers(self) -> int:
        """How many items are made at once."""
        return self.settings.production.workers or os.cpu_count() or 1


def open_workshop(folder: str | Path | None = None) -> Workshop:
    """Open the project around `folder`. Raises SettingsError, CatalogError, StoreError."""
    settings = read_settings(folder)
    return Workshop(
        settings=settings,
        engines=Engines(settings.speech, settings.root),
        catalog=Catalog(settings.catalog_url, settings.production.patience_s),
        store=Store(_store_url(settings), settings.store.options),
        profiles=load_profiles(settings.profiles),
        lexicon=Lexicon.read(settings.resolve(settings.speech.lexicon)),
    )


def _store_url(settings: Settings) -> str:
    url = settings.store.url
    return url if "://" in url else str(settings.resolve(url))
