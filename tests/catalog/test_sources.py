import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from catalog_samples import ROW, source_of

from voicemill.catalog import Catalog, Claim, Item, Store
from voicemill.catalog.schema import audio_source
from voicemill.errors import ItemError

NOW = datetime.now(UTC)
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def ship(catalog: Catalog, sheep: Item) -> Item:
    catalog.items.save([{**ROW, "key": "ship", "text": "ship"}])
    return catalog.items.get("words", "ship")


def test_a_source_comes_back_as_it_was_recorded(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    wanted = source_of(
        sheep,
        store,
        profile="web",
        metadata={"engine": "eSpeak", "measures": {"loudness_lufs": -16.0}, "spoken": "ʃiːp"},
        licence="CC BY 4.0",
        attribution="Nguyễn Thị Ánh",
        origin="piper 1.3",
        cached_until=NOW,
    )
    recorded = catalog.sources.record(wanted)
    found = catalog.sources.get(recorded.id)
    assert found is not None
    assert found.created_at is not None
    assert abs(found.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    names = set(type(wanted).__dataclass_fields__) - {"id", "asked", "created_at", "updated_at"}
    assert {name: getattr(found, name) for name in names} == {
        name: getattr(wanted, name) for name in names
    }
    assert recorded.replaced == ""


def test_recording_the_same_sound_again_replaces_it_and_names_the_file_to_remove(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    old, new = (source_of(sheep, store, data=data) for data in (b"old", b"new"))
    first = catalog.sources.record(old)
    catalog.sources.played(first.id)
    again = catalog.sources.record(new)
    assert (again.id, again.replaced) == (first.id, old.file)
    [kept] = catalog.sources.of_item(sheep.id)
    assert (kept.file, kept.checksum, kept.plays) == (new.file, new.checksum, 1)
    assert catalog.sources.record(new).replaced == ""


def test_a_replaced_file_that_another_item_uses_is_not_named(
    catalog: Catalog, store: Store, sheep: Item, ship: Item
) -> None:
    old = source_of(sheep, store, data=b"old")
    source_id = catalog.sources.record(old).id
    assert catalog.sources.share(source_id, old.file, ship.id) is not None
    assert catalog.sources.record(source_of(sheep, store, data=b"new")).replaced == ""


def test_recording_gives_back_the_claim_in_the_same_moment(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    run_id = catalog.runs.start("test", {}, 2)
    mine, other = (Claim(name, run_id, place) for place, name in enumerate(("tts", "other")))
    assert catalog.claims.take(mine)
    assert catalog.claims.take(other)
    catalog.sources.record(source_of(sheep, store), mine)
    assert catalog.claims.of_run(run_id) == [other]


def test_only_what_people_did_not_make_or_approve_expires(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    sources = [
        source_of(sheep, store, "native", fingerprint="a", cached_until=YESTERDAY),
        source_of(sheep, store, "tts", fingerprint="b", cached_until=YESTERDAY),
        source_of(sheep, store, "tts", fingerprint="c", cached_until=YESTERDAY),
        source_of(sheep, store, "generated", fingerprint="d", cached_until=YESTERDAY),
        source_of(sheep, store, "tts", fingerprint="e", cached_until=NOW + timedelta(days=1)),
        source_of(sheep, store, "tts", fingerprint="f", cached_until=None),
    ]
    ids = {source.fingerprint: catalog.sources.record(source).id for source in sources}
    catalog.sources.approve(ids["b"])
    assert {source.fingerprint for source in catalog.sources.expired(NOW)} == {"c", "d"}
    found = {source.fingerprint: source for source in catalog.sources.all()}
    assert {name for name, source in found.items() if source.expired(NOW)} == {"c", "d"}
    assert {name for name, source in found.items() if source.kept} == {"a", "b"}
    planned = catalog.sources.stored(ids)
    assert [planned[name][0].cached_until is None for name in "abcdef"] == [
        True, True, False, False, False, True,
    ]  # fmt: skip


def test_a_remade_file_must_be_judged_again(catalog: Catalog, store: Store, sheep: Item) -> None:
    source_id = catalog.sources.record(source_of(sheep, store, data=b"liked")).id
    catalog.sources.approve(source_id)
    remade = source_of(sheep, store, data=b"remade", cached_until=YESTERDAY)
    catalog.sources.record(remade)
    [source] = catalog.sources.of_item(sheep.id)
    assert not source.approved
    assert catalog.sources.expired(NOW) == [source]
    catalog.sources.record(source_of(sheep, store, data=b"liked"))
    assert catalog.sources.of_item(sheep.id)[0].approved  # to the byte the file that was liked


def test_an_approval_can_be_taken_back(catalog: Catalog, store: Store, sheep: Item) -> None:
    source_id = catalog.sources.record(source_of(sheep, store)).id
    catalog.sources.approve(source_id)
    catalog.sources.approve(source_id, approved=False)
    assert not catalog.sources.of_item(sheep.id)[0].kept


def test_approving_what_is_gone_is_an_error(catalog: Catalog) -> None:
    with pytest.raises(ItemError, match="no source 99 any more"):
        catalog.sources.approve(99)


def test_a_shared_file_is_judged_for_each_item_by_itself(
    catalog: Catalog, store: Store, sheep: Item, ship: Item
) -> None:
    source = source_of(sheep, store, metadata={"spoken": "sheep"})
    source_id = catalog.sources.record(source).id
    catalog.sources.approve(source_id)
    shared = catalog.sources.share(source_id, source.file, ship.id)
    [other] = catalog.sources.of_item(ship.id)
    assert (other.id, other.file, other.metadata) == (shared, source.file, source.metadata)
    assert not other.approved


def test_what_was_removed_or_replaced_cannot_be_shared(
    catalog: Catalog, store: Store, sheep: Item, ship: Item
) -> None:
    source = source_of(sheep, store, data=b"old")
    source_id = catalog.sources.record(source).id
    catalog.sources.record(source_of(sheep, store, data=b"new"))
    assert catalog.sources.share(source_id, source.file, ship.id) is None
    catalog.sources.remove([source_id])
    assert catalog.sources.share(source_id, source.file, ship.id) is None
    assert catalog.sources.of_item(ship.id) == []


def test_sharing_and_removing_at_once_never_leaves_an_item_without_its_file(
    catalog: Catalog, store: Store, sheep: Item, ship: Item
) -> None:
    source = source_of(sheep, store)
    together = threading.Barrier(2)

    def removed(source_id: int) -> list[str]:
        together.wait()
        return catalog.sources.remove([source_id])

    def shared(source_id: int) -> int | None:
        together.wait()
        return catalog.sources.share(source_id, source.file, ship.id)

    with ThreadPoolExecutor(2) as both:
        for _ in range(20):
            source_id = catalog.sources.record(source).id
            files, share_id = both.submit(removed, source_id), both.submit(shared, source_id)
            assert files.result() == ([] if share_id.result() else [source.file])
            catalog.sources.remove(one.id for one in catalog.sources.of_item(ship.id) if one.id)


def test_removing_returns_only_files_that_nothing_uses(
    catalog: Catalog, store: Store, sheep: Item, ship: Item
) -> None:
    shared, alone = source_of(sheep, store), source_of(sheep, store, "generated")
    first, second = (catalog.sources.record(source).id for source in (shared, alone))
    other = catalog.sources.share(first, shared.file, ship.id)
    assert catalog.sources.remove([first, second]) == [alone.file]
    assert catalog.sources.remove([other or 0]) == [shared.file]
    assert catalog.sources.remove([first]) == []


def test_a_removed_source_is_preferred_no_longer(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    source_id = catalog.sources.record(source_of(sheep, store)).id
    catalog.items.prefer("words", "sheep", source_id)
    catalog.sources.remove([source_id])
    assert catalog.items.get("words", "sheep").preferred_source_id is None


def test_forgetting_an_item_forgets_its_sources(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    catalog.sources.record(source_of(sheep, store))
    catalog.items.delete(sheep.id)
    assert catalog.sources.all() == []


def test_plays_are_counted_by_all_who_listen_at_once(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    source_id = catalog.sources.record(source_of(sheep, store)).id
    with ThreadPoolExecutor(4) as listeners:
        list(listeners.map(catalog.sources.played, [source_id] * 20))
    found = catalog.sources.get(source_id)
    assert found is not None
    assert found.plays == 20
    assert found.last_played_at is not None
    assert abs(found.last_played_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_sources_are_listed_with_their_items(catalog: Catalog, store: Store, sheep: Item) -> None:
    catalog.sources.record(source_of(sheep, store))
    [row] = catalog.sources.table("words")
    assert (row["collection"], row["key"], row["source_type"]) == ("words", "sheep", "tts")
    assert catalog.sources.table("letters") == []


def test_what_is_recorded_shared_or_asked_for_last_comes_first(
    catalog: Catalog, store: Store, sheep: Item, ship: Item
) -> None:
    def voices(item: Item) -> list[str]:
        return [source.voice for source in catalog.sources.of_item(item.id)]

    one, two, three = (
        source_of(sheep, store, data=name.encode(), fingerprint=name, voice=name)
        for name in ("one", "two", "three")
    )
    ids = {source.voice: catalog.sources.record(source).id for source in (one, two, three)}
    assert voices(sheep) == ["three", "two", "one"]
    catalog.sources.ask_for([ids["two"]])
    assert voices(sheep) == ["two", "three", "one"]
    catalog.sources.record(one)
    assert voices(sheep) == ["one", "two", "three"]
    assert catalog.sources.share(ids["three"], three.file, ship.id) is not None
    other = catalog.sources.record(source_of(ship, store)).id
    assert voices(ship) == ["voice-of-tts", "three"]
    assert catalog.sources.share(ids["three"], three.file, ship.id) is not None
    assert voices(ship) == ["three", "voice-of-tts"]
    catalog.sources.ask_for([ids["three"], other])
    assert (voices(sheep)[0], voices(ship)[0]) == ("three", "voice-of-tts")


def test_asking_for_what_was_asked_for_last_writes_nothing(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    source_id = catalog.sources.record(source_of(sheep, store)).id
    before = catalog.sources.get(source_id)
    catalog.sources.ask_for([source_id, source_id + 1])
    catalog.sources.ask_for([])
    assert catalog.sources.get(source_id) == before


def test_thousands_of_sources_are_found_removed_and_counted(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    one = source_of(sheep, store)
    names = ("item_id", "source_type", "format", "duration_s", "size_bytes", "checksum")
    values = {name: getattr(one, name) for name in names}
    values |= {"created_at": NOW, "updated_at": NOW}
    rows = [{**values, "file": f"words/{n}.mp3", "fingerprint": f"f{n}"} for n in range(2_500)]
    catalog.database.write(lambda connection: connection.execute(sa.insert(audio_source), rows))
    assert len(catalog.sources.stored(row["fingerprint"] for row in rows)) == 2_500
    ids = [source.id for source in catalog.sources.all() if source.id]
    assert len(catalog.sources.by_ids(ids)) == 2_500
    assert len(catalog.sources.remove(ids)) == 2_500
    assert catalog.sources.all() == []
