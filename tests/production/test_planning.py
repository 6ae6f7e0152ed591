from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from voicemill import Studio
from voicemill.catalog.schema import audio_source
from voicemill.errors import EngineUnavailable, ParameterError, UnknownName
from workbench import ESPEAK, PIPER

QUICK = {"voices": [ESPEAK]}


def words(**texts: str) -> pd.DataFrame:
    return pd.DataFrame({"key": list(texts), "text": list(texts.values())})


def actions(plan: pd.DataFrame) -> dict[str, str]:
    return dict(zip(plan["key"], plan["action"], strict=True))


def reason(plan: pd.DataFrame, key: str) -> str:
    return str(plan.set_index("key").loc[key, "reason"])


def test_a_fresh_table_is_all_to_be_made(studio: Studio) -> None:
    items = studio.read("data/phonemes.csv", kind="phonemes")
    plan = studio.plan(items, voices=[PIPER], say="word", profile="web")
    assert set(plan["action"]) == {"generate"}
    assert set(plan["voice"]) == {PIPER}
    assert plan["speak"][0] == items["text"][0]
    assert (plan["estimate_s"] > 0).all()
    assert studio.estimate(plan).endswith(" s")
    assert not (studio.settings.output / "audio").exists()


def test_what_exists_is_skipped_and_said(studio: Studio) -> None:
    items = studio.read(words(a="sheep", b="ship"))
    studio.produce(studio.plan(items, **QUICK))
    plan = studio.plan(items, **QUICK)
    assert set(plan["action"]) == {"skip"}
    assert reason(plan, "a") == "already made"
    assert plan["estimate_s"].sum() == 0


@pytest.mark.parametrize(
    "change",
    [{"rate": "+0%"}, {"profile": "classic"}, {"voices": ["espeak:en-us"]}, {"pitch": "+20Hz"}],
)
def test_whatever_changes_the_sound_makes_it_again(
    studio: Studio, change: dict[str, object]
) -> None:
    items = studio.read(words(a="sheep"))
    studio.produce(studio.plan(items, **QUICK))
    assert actions(studio.plan(items, **{**QUICK, **change})) == {"a": "generate"}


def test_only_the_changed_text_is_made_again(studio: Studio) -> None:
    studio.produce(studio.plan(studio.read(words(a="sheep", b="ship")), **QUICK))
    plan = studio.plan(studio.read(words(a="sheep", b="shop")), **QUICK)
    assert actions(plan) == {"a": "skip", "b": "generate"}


def test_the_same_sound_is_made_once(studio: Studio) -> None:
    plan = studio.plan(studio.read(words(a="sheep", b="sheep")), **QUICK)
    assert actions(plan) == {"a": "generate", "b": "reuse"}
    assert reason(plan, "b") == "sounds the same as 'a'"


def test_another_collection_takes_over_the_file(studio: Studio) -> None:
    studio.produce(studio.plan(studio.read(words(a="sheep"), collection="farm"), **QUICK))
    plan = studio.plan(studio.read(words(b="sheep"), collection="zoo"), **QUICK)
    assert actions(plan) == {"b": "reuse"}
    assert reason(plan, "b") == "already made for farm 'a'"


def test_force_makes_again(studio: Studio) -> None:
    items = studio.read(words(a="sheep"))
    studio.produce(studio.plan(items, **QUICK))
    plan = studio.plan(items, force=True, **QUICK)
    assert actions(plan) == {"a": "generate"}
    assert reason(plan, "a") == "forced: made again"


def test_a_lost_or_damaged_file_is_made_again(studio: Studio) -> None:
    items = studio.read(words(a="sheep", b="ship"))
    results = studio.produce(studio.plan(items, **QUICK)).results.set_index("key")
    studio.store.delete(results.loc["a", "file"])
    studio.store.write(results.loc["b", "file"], b"half")
    plan = studio.plan(items, **QUICK)
    assert reason(plan, "a") == "made again: its file is gone"
    assert reason(plan, "b") == "made again: its file is damaged"


def test_expired_speech_is_made_again(studio: Studio) -> None:
    items = studio.read(words(a="sheep"))
    studio.produce(studio.plan(items, **QUICK))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with studio.catalog.database.engine.begin() as connection:
        connection.execute(sa.update(audio_source).values(cached_until=yesterday))
    assert reason(studio.plan(items, **QUICK), "a").startswith("made again: expired on")


def test_locked_and_empty_items_are_skipped_with_the_reason(studio: Studio) -> None:
    table = pd.DataFrame(
        {"key": ["a", "b", "c"], "text": ["sheep", "", "ship"], "locked": ["yes", "", ""]}
    )
    items = studio.read(table)
    plan = studio.plan(items, **QUICK)
    assert actions(plan) == {"a": "skip", "b": "skip", "c": "generate"}
    assert reason(plan, "a") == "locked"
    assert reason(plan, "b") == "empty: there is nothing to say"
    assert actions(studio.plan(items, skip_locked=False, **QUICK))["a"] == "generate"


