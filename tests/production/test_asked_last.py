"""Of several sources of an item, the one that was asked for last is what is played."""

import pandas as pd

from voicemill import Studio
from workbench import ESPEAK

OTHER = "espeak:en-us"


def words(studio: Studio, **texts: str) -> pd.DataFrame:
    return studio.read(pd.DataFrame({"key": list(texts), "text": list(texts.values())}))


def asked(studio: Studio, items: pd.DataFrame, voice: str, **how: object) -> int:
    """Produce them with a voice; how many were made."""
    made = studio.produce(studio.plan(items, voices=[voice], **how)).summary
    assert made.failed == 0
    return made.made


def played(studio: Studio, key: str = "a") -> str:
    source = studio.best_audio("words", key).source
    assert source is not None
    return source.voice


def test_who_goes_back_to_the_first_voice_hears_the_first_voice(studio: Studio) -> None:
    items = words(studio, a="tree", b="moon")
    assert [asked(studio, items, voice) for voice in (ESPEAK, OTHER, ESPEAK)] == [2, 2, 0]
    assert (played(studio, "a"), played(studio, "b")) == (ESPEAK, ESPEAK)
    assert asked(studio, items.head(1), OTHER) == 0
    assert (played(studio, "a"), played(studio, "b")) == (OTHER, ESPEAK)
    studio.make("words", "b", voices=[OTHER], force=False)
    assert played(studio, "b") == OTHER


def test_what_is_made_again_comes_before_what_was_made_meanwhile(studio: Studio) -> None:
    items = words(studio, a="tree")
    asked(studio, items, ESPEAK)
    asked(studio, items, OTHER)
    assert asked(studio, items, ESPEAK, force=True) == 1
    assert played(studio) == ESPEAK


def test_a_text_that_is_changed_back_is_heard_again(studio: Studio) -> None:
    right, wrong = words(studio, a="moon"), words(studio, a="mooon moooon")
    asked(studio, right, ESPEAK)
    first = studio.best_audio("words", "a").file
    asked(studio, wrong, ESPEAK)
    assert studio.best_audio("words", "a").file != first
    assert asked(studio, right, ESPEAK) == 0
    assert studio.best_audio("words", "a").file == first


def test_audio_taken_over_from_another_item_counts_as_asked_for(studio: Studio) -> None:
    asked(studio, words(studio, b="tree"), OTHER)
    items = words(studio, a="tree")
    asked(studio, items, ESPEAK)
    assert asked(studio, items, OTHER) == 0
    assert played(studio) == OTHER
    assert asked(studio, items, ESPEAK) == 0
    assert played(studio) == ESPEAK


def test_comparing_voices_changes_nothing_that_is_played(studio: Studio) -> None:
    items = words(studio, a="tree")
    asked(studio, items, ESPEAK)
    asked(studio, items, OTHER)
    studio.review.voices.start(items, [ESPEAK, OTHER], title="two that exist")
    assert played(studio) == OTHER


def test_a_preferred_source_stays_whatever_is_asked_for(studio: Studio) -> None:
    items = words(studio, a="tree")
    asked(studio, items, ESPEAK)
    asked(studio, items, OTHER)
    [mine] = studio.sources().query("voice == @OTHER")["id"]
    studio.upkeep.prefer("words", "a", int(mine))
    asked(studio, items, ESPEAK)
    assert played(studio) == OTHER
