"""Clips for the tests of the desk."""

from __future__ import annotations

import pandas as pd

from voicemill import Studio
from workbench import ESPEAK

WORDS = ("sheep", "ship", "tree", "shoe", "fish", "cat")


def with_clips(studio: Studio) -> None:
    """Make a clip of each word; one more item, "dog", has none."""
    categories = ["animal", "thing"] * 3
    table = pd.DataFrame({"key": WORDS, "text": WORDS, "category": categories})
    items = studio.read(table)
    studio.produce(studio.plan(items, voices=[ESPEAK]), report=lambda _progress: None)
    silent = items.iloc[[0]].assign(key="dog", text="dog", order=len(WORDS) + 1)
    studio.catalog.items.save(silent.to_dict("records"))
