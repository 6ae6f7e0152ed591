"""How long a run and one of its items may take."""

from __future__ import annotations

import os
from dataclasses import dataclass

from voicemill.settings import ProductionSettings


@dataclass(frozen=True)
class Limits:
    """Seconds; None means no limit.

    item_s: then the item is cut off and has failed.  soft_s: then no new item is begun.
    hard_s: then whatever is still in work is cut off too.
    """

    item_s: float | None = None
    soft_s: float | None = None
    hard_s: float | None = None


def limits_of(settings: ProductionSettings) -> Limits:
    """Return the limits that hold here: a run that a person watches has none of its own."""
    item_s = settings.item_limit_s or None
    if not os.environ.get("VOICEMILL_HEADLESS"):
        return Limits(item_s)
    return Limits(item_s, settings.soft_limit_s or None, settings.hard_limit_s or None)
