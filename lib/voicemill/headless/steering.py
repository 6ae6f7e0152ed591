"""Minding an execution while it runs: signals, wishes to stop, the time limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from voicemill.headless.following import Followed
from voicemill.headless.kernel import Kernel
from voicemill.production.progress import duration
from voicemill.production.stopping import StopSign

if TYPE_CHECKING:
    from voicemill.catalog import Catalog

_LOOK_S = 0.1
# An interrupted notebook has this long to put away what it holds before it is killed, and
# never longer than it was allowed to run.
_GRACE_S = 10.0


def steered(
    work: Callable[[], None], kernel: Kernel, followed: Followed, catalog: Catalog, cut_s: float
) -> None:
    """Do `work`, which waits for the kernel, in another thread, so that this one hears signals.

    A signal asks the production in work to stop; without one the notebook is interrupted.
    cut_s: after so many seconds it is interrupted anyway, and soon killed; 0 means never.
    Raises what `work` raised.
    """
    failed: list[BaseException] = []

    def catching() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    steering = _Steering(kernel, followed, catalog, cut_s)
    with steering.stop.heeding_signals():
        worker = threading.Thread(target=catching, daemon=True)
        worker.start()
        while worker.is_alive():
            worker.join(_LOOK_S)
            steering.look()
    if failed:
        raise failed[0]


class _Steering:
    def __init__(self, kernel: Kernel, followed: Followed, catalog: Catalog, cut_s: float) -> None:
        self.stop = StopSign()
        self._kernel, self._followed, self._catalog = kernel, followed, catalog
        self._cut_s = cut_s
        self._grace_s = min(_GRACE_S, cut_s or _GRACE_S)
        self._began_s = time.monotonic()
        self._asked = False
        self._interrupted_s: float | None = None

    def look(self) -> None:
        """Do what is to be done now."""
        now_s = time.monotonic()
        if self._interrupted_s is not None:
            if now_s - self._interrupted_s > self._grace_s:
                self._kernel.kill(self._kernel.why)
        elif self._cut_s and now_s - self._began_s > self._cut_s:
            limit = duration(self._cut_s)
            self._interrupt(f"it was cut off after its time limit ({limit})", stopped=False)
        elif self.stop.why and not self._asked:
            self._asked = True
            self._ask_to_stop(self.stop.why)

    def _ask_to_stop(self, why: str) -> None:
        """Ask the kernel's production, through the catalog that both know; or interrupt."""
        if self._followed.going_on is None:
            self._interrupt(f"it was stopped ({why}) while nothing was in work", stopped=True)
        else:
            self._catalog.runs.ask_to_stop(self._followed.going_on.run_id, why)

    def _interrupt(self, why: str, *, stopped: bool) -> None:
        self._interrupted_s = time.monotonic()
        self._kernel.interrupt(why, stopped=stopped)
