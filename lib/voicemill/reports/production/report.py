"""The production report: what there is, how good it is, what it cost, section by section."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from voicemill.production.workshop import Workshop
from voicemill.reports.production.counts import counts
from voicemill.reports.production.coverage import coverage
from voicemill.reports.production.facts import Facts, read_facts
from voicemill.reports.production.failures import failures
from voicemill.reports.production.judging import verdicts
from voicemill.reports.production.licences import licences
from voicemill.reports.production.measured import measured
from voicemill.reports.production.quality import quality
from voicemill.reports.production.saving import Saved, save_tables
from voicemill.reports.production.sound import Sounds
from voicemill.reports.production.speed import speed
from voicemill.reports.production.storage import storage
from voicemill.reports.production.suspicious import SUSPICIOUS, suspicious
from voicemill.reports.production.trend import trend
from voicemill.reports.production.unattended import unattended

if TYPE_CHECKING:
    from voicemill.reports.production.section import Section

SECTIONS = (
    "counts", "coverage", "failures", "quality", "suspicious", "verdicts", "trend", "unattended",
    "speed", "storage", "metrics", "licences",
)  # fmt: skip


@dataclass(frozen=True)
class Wishes:
    """What a report is to tell.

    collection: "" means all.  days: how far back runs go.  players: which clips can be heard,
    see `suspicious`.  audio_limit_mb: how much sound the page may carry.  name: of the folders
    beside it, "" for one by collection and time.
    """

    collection: str = ""
    days: int = 90
    players: str = SUSPICIOUS
    audio_limit_mb: float = 10.0
    name: str = ""


class ProductionReport:
    """A report as of the moment it was opened; each section is made when it is asked for."""

    def __init__(self, shop: Workshop, wishes: Wishes) -> None:
        self._shop = shop
        self._wishes = wishes
        self._name = wishes.name or usual_name(wishes.collection)

    def __repr__(self) -> str:
        return f"the production report of {self._wishes.collection or 'all collections'}"

    @cached_property
    def facts(self) -> Facts:
        """What it is made of."""
        return read_facts(self._shop, self._wishes.collection, self._wishes.days)

    @cached_property
    def counts(self) -> Section:
        """The project at a glance."""
        return counts(self.facts)

    @cached_property
    def coverage(self) -> Section:
        """Which items have audio in which voice and of which type."""
        return coverage(self.facts)

    @cached_property
    def failures(self) -> Section:
        """What failed when it was last tried, and why."""
        return failures(self.facts)

    @cached_property
    def quality(self) -> Section:
        """Levels, lengths, rules kept."""
        return quality(self.facts)

    @cached_property
    def suspicious(self) -> Section:
        """Clips to listen to."""
        return suspicious(self.facts, self._sounds, self._wishes.players)

    @cached_property
    def verdicts(self) -> Section:
        """What people think, and how far they agree."""
        return verdicts(self.facts)

    @cached_property
    def storage(self) -> Section:
        """How much room the files take."""
        return storage(self.facts)

    @cached_property
    def speed(self) -> Section:
        """How long it took to make."""
        return speed(self.facts)

    @cached_property
    def trend(self) -> Section:
        """What became of the items of each run."""
        return trend(self.facts)

    @cached_property
    def unattended(self) -> Section:
        """Notebooks that ran without a person."""
        return unattended(self.facts)

    @cached_property
    def metrics(self) -> Section:
        """How well production goes, of all collections."""
        return measured(self._shop, self._wishes.days)

    @cached_property
    def licences(self) -> Section:
        """Licences, attribution, engines."""
        return licences(self.facts)

    def save_tables(self, folder: str | Path = "") -> Saved:
        """Write every table as CSV and XLSX; where, see `tables_folder`. Raises StoreError."""
        settings = self._shop.settings
        target = settings.resolve(folder) if folder else self.tables_folder
        sections: list[Section] = [getattr(self, name) for name in SECTIONS]
        return save_tables(
            {name: table for one in sections for name, table in one.tables.items()}, target
        )

    @property
    def tables_folder(self) -> Path:
        """Where its tables go: a folder beside the reports."""
        return tables_folder(self._shop.settings.output, self._name)

    @cached_property
    def _sounds(self) -> Sounds:
        # A notebook that is open in JupyterLab lies elsewhere and would not find the folder.
        headless = os.environ.get("VOICEMILL_HEADLESS")
        beside = self._shop.settings.output / "reports" / f"{self._name}_audio"
        limit_bytes = int(self._wishes.audio_limit_mb * 1e6)
        return Sounds(self._shop, limit_bytes, beside if headless else None)


def usual_name(collection: str = "") -> str:
    """Return a name for the folders of a report: by its collection and the time."""
    from pathvalidate import sanitize_filename

    of = sanitize_filename(collection.replace(" ", "_"), replacement_text="_")[:60] or "all"
    return f"report_{of}_{datetime.now():%Y-%m-%d_%H-%M-%S}"


def tables_folder(output: Path, name: str) -> Path:
    """Return where the tables of a report of that name go."""
    return output / "reports" / f"{name}_tables"
