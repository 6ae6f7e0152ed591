"""The takes that were not kept: beside the kept one for some days, for a reviewer to hear."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from voicemill.catalog import AudioSource
from voicemill.catalog.audio_source import GENERATED
from voicemill.errors import StoreError
from voicemill.production.workshop import Workshop

KEPT_DAYS = 7


def keep_beside(
    kept: AudioSource, others: Iterable[tuple[AudioSource, bytes]], shop: Workshop
) -> str:
    """Store and record takes as lesser sources of the item; returns what went wrong with that.

    They come after the kept one was recorded: a run that is killed before leaves none of them.
    """
    try:
        for source, data in others:
            _keep(kept, source, data, shop)
    except StoreError as error:
        return f"not all of its other takes were kept: {error.what}"
    return ""


def is_other_take(source: AudioSource) -> bool:
    """Whether it is a take that was not the best."""
    return bool(_facts(source).get("of"))


def takes_beside(kept: AudioSource, sources: Iterable[AudioSource]) -> list[AudioSource]:
    """Return those of an item's sources that are other takes of one that was kept."""
    return [one for one in sources if _facts(one).get("of") == kept.fingerprint]


def let_last(source: AudioSource, shop: Workshop) -> None:
    """Let a take that somebody has chosen live as long as other produced speech."""
    if is_other_take(source) and source.id is not None:
        shop.catalog.sources.keep_until([source.id], shop.speech_until)


def _keep(kept: AudioSource, source: AudioSource, data: bytes, shop: Workshop) -> None:
    days = min(KEPT_DAYS, shop.settings.catalog.tts_days)
    until = datetime.now(UTC) + timedelta(days=days)
    facts = {**_facts(source), "of": kept.fingerprint}
    other = replace(
        source,
        source_type=GENERATED,
        fingerprint=_fingerprint(kept.fingerprint, facts["number"]),
        metadata={**source.metadata, "take": facts},
        cached_until=until,
    )
    shop.store.write(other.file, data)
    before = {one.fingerprint: one for one in shop.catalog.sources.of_item(kept.item_id)}
    earlier = before.get(other.fingerprint)
    if earlier and earlier.checksum == other.checksum and earlier.id is not None:
        shop.catalog.sources.keep_until([earlier.id], until)  # somebody may have chosen it
        return
    recorded = shop.catalog.sources.record(other)
    if recorded.replaced:
        shop.store.delete(recorded.replaced)


def _facts(source: AudioSource) -> dict[str, Any]:
    facts: dict[str, Any] = source.metadata.get("take", {})
    return facts


def _fingerprint(kept: str, number: int) -> str:
    return hashlib.sha256(f"{kept} take {number}".encode()).hexdigest()[:32]
