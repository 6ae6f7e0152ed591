"""A finding: what one check says of one clip, and how suspicious all of them together make it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

FLAGGED = 0.5  # the doubt, and the suspicion, from which on a person should listen
# How much of what is left to certainty the second worst finding adds.
_SECOND = 0.25


@dataclass(frozen=True)
class Finding:
    """What one check says of one clip.

    value and threshold: the higher the worse; None where the check could not be made, which
    the sentence explains.  doubt: 0 nothing … 0.5 at the threshold … 1 surely wrong.
    start_s, end_s: where in the clip, if it can be told.
    """

    check: str
    value: float | None
    threshold: float | None
    passed: bool
    sentence: str
    doubt: float = 0.0
    start_s: float | None = None
    end_s: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as the catalog keeps it."""
        return asdict(self)


@dataclass(frozen=True)
class Limit:
    """From which value on a check has failed, and from which on there is no doubt left."""

    threshold: float
    certain: float

    def of_worst(self, count: int) -> Limit:
        """Return the limit for the worst of so many sentences, which is worse than one usually is.

        Of 16 good pages with 5 to 11 sentences, in two voices, two were over it for one sentence
        times 1 + 0.12 × ln(count), five over that for one.
        """
        times = 1 + 0.12 * math.log(max(1, count))
        return Limit(round(self.threshold * times, 3), round(self.certain * times, 3))

    def doubt(self, value: float) -> float:
        """Return the doubt that a value raises: 0.5 at the threshold, 1 when certain."""
        if value < self.threshold:
            return max(0.0, FLAGGED * value / self.threshold)
        if self.certain <= self.threshold:
            return 1.0
        over = (value - self.threshold) / (self.certain - self.threshold)
        return min(1.0, FLAGGED + (1 - FLAGGED) * over)


@dataclass(frozen=True)
class Place:
    """A stretch of a clip, in seconds."""

    start_s: float
    end_s: float


def judged(
    check: str, value: float, limit: Limit, good: str, bad: str, place: Place | None = None
) -> Finding:
    """Return a finding with one sentence or the other, as the value is under its limit or not."""
    failed = value >= limit.threshold
    return Finding(
        check=check,
        value=round(value, 4),
        threshold=limit.threshold,
        passed=not failed,
        sentence=bad if failed else good,
        doubt=round(limit.doubt(value), 4),
        start_s=round(place.start_s, 3) if failed and place else None,
        end_s=round(place.end_s, 3) if failed and place else None,
    )


def not_made(check: str, why: str) -> Finding:
    """Return what stands for a check that could not be made; it raises no doubt."""
    return Finding(check, None, None, True, why)


def suspicion(findings: Iterable[Finding]) -> float:
    """Return 0 … 1: the worst doubt, raised by a quarter of the second worst towards 1.

    One surely wrong thing is enough, and of two clips with the same fault the one that has
    another one comes first. Many small doubts add up to nothing.
    """
    doubts = sorted((finding.doubt for finding in findings), reverse=True)
    if not doubts:
        return 0.0
    second = doubts[1] if len(doubts) > 1 and doubts[1] >= FLAGGED else 0.0
    return round(doubts[0] + (1 - doubts[0]) * _SECOND * second, 4)


def worst(findings: Iterable[Finding]) -> Finding | None:
    """Return the finding that raises most doubt, None when there is none that failed."""
    failed = [finding for finding in findings if not finding.passed]
    return max(failed, key=lambda finding: finding.doubt, default=None)
