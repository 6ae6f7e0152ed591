"""Taking away, preferring, locking: what people do to what they have made."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
import soundfile
import sqlalchemy as sa

from voicemill import Studio
from voicemill.audio import read_clip
from voicemill.catalog import Execution
from voicemill.catalog.schema import audio_source, run
from voicemill.errors import ItemError, ItemLocked, ItemUnknown
from voicemill.production.results import Run
from workbench import ESPEAK

OTHER = "espeak:en-us"


def made(studio: Studio, texts: dict[str, str], collection: str = "words", **wish: object) -> Run:
    """Have a table of key → text spoken by eSpeak."""
    table = pd.DataFrame({"key": list(texts), "text": list(texts.values())})
    items = studio.read(table, collection=collection)
    wish = {"voices": [ESPEAK], **wish}
    return studio.produce(studio.plan(items, **wish))  # type: ignore[arg-type]


def source_id(studio: Studio, key: str, collection: str = "words") -> int:
    """Return the id of an item's newest source."""
    item = studio.catalog.items.get(collection, key)
    found = studio.catalog.sources.of_item(item.id)[0].id
    assert found is not None
    return found


def record_native(studio: Studio, key: str, collection: str = "words") -> str:
    """Import a recording of an item, which is what eSpeak says; returns its file."""
    folder = studio.settings.root / "recordings"
    folder.mkdir()
    clip = read_clip(studio.store.read(studio.best_audio(collection, key).file))
    soundfile.write(folder / f"{key}.wav", clip.samples, clip.rate_hz)
    matches = studio.upkeep.match_recordings(folder, collection)
    studio.upkeep.import_recordings(matches, collection, speaker="Anna")
    native = studio.best_audio(collection, key)
    assert native.source_type == "native"
    return native.file


