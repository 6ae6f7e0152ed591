"""Making one item now."""

from __future__ import annotations

from dataclasses import asdict

from voicemill.catalog import AudioSource
from voicemill.errors import ItemEmpty, ItemLocked, RunError, SpeechError
from voicemill.production.job import Request
from voicemill.production.planning import SKIP, make_plan
from voicemill.production.progress import reporter_for
from voicemill.production.running import produce
from voicemill.production.workshop import Workshop


def make_one(collection: str, key: str, request: Request, shop: Workshop) -> AudioSource:
    """Make a known item; if another run is making it right now, wait for that one's audio.

    Of a whole table what cannot be made is skipped; of one item it is an error.
    Raises ItemUnknown, ItemLocked, ItemEmpty, or why it cannot be spoken.
    """
    import pandas as pd

    item = shop.catalog.items.get(collection, key)
    where = f"{collection} '{key}'"
    if item.locked:
        raise ItemLocked("this item is locked", where=where, remedy="Unlock it first")
    if not item.text and not item.sound:
        raise ItemEmpty("this item has nothing to say", where=where, remedy="Give it a text")
    row = make_plan(pd.DataFrame([asdict(item)]), request, shop)
    if not row["fingerprint"].iloc[0]:
        reason = str(row["reason"].iloc[0])
        raise SpeechError(reason, where=where, remedy="Choose another voice")
    source_id = int(row["source_id"].iloc[0])
    if row["action"].iloc[0] != SKIP:
        run = produce(row, shop, title=f"one item: {where}", report=reporter_for("none"))
        for error in run.errors.values():
            raise error
        if run.summary.cancelled:
            raise RunError("it was stopped before it was made", where=where)
        source_id = int(run.results["source_id"].iloc[0])
    else:
        shop.catalog.sources.ask_for([source_id])
    source = shop.catalog.sources.get(source_id)
    assert source is not None  # it exists, or has just been made
    return source
