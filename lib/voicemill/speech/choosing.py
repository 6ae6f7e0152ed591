"""Finding voices by what they should be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from voicemill.speech.engine import Voice


@dataclass(frozen=True)
class VoiceWish:
    """What a voice should be; what is empty does not matter.

    language: a BCP-47 tag; "en" is content with en-GB, "en-GB" only with that.
    accent: any part of the accent or title, such as "British".
    """

    language: str = ""
    gender: str = ""
    accent: str = ""
    engine: str = ""

    def fits(self, voice: Voice) -> bool:
        """Whether a voice is all of that."""
        spoken, wanted = voice.language.lower(), self.language.lower()
        return (
            (not wanted or spoken == wanted or spoken.startswith(f"{wanted}-"))
            and (not self.gender or voice.gender == self.gender.lower())
            and self.accent.lower() in f"{voice.accent} {voice.title}".lower()
            and (not self.engine or voice.engine == self.engine.lower())
        )

    def among(self, voices: Iterable[Voice]) -> list[Voice]:
        """Return the voices that fit, in their order."""
        return [voice for voice in voices if self.fits(voice)]

    def __str__(self) -> str:
        parts = (self.gender, self.accent, self.language, self.engine)
        return " ".join(part for part in parts if part) or "anything"
