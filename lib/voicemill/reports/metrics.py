"""Metrics: how well production goes, for people, for programs, and for Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from voicemill.catalog import Catalog, figures
from voicemill.catalog.figures import Judged, Stock, Work, Worker, share
from voicemill.reports.metrics_prometheus import as_prometheus
from voicemill.reports.metrics_table import as_table, as_text
from voicemill.settings import Settings

__all__ = ["Metrics", "as_prometheus", "as_table", "as_text", "metrics"]


@dataclass(frozen=True)
class Metrics:
    """How a project does.

    days: how far back outcomes, times, hits and executions were counted, by when their run
    began.  engines: what was done by engine, "" where no voice was chosen.  storage: by type of
    source.  workers: of runs that are not over.  executions: how many by status.  schedules:
    when each entry that ever ran last ran to its end.
    """

    taken_at: datetime
    days: int
    engines: Mapping[str, Work]
    storage: Mapping[str, Stock]
    workers: tuple[Worker, ...]
    audio: Judged
    executions: Mapping[str, int]
    schedules: Mapping[str, datetime | None]

    @property
    def outcomes(self) -> dict[str, int]:
        """Items by what became of them."""
        names = ("completed", "failed", "skipped", "cancelled")
        return {name: self._sum(name) for name in names}

    @property
    def success_rate(self) -> float | None:
        """Items that were completed, of those that were completed or failed (0 … 1)."""
        completed = self._sum("completed")
        return share(completed, completed + self._sum("failed"))

    @property
    def cache_hit_rate(self) -> float | None:
        """Items whose audio was there already, of those whose audio was made or found (0 … 1)."""
        return share(self._sum("found"), self._sum("asked"))

    @property
    def storage_files(self) -> int:
        """Files in the store."""
        return sum(one.files for one in self.storage.values())

    @property
    def storage_bytes(self) -> int:
        """What they take."""
        return sum(one.size_bytes for one in self.storage.values())

    @property
    def open_runs(self) -> int:
        """Runs that go on."""
        return sum(one.is_alive for one in self.workers)

    @property
    def dead_runs(self) -> int:
        """Runs whose process died, which nobody has settled yet."""
        return len(self.workers) - self.open_runs

    @property
    def queued_items(self) -> int:
        """Items that the runs which go on have not done yet."""
        return sum(one.left for one in self.workers if one.is_alive)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values; moments as ISO 8601, None for what cannot be known yet."""
        engines = {
            name: {**asdict(one), "success_rate": one.success_rate}
            for name, one in self.engines.items()
        }
        schedules = {
            name: moment.isoformat() if moment else None for name, moment in self.schedules.items()
        }
        return {
            "taken_at": self.taken_at.isoformat(),
            "days": self.days,
            "outcomes": self.outcomes,
            "success_rate": self.success_rate,
            "cache_hit_rate": self.cache_hit_rate,
            "engines": engines,
            "storage_files": self.storage_files,
            "storage_bytes": self.storage_bytes,
            "storage": {name: asdict(one) for name, one in self.storage.items()},
            "open_runs": self.open_runs,
            "dead_runs": self.dead_runs,
            "queued_items": self.queued_items,
            "workers": [asdict(one) for one in self.workers],
            "checked_files": self.audio.checked,
            "suspicious_files": self.audio.suspicious,
            "items_with_audio": self.audio.playable,
            "review_backlog": self.audio.unheard,
            "executions": dict(self.executions),
            "schedules": schedules,
        }

    def _sum(self, name: str) -> int:
        return sum(getattr(one, name) for one in self.engines.values())


def metrics(catalog: Catalog, settings: Settings, days: int = 30) -> Metrics:
    """Measure a project. Raises CatalogError.

    days: how far to look back; no farther than records of runs are kept ([catalog] run_days).
    """
    from voicemill.review.checks.finding import FLAGGED

    days = min(days, settings.catalog.run_days)
    now = datetime.now(UTC)
    since, database = now - timedelta(days=days), catalog.database
    return Metrics(
        taken_at=now,
        days=days,
        engines=figures.work_by_engine(database, since),
        storage=figures.stock_by_type(database),
        workers=tuple(figures.workers(database)),
        audio=figures.judged(database, FLAGGED),
        executions=figures.executions_by_status(database, since),
        schedules=figures.last_successes(database),
    )
