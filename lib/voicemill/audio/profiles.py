"""Profiles: mastering recipes and the rules their results must meet, as data."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

from voicemill.audio.encoding import FORMATS, Encoding
from voicemill.errors import AudioError, SettingsError, UnknownName, close_matches

# Part of every profile's digest: raise it when the same profile begins to sound different.
MASTERING_VERSION = 1

# What a rule may ask for, its unit and its name in a sentence.
MEASURES = {
    "duration_s": ("s", "duration"),
    "rate_hz": ("Hz", "sample rate"),
    "channels": ("", "channels"),
    "bitrate_kbps": ("kbps", "bitrate"),
    "loudness_lufs": ("LUFS", "loudness"),
    "peak_dbtp": ("dBTP", "true peak"),
    "peak_dbfs": ("dBFS", "sample peak"),
    "rms_db": ("dB", "RMS level"),
    "noise_db": ("dB", "noise floor"),
    "head_s": ("s", "silence at the start"),
    "tail_s": ("s", "silence at the end"),
    "size_bytes": ("bytes", "size"),
}
LEVELS = ("loudness_lufs", "rms_db", "peak_dbfs", "none")


@dataclass(frozen=True)
class Rule:
    """One thing a finished file must be: `measure` between minimum and maximum, inclusive.

    only_under_s: the rule holds only for files shorter than this. source: who asks for it.
    """

    measure: str
    minimum: float | None = None
    maximum: float | None = None
    source: str = ""
    only_under_s: float | None = None

    @property
    def unit(self) -> str:
        """The unit of minimum and maximum."""
        return MEASURES[self.measure][0]


@dataclass(frozen=True)
class Profile:
    """A mastering recipe and its rules; profiles.toml says what each field means."""

    name: str
    title: str
    encoding: Encoding
    trim: bool
    trim_below_db: float
    head_s: float
    tail_s: float
    fade_in_s: float
    fade_out_s: float
    level: str
    target: float | None
    ceiling_dbtp: float | None
    max_limiting_db: float
    rules: tuple[Rule, ...] = field(default=())

    def canonical(self) -> str:
        """Return the recipe as JSON that is the same for the same sound.

        Name, title and rules are left out: they do not change the sound.
        """
        recipe = asdict(self)
        for label in ("name", "title", "rules"):
            del recipe[label]
        recipe["mastering_version"] = MASTERING_VERSION
        return json.dumps(recipe, sort_keys=True, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """A short hash of the recipe, for fingerprints."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:16]


def load_profiles(extra: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Profile]:
    """Return the built-in profiles and the user's own, by name.

    extra: what voicemill.toml holds under [profiles], in the form of profiles.toml. A profile
    with `base` starts from that one; one that has a built-in's name starts from that built-in.
    Raises SettingsError naming profile, key, and what would be right.
    """
    tables: dict[str, dict[str, Any]] = {name: dict(table) for name, table in _shipped().items()}
    profiles = {name: _profile(name, table) for name, table in tables.items()}
    for name, table in (extra or {}).items():
        tables[name] = _complete(name, table, tables)
        profiles[name] = _profile(name, tables[name])
    return profiles


def profile_named(name: str, profiles: Mapping[str, Profile]) -> Profile:
    """Return the profile of that name; UnknownName lists close matches."""
    try:
        return profiles[name]
    except KeyError:
        raise UnknownName("profile", name, profiles) from None


