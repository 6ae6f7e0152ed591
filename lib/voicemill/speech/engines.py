"""Every engine there is, found through entry points, and the voices they offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import numpy as np

from voicemill.errors import CannotSpeak, EngineUnavailable, UnknownName, VoicemillError
from voicemill.settings import SpeechSettings
from voicemill.speech.engine import Engine, Speech, Utterance, Voice

ENTRY_POINT_GROUP = "voicemill.engines"
# Quieter than this, or shorter than this above it, is silence to a listener.
_AUDIBLE_PEAK = 10 ** (-50 / 20)
_AUDIBLE_S = 0.015


@dataclass(frozen=True)
class EngineHealth:
    """Whether an engine can work here; `message` says what it has, or the remedy."""

    name: str
    works: bool
    message: str


class Engines:
    """The engines of one studio, each made when first asked for."""

    def __init__(self, settings: SpeechSettings, root: Path) -> None:
        self._settings = settings
        self._root = root
        self._made: dict[str, Engine] = {}

    @cached_property
    def _known(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}

    def names(self) -> list[str]:
        """Names of all installed engines."""
        return sorted(self._known)

    def engine(self, name: str) -> Engine:
        """Return the engine of that name. Raises UnknownName and EngineUnavailable."""
        if name not in self._made:
            if name not in self._known:
                raise UnknownName("speech engine", name, self._known)
            try:
                factory = self._known[name].load()
            except ImportError as error:
                raise EngineUnavailable(
                    f"this engine cannot be loaded ({error})",
                    where=name,
                    remedy="Install the package it needs",
                ) from error
            self._made[name] = factory(self._settings, self._root)
        return self._made[name]

    def engine_of(self, voice: Voice) -> Engine:
        """Return the engine that speaks in `voice`."""
        return self.engine(voice.engine)

    def voice(self, voice_id: str) -> Voice:
        """Find a voice by `engine:name`.

        Raises UnknownName with close matches, and EngineUnavailable with the remedy when the
        voice exists but is not installed.
        """
        engine_name, _, name = voice_id.partition(":")
        if not name or engine_name not in self._known:
            raise UnknownName("voice", voice_id, (voice.id for voice in self.voices()))
        found = self.engine(engine_name).find(name)
        if found is None:
            raise UnknownName("voice", voice_id, (voice.id for voice in self.voices()))
        if not found.installed:
            raise EngineUnavailable(
                "this voice is not installed", where=voice_id, remedy=found.remedy
            )
        return found

    def choose(self, language: str = "", gender: str = "", accent: str = "") -> tuple[Voice, str]:
        """Return the first installed voice that fits, and a sentence saying which and why.

        language: a tag such as "en" or "en-GB".  The project's own voices are tried first.
        Falls back to the project's default voice when none fits.
        """
        voices = [voice for voice in self.voices() if voice.installed]
        favourites = self._settings.voices
        rank = {voice_id: place for place, voice_id in enumerate(favourites)}
        voices.sort(key=lambda voice: (rank.get(voice.id, len(rank)), voice.engine, voice.name))
        wish = " ".join(part for part in (gender, accent, language) if part)
        for voice in voices:
            if _fits(voice, language, gender, accent):
                return voice, f"{voice.id} is the first voice for {wish or 'anything'}"
        default = self.voice(favourites[0])
        return default, f"no installed voice fits {wish}; using the default, {default.id}"

    def voices(self) -> list[Voice]:
        """Every voice of every engine that works here, by engine and name."""
        found: list[Voice] = []
        for name in self.names():
            if self._health(name).works:
                found += self.engine(name).voices()
        return sorted(found, key=lambda voice: (voice.engine, voice.name))

    def health(self) -> Sequence[EngineHealth]:
        """Say of each engine whether it works here."""
        return [self._health(name) for name in self.names()]

    def speak(self, utterance: Utterance, voice: Voice) -> Speech:
        """Speak, and make sure that something can be heard.

        Raises CannotSpeak, EngineUnavailable or SpeechInterrupted, never returns silence.
        """
        speech = self.engine_of(voice).synthesize(utterance, voice)
        loud = np.abs(speech.samples) > _AUDIBLE_PEAK
        if not np.isfinite(speech.samples).all() or loud.sum() < _AUDIBLE_S * speech.rate_hz:
            raise CannotSpeak(
                f"nothing audible came out for {utterance}",
                where=voice.id,
                remedy="Choose another voice for it, or say the word instead",
            )
        return speech

    def _health(self, name: str) -> EngineHealth:
        try:
            voices = self.engine(name).voices()
        except VoicemillError as error:
            return EngineHealth(name, works=False, message=str(error))
        installed = [voice for voice in voices if voice.installed]
        if not installed:
            return EngineHealth(name, works=False, message=voices[0].remedy if voices else "")
        languages = len({voice.language.split("-")[0] for voice in installed})
        plural = "s" if languages != 1 else ""
        return EngineHealth(
            name, works=True, message=f"{len(installed)} voices, {languages} language{plural}"
        )


def _fits(voice: Voice, language: str, gender: str, accent: str) -> bool:
    spoken, wanted = voice.language.lower(), language.lower()
    return (
        (not wanted or spoken == wanted or spoken.startswith(f"{wanted}-"))
        and (not gender or voice.gender == gender.lower())
        and accent.lower() in f"{voice.accent} {voice.title}".lower()
    )
