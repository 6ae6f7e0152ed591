import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from voicemill.catalog import AudioSource, Catalog, Counts, Item, Outcome, Store
from voicemill.catalog.schema import metadata
from voicemill.errors import CatalogError, ItemUnknown

ROW = {
    "collection": "words",
    "key": "sheep",
    "order": 1,
    "text": "sheep",
    "ipa": "ʃiːp",
    "sound": "",
    "language": "en",
    "category": "",
    "locked": False,
}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with closing(Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")) as found:
        yield found


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "audio"))


@pytest.fixture
def sheep(catalog: Catalog) -> Item:
    catalog.items.save([ROW])
    return catalog.items.get("words", "sheep")


def source_of(item: Item, store: Store, kind: str = "tts", **changes: object) -> AudioSource:
    """Make a source whose file is really in the store."""
    file = f"words/{kind}-{len(changes)}.mp3"
    store.write(file, b"twelve bytes")
    return replace(
        AudioSource(
            item_id=item.id,
            source_type=kind,
            file=file,
            format="mp3",
            duration_s=0.5,
            size_bytes=12,
            checksum="0" * 64,
            fingerprint=f"{kind}{len(changes)}",
            voice=f"voice-of-{kind}",
        ),
        **changes,
    )


def test_migrations_make_the_tables_the_code_expects(catalog: Catalog) -> None:
    with catalog.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            found
            for found in compare_metadata(context, metadata)
            if "alembic_version" not in str(found)
        ]
    assert differences == []


def test_an_open_catalog_is_opened_again_with_what_it_had(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'deep' / 'folder' / 'catalog.db'}"
    with closing(Catalog(url)) as first:
        first.items.save([ROW])
    with closing(Catalog(url)) as again:
        assert again.items.get("words", "sheep").ipa == "ʃiːp"


