"""An attempt: an item about to be made by certain voices, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from voicemill.audio import Check, Measures
from voicemill.speech.engine import Voice


@dataclass(frozen=True)
class PassedOver:
    """A voice that was to speak and did not, with the class and message of its error."""

    voice: str
    error_class: str
    reason: str


@dataclass(frozen=True)
class Made:
    """A finished file: its bytes, what it is once decoded, and what more is known of it.

    extension has no dot; details go to the source's metadata.  note: what people should know
    of how it came about.  others: further takes, kept beside it for a while.
    """

    data: bytes
    extension: str
    duration_s: float
    measures: Measures
    checks: tuple[Check, ...]
    details: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    others: tuple[Made, ...] = ()


class Attempt(Protocol):
    """An item that certain voices are about to speak."""

    @property
    def voice(self) -> Voice:
        """Who speaks it, or most of it."""

    @property
    def fingerprint(self) -> str:
        """What the result will have; the same is never made twice."""

    @property
    def note(self) -> str:
        """How it differs from the wish."""

    @property
    def speaking(self) -> str:
        """The id of the voice at work; after an error, of the one that failed."""

    def make(self) -> Made:
        """Speak and finish it. Raises SpeechError, MasteringError, StoreError, CatalogError."""
