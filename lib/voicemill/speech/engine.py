"""The terms of speaking, and what an engine is.

An engine turns an Utterance into Speech in one of its voices. It is any object with the
methods of the Engine protocol; packages add their own through the entry point group
"voicemill.engines" (a callable taking the speech settings and returning an engine).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from voicemill.errors import ParameterError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Voice:
    """One voice of one engine, written `engine:name`.

    language: BCP-47 tag, such as "en-US".  gender: "female", "male" or "" when unknown.
    installed: whether it can speak right now; if not, `remedy` says how to get it.
    """

    engine: str
    name: str
    language: str
    gender: str = ""
    accent: str = ""
    title: str = ""
    installed: bool = True
    remedy: str = ""

    @property
    def id(self) -> str:
        """The name people write: engine:name."""
        return f"{self.engine}:{self.name}"


@dataclass(frozen=True)
class Delivery:
    """How it is said, relative to the voice's own manner.

    rate_percent: speed, -30 is 0.7 times as fast.  pitch_hz: added to the voice's pitch.
    volume_percent: amplitude, -50 is half (about 6 dB quieter).
    """

    rate_percent: int = 0
    pitch_hz: int = 0
    volume_percent: int = 0

    @classmethod
    def parse(cls, rate: str = "+0%", pitch: str = "+0Hz", volume: str = "+0%") -> Delivery:
        """Read edge's notation: rate "-30%", pitch "+20Hz", volume "-10%".

        Raises ParameterError naming the value and what is allowed.
        """
        return cls(
            _number("rate", rate, "%", low=-70, high=200),
            _number("pitch", pitch, "Hz", low=-200, high=200),
            _number("volume", volume, "%", low=-95, high=100),
        )

    @property
    def speed(self) -> float:
        """How many times as fast as usual."""
        return 1 + self.rate_percent / 100

    @property
    def gain(self) -> float:
        """How many times the usual amplitude."""
        return 1 + self.volume_percent / 100

    @property
    def gain_db(self) -> float:
        """The gain in dB."""
        return 20 * math.log10(self.gain)

    def __str__(self) -> str:
        return f"{self.rate_percent:+d}% {self.pitch_hz:+d}Hz {self.volume_percent:+d}%"


def _number(name: str, value: str, unit: str, *, low: int, high: int) -> int:
    match = re.fullmatch(rf"\s*([+-]?\d+)\s*{unit}\s*", value, re.IGNORECASE)
    if match is None or not low <= int(match[1]) <= high:
        raise ParameterError(
            f"'{value}' is not a {name}",
            where=name,
            remedy=f"Write a whole number with a sign and {unit}, "
            f"from {low:+d}{unit} to {high:+d}{unit}",
        )
    return int(match[1])


@dataclass(frozen=True)
class Pronunciation:
    """The IPA by which the characters from `start` up to `end` of a text are to be said."""

    start: int
    end: int
    ipa: str


@dataclass(frozen=True)
class Utterance:
    """One thing to say in one breath: either text or IPA, never both.

    pronunciations: parts of `text` to be said by IPA, in order and apart; only engines that
    speak IPA are given any.  take: 0 is the engine's usual way; 1 up to its `takes` are others,
    each the same every time it is spoken.
    """

    text: str = ""
    ipa: str = ""
    language: str = "en"
    delivery: Delivery = field(default_factory=Delivery)
    pronunciations: tuple[Pronunciation, ...] = ()
    take: int = 0

    def __str__(self) -> str:
        return f"/{self.ipa}/" if self.ipa else self.text


@dataclass(frozen=True)
class Cue:
    """When a part of the utterance is heard, in seconds from the start of the speech."""

    start_s: float
    end_s: float
    text: str
    kind: str = "word"  # word | sentence | phoneme


@dataclass(frozen=True)
class Speech:
    """What an engine made: float32 mono samples in -1…1, their rate, and cues if it gives any."""

    samples: NDArray[np.float32]
    rate_hz: int
    cues: tuple[Cue, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do, so that nobody has to find out by failing.

    audible_alone: phoneme classes (see voicemill.speech.ipa) it can sound without a vowel.
    cost_s_per_char: a first guess at seconds of one worker per character, until measured.
    longest_chars: how much it says well in one go; longer sentences are parted at their clauses.
    together_chars: how many characters of several utterances one call may speak at most, for
    those who gather them; 0 where each is spoken alone (see Joint).
    takes: in how many ways it can say the same short text; 1 where there is nothing to vary.
    """

    languages: tuple[str, ...]  # () means any
    speaks_ipa: bool
    needs_network: bool
    gives_timing: bool
    rate_hz: int
    audible_alone: frozenset[str] = frozenset()
    cost_s_per_char: float = 0.005
    longest_chars: int = 400
    together_chars: int = 0
    takes: int = 1


class Engine(Protocol):
    """What every engine offers; safe to call from several threads at once."""

    @property
    def name(self) -> str:
        """The part of a voice id before the colon."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    def voices(self) -> Sequence[Voice]:
        """Every voice it knows, installed or not."""

    def find(self, name: str) -> Voice | None:
        """Return the voice of that name, also one not listed (a file's path); None if unknown.

        Raises EngineUnavailable when a named file cannot be used.
        """

    def version(self, voice: Voice) -> str:
        """Name engine and model so that a changed sound has a changed version."""

    def check(self, utterance: Utterance, voice: Voice) -> None:
        """Raise CannotSpeak or EngineUnavailable where `synthesize` would, without speaking."""

    def synthesize(self, utterance: Utterance, voice: Voice) -> Speech:
        """Speak.

        Raises CannotSpeak (this text never), EngineUnavailable (nothing here now) or
        SpeechInterrupted (may work the next time).
        """


@runtime_checkable
class Resting(Protocol):
    """What an engine offers besides that holds much memory while it speaks."""

    def rest(self, *, deeply: bool = False) -> None:
        """Give it back; the next text takes it again.  deeply: also what takes a second to load."""


@runtime_checkable
class Joint(Protocol):
    """What an engine offers besides that can speak several utterances in one call."""

    def fits_together(self, utterances: Sequence[Utterance], voice: Voice) -> int:
        """Return how many of these, from the first on, one call can speak; at least 1."""

    def synthesize_together(
        self, utterances: Sequence[Utterance], voice: Voice
    ) -> list[Speech | None]:
        """Speak as many as fit, and return the speech of each in order.

        None for one whose place in the whole cannot be told for sure: speak it alone.
        Raises like `synthesize`, for all of them.
        """
