"""Who listens to takes: production keeps the one that a judge understands best.

The judge comes from above (see review.checks.judging): what a good clip is and which
recognisers there are belongs to the checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from voicemill.audio import Clip


@dataclass(frozen=True)
class Said:
    """What a take should be: its text, its IPA where the item gives it, its language."""

    text: str
    ipa: str
    language: str


@dataclass(frozen=True)
class Heard:
    """How well a take was understood.

    score: 0 not at all … 1 without any doubt.  good: no other take is needed.
    sounds: what was heard, as IPA.
    """

    score: float
    good: bool
    sounds: str = ""


class Judge(Protocol):
    """Listens to takes; safe to call from several threads."""

    @property
    def version(self) -> str:
        """Name what its choice depends on: with another version another take may be kept."""

    def why_not(self, said: Said) -> str:
        """Say why it cannot judge this; empty when it can."""

    def hear(self, clip: Clip, said: Said) -> Heard:
        """Judge one take."""
