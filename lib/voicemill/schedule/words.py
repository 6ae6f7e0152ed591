"""Words of time, such as "daily 03:00" or "weekly Monday 07:00", as cron lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicemill.errors import close_matches
from voicemill.schedule.cron import DAYS, CronLine, read_cron

FORMS = (
    "'daily 03:00', 'weekdays 18:30', 'weekends 10:00', 'weekly Monday 07:00', 'hourly', "
    "'every 10 minutes', or a cron line such as '0 3 * * 1-5'"
)

_FULL_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_SHORT = {"tues": "tue", "wednes": "wed", "thur": "thu", "thurs": "thu"}
_GROUPS = {"daily": "*", "weekdays": "1-5", "weekends": "0,6"}
_UNITS = {"second": 60, "minute": 60, "hour": 24}
_CRON_SIGNS = re.compile(r"[\d*]\S*(\s+\S+){3,}")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")


@dataclass(frozen=True)
class Words:
    """What words of time mean.

    words: how to say it.  cron: its cron line, "" where cron cannot say it.
    """

    words: str
    cron: str
    line: CronLine


def read_words(text: str) -> Words:
    """Read words of time or a cron line. Raises ValueError with a sentence."""
    plain = " ".join(text.split())
    if _CRON_SIGNS.fullmatch(plain):
        return Words(f"cron {plain}", plain, read_cron(plain))
    first, _, rest = plain.lower().partition(" ")
    rest = rest.removeprefix("at ")
    if first == "hourly" and not rest:
        return _every("1", "hour")
    if first == "every":
        number, _, unit = rest.rpartition(" ")
        return _every(number or "1", unit.removesuffix("s"))
    if first in _GROUPS:
        return _at(rest, _GROUPS[first], {"daily": "daily"}.get(first, f"on {first}"))
    if first == "weekly":
        days, _, time = rest.replace(" at ", " ").rpartition(" ")
        return _weekly(days, time)
    near = close_matches(first, [*_GROUPS, "weekly", "hourly", "every"], limit=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    raise ValueError(f"'{text}' is no time that is known here; {hint}write {FORMS}")


def _every(number: str, unit: str) -> Words:
    if unit not in _UNITS or not number.isdigit():
        raise ValueError("after 'every' comes a number of seconds, minutes or hours")
    count, whole = int(number), _UNITS[unit]
    if not 1 <= count < whole or whole % count:
        fits = [str(other) for other in range(1, whole) if whole % other == 0]
        raise ValueError(f"{count} {unit}s do not fit evenly; those that do: {', '.join(fits)}")
    words = f"every {count} {unit}s" if count > 1 else f"every {unit}"
    step = f"*/{count}" if count > 1 else "*"
    if unit == "second":
        return Words(words, "", read_cron("* * * * *", frozenset(range(0, 60, count))))
    cron = f"{step} * * * *" if unit == "minute" else f"0 {step} * * *"
    return Words(words, cron, read_cron(cron))


def _at(time: str, weekdays: str, words: str) -> Words:
    match = _TIME.fullmatch(time)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f"'{time}' is no time of the day; write it like 03:00 or 18:30")
    cron = f"{int(match[2])} {int(match[1])} * * {weekdays}"
    return Words(f"{words} at {int(match[1]):02}:{match[2]}", cron, read_cron(cron))


def _weekly(days: str, time: str) -> Words:
    names = [name for name in re.split(r"\s*,\s*|\s+and\s+|\s+", days) if name]
    if not names:
        raise ValueError("after 'weekly' come a day and a time, like 'weekly Monday 07:00'")
    numbers = sorted({_weekday(name) for name in names}, key=lambda day: (day - 1) % 7)
    said = " and ".join(f"{_FULL_DAYS[number]}s" for number in numbers)
    return _at(time, ",".join(str(number) for number in numbers), f"on {said}")


def _weekday(name: str) -> int:
    short = _SHORT.get(name, name)
    full = [day.lower() for day in _FULL_DAYS]
    if short in DAYS:
        return DAYS.index(short)
    if short.removesuffix("s") in full:
        return full.index(short.removesuffix("s"))
    near = close_matches(name, _FULL_DAYS, limit=1)
    hint = f", did you mean '{near[0]}'?" if near else f"; days are {', '.join(_FULL_DAYS)}"
    raise ValueError(f"'{name}' is no day of the week{hint}")