def test_a_lock_in_the_catalog_counts_too(studio: Studio) -> None:
    items = studio.read(words(a="sheep"))
    studio.produce(studio.plan(items, **QUICK))
    studio.catalog.items.lock("words", "a")
    assert reason(studio.plan(items, force=True, **QUICK), "a") == "locked"


def test_a_sound_the_first_voice_lacks_is_said_by_the_next(studio: Studio) -> None:
    items = studio.read("data/phonemes.csv", kind="phonemes")
    plan = studio.plan(items, voices=[PIPER, ESPEAK], say="phoneme").set_index("key")
    assert plan.loc["ɒ", "voice"] == ESPEAK
    assert plan.loc["ɒ", "speak"] == "/ɒ/"
    assert "has no sound for the IPA symbol 'ɒ'" in plan.loc["ɒ", "reason"]
    assert plan.loc["iː", "voice"] == PIPER


def test_the_word_stands_in_when_no_voice_has_the_sound(studio: Studio) -> None:
    items = studio.read("data/phonemes.csv", kind="phonemes")
    plan = studio.plan(items, voices=[PIPER], say="phoneme").set_index("key")
    assert plan.loc["ɒ", "speak"] == plan.loc["ɒ", "text"]
    assert plan.loc["ɒ", "reason"].startswith("the word only")


def test_a_language_no_voice_speaks_is_skipped_with_the_reason(studio: Studio) -> None:
    table = words(a="xin chào").assign(language="vi")
    plan = studio.plan(studio.read(table), voices=[PIPER, ESPEAK])
    assert actions(plan) == {"a": "skip"}
    assert "piper:en_US-joe-medium: this voice speaks en-US and the text is vi" in reason(plan, "a")
    assert "espeak:en-gb: this voice speaks en-GB" in reason(plan, "a")


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"voices": ["piper:en_US-jo-medium"]}, "Did you mean 'piper:en_US-joe-medium'"),
        ({"profile": "wbe"}, "no profile 'wbe'. Did you mean 'web'"),
        ({"say": "phonem"}, "Did you mean 'phoneme'"),
    ],
)
def test_wrong_names_are_refused_before_any_work(
    studio: Studio, wish: dict[str, object], message: str
) -> None:
    with pytest.raises(UnknownName, match=message):
        studio.plan(studio.read(words(a="sheep")), **wish)


def test_a_wrong_rate_is_refused(studio: Studio) -> None:
    with pytest.raises(ParameterError, match="'slow' is not a rate"):
        studio.plan(studio.read(words(a="sheep")), rate="slow")


def test_a_missing_voice_file_is_passed_over_for_the_next_voice(studio: Studio) -> None:
    items = studio.read(words(a="sheep"))
    plan = studio.plan(items, voices=["piper:gone.onnx", ESPEAK])
    assert set(plan["voice"]) == {ESPEAK}
    with pytest.raises(EngineUnavailable, match="no such voice file"):
        studio.plan(items, voices=["piper:gone.onnx"])


def test_a_row_is_spoken_by_the_voice_it_names(studio: Studio) -> None:
    table = words(a="sheep", b="ship", c="shop")
    table["voice"] = ["", "espeak:en-us", " espeak:en-gb "]
    plan = studio.plan(studio.read(table), **QUICK)
    assert plan["voice"].tolist() == [ESPEAK, "espeak:en-us", ESPEAK]
    run = studio.produce(plan)
    assert run.results["voice"].tolist() == [ESPEAK, "espeak:en-us", ESPEAK]
    again = studio.plan(studio.read(table), **QUICK)
    assert set(again["action"]) == {"skip"}


def test_a_row_whose_voice_cannot_speak_it_falls_back_on_the_others(studio: Studio) -> None:
    table = words(a="sheep", b="con cừu")
    table["language"] = ["en", "vi"]
    table["voice"] = ["espeak:vi", ""]
    plan = studio.plan(studio.read(table), voices=[ESPEAK, "espeak:vi"])
    assert plan["voice"].tolist() == [ESPEAK, "espeak:vi"]
    assert "speaks vi" in reason(plan, "a")


def test_a_wrong_voice_in_a_row_is_named_with_its_row(studio: Studio) -> None:
    table = words(a="sheep", b="ship")
    table["voice"] = ["", "espeak:en-gbb"]
    with pytest.raises(UnknownName, match="words 'b': there is no voice 'espeak:en-gbb'"):
        studio.plan(studio.read(table), **QUICK)


def test_limit_keeps_the_first_items(studio: Studio) -> None:
    items = studio.read(words(a="one", b="two", c="three"))
    assert list(studio.plan(items, limit=2, **QUICK)["key"]) == ["a", "b"]


def test_a_plan_survives_a_file(studio: Studio, tmp_path: Path) -> None:
    plan = studio.plan(studio.read(words(a="sheep")), **QUICK)
    plan.to_parquet(tmp_path / "plan.parquet")
    run = studio.produce(pd.read_parquet(tmp_path / "plan.parquet"))
    assert run.summary.completed == 1
