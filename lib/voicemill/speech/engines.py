"""Every engine there is, found through entry points, and the voices they offer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TypeVar

import numpy as np

from voicemill.errors import (
    CannotSpeak,
    EngineUnavailable,
    SpeechInterrupted,
    UnknownName,
    VoicemillError,
)
from voicemill.settings import SpeechSettings
from voicemill.speech.choosing import VoiceWish
from voicemill.speech.engine import Engine, Joint, Resting, Speech, Utterance, Voice
from voicemill.speech.onnx_models import return_freed_memory
from voicemill.speech.reaching import NetworkEngine, Reach
from voicemill.speech.retrying import Patience, patiently

ENTRY_POINT_GROUP = "voicemill.engines"
# Quieter than this, or shorter than this above it, is silence to a listener.
_AUDIBLE_PEAK = 10 ** (-50 / 20)
_AUDIBLE_S = 0.015

_T = TypeVar("_T")
Factory = Callable[[SpeechSettings, Path], Engine]


@dataclass(frozen=True)
class EngineHealth:
    """Whether an engine can work here; `message` says what it has, or the remedy."""

    name: str
    works: bool
    message: str


class Engines:
    """The engines of one studio, each made when first asked for.

    extra: factories of engines by name, besides those of the entry points and before them.
    patience: how speaking that was interrupted is tried again.
    """

    def __init__(
        self,
        settings: SpeechSettings,
        root: Path,
        extra: Mapping[str, Factory] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._settings = settings
        self._root = root
        self._extra = dict(extra or {})
        self._patience = patience or Patience()
        self._reach = Reach()
        self._made: dict[str, Engine] = {}
        self._versions: dict[str, str] = {}
        self._making = threading.RLock()

    @cached_property
    def _known(self) -> dict[str, EntryPoint | Factory]:
        points = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
        return {**points, **self._extra}

    def names(self) -> list[str]:
        """Names of all installed engines."""
        return sorted(self._known)

    def engine(self, name: str) -> Engine:
        """Return the engine of that name. Raises UnknownName and EngineUnavailable."""
        with self._making:  # an engine made twice would load its models twice
            if name not in self._made:
                self._made[name] = self._factory(name)(self._settings, self._root)
            return self._made[name]

    def engine_of(self, voice: Voice) -> Engine:
        """Return the engine that speaks in `voice`."""
        return self.engine(voice.engine)

    def version(self, voice: Voice) -> str:
        """Return the engine's version of a voice; asked once, since it may read whole models."""
        if voice.id not in self._versions:
            self._versions[voice.id] = self.engine_of(voice).version(voice)
        return self._versions[voice.id]

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
        voices = [voice for voice in self._offered() if voice.installed]
        favourites = self._settings.voices
        rank = {voice_id: place for place, voice_id in enumerate(favourites)}
        voices.sort(key=lambda voice: rank.get(voice.id, len(rank)))
        wish = VoiceWish(language, gender, accent)
        for voice in wish.among(voices):
            return voice, f"{voice.id} is the first voice for {wish}"
        default = self.voice(favourites[0])
        return default, f"no installed voice fits {wish}; using the default, {default.id}"

    def voices(self) -> list[Voice]:
        """Every voice of every engine that works here, by engine and name."""
        return sorted(self._offered(), key=lambda voice: (voice.engine, voice.name))

    def refresh_voices(self) -> list[str]:
        """Bring the voice lists of the network engines up to date; a sentence for each."""
        sentences = []
        for name in self.names():
            if self._health(name).works:
                engine = self.engine(name)
                if isinstance(engine, NetworkEngine):
                    sentences.append(engine.refresh_voices())
        return sentences

    def begin_run(self) -> None:
        """Forget which engines could not be reached: a new run asks anew."""
        self._reach.forget()

    def rest(self, *, deeply: bool = False) -> None:
        """Let the engines give back what memory they need only while they speak.

        deeply: their models too, for work that needs the room; whoever speaks next loads them.
        """
        with self._making:
            made = list(self._made.values())
        for engine in made:
            if isinstance(engine, Resting):
                engine.rest(deeply=deeply)
        return_freed_memory()

    def in_flight(self, voice: Voice) -> int | None:
        """How many requests a network voice can have under way; None for a local one."""
        engine = self.engine_of(voice)
        return engine.in_flight if isinstance(engine, NetworkEngine) else None

    def health(self) -> Sequence[EngineHealth]:
        """Say of each engine whether it works here."""
        return [self._health(name) for name in self.names()]

    def speak(self, utterance: Utterance, voice: Voice) -> Speech:
        """Speak, and make sure that something can be heard.

        What was interrupted is tried again. A network engine is probed before its first use
        in a run, and once it could not be reached it fails at once for the rest of the run.
        Raises CannotSpeak, EngineUnavailable or SpeechInterrupted, never returns silence.
        """
        engine = self.engine_of(voice)
        speech = self._patiently(engine, voice, lambda: engine.synthesize(utterance, voice))
        if not _audible(speech):
            raise CannotSpeak(
                f"nothing audible came out for {utterance}",
                where=voice.id,
                remedy="Choose another voice for it, or say the word instead",
            )
        return speech

    def speak_together(self, utterances: Sequence[Utterance], voice: Voice) -> Iterator[Speech]:
        """Speak one utterance after another, in as few requests as the engine can.

        Yields the speech of each in order, and asks for more only when more is wanted. What
        could not be told apart surely, or not be spoken with others, is spoken alone; so is
        each where the engine speaks no more than one at a time.
        Raises like `speak` at the first that cannot be spoken. What was yielded before is
        good; call again for those after it.
        """
        engine, done = self.engine_of(voice), 0
        while done < len(utterances):
            rest = utterances[done:]
            group = rest[: engine.fits_together(rest, voice) if isinstance(engine, Joint) else 1]
            for utterance, speech in zip(group, self._jointly(engine, group, voice), strict=True):
                yield self.speak(utterance, voice) if speech is None else speech
            done += len(group)

    def _jointly(
        self, engine: Engine, group: Sequence[Utterance], voice: Voice
    ) -> Sequence[Speech | None]:
        """Speak a group in one request; None for each that is to be spoken alone."""
        alone = [None] * len(group)
        if len(group) == 1 or not isinstance(engine, Joint):
            return alone
        try:
            spoken = self._patiently(
                engine, voice, lambda: engine.synthesize_together(group, voice)
            )
        except CannotSpeak:
            return alone  # one of them is to blame, and will say so
        except SpeechInterrupted as error:
            if error.retry_after_s:
                raise
            return alone  # shorter requests may come through where a long one is cut off
        return [speech if speech is not None and _audible(speech) else None for speech in spoken]

    def _offered(self) -> list[Voice]:
        """Every voice, by engine, in the engine's own order: its preferred ones first."""
        works = [name for name in self.names() if self._health(name).works]
        return [voice for name in works for voice in self.engine(name).voices()]

    def _patiently(self, engine: Engine, voice: Voice, ask: Callable[[], _T]) -> _T:
        """Return what `ask` returns, tried again and given up as `speak` says."""

        def once() -> _T:
            self._reach.need(engine)
            return ask()

        try:
            return patiently(once, self._patience)
        except EngineUnavailable as error:
            if voice.installed:  # otherwise it is this voice that is missing, not the engine
                self._reach.lost(engine, error)
            raise

    def _factory(self, name: str) -> Factory:
        if name not in self._known:
            raise UnknownName("speech engine", name, self._known)
        known = self._known[name]
        if not isinstance(known, EntryPoint):
            return known
        try:
            loaded: Factory = known.load()
        except ImportError as error:
            raise EngineUnavailable(
                f"this engine cannot be loaded ({error})",
                where=name,
                remedy="Install the package it needs",
            ) from error
        return loaded

    def _health(self, name: str) -> EngineHealth:
        try:
            voices = self.engine(name).voices()
        except VoicemillError as error:
            return EngineHealth(name, works=False, message=str(error))
        installed = [voice for voice in voices if voice.installed]
        if not installed:
            return EngineHealth(name, works=False, message=voices[0].remedy if voices else "")
        languages = len({voice.language.split("-")[0] for voice in installed})
        counts = (len(installed), "voice"), (languages, "language")
        message = ", ".join(f"{n} {noun}{'s' if n != 1 else ''}" for n, noun in counts)
        return EngineHealth(name, works=True, message=message)


def _audible(speech: Speech) -> bool:
    loud = np.abs(speech.samples) > _AUDIBLE_PEAK
    enough = loud.sum() >= _AUDIBLE_S * speech.rate_hz
    return bool(enough and np.isfinite(speech.samples).all())
