"""Edge's voices: a set always known, and the full list as last fetched.

The full list is kept as JSON in output/cache with the date it was fetched on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voicemill.speech.engine import Voice
from voicemill.whole_files import write_whole

ENGINE = "edge"
DEFAULT = "en-US-AriaNeural"
_WELL_FORMED = re.compile(r"[a-z]{2,3}(-[A-Za-z]+)*-[A-Z]{2}(-[a-z]+)?-\w+Neural")
_ACCENTS = {
    "en-US": "American",
    "en-GB": "British",
    "en-AU": "Australian",
    "vi-VN": "Vietnam",
    "zh-CN": "China",
    "hi-IN": "India",
}
# The default comes first; among voices that fit a wish the first one is taken.
_NAMED = (
    (DEFAULT, "female"),
    ("en-US-JennyNeural", "female"),
    ("en-US-GuyNeural", "male"),
    ("en-GB-SoniaNeural", "female"),
    ("en-GB-RyanNeural", "male"),
    ("en-AU-NatashaNeural", "female"),
    ("en-AU-WilliamNeural", "male"),
    ("vi-VN-HoaiMyNeural", "female"),
    ("vi-VN-NamMinhNeural", "male"),
    ("zh-CN-XiaoxiaoNeural", "female"),
    ("zh-CN-YunxiNeural", "male"),
    ("hi-IN-SwaraNeural", "female"),
    ("hi-IN-MadhurNeural", "male"),
)


@dataclass(frozen=True)
class VoiceList:
    """Every voice the service had on a day. fetched: ISO date, "" for the set always known."""

    voices: tuple[Voice, ...]
    fetched: str = ""

    @property
    def age_days(self) -> float:
        """How old it is; infinite for the set always known."""
        if not self.fetched:
            return float("inf")
        return (datetime.now(UTC) - datetime.fromisoformat(self.fetched)).total_seconds() / 86400


def well_formed(name: str) -> bool:
    """Whether this looks like the name of an Edge voice."""
    return _WELL_FORMED.fullmatch(name) is not None


def named_voices() -> tuple[Voice, ...]:
    """The voices known without any network."""
    return tuple(_voice(name, gender) for name, gender in _NAMED)


def from_service(listed: Sequence[Mapping[str, Any]]) -> VoiceList:
    """Read the service's answer: the voices always known first, then the others by name.

    A voice always known that the service no longer has stays, not installed, and its remedy
    names one of the same language and gender.
    Raises KeyError or TypeError when the answer is something else.
    """
    found = {entry["ShortName"]: _listed(entry) for entry in listed}
    first = [
        found.pop(voice.name) if voice.name in found else _gone(voice, found)
        for voice in named_voices()
    ]
    rest = sorted(found.values(), key=lambda voice: voice.name)
    return VoiceList((*first, *rest), datetime.now(UTC).isoformat(timespec="seconds"))


def load(file: Path) -> VoiceList:
    """Return the list kept in `file`; the voices always known when there is none."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        datetime.fromisoformat(kept["fetched"])
        return VoiceList(tuple(Voice(**voice) for voice in kept["voices"]), kept["fetched"])
    except (OSError, ValueError, KeyError, TypeError):  # a cache that is damaged is no cache
        return VoiceList(named_voices())


def save(voices: VoiceList, file: Path) -> None:
    """Keep the list, whole or not at all. Raises OSError."""
    content = {"fetched": voices.fetched, "voices": [vars(voice) for voice in voices.voices]}
    write_whole(file, json.dumps(content, ensure_ascii=False, indent=1).encode())


def _voice(name: str, gender: str, title: str = "") -> Voice:
    language = "-".join(name.split("-")[:-1])
    return Voice(ENGINE, name, language, gender, _ACCENTS.get(language, ""), title or name)


def _listed(entry: Mapping[str, Any]) -> Voice:
    name, title = entry["ShortName"], entry.get("FriendlyName", "")
    region = re.search(r"\(([^()]*)\)\s*$", title)
    voice = replace(_voice(name, entry["Gender"].lower(), title), language=entry["Locale"])
    return replace(voice, accent=voice.accent or (region[1] if region else ""))


def _gone(voice: Voice, others: Mapping[str, Voice]) -> Voice:
    near = _similar(voice, others.values())
    remedy = "The service no longer lists it; choose another voice"
    return replace(voice, installed=False, remedy=remedy + (f", such as {near.id}" if near else ""))


def _similar(voice: Voice, others: Iterable[Voice]) -> Voice | None:
    """A voice that speaks the same language as the same gender, best with a like name."""
    from difflib import SequenceMatcher

    fitting = [
        other
        for other in others
        if (other.language, other.gender) == (voice.language, voice.gender)
    ]
    return max(
        fitting,
        key=lambda other: SequenceMatcher(None, voice.name, other.name).ratio(),
        default=None,
    )
