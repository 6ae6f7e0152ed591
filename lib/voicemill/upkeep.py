"""Looking after a project: what is locked, cleared, mended, missing, brought in, counted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from voicemill.catalog.doctor import Report, examine
from voicemill.catalog.statistics import readable_size
from voicemill.catalog.upkeep import Removed, clear, delete, remove_expired
from voicemill.errors import ItemError
from voicemill.production.again import plan_missing
from voicemill.production.job import Request
from voicemill.production.other_takes import let_last
from voicemill.production.workshop import Workshop

if TYPE_CHECKING:
    import pandas as pd

    from voicemill.review.listening import Html


class Upkeep:
    """What a studio can do to what it has made."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    def lock(self, collection: str, key: str, *, locked: bool = True) -> None:
        """Lock an item against change, or unlock it. Raises ItemUnknown."""
        self._shop.catalog.items.lock(collection, key, locked=locked)

    def prefer(self, collection: str, key: str, source_id: int | None) -> None:
        """Play this source whenever the item is asked for; None: choose by kind again.

        Raises ItemUnknown, and ItemError for a source of another item.
        """
        catalog = self._shop.catalog
        item = catalog.items.get(collection, key)
        sources = {source.id: source for source in catalog.sources.of_item(item.id)}
        if source_id is not None and source_id not in sources:
            known = ", ".join(f"{one.id} ({one.source_type})" for one in sources.values())
            raise ItemError(
                f"it has no source {source_id}",
                where=f"{collection} '{key}'",
                remedy=f"Its sources are: {known or 'none yet'}",
            )
        if source_id is not None:
            let_last(sources[source_id], self._shop)
        catalog.items.prefer(collection, key, source_id)

    def approve(self, source_id: int, *, approved: bool = True) -> None:
        """Keep a source for good, because a person has heard and approved it; or no longer."""
        self._shop.catalog.sources.approve(source_id, approved=approved)

    def clear(self, collection: str, key: str = "") -> Removed:
        """Remove produced audio of one item or of a collection; see `catalog.upkeep.clear`."""
        return clear(self._shop.catalog, self._shop.store, collection, key)

    def delete(self, collection: str, key: str) -> Removed:
        """Remove an item with all its audio, native recordings too. Raises ItemUnknown."""
        return delete(self._shop.catalog, self._shop.store, collection, key)

    def remove_expired(self) -> Removed:
        """Remove what has expired; never what is native, approved or locked."""
        return remove_expired(self._shop.catalog, self._shop.store)

    def prune_runs(self, days: int = 0) -> int:
        """Forget runs that ended more than so many days ago (default: by the settings).

        Notebooks that ran without a person go with them, executed copy and log; their reports
        stay. Returns how many runs were forgotten.
        """
        settings = self._shop.settings
        older_than_days = days or settings.catalog.run_days
        for forgotten in self._shop.catalog.executions.prune(older_than_days):
            for name in filter(None, (forgotten.executed, forgotten.log)):
                file = settings.root / name
                if file.parent == settings.output / "runs":  # where we put it, whoever wrote this
                    file.unlink(missing_ok=True)
        return self._shop.catalog.runs.prune(older_than_days)

    def doctor(self, *, mend: bool = False) -> Report:
        """Compare catalog and files, and mend what can be mended; see `catalog.doctor`."""
        return examine(self._shop.catalog, self._shop.store, mend=mend)

    def missing(self, collection: str = "") -> pd.DataFrame:
        """Plan the items that have no audio, or only what is lost, damaged or expired.

        Each as it was asked for last; what never was is spoken as voicemill.toml says.
        """
        return plan_missing(Request.usual(self._shop.settings), self._shop, collection)

    def match_recordings(self, folder: str | Path, collection: str) -> pd.DataFrame:
        """Say which item each recording in a folder belongs to; edit `key` where it is wrong.

        Raises ItemUnknown for a collection that was never produced, StoreError for a folder
        that is not there.
        """
        from voicemill.production.recordings.matching import match_recordings

        return match_recordings(Path(folder), collection, self._shop)

    def import_recordings(
        self,
        matches: pd.DataFrame,
        collection: str,
        *,
        speaker: str = "",
        licence: str = "",
        attribution: str = "",
        profile: str = "",
    ) -> pd.DataFrame:
        """Master the matched recordings and catalog them as native; one row of result each.

        matches: as `match_recordings` returns them; only rows with a key count.
        """
        from voicemill.production.recordings.importing import Origin, import_recordings

        origin = Origin(speaker=speaker, licence=licence, attribution=attribution)
        return import_recordings(matches, collection, self._shop, origin, profile)

    def holdings(self) -> Html:
        """Show what there is by voice, and how the last runs went."""
        from voicemill.review.holdings import holdings_figure

        catalog = self._shop.catalog
        return holdings_figure(catalog.statistics(), catalog.runs.table(limit=30))

    def statistics(self) -> pd.DataFrame:
        """What the catalog holds, in figures: one row per fact."""
        import pandas as pd

        found = self._shop.catalog.statistics()
        rate = found["cache_hit_rate"]
        facts = {
            "items": found["items"],
            "sources": found["sources"],
            **{f"of type {kind}": count for kind, count in found["by_type"].items()},
            **{f"in voice {name or 'unnamed'}": n for name, n in found["by_voice"].items()},
            "approved": found["approved"],
            "size": readable_size(found["size_bytes"]),
            "audio": f"{found['duration_s'] / 60:.1f} min",
            "plays": found["plays"],
            "average age": f"{found['average_age_days']:.1f} days",
            "found already made": "no run yet" if rate is None else f"{rate:.0%} of what was asked",
        }
        return pd.DataFrame({"fact": list(facts), "value": [str(one) for one in facts.values()]})