def expire(studio: Studio) -> None:
    """Let everything that can expire have expired yesterday."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    change = sa.update(audio_source).values(cached_until=yesterday)
    studio.catalog.database.write(lambda connection: connection.execute(change))


def test_one_item_is_cleared_and_made_again(studio: Studio) -> None:
    run = made(studio, {"sheep": "sheep", "ship": "ship"})
    files = run.results["file"].tolist()
    removed = studio.upkeep.clear("words", "sheep")
    assert (removed.sources, removed.files, removed.left) == (1, 1, ())
    assert removed.size_bytes == run.results["size_bytes"][0]
    assert str(removed).startswith("1 sources and 1 files removed, ")
    assert list(studio.store.sizes()) == files[1:]
    assert studio.best_audio("words", "sheep").source_type == "web_speech"
    again = made(studio, {"sheep": "sheep", "ship": "ship"})
    assert again.results["status"].tolist() == ["completed", "skipped"]
    assert read_clip(studio.store.read(again.results["file"][0])).duration_s > 0.1


def test_clearing_a_collection_leaves_and_names_what_is_locked_native_or_approved(
    studio: Studio,
) -> None:
    texts = {key: f"the {key}" for key in ("sheep", "ship", "bell", "tree")}
    made(studio, texts)
    made(studio, {"a": "another collection"}, "others")
    native = record_native(studio, "sheep")
    studio.upkeep.lock("words", "ship")
    studio.upkeep.approve(source_id(studio, "bell"))
    approved = studio.best_audio("words", "bell").file
    removed = studio.upkeep.clear("words")
    assert (removed.sources, removed.files) == (2, 2)  # what eSpeak said for sheep and tree
    assert sorted(removed.left) == sorted(
        ["words 'ship' is locked", f"{native}: a native recording", f"{approved}: approved"]
    )
    assert "3 left" in str(removed)
    left = studio.sources()
    assert sorted(left["key"]) == ["a", "bell", "sheep", "ship"]
    assert sorted(left["file"]) == sorted(studio.store.sizes())
    assert studio.upkeep.doctor().findings == ()


def test_clearing_what_is_locked_or_unknown_is_an_error(studio: Studio) -> None:
    made(studio, {"sheep": "sheep"})
    studio.upkeep.lock("words", "sheep")
    with pytest.raises(ItemLocked, match="words 'sheep'.*Unlock it first"):
        studio.upkeep.clear("words", "sheep")
    with pytest.raises(ItemLocked):
        studio.upkeep.delete("words", "sheep")
    with pytest.raises(ItemUnknown, match="no item 'shep'.*Close: sheep"):
        studio.upkeep.clear("words", "shep")
    with pytest.raises(ItemUnknown, match="no collection 'wrods'.*Known: words"):
        studio.upkeep.clear("wrods")
    studio.upkeep.lock("words", "sheep", locked=False)
    assert studio.upkeep.clear("words", "sheep").sources == 1


def test_an_item_is_deleted_with_all_its_files(studio: Studio) -> None:
    made(studio, {"sheep": "sheep", "ship": "ship"})
    made(studio, {"sheep": "sheep"}, voices=[OTHER])
    record_native(studio, "sheep")
    assert studio.upkeep.delete("words", "sheep").files == 3
    with pytest.raises(ItemUnknown):
        studio.catalog.items.get("words", "sheep")
    assert list(studio.store.sizes()) == [studio.best_audio("words", "ship").file]
    assert studio.upkeep.doctor().findings == ()


def test_a_shared_file_stays_as_long_as_another_item_uses_it(studio: Studio) -> None:
    run = made(studio, {"a": "sheep", "b": "sheep", "c": "sheep"})
    [file] = set(run.results["file"])
    for key in ("a", "b"):
        removed = studio.upkeep.delete("words", key)
        assert (removed.sources, removed.files, removed.size_bytes) == (1, 0, 0)
        assert studio.best_audio("words", "c").file == file
        assert studio.store.size(file) is not None
    assert studio.upkeep.clear("words", "c").files == 1
    assert studio.store.sizes() == {}


def test_only_what_has_expired_and_can_be_made_again_is_removed(studio: Studio) -> None:
    made(studio, {key: f"the {key}" for key in ("sheep", "ship", "bell", "tree")})
    assert studio.upkeep.remove_expired().sources == 0
    record_native(studio, "sheep")
    studio.upkeep.lock("words", "ship")
    studio.upkeep.approve(source_id(studio, "bell"))
    expire(studio)
    locked = studio.sources().set_index("key")["file"]["ship"]
    removed = studio.upkeep.remove_expired()
    assert (removed.sources, removed.left) == (2, (f"{locked}: its item is locked",))
    left = studio.sources()
    assert list(zip(left["key"], left["source_type"], strict=True)) == [
        ("sheep", "native"), ("ship", "tts"), ("bell", "tts"),
    ]  # fmt: skip
    assert sorted(left["file"]) == sorted(studio.store.sizes())


def test_runs_are_pruned_after_the_days_of_the_settings(studio: Studio) -> None:
    ids = [made(studio, {"sheep": text}).id for text in ("sheep", "a sheep")]
    for run_id, days in zip(ids, (91, 89), strict=True):
        then = datetime.now(UTC) - timedelta(days=days)
        aged = sa.update(run).where(run.c.id == run_id).values(finished_at=then)
        studio.catalog.database.write(lambda connection, aged=aged: connection.execute(aged))
    assert studio.upkeep.prune_runs() == 1
    assert studio.runs()["id"].tolist() == ids[1:]
    assert studio.catalog.runs.outcomes(ids[0]) == []
    assert studio.upkeep.prune_runs(days=30) == 1
    assert len(studio.sources()) == 2  # audio outlives the record of its making


def test_what_old_notebooks_left_goes_with_their_records_and_nothing_else(
    studio: Studio,
) -> None:
    runs, reports = studio.settings.output / "runs", studio.settings.output / "reports"
    mine = studio.settings.root / "data" / "mine.ipynb"
    files = [runs / "old.ipynb", runs / "old.log", reports / "old.html", mine, runs / "new.log"]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("text")
    then = datetime.now(UTC) - timedelta(days=91)
    begun = Execution("01_phonemes", then, "completed")
    for names in (
        {"executed": "output/runs/old.ipynb", "log": "output/runs/old.log"},
        {"executed": "data/mine.ipynb", "report": "output/reports/old.html"},
        {"executed": "output/runs/../../data/mine.ipynb", "log": "output/runs/gone.log"},
    ):
        studio.catalog.executions.start(replace(begun, finished_at=then, **names))
    studio.catalog.executions.start(replace(begun, status="processing", log="output/runs/new.log"))
    studio.upkeep.prune_runs()
    assert [file.exists() for file in files] == [False, False, True, True, True]


def test_a_preferred_source_is_played_until_it_is_not_preferred(studio: Studio) -> None:
    made(studio, {"sheep": "sheep"})
    first = source_id(studio, "sheep")
    made(studio, {"sheep": "sheep"}, voices=[OTHER])
    newest = studio.best_audio("words", "sheep")
    studio.upkeep.prefer("words", "sheep", first)
    best = studio.best_audio("words", "sheep")
    assert best.source is not None
    assert (best.source.id, best.source.voice) == (first, ESPEAK)
    studio.upkeep.prefer("words", "sheep", None)
    assert studio.best_audio("words", "sheep").file == newest.file


def test_the_source_of_another_item_cannot_be_preferred(studio: Studio) -> None:
    made(studio, {"sheep": "sheep", "ship": "ship"})
    mine, other = (source_id(studio, key) for key in ("sheep", "ship"))
    with pytest.raises(ItemError, match=rf"no source {other}.*sources are: {mine} \(tts\)"):
        studio.upkeep.prefer("words", "sheep", other)
    assert studio.catalog.items.get("words", "sheep").preferred_source_id is None


def test_a_locked_item_is_not_made_again(studio: Studio) -> None:
    made(studio, {"sheep": "sheep"})
    studio.upkeep.lock("words", "sheep")
    run = made(studio, {"sheep": "sheep"}, force=True)
    assert run.results["reason"].tolist() == ["locked"]
    studio.upkeep.lock("words", "sheep", locked=False)
    assert made(studio, {"sheep": "sheep"}, force=True).summary.made == 1
    with pytest.raises(ItemUnknown):
        studio.upkeep.lock("words", "nothing")


def test_statistics_are_facts_in_words(studio: Studio) -> None:
    made(studio, {"a": "sheep", "b": "ship"})
    made(studio, {"a": "sheep", "b": "ship"})
    facts = studio.upkeep.statistics().set_index("fact")["value"]
    assert facts["items"] == facts["sources"] == facts["of type tts"] == "2"
    assert facts[f"in voice {ESPEAK}"] == "2"
    assert facts["found already made"] == "50% of what was asked"
    assert facts["average age"] == "0.0 days"


def test_what_the_doctor_forgot_the_next_run_makes_again(studio: Studio) -> None:
    texts = {"sheep": "sheep", "ship": "ship"}
    run = made(studio, texts)
    [lost, whole] = run.results["file"]
    path = studio.store.local_path(lost)
    assert path is not None
    data = path.read_bytes()
    path.write_bytes(data[:-10] + bytes(10))  # as long as before, but not what it was
    report = studio.upkeep.doctor(mend=True)
    assert [(found.kind, found.where) for found in report.findings] == [("damaged", lost)]
    assert list(studio.store.sizes()) == [whole]
    again = made(studio, texts)
    assert again.results["status"].tolist() == ["completed", "skipped"]
    assert read_clip(studio.store.read(again.results["file"][0])).duration_s > 0.1
    assert studio.upkeep.doctor().findings == ()
