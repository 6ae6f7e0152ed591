"""Signs of life from inside a long job: a page whose sentences keep coming does not hang."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

_heard: ContextVar[Callable[[], None]] = ContextVar("heard", default=lambda: None)


def hear(listener: Callable[[], None]) -> None:
    """Let `listener` hear the signs of the job that this thread works on next."""
    _heard.set(listener)


def give() -> None:
    """Say that this thread's job goes on."""
    _heard.get()()
