"""Small records of work: what is asked for, one job of it, and what came of it.

Jobs and their results are plain data, so that they can cross to another process or machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from voicemill.audio import Profile
from voicemill.catalog.audio_source import Stored
from voicemill.settings import Settings
from voicemill.speech.engine import Delivery, Utterance, Voice
from voicemill.speech.saying import Manner, Saying, Wish
from voicemill.speech.words import Lexicon

# Part of every fingerprint: raise it when the same input begins to sound different.
PIPELINE_VERSION = 1


# The columns of a plan that say what its row was planned under, see Request.from_row.
REQUEST_COLUMNS = (
    "wanted",
    "say",
    "rate_percent",
    "pitch_hz",
    "volume_percent",
    "profile",
    "pause_s",
    "narration",
    "takes",
    "force",
    "skip_locked",
    "fallback",
)


@dataclass(frozen=True)
class Request:
    """How a table is to be spoken; the same for all its rows.

    voices: ids in order of preference; the first that can speak a row does.
    say: word, phoneme or both.  profile: the name of a mastering profile.
    pause_s: between the sound and the word.  force: make again what exists already.
    skip_locked: leave locked items alone.  fallback: when the first voice cannot speak an
    item, try the next; without it only the first voice counts.
    narration: of a book, how its pages are narrated (see narration.script); else "".
    takes: how many are made of a short item at most, to keep the best understood.
    """

    voices: tuple[str, ...]
    say: str = "word"
    delivery: Delivery = field(default_factory=Delivery)
    profile: str = "web"
    pause_s: float = 0.5
    narration: str = ""
    takes: int = 1
    force: bool = False
    skip_locked: bool = True
    fallback: bool = True

    @classmethod
    def usual(cls, settings: Settings) -> Request:
        """Return what voicemill.toml says, for whoever asks for nothing else."""
        speech = settings.speech
        return cls(
            voices=tuple(speech.voices),
            delivery=Delivery.parse(speech.rate, speech.pitch, speech.volume),
            profile=settings.audio.profile,
            pause_s=speech.pause_s,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for a run's record."""
        return {**asdict(self), "voices": list(self.voices)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Request:
        """Read it back. Of a record written by an older Voicemill, what is missing is usual."""
        known = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
        known["voices"] = tuple(known["voices"])
        if "delivery" in known:
            known["delivery"] = Delivery(**known["delivery"])
        return cls(**known)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Request:
        """Read what a row of a plan was planned under."""
        return cls(
            voices=tuple(str(row["wanted"]).splitlines()),
            say=row["say"],
            delivery=Delivery(
                int(row["rate_percent"]), int(row["pitch_hz"]), int(row["volume_percent"])
            ),
            profile=row["profile"],
            pause_s=float(row["pause_s"]),
            narration=row["narration"],
            takes=int(row["takes"]),
            force=bool(row["force"]),
            skip_locked=bool(row["skip_locked"]),
            fallback=bool(row["fallback"]),
        )


@dataclass(frozen=True)
class Job:
    """One item to be made. voices: the planned one first, then those to fall back on."""

    collection: str
    key: str
    order: int
    text: str
    sound: str
    language: str
    voices: tuple[str, ...]
    say: str
    rate_percent: int
    pitch_hz: int
    volume_percent: int
    pause_s: float
    profile: str
    fingerprint: str
    ipa: str = ""  # how its text is pronounced, where the table says so
    takes: int = 1
    narration: str = ""
    fallback: bool = True
    force: bool = False
    total: int = 0  # items in the collection, for the track tag
    item_id: int = 0  # in the catalog; 0 means not looked up yet
    run_id: str = ""
    position: int = 0  # its row of the plan
    request: int = 0  # which of the run's requests it is under
    since_s: float = 0.0  # when the run began (Unix time); a forced job wants nothing older

    @property
    def wish(self) -> Wish:
        """What the item offers to be said."""
        return Wish(self.text, self.sound, self.language)

    @property
    def delivery(self) -> Delivery:
        """How it is to be said."""
        return Delivery(self.rate_percent, self.pitch_hz, self.volume_percent)

    @property
    def place(self) -> str:
        """The item, as errors name it."""
        return f"{self.collection} '{self.key}'"

    def manner(self, lexicon: Lexicon) -> Manner:
        """How it is to be said, with the words of `lexicon`."""
        return Manner(self.say, self.delivery, lexicon)

    def accepts(self, stored: Stored) -> bool:
        """Whether audio that exists is good for it: not expired, and if forced, made since."""
        now = datetime.now(UTC)
        if stored.cached_until is not None and stored.cached_until <= now:
            return False
        # One from the future was made before the clock was set back.
        made_since = self.since_s <= stored.updated_at.timestamp() <= now.timestamp()
        return made_since or not self.force

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Job:
        """Read a job back from a row of a plan."""
        values = {name: row[name] for name in cls.__dataclass_fields__ if name in row}
        whole = ("order", "rate_percent", "pitch_hz", "volume_percent", "takes")
        values |= {name: int(row[name]) for name in whole}
        voices = (row["voice"], *str(row["fallbacks"]).splitlines())
        values |= {name: bool(row[name]) for name in ("force", "fallback")}
        return cls(**{**values, "voices": voices})


@dataclass(frozen=True)
class Rendered:
    """What one job made, or took over (`made` is False) because it existed already."""

    collection: str
    key: str
    voice: str
    file: str
    source_id: int
    elapsed_s: float
    made: bool
    note: str = ""


def fingerprint(
    saying: Saying,
    delivery: Delivery,
    pause_s: float,
    voice: Voice,
    engine_version: str,
    profile: Profile,
    choice: Sequence[str | int] = (),
) -> str:
    """Hash everything that changes the sound; the same fingerprint is the same audio.

    choice: what decides which of several takes is kept; () where there is only one.
    """
    spoken = [_spoken(utterance) for utterance in saying.utterances]
    identity: dict[str, Any] = {
        "spoken": spoken,
        "pause_s": pause_s if len(spoken) > 1 else 0,
        "voice": voice.id,
        "engine": engine_version,
        "delivery": str(delivery),
        "profile": profile.digest,
        "pipeline": PIPELINE_VERSION,
    }
    if choice:
        identity["takes"] = list(choice)
    text = json.dumps(identity, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _spoken(utterance: Utterance) -> list[Any]:
    parts: list[Any] = [utterance.text, utterance.ipa, utterance.language]
    if utterance.pronunciations:
        parts.append([[part.start, part.end, part.ipa] for part in utterance.pronunciations])
    return parts
