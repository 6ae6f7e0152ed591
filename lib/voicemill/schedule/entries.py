"""The schedule's file: what runs when, read and checked as a whole."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args
from zoneinfo import available_timezones

from voicemill.errors import (
    ParameterError,
    SettingsError,
    UnknownName,
    VoicemillError,
    close_matches,
)
from voicemill.headless import checked_parameters, find_notebook
from voicemill.headless.limits import seconds
from voicemill.schedule.when import When
from voicemill.schedule.words import FORMS
from voicemill.settings import Settings

OnFailure = Literal["tell", "retry", "ignore"]

_KEYS = ("notebook", "when", "timezone", "limit", "on_failure", "enabled", "parameters")
_NAME = re.compile(r"[A-Za-z0-9][\w-]{0,63}", re.ASCII)  # it names files as well
_LONGEST_S = 7 * 24 * 3600

Value = TypeVar("Value")


@dataclass(frozen=True)
class Entry:
    """One entry of the schedule.

    limit_s: how long it may take, 0 means what the settings say.  on_failure: tell at once,
    try again once and tell only when that fails too, or tell nobody.
    """

    name: str
    notebook: str
    when: When
    parameters: dict[str, Any] = field(default_factory=dict)
    limit_s: float = 0.0
    on_failure: OnFailure = "tell"
    enabled: bool = True


def schedule_file(settings: Settings) -> Path:
    """Return where the project's schedule lies."""
    return settings.root / "data" / "schedule.toml"


def read_schedule(settings: Settings) -> list[Entry]:
    """Read the schedule and check all of it, with the notebooks that it names.

    Raises SettingsError listing every problem with its entry and key.
    """
    file = schedule_file(settings)
    problems: list[str] = []
    entries = [
        _entry(name, content, settings, problems) for name, content in _content(file).items()
    ]
    if problems:
        count = len(problems)
        first = f"{count} problem{'s' if count != 1 else ''} in this schedule"
        raise SettingsError("\n  ".join([f"{first}:", *problems]), where=str(file))
    return [entry for entry in entries if entry is not None]


def named(entries: list[Entry], name: str) -> Entry:
    """Return the entry of that name. Raises UnknownName with close matches."""
    found = {entry.name: entry for entry in entries}
    if name not in found:
        raise UnknownName("entry of the schedule", name, found, where="data/schedule.toml")
    return found[name]


def _content(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(
            f"it cannot be read ({error.strerror or error})",
            where=str(file),
            remedy="Write there what is to run when, an entry like\n"
            '[clean-up]\nnotebook = "06_maintenance"\nwhen = "daily 02:00"',
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"this file is not valid TOML ({error})", where=str(file), remedy="Mend that line"
        ) from error


def _entry(name: str, content: Any, settings: Settings, problems: list[str]) -> Entry | None:
    """Read one entry; what is wrong with it is added to `problems`."""
    if not isinstance(content, dict):
        problems.append(f"'{name}' stands outside an entry; begin each with a line like [clean-up]")
        return None
    reading = _Reading(name, content, problems)
    if not _NAME.fullmatch(name):
        problems.append(f"[{name}]: a name has up to 64 letters, digits, - and _, no blanks")
    reading.refuse_unknown()
    zone = reading.zone()
    when = reading.when(zone)
    limit_s = reading.limit_s()
    on_failure = reading.on_failure()
    enabled = reading.typed("enabled", bool, True, "true or false")
    notebook, parameters = reading.work(settings)
    if when is None:
        return None
    return Entry(name, notebook, when, parameters, limit_s, on_failure, enabled)


@dataclass(frozen=True)
class _Reading:
    """Reads the keys of one entry and notes what is wrong."""

    name: str
    content: dict[str, Any]
    problems: list[str]

    def wrong(self, key: str, sentence: str) -> None:
        self.problems.append(f"[{self.name}] {key}: {sentence}")

    def refuse_unknown(self) -> None:
        for key in self.content.keys() - set(_KEYS):
            near = close_matches(key, _KEYS, limit=1)
            hint = f", did you mean '{near[0]}'?" if near else f"; known are {', '.join(_KEYS)}"
            self.wrong(key, f"there is no such key{hint}")

    def typed(self, key: str, kind: type[Value], default: Value, example: str) -> Value:
        value = self.content.get(key, default)
        if isinstance(value, kind):
            return value
        self.wrong(key, f"{value!r} is not {example}")
        return default

    def zone(self) -> str:
        zone = self.typed("timezone", str, "", "a name like 'Europe/Berlin'")
        if not zone or zone in available_timezones():
            return zone
        near = close_matches(zone, available_timezones(), limit=1)
        hint = f", did you mean '{near[0]}'?" if near else "; write it like 'Europe/Berlin'"
        self.wrong("timezone", f"there is no time zone '{zone}'{hint}")
        return ""

    def when(self, zone: str) -> When | None:
        if "when" not in self.content:
            self.wrong("when", f"it is missing; write {FORMS}")
            return None
        text = self.typed("when", str, "", "text like 'daily 03:00'")
        try:
            return When(text, zone) if text else None
        except ValueError as error:
            self.wrong("when", str(error))
            return None

    def limit_s(self) -> float:
        value = self.content.get("limit", 0)
        if "limit" not in self.content:
            return 0.0
        try:
            limit_s = seconds("" if isinstance(value, bool) else str(value))
        except ParameterError:
            limit_s = 0.0
        if 0 < limit_s <= _LONGEST_S:
            return limit_s
        self.wrong("limit", f"{value!r} is no time limit; write it like '30m', '2h' or 90 seconds")
        return 0.0

    def on_failure(self) -> OnFailure:
        value = self.content.get("on_failure", "tell")
        known: tuple[OnFailure, ...] = get_args(OnFailure)
        for one in known:
            if value == one:
                return one
        near = close_matches(str(value), known, limit=1)
        hint = f", did you mean '{near[0]}'?" if near else ""
        self.wrong("on_failure", f"{value!r} is none of {', '.join(known)}{hint}")
        return "tell"

    def work(self, settings: Settings) -> tuple[str, dict[str, Any]]:
        """Read which notebook, and its parameters, as that notebook wants them."""
        if "notebook" not in self.content:
            self.wrong("notebook", "it is missing; write the name of one, like '06_maintenance'")
        given: dict[str, Any] = self.typed("parameters", dict, {}, "a table of names and values")
        notebook = self.typed("notebook", str, "", "the name of a notebook")
        if not notebook:
            return "", given
        try:
            notebook = find_notebook(notebook, settings).stem
        except UnknownName as error:
            self.wrong("notebook", f"{error.what}. {error.remedy}")
            return notebook, given
        try:
            checked = checked_parameters(notebook, given, settings)
            json.dumps(checked, allow_nan=False)
        except VoicemillError as error:
            self.wrong("parameters", f"{error.what}. {error.remedy}")
        except (TypeError, ValueError):
            self.wrong("parameters", "dates and times must be text, in quotation marks")
        return notebook, given
