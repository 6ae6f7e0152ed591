"""Telling people how an entry ended, where its own process could not or was not to do so."""

from __future__ import annotations

import logging

from voicemill.catalog import Catalog, Execution
from voicemill.settings import Settings

log = logging.getLogger("voicemill.schedule")


def tell_of(ended: Execution, settings: Settings, catalog: Catalog) -> None:
    """Tell the people in the settings, if they want to hear of such an end."""
    from voicemill.reports.telling import Ending, first_failures, tell

    ending = Ending(
        title=ended.schedule or ended.notebook,
        status=ended.status,
        counts=ended.counts,
        failures=first_failures(catalog, ended.run_ids),
        error=ended.error,
        report=str(settings.root / ended.report) if ended.report else "",
        elapsed_s=ended.elapsed_s,
        started_by=ended.started_by,
    )
    for sentence in tell(ending, settings):
        log.warning(sentence)
