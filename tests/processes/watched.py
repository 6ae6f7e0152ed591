"""A speech engine that notes every synthesis, and can be held, broken or made to vary.

It is espeak's, so what comes out is real speech. Several processes may note in one file.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voicemill import Studio
from voicemill.production.workshop import open_workshop
from voicemill.speech.engine import Capabilities, Speech, Utterance, Voice
from voicemill.speech.engines import Engines
from voicemill.speech.espeak import EspeakEngine

WATCHED = "watched:en-gb"


@dataclass(frozen=True)
class Watch:
    """How to watch. log: the file of notes, a line "process-id text" for each synthesis.

    gate: a file; while a test has it shut, what is to be said waits.  held: only texts that
    end so wait.  breaks: texts that end so raise KeyError.  varies: no two takes are the same,
    as with neural voices.
    """

    log: Path
    gate: Path | None = None
    held: str = ""
    breaks: str = "nothing ends like this"
    varies: bool = False

    def spoken(self) -> list[str]:
        """Return the texts of all syntheses begun so far, in their order."""
        return [line.partition(" ")[2] for line in self._lines()]

    def by_process(self) -> set[int]:
        """Return the ids of the processes that spoke."""
        return {int(line.partition(" ")[0]) for line in self._lines()}

    def note(self, text: str) -> None:
        """Append a line; O_APPEND lets several processes do so without a lock."""
        file = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(file, f"{os.getpid()} {text}\n".encode())
        finally:
            os.close(file)

    def _lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []


class WatchedEngine:
    """Espeak's voices under another name."""

    name = "watched"

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._espeak = EspeakEngine()

    @property
    def capabilities(self) -> Capabilities:
        return self._espeak.capabilities

    def voices(self) -> Sequence[Voice]:
        return [replace(voice, engine=self.name) for voice in self._espeak.voices()]

    def find(self, name: str) -> Voice | None:
        voice = self._espeak.find(name)
        return replace(voice, engine=self.name) if voice else None

    def version(self, voice: Voice) -> str:
        return self._espeak.version(voice)

    def check(self, utterance: Utterance, voice: Voice) -> None:
        self._espeak.check(utterance, voice)

    def synthesize(self, utterance: Utterance, voice: Voice) -> Speech:
        watch = self._watch
        watch.note(utterance.text)
        if utterance.text.endswith(watch.breaks):
            raise KeyError(utterance.text)
        if watch.gate and utterance.text.endswith(watch.held):
            pass_gate(watch.gate)
        speech = self._espeak.synthesize(utterance, voice)
        return _varied(speech) if watch.varies else speech


def watched_studio(project: Path, watch: Watch) -> Studio:
    """Open a project whose engines have the watched one besides the usual."""
    shop = open_workshop(project)
    extra = {WatchedEngine.name: lambda _settings, _root: WatchedEngine(watch)}
    engines = Engines(shop.settings.speech, shop.settings.root, extra)
    return Studio(replace(shop, engines=engines))


def pass_gate(gate: Path) -> None:
    """Wait until nobody has a gate shut."""
    with gate.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)


@contextmanager
def shut(gate: Path) -> Iterator[Callable[[], None]]:
    """Shut a gate, for this and all other processes; yields what opens it again."""
    with gate.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield lambda: fcntl.flock(file, fcntl.LOCK_UN)


def until(condition: Callable[[], object], patience_s: float = 30) -> None:
    """Wait for what another thread or process is about to do."""
    end_s = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end_s, "it did not happen"
        time.sleep(0.01)


def _varied(speech: Speech) -> Speech:
    noise = np.random.default_rng().normal(0, 1e-3, speech.samples.size)
    return replace(speech, samples=speech.samples + noise.astype(np.float32))
