"""How long an execution may take: its productions first, then the notebook as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicemill.errors import ParameterError
from voicemill.settings import ProductionSettings

_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}
_TIME = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*")


@dataclass(frozen=True)
class TimeLimits:
    """Seconds; 0 means no limit.

    soft_s: then no production begins a new item.  hard_s: then what is in work is cut off.
    cut_s: then the notebook itself is interrupted, and soon killed.
    """

    soft_s: float
    hard_s: float
    cut_s: float


def limits_for(limit_s: float, settings: ProductionSettings) -> TimeLimits:
    """Return the limits of an execution that may take `limit_s`; 0: what the settings say.

    After the productions' hard limit a notebook has a thirtieth of the time to come to its end;
    at least ten seconds, if that is not more than half of it.
    """
    soft_s = limit_s * 5 / 6 if limit_s else settings.soft_limit_s
    hard_s = limit_s or settings.hard_limit_s
    rest_s = max(hard_s / 30, min(10.0, hard_s / 2))
    return TimeLimits(soft_s, hard_s, hard_s + rest_s)


def seconds(text: str) -> float:
    """Read a time as people write it: 90, 90s, 30m, 2h. Raises ParameterError."""
    match = _TIME.fullmatch(text.lower())
    if match is None or match[2] not in _UNITS:
        raise ParameterError(
            f"'{text}' is not a time", where="--limit", remedy="Write it like 90s, 30m or 2h"
        )
    return float(match[1]) * _UNITS[match[2]]