def test_a_catalog_of_a_newer_voicemill_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "catalog.db"
    Catalog(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(CatalogError, match="schema '9999'.*update this one"):
        Catalog(f"sqlite:///{file}")


@pytest.mark.parametrize("url", ["nonsense", "mystery://host/name"])
def test_a_wrong_url_shows_how_to_write_one(url: str) -> None:
    with pytest.raises(CatalogError, match="sqlite:///"):
        Catalog(url)


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text("This is a letter, not a database. " * 50)
    with pytest.raises(CatalogError, match="not a database"):
        Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")


def test_saving_items_again_updates_what_changed(catalog: Catalog, sheep: Item) -> None:
    catalog.items.save([{**ROW, "text": "a sheep"}, {**ROW, "key": "ship"}])
    again = catalog.items.get("words", "sheep")
    assert (again.id, again.text) == (sheep.id, "a sheep")
    assert set(catalog.items.ids("words")) == {"sheep", "ship"}


def test_a_lock_stays_when_the_table_is_saved_again(catalog: Catalog, sheep: Item) -> None:
    catalog.items.lock("words", "sheep")
    catalog.items.save([ROW])
    assert catalog.items.locked_keys("words") == {"sheep"}
    catalog.items.lock("words", "sheep", locked=False)
    assert catalog.items.locked_keys("words") == set()


def test_an_unknown_item_names_close_ones(catalog: Catalog, sheep: Item) -> None:
    with pytest.raises(ItemUnknown, match="no item 'shep'.*Close: sheep"):
        catalog.items.get("words", "shep")
    with pytest.raises(ItemUnknown, match="no collection 'letters'.*Known: words"):
        catalog.items.get("letters", "sheep")


def test_best_audio_prefers_people_over_machines(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    catalog.sources.record(source_of(sheep, store, "generated"))
    catalog.sources.record(source_of(sheep, store, "tts"))
    assert catalog.best(sheep, store).source_type == "tts"
    catalog.sources.record(source_of(sheep, store, "native"))
    best = catalog.best(sheep, store)
    assert (best.source_type, best.status) == ("native", "success")
    assert best.why == "native voice-of-native is the best"


def test_a_preferred_source_wins(catalog: Catalog, store: Store, sheep: Item) -> None:
    catalog.sources.record(source_of(sheep, store, "native"))
    mine = catalog.sources.record(source_of(sheep, store, "generated")).id
    catalog.items.prefer("words", "sheep", mine)
    best = catalog.best(catalog.items.get("words", "sheep"), store)
    assert best.source_type == "generated"
    assert best.why == "generated voice-of-generated is preferred"


def test_expired_and_lost_sources_are_passed_over_and_named(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    catalog.sources.record(source_of(sheep, store, "tts", cached_until=yesterday))
    lost = source_of(sheep, store, "generated")
    catalog.sources.record(lost)
    store.delete(lost.file)
    best = catalog.best(sheep, store)
    assert (best.source_type, best.status, best.text) == ("web_speech", "fallback", "sheep")
    assert f"expired on {yesterday:%Y-%m-%d}" in best.why
    assert "generated voice-of-generated has lost its file" in best.why


def test_a_damaged_file_is_not_offered(catalog: Catalog, store: Store, sheep: Item) -> None:
    source = source_of(sheep, store)
    catalog.sources.record(source)
    store.write(source.file, b"half")
    assert "has a damaged file" in catalog.best(sheep, store).why


def test_native_recordings_survive_a_refresh(catalog: Catalog, store: Store, sheep: Item) -> None:
    catalog.sources.record(source_of(sheep, store, "tts"))
    assert catalog.best(sheep, store, refresh=True).source_type == "web_speech"
    catalog.sources.record(source_of(sheep, store, "native"))
    assert catalog.best(sheep, store, refresh=True).source_type == "native"


def test_with_no_audio_and_no_text_there_is_nothing(catalog: Catalog, store: Store) -> None:
    catalog.items.save([{**ROW, "key": "empty", "text": ""}])
    best = catalog.best(catalog.items.get("words", "empty"), store)
    assert (best.source_type, best.status) == ("none", "failed")
    assert best.why == "no audio has been made; there is no text to say"


def test_recording_the_same_sound_again_replaces_it(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    first = catalog.sources.record(source_of(sheep, store))
    again = catalog.sources.record(source_of(sheep, store, checksum="1" * 64, fingerprint="tts0"))
    assert first.id == again.id
    [kept] = catalog.sources.of_item(sheep.id)
    assert kept.checksum == "1" * 64


def test_plays_and_statistics_are_counted(catalog: Catalog, store: Store, sheep: Item) -> None:
    source_id = catalog.sources.record(source_of(sheep, store)).id
    catalog.sources.played(source_id)
    catalog.sources.played(source_id)
    run_id = catalog.runs.start("test", {}, 2)
    catalog.runs.record(
        run_id,
        [
            Outcome(0, "words", "sheep", "completed", made=True, source_id=source_id),
            Outcome(1, "words", "sheep", "skipped", source_id=source_id),
        ],
        Counts(completed=1, skipped=1),
    )
    statistics = catalog.statistics()
    played = catalog.sources.get(source_id)
    assert played is not None
    assert played.plays == 2
    assert played.last_played_at is not None
    assert statistics["by_type"] == {"tts": 1}
    assert statistics["by_voice"] == {"voice-of-tts": 1}
    assert (statistics["plays"], statistics["size_bytes"]) == (2, 12)
    assert statistics["cache_hit_rate"] == 0.5


def test_a_run_keeps_its_counts_and_outcomes(catalog: Catalog) -> None:
    run_id = catalog.runs.start("night", {"say": "word"}, 3)
    failed = Outcome(1, "words", "b", "failed", reason="no sound", error_class="CannotSpeak")
    catalog.runs.record(run_id, [Outcome(0, "words", "a", "completed")], Counts(completed=1))
    catalog.runs.record(run_id, [failed], Counts(completed=1, failed=1))
    catalog.runs.finish(run_id, "completed", "", 2.5)
    [run] = catalog.runs.table()
    assert (run["completed"], run["failed"], run["total"]) == (1, 1, 3)
    assert run["status"] == "completed"
    assert run["finished_at"] >= run["started_at"]
    assert [row["error_class"] for row in catalog.runs.outcomes(run_id)] == ["", "CannotSpeak"]
