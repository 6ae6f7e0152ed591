"""All that the production report tells, read from the catalog in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from voicemill.catalog import AudioSource, Execution, Item, history
from voicemill.production.workshop import Workshop
from voicemill.review.desk.clips import Eye, list_rows

if TYPE_CHECKING:
    import pandas as pd

_EXECUTIONS = 5000  # more are not read
CLIP_COLUMNS = (
    "collection", "key", "text", "category", "language", "type", "voice", "profile",
    "duration_s", "loudness_lufs", "peak_dbtp", "rules_kept", "size_bytes", "format",
    "review", "checked", "suspicion", "suspicious", "why", "outcome", "file",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What is known of a collection ("": of all) at a moment.

    days: how far back runs and executions go.  rows: of each item what is played and what is
    thought of it, as the listening desk lists them.  sources: by the item's id, without the
    sentences of pages.  outcomes, runs, timings, files: see `history`.
    """

    collection: str
    days: int
    at: datetime
    items: list[Item]
    rows: list[dict[str, Any]]
    sources: Mapping[int, list[AudioSource]]
    checked: frozenset[str]
    outcomes: history.Rows
    runs: history.Rows
    executions: list[Execution]
    timings: history.Rows
    files: history.Rows
    reviews: history.Rows

    @property
    def since(self) -> datetime:
        """From when on runs and executions are told of."""
        return self.at - timedelta(days=self.days)

    @cached_property
    def clips(self) -> pd.DataFrame:
        """One row for each item, with what is played for it: CLIP_COLUMNS."""
        import pandas as pd

        ended = {(one["collection"], one["key"]): one["status"] for one in self.outcomes}
        by_id = {one.id: one for each in self.sources.values() for one in each}
        rows = [self._clip(row, by_id.get(row["source"]), ended) for row in self.rows]
        return pd.DataFrame(rows, columns=list(CLIP_COLUMNS))

    def _clip(
        self,
        row: Mapping[str, Any],
        source: AudioSource | None,
        ended: Mapping[tuple[str, str], str],
    ) -> dict[str, Any]:
        measures = source.metadata.get("measures", {}) if source else {}
        rules = source.metadata.get("checks", []) if source else []
        return {
            **{name: row[name] for name in CLIP_COLUMNS if name in row},
            "type": source.source_type if source else "",
            "profile": source.profile if source else "",
            "duration_s": source.duration_s if source else None,
            "loudness_lufs": measures.get("loudness_lufs"),
            "peak_dbtp": measures.get("peak_dbtp"),
            "rules_kept": all(one["passed"] for one in rules) if rules else None,
            "size_bytes": source.size_bytes if source else None,
            "format": source.format if source else "",
            "review": row["status"] if source else "",
            "checked": bool(source) and source.checksum in self.checked if source else False,
            "outcome": ended.get((row["collection"], row["key"]), ""),
            "file": source.file if source else "",
        }


def read_facts(shop: Workshop, collection: str, days: int) -> Facts:
    """Read all of it. Raises ItemUnknown for a collection that does not exist, CatalogError."""
    catalog = shop.catalog
    items = catalog.items.of_collection(collection)
    at = datetime.now(UTC)
    since = at - timedelta(days=days)
    sources: dict[int, list[AudioSource]] = {}
    for source in catalog.sources.of_items(item.id for item in items):
        sources.setdefault(source.item_id, []).append(source)
    checksums = {one.checksum for each in sources.values() for one in each}
    executions = catalog.executions.newest(_EXECUTIONS)
    return Facts(
        collection=collection,
        days=days,
        at=at,
        items=items,
        rows=list_rows(items, shop, Eye("")),
        sources=sources,
        checked=frozenset(checksum for checksum, _expected in catalog.heard.of(checksums)),
        outcomes=history.newest_outcomes(catalog, collection),
        runs=history.runs_since(catalog, since, collection),
        executions=[one for one in executions if one.started_at >= since],
        timings=history.timings(catalog, since, collection),
        files=history.stored_files(catalog, collection),
        reviews=catalog.reviews.table(collection),
    )
