"""A whole speech engine for Voicemill: it hums a note of 0.2 s for each letter.

`pip install` this folder, and `tone:low` and `tone:high` are voices like any other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voicemill.errors import CannotSpeak
from voicemill.speech import prosody
from voicemill.speech.engine import Capabilities, Speech, Utterance, Voice

RATE_HZ = 16000
NOTE_S = 0.2
PITCH_HZ = {"low": 110.0, "high": 220.0}


class ToneEngine:
    """Hums; the settings and the project's root are given to every engine."""

    name = "tone"
    capabilities = Capabilities(
        languages=(), speaks_ipa=False, needs_network=False, gives_timing=False, rate_hz=RATE_HZ
    )

    def __init__(self, settings: object, root: object) -> None:
        del settings, root

    def voices(self) -> Sequence[Voice]:
        """Both voices, of no language."""
        return [Voice(self.name, name, "", title=f"A {name} hum") for name in PITCH_HZ]

    def find(self, name: str) -> Voice | None:
        """Return the voice of that name."""
        return next((voice for voice in self.voices() if voice.name == name), None)

    def version(self, voice: Voice) -> str:
        """Name what a changed sound would change."""
        return f"tone 1.0 {PITCH_HZ[voice.name]}"

    def check(self, utterance: Utterance, voice: Voice) -> None:
        """Refuse IPA and blank text."""
        if not utterance.text.strip():
            raise CannotSpeak("there is nothing to hum", where=voice.id, remedy="Write a text")

    def synthesize(self, utterance: Utterance, voice: Voice) -> Speech:
        """Hum one note for each character, up the scale."""
        self.check(utterance, voice)
        time_s = np.arange(int(NOTE_S / utterance.delivery.speed * RATE_HZ)) / RATE_HZ
        notes = [PITCH_HZ[voice.name] * 2 ** (ord(char) % 12 / 12) for char in utterance.text]
        waves = [0.5 * np.sin(2 * np.pi * note_hz * time_s) for note_hz in notes]
        speech = Speech(np.concatenate(waves).astype(np.float32), RATE_HZ)
        return prosody.apply(speech, utterance.delivery)
