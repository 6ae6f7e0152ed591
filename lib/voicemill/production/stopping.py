"""Stopping a run gently: a button, Ctrl-C, a kernel interrupt, SIGTERM, a time limit.

All of them only ask. The run finishes the items in work, records the rest as cancelled and
ends; a rerun makes that rest.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

TERMINATED = 128 + signal.SIGTERM  # what a shell reports of a process that SIGTERM ended


class StopSign:
    """Whether a run was asked to stop, and why; anybody, in any thread, may ask."""

    def __init__(self) -> None:
        self.why = ""
        self.terminated = False  # the process is to end as well

    def ask(self, why: str) -> None:
        """Ask the run to stop; the first reason counts."""
        self.why = self.why or why

    @contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM ask, while the run lasts; a second SIGINT stops at once.

        Only the main thread may change what signals do; in another one nothing is changed.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
        signal.signal(signal.SIGINT, self._interrupted)
        signal.signal(signal.SIGTERM, self._terminated)
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler)

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        if self.why:
            raise KeyboardInterrupt
        self.ask("interrupted")

    def _terminated(self, _number: int, _frame: FrameType | None) -> None:
        self.terminated = True
        self.ask("the process was told to end (SIGTERM)")
