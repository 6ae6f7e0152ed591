"""Trying again what failed this time and may work the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from voicemill.errors import SpeechInterrupted

_T = TypeVar("_T")


@dataclass(frozen=True)
class Patience:
    """How often and how long to wait before trying again.

    The n-th wait is a random time up to first_wait_s · 2ⁿ⁻¹ and at least half of it, never
    more than longest_wait_s. A service that asks for a longer wait than that is not waited for.
    """

    retries: int = 3
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0


def patiently(action: Callable[[], _T], patience: Patience) -> _T:
    """Return what `action` returns, tried again as long as it raises SpeechInterrupted.

    Raises the last SpeechInterrupted, saying how often it was tried; any other error at once.
    """
    import tenacity

    def wait_s(state: tenacity.RetryCallState) -> float:
        import random

        longest_s = min(
            patience.first_wait_s * 2 ** (state.attempt_number - 1), patience.longest_wait_s
        )
        # Jitter keeps workers that were cut off together from coming back together.
        return max(random.uniform(longest_s / 2, longest_s), _asked_s(state))

    def enough(state: tenacity.RetryCallState) -> bool:
        asked_too_much = _asked_s(state) > patience.longest_wait_s
        return asked_too_much or state.attempt_number > patience.retries

    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(SpeechInterrupted),
        stop=enough,
        wait=wait_s,
        reraise=True,
    )
    try:
        return attempts(action)
    except SpeechInterrupted as error:
        tries = attempts.statistics["attempt_number"]
        raise SpeechInterrupted(
            f"{error.what} (tried {tries} time{'s' if tries != 1 else ''})",
            where=error.where,
            remedy=error.remedy,
            retry_after_s=error.retry_after_s,
        ) from error


def _asked_s(state: object) -> float:
    outcome = getattr(state, "outcome", None)
    error = outcome.exception() if outcome is not None else None
    asked_s = error.retry_after_s if isinstance(error, SpeechInterrupted) else None
    return asked_s or 0.0
