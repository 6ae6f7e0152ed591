"""Patience with a database that went away: one for all threads, and not without a word."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Result = TypeVar("Result")


class Patience:
    """Counts from when the database was first missed, whichever thread missed it.

    Once it is used up, every thread learns so at its first try, until the database answers
    again. Reading and writing count for themselves: on a full disk only one of them works.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._missed_since_s: dict[bool, float] = {}
        self._tell: dict[int, Callable[[str], None]] = {}

    def answered(self, *, writes: bool) -> None:
        """Note that the database could be read or written."""
        self._missed_since_s.pop(writes, None)

    def wait(
        self,
        attempt: Callable[[], Result],
        may_pass: Callable[[BaseException], bool],
        *,
        writes: bool,
    ) -> Result:
        """Try until it works, or patience is used up: then raises what the last try raised."""
        from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential

        self._missed_since_s.setdefault(writes, time.monotonic())

        def tell(state: RetryCallState) -> None:
            problem = state.outcome.exception() if state.outcome else None
            if waiting := self._tell.get(threading.get_ident()):
                waiting(str(getattr(problem, "orig", None) or problem).strip().splitlines()[0])

        again = Retrying(
            retry=retry_if_exception(may_pass),
            stop=lambda _state: self._is_used_up(writes=writes),
            wait=wait_exponential(multiplier=0.05, max=1),
            before_sleep=tell,
            reraise=True,
        )
        return again(attempt)

    @contextmanager
    def telling(self, tell: Callable[[str], None]) -> Iterator[None]:
        """Let `tell` know, with the reason, whenever this thread waits."""
        me = threading.get_ident()
        self._tell[me] = tell
        try:
            yield
        finally:
            del self._tell[me]

    def _is_used_up(self, *, writes: bool) -> bool:
        # Counted anew when another thread had an answer meanwhile.
        since_s = self._missed_since_s.setdefault(writes, time.monotonic())
        return time.monotonic() - since_s > self._patience_s
