"""When an entry is due: its moments in a time zone, right at the changes of summer time.

An entry at named hours runs once a day whatever the clock does: where its hour is left out,
an hour later by the clock, and where its hour comes twice, the first time. One that counts
hours or minutes goes on with the time that passes. This is what cron does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from voicemill.errors import SettingsError
from voicemill.schedule.words import Words, read_words

_CHANGE = timedelta(hours=3)  # more than any clock is ever put forward or back
# How far back the newest moment may lie: steps, so that few moments are looked at.
_BACK = [timedelta(minutes=1), timedelta(hours=1)]
_BACK += [timedelta(days=days) for days in (1, 8, 32, 367, 9 * 366)]


@dataclass(frozen=True)
class When:
    """Words of time in a time zone; `zone` is "" for that of this machine."""

    text: str
    zone: str = ""
    words: Words = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Read the words. Raises ValueError with a sentence."""
        object.__setattr__(self, "words", read_words(self.text))

    def __str__(self) -> str:
        return f"{self.words.words} ({self.zone})" if self.zone else self.words.words

    @cached_property
    def clock(self) -> tzinfo:
        """The time zone it counts in. Raises SettingsError when this machine's is unclear."""
        return ZoneInfo(self.zone) if self.zone else local_zone()

    def after(self, moment: datetime) -> datetime:
        """Return the first moment after `moment`, in UTC."""
        wall = moment.astimezone(self.clock).replace(tzinfo=None, fold=0)
        start = wall - _CHANGE if self._changes_near(moment) else wall
        found: datetime | None = None
        until: datetime | None = None
        for due_wall in self.words.line.moments(start):
            if until is not None and due_wall > until:
                break
            for due in self._instants(due_wall):
                if due > moment and (found is None or due < found):
                    found, until = due, due_wall + _CHANGE
            if found is not None and not self._changes_near(found):
                break
        assert found is not None, f"{self.text} never comes"
        return found

    def before(self, moment: datetime) -> datetime:
        """Return the newest moment that is not after `moment`, in UTC."""
        for back in _BACK:
            found = None
            due = self.after(moment - back)
            while due <= moment:
                found, due = due, self.after(due)
            if found is not None:
                return found
        raise AssertionError(f"{self.text} never came")

    def _instants(self, wall: datetime) -> Iterator[datetime]:
        """Return when a clock on the wall shows that: once, or not, or twice (see PEP 495)."""
        first = wall.replace(tzinfo=self.clock, fold=0).astimezone(UTC)
        second = wall.replace(tzinfo=self.clock, fold=1).astimezone(UTC)
        left_out, twice = first > second, first < second
        if not (left_out and self.words.line.every_hour):
            yield first
        if twice and self.words.line.every_hour:
            yield second

    def _changes_near(self, moment: datetime) -> bool:
        around = (moment - _CHANGE, moment, moment + _CHANGE)
        return len({one.astimezone(self.clock).utcoffset() for one in around}) > 1


def local_zone() -> tzinfo:
    """Return this machine's time zone with its rules. Raises SettingsError when unclear."""
    from tzlocal import get_localzone

    try:
        return get_localzone()
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(
            f"this machine's time zone cannot be told ({error})",
            remedy="Set the variable TZ, or give each entry of the schedule a timezone",
        ) from error


def shown(moment: datetime) -> str:
    """Write a moment for people, in this machine's time: Mon 29 June 2026, 07:00 CEST."""
    here = moment.astimezone(local_zone())
    precise = "%H:%M:%S" if here.second else "%H:%M"
    return f"{here:%a} {here.day} {here:%B %Y, {precise} %Z}"
