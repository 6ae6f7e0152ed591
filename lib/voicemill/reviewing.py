"""Judging what was made: automatic checks, the listening desk, verdicts, voices compared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from voicemill.production.workshop import Workshop

if TYPE_CHECKING:
    import pandas as pd

    from voicemill.review.comparing import Comparing
    from voicemill.review.desk import DeskView
    from voicemill.review.verdicts import Imported


class Reviewing:
    """What a studio can do to find out whether its audio is good."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    def check(
        self,
        collection: str = "",
        *,
        again: bool = False,
        report: Callable[[int, int, str], None] | None = None,
    ) -> pd.DataFrame:
        """Check every clip of a collection ("": of all) that was not; the most suspicious first.

        See `review.checks.check`. again: also those that were.  report: hears how many are
        done, of how many, and which is next.  Raises ItemUnknown.
        """
        from voicemill.review.checks import check

        return check(collection, self._shop, again=again, report=report)

    def desk(
        self,
        collection: str = "",
        *,
        reviewer: str = "",
        required: int = 1,
        show: str = "to review",
    ) -> DeskView:
        """Open the listening desk; in a report it is a summary. See `review.desk.open_desk`."""
        from voicemill.review.desk import open_desk

        return open_desk(self._shop, collection, reviewer=reviewer, required=required, show=show)

    def export_verdicts(self, file: str | Path, collection: str = "") -> Path:
        """Write the verdicts to a CSV or XLSX file."""
        from voicemill.review.verdicts import export_verdicts

        return export_verdicts(self._shop.catalog, self._shop.settings.resolve(file), collection)

    def import_verdicts(self, file: str | Path, *, required: int = 1) -> Imported:
        """Read verdicts from such a file. Raises TableError naming every problem."""
        from voicemill.review.verdicts import import_verdicts

        path = self._shop.settings.resolve(file)
        return import_verdicts(self._shop.catalog, path, required)

    @property
    def voices(self) -> Comparing:
        """Compare voices: measured, and judged blind. See `review.comparing`."""
        from voicemill.review.comparing import Comparing

        return Comparing(self._shop)
