"""Telling what was made: the production report, and reports of executed notebooks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from voicemill.production.workshop import Workshop

if TYPE_CHECKING:
    from voicemill.reports.production import ProductionReport


class Reporting:
    """What a studio can tell of itself."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    def production(
        self,
        collection: str = "",
        *,
        days: int = 90,
        players: str = "suspicious",
        audio_limit_mb: float = 10.0,
        name: str = "",
    ) -> ProductionReport:
        """Open the production report of a collection ("": of all), section by section.

        days: how far back runs are told of.  players: which clips can be heard: suspicious,
        none, all, or a state of review such as "rejected".  audio_limit_mb: how much sound the
        page may carry; in a run without a person the rest lies in a folder beside it.  name: of
        the folders beside the report, by default by collection and time.
        Raises ItemUnknown when it is read, for a collection that does not exist.
        """
        from voicemill.reports.production import ProductionReport, Wishes

        return ProductionReport(self._shop, Wishes(collection, days, players, audio_limit_mb, name))

    def page(self, notebook: str | Path, target: str | Path) -> Path:
        """Write the page of a notebook that was run and saved: no code, playable offline.

        Raises StoreError.
        """
        from voicemill.masking import secrets_of
        from voicemill.reports import write_report

        settings = self._shop.settings
        source, page = settings.resolve(notebook), settings.resolve(target)
        return write_report(source, page, secrets_of(settings))
