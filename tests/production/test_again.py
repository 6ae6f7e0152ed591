"""Making again: what failed in a run, and what has no audio that is whole and good."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from voicemill import Studio
from voicemill.catalog import Counts, Outcome
from voicemill.catalog.schema import audio_source, run_item
from voicemill.errors import ItemUnknown, UnknownName
from voicemill.production.again import plan_failures
from voicemill.production.results import Run
from voicemill.production.running import produce
from voicemill.speech.engines import Engines
from workbench import ESPEAK, PIPER, ROOT, opened

US = "espeak:en-us"
OLD_CATALOG = ROOT / "tests" / "catalog" / "old_catalogs" / "0001.sql"
TEXTS = {"sheep": "sheep", "ship": "ship", "bell": "bell"}


def planned(studio: Studio, texts: dict[str, str], **wish: object) -> pd.DataFrame:
    table = pd.DataFrame({"key": list(texts), "text": list(texts.values())})
    wish = {"voices": [ESPEAK], **wish}
    return studio.plan(studio.read(table, collection="words"), **wish)  # type: ignore[arg-type]


def made(studio: Studio, texts: dict[str, str], **wish: object) -> Run:
    return studio.produce(planned(studio, texts, **wish))


def fail(studio: Studio, run: Run, *keys: str) -> None:
    """Let some items of a run have failed: no audio, and the record says so."""
    failed = {"status": "failed", "error_class": "SpeechInterrupted", "reason": "cut off"}
    for key in keys:
        studio.upkeep.clear("words", key)
        mine = (run_item.c.run_id == run.id) & (run_item.c.key == key)
        change = sa.update(run_item).where(mine).values(failed)
        studio.catalog.database.write(lambda connection, change=change: connection.execute(change))


def change_sources(studio: Studio, file: str, **values: object) -> None:
    change = sa.update(audio_source).where(audio_source.c.file == file).values(values)
    studio.catalog.database.write(lambda connection: connection.execute(change))


def test_failures_are_planned_as_they_were_asked_for(studio: Studio) -> None:
    wish = {"voices": [US, ESPEAK], "rate": "+10%", "pitch": "-5Hz", "volume": "-20%"}
    run = made(studio, TEXTS, **wish, say="word", profile="archive", fallback=False)
    fail(studio, run, "ship")
    plan = plan_failures(run.id, studio.shop)
    [row] = plan.to_dict("records")
    assert (row["key"], row["action"], row["voice"]) == ("ship", "generate", US)
    assert (row["rate_percent"], row["pitch_hz"], row["volume_percent"]) == (10, -5, -20)
    assert (row["say"], row["profile"], row["wanted"]) == ("word", "archive", f"{US}\n{ESPEAK}")
    assert row["fallback"] is False
    retried = studio.retry(run)
    assert (retried.summary.made, retried.summary.failed) == (1, 0)
    assert retried.results["file"][0].endswith(".flac")
    assert studio.status().title == f"retry of {run.id}"
    assert studio.best_audio("words", "ship").file == retried.results["file"][0]


def test_what_was_forced_is_forced_again(studio: Studio) -> None:
    made(studio, TEXTS)
    run = made(studio, TEXTS, force=True)
    mine = (run_item.c.run_id == run.id) & (run_item.c.key == "ship")
    change = sa.update(run_item).where(mine).values(status="failed")
    studio.catalog.database.write(lambda connection: connection.execute(change))
    plan = plan_failures(run.id, studio.shop)
    assert plan[["key", "action"]].values.tolist() == [["ship", "generate"]]


def test_failures_are_spoken_with_the_text_they_have_now(studio: Studio) -> None:
    run = made(studio, TEXTS)
    fail(studio, run, "sheep", "ship", "bell")
    made(studio, {"ship": "a better text"})
    studio.upkeep.clear("words", "ship")
    studio.upkeep.delete("words", "bell")
    plan = plan_failures(run.id, studio.shop)
    assert plan[["key", "text"]].values.tolist() == [["sheep", "sheep"], ["ship", "a better text"]]
    assert set(plan["action"]) == {"generate"}


def test_several_requests_of_one_run_are_kept_apart(studio: Studio) -> None:
    plans = [
        planned(studio, {"sheep": "sheep", "tree": "tree"}),
        planned(studio, {"ship": "ship"}, voices=[US], rate="-10%", profile="classic"),
    ]
    run = produce(pd.concat(plans, ignore_index=True), studio.shop)
    fail(studio, run, "ship", "tree")
    plan = plan_failures(run.id[:-1], studio.shop).set_index("key")
    assert plan["voice"].to_dict() == {"tree": ESPEAK, "ship": US}
    assert plan["rate_percent"].to_dict() == {"tree": -30, "ship": -10}
    assert plan["profile"].to_dict() == {"tree": "web", "ship": "classic"}
    assert studio.retry(run).summary.made == 2


def test_a_run_without_failures_has_nothing_to_retry(studio: Studio) -> None:
    made(studio, TEXTS)
    retried = studio.retry()
    assert (retried.summary.status, retried.summary.completed) == ("completed", 0)
    assert len(retried.results) == 0


def test_an_unknown_run_cannot_be_retried(studio: Studio) -> None:
    with pytest.raises(UnknownName, match="no run"):
        studio.retry()
    made(studio, TEXTS)
    with pytest.raises(UnknownName, match="no run '1999'"):
        studio.retry("1999")


@pytest.fixture
def old_studio(project: Path, engines: Engines) -> Iterator[Studio]:
    """A project whose catalog an older Voicemill made, with one failure in its first run."""
    (project / "output").mkdir()
    with closing(sqlite3.connect(project / "output" / "catalog.db")) as connection:
        connection.executescript(OLD_CATALOG.read_text(encoding="utf-8"))
        connection.execute("UPDATE run_item SET status = 'failed' WHERE id = 3")
        connection.execute("DELETE FROM audio_source WHERE item_id = 1")
        connection.commit()
    with closing(opened(project, engines)) as studio:
        yield studio


def test_a_failure_of_the_first_schema_is_made_as_it_was_asked_for(old_studio: Studio) -> None:
    first = old_studio.runs()["id"].iloc[-1]
    run = old_studio.retry(first)
    assert run.results[["key", "status", "voice"]].values.tolist() == [
        ["sheep", "completed", ESPEAK]
    ]
    [asked] = old_studio.status(run.id).parameters["requests"]
    assert (asked["voices"], asked["say"], asked["profile"]) == ([ESPEAK], "word", "web")
    assert asked["delivery"]["rate_percent"] == -30
    assert old_studio.best_audio("words", "sheep").status == "success"


def test_lost_audio_of_an_old_catalog_is_planned_in_its_voice(old_studio: Studio) -> None:
    plan = old_studio.upkeep.missing("words").set_index("key")
    assert plan["action"].to_dict() == {
        "sheep": "generate",
        "ship": "generate",
        "café": "skip",  # locked, though its file is not there
        "hush": "skip",
        "bell": "skip",
    }
    assert plan["voice"]["ship"] == ESPEAK


def test_only_what_has_no_good_audio_is_missing(studio: Studio) -> None:
    keys = ("whole", "lost", "damaged", "expired", "approved", "locked")
    run = made(studio, {key: f"the {key}" for key in keys})
    files = dict(zip(keys, run.results["file"], strict=True))
    ids = dict(zip(keys, run.results["source_id"], strict=True))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for key in ("expired", "approved", "locked"):
        change_sources(studio, files[key], cached_until=yesterday)
    studio.upkeep.approve(int(ids["approved"]))
    studio.upkeep.lock("words", "locked")
    studio.store.delete(files["lost"])
    studio.store.write(files["damaged"], b"half")
    studio.catalog.items.save(
        [
            {"collection": "words", "key": key, "order": order, "text": text, "ipa": "",
             "sound": "", "language": "en", "category": "", "locked": False}
            for order, (key, text) in enumerate([("new", "never made"), ("empty", "")], 7)
        ]
    )  # fmt: skip
    plan = studio.upkeep.missing().set_index("key")
    assert plan["action"].to_dict() == {
        "lost": "generate",
        "damaged": "generate",
        "expired": "generate",
        "locked": "skip",
        "new": "generate",
        "empty": "skip",
    }
    assert plan["reason"]["lost"] == "made again: its file is gone"
    assert plan["reason"]["locked"] == "locked"
    assert plan["reason"]["empty"].startswith("empty")
    assert plan["voice"]["lost"] == ESPEAK  # as it was asked for last
    assert plan["voice"]["new"] == PIPER  # as the settings say

    plan.loc["new", ["voice", "fallbacks"]] = ESPEAK
    assert studio.produce(plan.reset_index()).summary.made == 4
    assert set(studio.upkeep.missing()["key"]) == {"locked", "empty"}


def test_what_people_recorded_is_not_missing(studio: Studio) -> None:
    run = made(studio, TEXTS)
    studio.store.delete(run.results["file"][0])
    assert studio.upkeep.missing()["key"].tolist() == ["sheep"]
    native = studio.catalog.sources.get(int(run.results["source_id"][1]))
    assert native is not None
    change_sources(studio, native.file, source_type="native", cached_until=None)
    item = studio.catalog.items.get("words", "sheep")
    assert studio.catalog.sources.share(int(native.id or 0), native.file, item.id) is not None
    assert len(studio.upkeep.missing()) == 0
    assert studio.produce(studio.upkeep.missing()).summary.status == "completed"


def test_missing_audio_is_asked_for_as_last_time_but_never_forced(studio: Studio) -> None:
    made(studio, TEXTS)
    run = made(studio, TEXTS, voices=[US], rate="-10%", force=True, skip_locked=False)
    studio.upkeep.clear("words")
    studio.upkeep.lock("words", "ship")
    plan = studio.upkeep.missing().set_index("key")
    assert plan["action"].to_dict() == {"sheep": "generate", "ship": "skip", "bell": "generate"}
    assert set(plan["rate_percent"]) == {-10}
    assert not plan["force"].any()
    again = studio.produce(plan.reset_index())
    assert again.summary.made == 2
    assert set(again.results["voice"]) == set(run.results["voice"]) == {US}


def test_a_voice_that_is_gone_holds_up_only_its_own_items(studio: Studio) -> None:
    made(studio, {"sheep": "sheep"})
    gone = {"requests": [{"voices": ["lost:voice"], "delivery": {"rate_percent": -20}}]}
    run_id = studio.catalog.runs.start("with an engine that was removed", gone, 1)
    studio.catalog.items.save(
        [{**asdict(studio.catalog.items.get("words", "sheep")), "key": "ship", "text": "ship"}]
    )
    studio.catalog.runs.record(run_id, [Outcome(0, "words", "ship", "failed")], Counts(failed=1))
    studio.catalog.runs.finish(run_id, "completed", "", 1.0)
    studio.upkeep.clear("words")
    for _night in range(2):  # the second must not take it for what was wanted
        plan = studio.upkeep.missing().set_index("key")
        assert plan["action"].to_dict().get("ship") == "skip"
        assert "cannot be made as it was asked for" in plan["reason"]["ship"]
        assert "lost" in plan["reason"]["ship"]
        ended = studio.produce(plan.reset_index())
        assert ended.summary.failed == 0
    assert studio.best_audio("words", "sheep").status == "success"
    with pytest.raises(UnknownName, match="lost"):
        studio.retry(run_id)


def test_a_collection_that_does_not_exist_is_not_simply_complete(studio: Studio) -> None:
    made(studio, TEXTS)
    with pytest.raises(ItemUnknown, match="no collection 'wrods'.*Known: words"):
        studio.upkeep.missing("wrods")
