"""Whether the engines that need the network can be reached, asked once per run and engine."""

from __future__ import annotations

import threading
from typing import Protocol, runtime_checkable

from voicemill.errors import EngineUnavailable
from voicemill.speech.engine import Engine


@runtime_checkable
class NetworkEngine(Protocol):
    """What an engine that needs the network offers besides the methods of Engine."""

    @property
    def in_flight(self) -> int:
        """How many requests to keep under way at once."""

    def probe(self) -> None:
        """Find out quickly whether it can be reached. Raises EngineUnavailable if not."""

    def refresh_voices(self) -> str:
        """Bring the list of voices up to date if possible; a sentence says what there is."""


class Reach:
    """Remembers for a run which engines could not be reached, so that nobody asks twice."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}
        self._probed: set[str] = set()
        self._failures: dict[str, EngineUnavailable] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Ask anew: a new run begins."""
        with self._lock:
            self._probed.clear()
            self._failures.clear()

    def need(self, engine: Engine) -> None:
        """Return if the engine can be reached. Raises what it raised when it last could not."""
        if not isinstance(engine, NetworkEngine):
            return
        with self._lock:
            lock = self._locks.setdefault(engine.name, threading.Lock())
        with lock:  # the others wait for the first one's answer
            if engine.name not in self._probed:
                self._probed.add(engine.name)
                try:
                    engine.probe()
                except EngineUnavailable as error:
                    self.lost(engine, error)
        failure = self._failures.get(engine.name)
        if failure is not None:
            raise EngineUnavailable(failure.what, where=engine.name, remedy=failure.remedy)

    def lost(self, engine: Engine, error: EngineUnavailable) -> None:
        """Remember that a network engine could not be reached."""
        if isinstance(engine, NetworkEngine):
            self._failures[engine.name] = error
