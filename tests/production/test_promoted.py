"""A clip made for a comparison that is then asked for becomes speech like any other."""

from datetime import UTC, datetime, timedelta

import pandas as pd

from voicemill import Studio
from workbench import ESPEAK

OTHER = "espeak:en-us"


def compared(studio: Studio, items: pd.DataFrame, title: str = "two") -> None:
    assert studio.review.voices.start(items, [ESPEAK, OTHER], title=title).clips


def test_what_was_compared_is_kept_as_long_as_other_speech_when_it_is_asked_for(
    studio: Studio,
) -> None:
    items = studio.read(pd.DataFrame({"key": ["a", "b"], "text": ["tree", "moon"]}))
    compared(studio, items)
    assert set(studio.sources()["source_type"]) == {"generated"}
    made = studio.produce(studio.plan(items, voices=[ESPEAK])).summary
    assert (made.completed, made.made) == (2, 0)  # not spoken again
    found = studio.sources().set_index(["key", "voice"])
    assert list(found.loc[[("a", ESPEAK), ("b", ESPEAK)], "source_type"]) == ["tts", "tts"]
    assert list(found.loc[[("a", OTHER), ("b", OTHER)], "source_type"]) == ["generated"] * 2
    usual = timedelta(days=studio.settings.catalog.tts_days)
    left = studio.best_audio("words", "a").source.cached_until - datetime.now(UTC)
    assert left > usual - timedelta(minutes=5)
    again = studio.plan(items, voices=[ESPEAK])
    assert set(again["reason"]) == {"already made"}


def test_comparing_again_does_not_make_speech_of_its_clips(studio: Studio) -> None:
    items = studio.read(pd.DataFrame({"key": ["a"], "text": ["tree"]}))
    compared(studio, items)
    compared(studio, items, title="the same two again")
    assert set(studio.sources()["source_type"]) == {"generated"}
