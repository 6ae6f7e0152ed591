"""What there is in the schedule: what comes next, and how it went last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from voicemill.catalog import Execution, Executions
from voicemill.production.progress import duration
from voicemill.schedule.entries import Entry
from voicemill.schedule.when import shown

_LOOKED_AT = 1000  # executions; a hung one may have had many left out after it


@dataclass(frozen=True)
class Listed:
    """An entry, when it is due next (None: it rests), and its newest execution, if any.

    What was left out counts only where nothing else ever was.
    """

    entry: Entry
    due: datetime | None
    last: Execution | None

    @property
    def next_words(self) -> str:
        """When it is due next, in this machine's time."""
        return shown(self.due) if self.due else "switched off"

    @property
    def last_words(self) -> str:
        """How it went last."""
        if self.last is None:
            return "never yet"
        last = self.last
        words = f"{last.status} {shown(last.started_at)}"
        words += f", {duration(last.elapsed_s)}" if last.finished_at and last.elapsed_s else ""
        failed = last.counts.get("failed", 0)
        words += f", {failed} of {last.counts.get('total', failed)} failed" if failed else ""
        return words + (f": {last.error}" if last.error else "")


def listed(entries: Sequence[Entry], executions: Executions, now: datetime) -> list[Listed]:
    """Return all entries with what comes next and what was last."""
    return [
        Listed(
            entry,
            entry.when.after(now) if entry.enabled else None,
            _last(executions.newest(_LOOKED_AT, entry.name)),
        )
        for entry in entries
    ]


def _last(newest: Sequence[Execution]) -> Execution | None:
    done = (one for one in newest if one.status != "skipped")
    return next(done, next(iter(newest), None))
