"""Cron lines: five fields, read as cron reads them, into the moments of a wall clock.

APScheduler's own reading differs from cron's: its weekday 0 is Monday, a day of the month and
a weekday must both fit, and what follows a name is dropped without a word. So the fields are
read here, and its trigger is given plain numbers.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")  # as cron counts them, from 0

_PART = re.compile(r"(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:/([0-9]+))?")
_LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}  # days of the months that have not 31


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, MONTHS),
    _Field("day of the week", 0, 7, DAYS),
)


@dataclass(frozen=True)
class CronLine:
    """The moments that a cron line means, on a wall clock that knows no summer time.

    seconds: which seconds of a minute; cron itself knows only the first.
    either_day: both days are given, and as in cron one of them is enough.
    """

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    @property
    def every_hour(self) -> bool:
        """Whether it counts in hours that pass, rather than naming some of the day."""
        return len(self.hours) == 24

    def moments(self, start: datetime) -> Iterator[datetime]:
        """Return every moment from `start` on, in order; all without a time zone."""
        triggers = [self._trigger(self.days, self.weekdays)]
        if self.either_day:
            every_day, any_weekday = frozenset(range(1, 32)), frozenset(range(7))
            triggers = [
                self._trigger(self.days, any_weekday),
                self._trigger(every_day, self.weekdays),
            ]
        last = None
        for moment in heapq.merge(*(_fired(trigger, start) for trigger in triggers)):
            if moment != last:
                yield moment
            last = moment

    def _trigger(self, days: frozenset[int], weekdays: frozenset[int]) -> CronTrigger:
        return CronTrigger(
            second=_listed(self.seconds, 60),
            minute=_listed(self.minutes, 60),
            hour=_listed(self.hours, 24),
            day=_listed(days, 31),
            month=_listed(self.months, 12),
            day_of_week=",".join(DAYS[day] for day in sorted(weekdays)),
            timezone=UTC,
        )


def read_cron(text: str, seconds: frozenset[int] = frozenset({0})) -> CronLine:
    """Read five fields: minute, hour, day of the month, month, day of the week.

    Raises ValueError with a sentence.
    """
    parts = text.lower().split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"a cron line has five fields, this has {len(parts)}")
    read = [_numbers(part, field) for part, field in zip(parts, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = read
    either_day = not parts[2].startswith("*") and not parts[4].startswith("*")
    if not either_day and min(days) > max(_LONGEST.get(month, 31) for month in months):
        raise ValueError(f"no such month has a day {min(days)}, so it would never run")
    weekdays = frozenset(day % 7 for day in weekdays)
    return CronLine(seconds, minutes, hours, days, months, weekdays, either_day)


def _numbers(text: str, field: _Field) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None or (match[1] == "*" and match[2]):
            raise ValueError(f"'{part}' is no {field.name}")
        first, last, step = match.groups()
        if first == "*":
            low, high = field.low, min(field.high, 6) if field.names == DAYS else field.high
        else:
            low = _number(first, field)
            high = _number(last, field) if last else low
            if step and not last:
                raise ValueError(f"'{part}' steps from nowhere, write {low}-{field.high}/{step}")
        if low > high:
            raise ValueError(f"'{part}' goes backwards")
        if step and int(step) == 0:
            raise ValueError(f"'{part}' steps by nothing")
        found.update(range(low, high + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, field: _Field) -> int:
    if text in field.names:
        return field.names.index(text) + field.low
    if not text.isdigit() or not field.low <= int(text) <= field.high:
        raise ValueError(f"'{text}' is no {field.name} ({field.low} to {field.high})")
    return int(text)


def _listed(numbers: frozenset[int], every: int) -> str:
    return "*" if len(numbers) == every else ",".join(str(number) for number in sorted(numbers))


def _fired(trigger: CronTrigger, start: datetime) -> Iterator[datetime]:
    moment = trigger.get_next_fire_time(None, start.replace(tzinfo=UTC))
    while moment is not None:
        yield moment.replace(tzinfo=None)
        moment = trigger.get_next_fire_time(None, moment + timedelta(seconds=1))