@lru_cache(maxsize=1)
def _shipped() -> dict[str, dict[str, Any]]:
    text = files("voicemill.audio").joinpath("profiles.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _complete(
    name: str, table: Mapping[str, Any], tables: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        raise _wrong(name, None, table, "a table of keys and values")
    base = table.get("base", name if name in tables else None)
    if base is None:
        start: dict[str, Any] = dict(_PLAIN)
    elif base in tables:
        start = dict(tables[base])
    else:
        raise UnknownName("profile", str(base), tables, where=f"profiles.{name}.base")
    changes = {key: value for key, value in table.items() if key not in ("base", "rules")}
    if changes.get("format", start.get("format")) != start.get("format"):
        # Another format has its own rates, bitrates and depths, and rules on them.
        for key in ("rate_hz", "bitrate_kbps", "bit_depth"):
            start.pop(key, None)
            start["rules"] = {k: v for k, v in start.get("rules", {}).items() if k != key}
    start.update(changes)
    start["rules"] = _merged_rules(name, start.get("rules", {}), table.get("rules", {}))
    return start


# What a profile without a base starts from: no processing but one format it must name itself.
_PLAIN: dict[str, Any] = {
    "trim": True,
    "trim_below_db": 45.0,
    "head_s": 0.0,
    "tail_s": 0.0,
    "fade_in_s": 0.003,
    "fade_out_s": 0.010,
    "level": "none",
    "max_limiting_db": 10.0,
}


def _merged_rules(name: str, base: Mapping[str, Any], changes: Any) -> dict[str, Any]:
    if not isinstance(changes, Mapping):
        raise _wrong(name, "rules", changes, "a table with one entry per measure")
    merged = dict(base)
    for measure, rule in changes.items():
        if rule is False:
            merged.pop(measure, None)
        elif isinstance(rule, Mapping):
            merged[measure] = dict(rule)
        else:
            raise _wrong(name, f"rules.{measure}", rule, "a table with minimum and/or maximum")
    return merged


# Keys of a profile: what a value must be, in words and as (lowest, highest) of a number.
_NUMBERS: dict[str, tuple[float, float]] = {
    "rate_hz": (8_000, 192_000),
    "bitrate_kbps": (6, 500),
    "bit_depth": (16, 24),
    "trim_below_db": (20, 90),
    "head_s": (0, 60),
    "tail_s": (0, 60),
    "fade_in_s": (0, 1),
    "fade_out_s": (0, 5),
    "target": (-60, 0),
    "ceiling_dbtp": (-30, 0),
    "max_limiting_db": (0, 20),
}
_WHOLE = ("rate_hz", "bitrate_kbps", "bit_depth")
_RULE_KEYS = ("minimum", "maximum", "source", "only_under_s")
_KEYS = ("title", "format", "trim", "level", "rules", *_NUMBERS)


def _profile(name: str, table: Mapping[str, Any]) -> Profile:
    for key, value in table.items():
        if key not in _KEYS:
            raise _unknown_key(f"profiles.{name}", key, ("base", *_KEYS))
        _check_value(name, key, value)
    if "format" not in table:
        raise _wrong(
            name, "format", None, "one of " + ", ".join(FORMATS) + ' (or say base = "web")'
        )
    level = table["level"]
    if (level == "none") == ("target" in table) and level != "none":
        raise _wrong(name, "target", table.get("target"), f"the {level} to reach")
    encoding = {k: table.get(k) for k in ("format", "rate_hz", "bitrate_kbps", "bit_depth")}
    try:
        encoded = Encoding(**encoding)  # type: ignore[arg-type]
    except AudioError as problem:
        raise SettingsError(
            problem.what, where=f"profiles.{name}", remedy=problem.remedy
        ) from problem
    return Profile(
        name=name,
        title=table.get("title", name),
        encoding=encoded,
        target=None if level == "none" else float(table["target"]),
        ceiling_dbtp=_number(table, "ceiling_dbtp"),
        rules=tuple(_rule(name, k, v) for k, v in table.get("rules", {}).items()),
        trim=table["trim"],
        level=level,
        **{key: float(table[key]) for key in _REQUIRED_NUMBERS},
    )


_REQUIRED_NUMBERS = (
    "trim_below_db",
    "head_s",
    "tail_s",
    "fade_in_s",
    "fade_out_s",
    "max_limiting_db",
)


def _check_value(name: str, key: str, value: Any) -> None:
    if key in _NUMBERS:
        lowest, highest = _NUMBERS[key]
        kind = int if key in _WHOLE else (int, float)
        if isinstance(value, bool) or not isinstance(value, kind) or not lowest <= value <= highest:
            whole = "a whole number" if key in _WHOLE else "a number"
            raise _wrong(name, key, value, f"{whole} from {lowest} to {highest}")
    elif key == "trim" and not isinstance(value, bool):
        raise _wrong(name, key, value, "true or false")
    elif key == "title" and not isinstance(value, str):
        raise _wrong(name, key, value, "text")
    elif key == "format" and value not in FORMATS:
        raise _wrong(name, key, value, "one of " + ", ".join(FORMATS), FORMATS)
    elif key == "level" and value not in LEVELS:
        raise _wrong(name, key, value, "one of " + ", ".join(LEVELS), LEVELS)


def _rule(name: str, measure: str, table: Mapping[str, Any]) -> Rule:
    if measure not in MEASURES:
        raise _unknown_key(f"profiles.{name}.rules", measure, tuple(MEASURES))
    for key, value in table.items():
        if key not in _RULE_KEYS:
            raise _unknown_key(f"profiles.{name}.rules.{measure}", key, _RULE_KEYS)
        text = key == "source"
        if isinstance(value, bool) or not isinstance(value, str if text else (int, float)):
            raise _wrong(name, f"rules.{measure}.{key}", value, "text" if text else "a number")
    rule = Rule(
        measure,
        _number(table, "minimum"),
        _number(table, "maximum"),
        table.get("source", ""),
        _number(table, "only_under_s"),
    )
    lowest, highest = rule.minimum, rule.maximum
    if lowest is None and highest is None:
        raise _wrong(name, f"rules.{measure}", dict(table), "given a minimum, a maximum or both")
    if lowest is not None and highest is not None and lowest > highest:
        raise _wrong(name, f"rules.{measure}", dict(table), "a minimum not above the maximum")
    return rule


def _number(table: Mapping[str, Any], key: str) -> float | None:
    return None if table.get(key) is None else float(table[key])


def _unknown_key(where: str, key: str, known: tuple[str, ...]) -> SettingsError:
    matches = close_matches(key, known)
    remedy = (
        "Did you mean " + " or ".join(f"'{match}'" for match in matches) + "?"
        if matches
        else "Known: " + ", ".join(known)
    )
    return SettingsError(f"there is no key '{key}'", where=where, remedy=remedy)


def _wrong(
    name: str, key: str | None, value: Any, wanted: str, known: tuple[str, ...] = ()
) -> SettingsError:
    where = f"profiles.{name}" + (f".{key}" if key else "")
    matches = close_matches(str(value), known) if known else []
    hint = f" Did you mean '{matches[0]}'?" if matches else ""
    what = "it is missing" if value is None else f"{value!r} cannot be used"
    return SettingsError(what, where=where, remedy=f"It must be {wanted}.{hint}")
