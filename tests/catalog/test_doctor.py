"""What the doctor finds wrong between catalog and store, and mends."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from catalog_samples import ROW, died, source_of

from voicemill.catalog import Catalog, Item, Store
from voicemill.catalog.doctor import Finding, Report, examine
from voicemill.catalog.schema import claim
from voicemill.catalog.store import Entry
from voicemill.catalog.store.places import temporary_name
from voicemill.errors import CatalogError, StoreUnavailable

HOUR_S = 3600


def path_of(store: Store, file: str) -> Path:
    path = store.local_path(file)
    assert path is not None
    return path


def aged(store: Store, file: str, age_s: float = HOUR_S) -> str:
    """Make a file look as if it had been there for a while."""
    then = time.time() - age_s
    os.utime(path_of(store, file), (then, then))
    return file


def kinds(report: Report) -> list[tuple[str, str]]:
    return sorted((finding.kind, finding.where) for finding in report.findings)


def recorded(catalog: Catalog, store: Store, sheep: Item) -> str:
    """Record a whole source beside what is wrong, and return its file."""
    source = source_of(sheep, store, "generated", fingerprint="whole")
    catalog.sources.record(source)
    return source.file


def test_where_all_is_well_nothing_is_found(catalog: Catalog, store: Store, sheep: Item) -> None:
    recorded(catalog, store, sheep)
    report = examine(catalog, store)
    assert report == Report(sources=1, files=1, findings=(), mended=False)
    assert str(report) == "1 sources and 1 files looked at: all is well"


@pytest.mark.parametrize(
    ("harm", "kind", "what"),
    [
        ("lost", "missing", "its file is gone"),
        ("cut off", "damaged", "its file has another size"),
        ("rotten", "damaged", "its file has other content"),
    ],
)
def test_a_file_that_is_not_as_it_was_made_is_found_and_forgotten(
    catalog: Catalog, store: Store, sheep: Item, harm: str, kind: str, what: str
) -> None:
    whole = recorded(catalog, store, sheep)
    bad = source_of(sheep, store)
    source_id = catalog.sources.record(bad).id
    catalog.items.prefer("words", "sheep", source_id)
    path = path_of(store, bad.file)
    if harm == "lost":
        path.unlink()
    else:
        data = path.read_bytes()
        path.write_bytes(data[:-1] if harm == "cut off" else b"X" + data[1:])
    finding = Finding(kind, bad.file, what, "forget it, so that it is made again")
    assert examine(catalog, store).findings == (finding,)
    assert catalog.sources.get(source_id) is not None

    mended = examine(catalog, store, mend=True)
    assert mended.findings == (finding,)
    assert str(mended).endswith(f"1 {kind}; 1 mended")
    assert catalog.sources.get(source_id) is None
    assert catalog.items.get("words", "sheep").preferred_source_id is None
    assert set(store.sizes()) == {whole}
    assert examine(catalog, store).findings == ()


@pytest.mark.parametrize("kind", ["native", "approved"])
def test_what_people_made_or_approved_is_only_reported(
    catalog: Catalog, store: Store, sheep: Item, kind: str
) -> None:
    recorded(catalog, store, sheep)
    lost, rotten = (
        source_of(sheep, store, "native" if kind == "native" else "tts", data=name.encode(),
                  fingerprint=name)
        for name in ("lost", "rotten")
    )  # fmt: skip
    ids = [catalog.sources.record(source).id for source in (lost, rotten)]
    for source_id in ids if kind == "approved" else []:
        catalog.sources.approve(source_id)
    path_of(store, lost.file).unlink()
    path_of(store, rotten.file).write_bytes(b"ROTTEN")
    report = examine(catalog, store, mend=True)
    assert kinds(report) == sorted([("missing", lost.file), ("damaged", rotten.file)])
    assert report.needs_person == report.findings
    assert all(f"it is {kind}: restore it from a backup" in str(one) for one in report.findings)
    assert str(report).endswith("1 damaged, 1 missing; 0 mended; 2 for a person to mend")
    assert set(ids) <= {source.id for source in catalog.sources.all()}
    assert path_of(store, rotten.file).read_bytes() == b"ROTTEN"
    path_of(store, lost.file).write_bytes(b"lost")  # restored from a backup
    path_of(store, rotten.file).write_bytes(b"rotten")
    assert examine(catalog, store).findings == ()


def test_a_damaged_file_stays_while_an_approved_source_has_it(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    recorded(catalog, store, sheep)
    bad = source_of(sheep, store)
    first = catalog.sources.record(bad).id
    approved = catalog.sources.record(replace(bad, fingerprint="same bytes, other wish")).id
    catalog.sources.approve(approved)
    path_of(store, bad.file).write_bytes(b"rotten")
    examine(catalog, store, mend=True)
    assert catalog.sources.get(first) is None
    assert catalog.sources.get(approved) is not None
    assert path_of(store, bad.file).is_file()


def test_a_file_without_a_source_is_removed_once_it_is_settled(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    whole = recorded(catalog, store, sheep)
    old, young, future = (
        source_of(sheep, store, data=name.encode()).file for name in ("old", "young", "future")
    )
    aged(store, old)
    aged(store, young, age_s=60)  # may belong to a run that is about to record it
    aged(store, future, age_s=-HOUR_S)  # the clock was set back
    report = examine(catalog, store, mend=True)
    assert kinds(report) == sorted([("orphan", old), ("orphan", future)])
    assert set(store.sizes()) == {whole, young}
    assert examine(catalog, store).findings == ()


@pytest.mark.parametrize(
    "name", ["notes.txt", "words/my recording.wav", "words/talk_20240131.wav", "cover_abcdef12.png"]
)
def test_files_of_people_are_never_touched(
    catalog: Catalog, store: Store, sheep: Item, name: str
) -> None:
    recorded(catalog, store, sheep)
    store.write(name, b"mine")
    aged(store, name)
    assert examine(catalog, store, mend=True).findings == ()
    assert store.read(name) == b"mine"


def test_a_file_that_is_only_called_like_ours_is_left_for_a_person(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    recorded(catalog, store, sheep)
    name = "words/take_deadbeef.mp3"
    store.write(name, b"mine")
    aged(store, name)
    [finding] = examine(catalog, store, mend=True).findings
    assert (finding.kind, finding.where, finding.mends) == ("orphan", name, "")
    assert "may be somebody's own" in finding.what
    assert store.read(name) == b"mine"


def test_half_a_file_of_a_killed_run_is_removed_once_it_is_settled(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    recorded(catalog, store, sheep)
    source = source_of(sheep, store)
    old, young = (f"words/{temporary_name()}" for _ in range(2))
    for name in (old, young):
        path_of(store, name).write_bytes(b"half a fi")
    aged(store, old)
    catalog.sources.record(source)
    report = examine(catalog, store, mend=True)
    assert kinds(report) == [("leftover", old)]
    assert not path_of(store, old).exists()
    assert path_of(store, young).exists()
    assert examine(catalog, store).findings == ()


def test_sources_whose_item_is_gone_are_forgotten_but_not_peoples(
    sqlite_catalog: Catalog, store: Store, tmp_path: Path
) -> None:
    catalog = sqlite_catalog
    catalog.items.save([ROW])
    sheep = catalog.items.get("words", "sheep")
    made, native = source_of(sheep, store), source_of(sheep, store, "native")
    made_id, native_id = (catalog.sources.record(source).id for source in (made, native))
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as other_tool:
        other_tool.execute("DELETE FROM item")  # it does not care for foreign keys
        other_tool.commit()
    report = examine(catalog, store, mend=True)
    assert kinds(report) == sorted([("homeless", made.file), ("homeless", native.file)])
    [for_a_person] = report.needs_person
    assert for_a_person.where == native.file
    assert f"sources.remove([{native_id}])" in for_a_person.what
    assert catalog.sources.get(made_id) is None
    assert set(store.sizes()) == {native.file}


def test_a_dead_run_is_ended_and_its_claims_given_back(url: str, store: Store) -> None:
    dead = died(url)
    with closing(Catalog(url)) as catalog:
        alive = catalog.runs.start("alive", {}, 1)
        report = examine(catalog, store)
        assert kinds(report) == [("run", dead)]
        assert [found.run_id for found in catalog.claims.dead()] == [dead]
        examine(catalog, store, mend=True)
        assert catalog.runs.state(dead).status == "failed"
        assert catalog.runs.state(alive).status == "processing"
        assert examine(catalog, store).findings == ()


def test_a_claim_that_a_finished_run_still_holds_is_given_back(
    catalog: Catalog, store: Store
) -> None:
    run_id = catalog.runs.start("", {}, 1)
    catalog.runs.finish(run_id, "completed", "", 1)
    values = {"fingerprint": "f", "run_id": run_id, "position": 0, "place": "words 'sheep'"}
    left = sa.insert(claim).values({**values, "claimed_at": datetime.now(UTC)})
    catalog.database.write(lambda connection: connection.execute(left))
    assert kinds(examine(catalog, store, mend=True)) == [("claim", "words 'sheep'")]
    assert examine(catalog, store).findings == ()


@pytest.mark.parametrize("other", ["gone", "of another project"])
def test_a_store_that_is_not_the_one_is_refused(
    catalog: Catalog, store: Store, sheep: Item, tmp_path: Path, other: str
) -> None:
    for data in (b"one", b"two"):
        catalog.sources.record(source_of(sheep, store, data=data, fingerprint=data.decode()))
    elsewhere = Store(str(tmp_path / "elsewhere"))
    if other != "gone":
        aged(elsewhere, source_of(sheep, elsewhere, data=b"theirs").file)
    with pytest.raises(CatalogError, match="none of the 2 catalogued files.*Nothing was mended"):
        examine(catalog, elsewhere, mend=True)
    assert len(catalog.sources.all()) == 2
    assert len(elsewhere.sizes()) == (other != "gone")
    looked = examine(catalog, elsewhere)
    assert [finding.kind for finding in looked.findings if finding.kind == "missing"] == [
        "missing", "missing",
    ]  # fmt: skip


class Happening(Store):
    """A store to which something happens once, just after its files were listed."""

    def __init__(self, url: str, happens: Callable[[], object]) -> None:
        super().__init__(url)
        self._happens = [happens]

    def entries(self, folder: str = "") -> dict[str, Entry]:
        found = super().entries(folder)
        while self._happens:
            self._happens.pop()()
        return found


def test_a_store_that_goes_away_in_the_middle_is_no_damage(
    catalog: Catalog, store: Store, sheep: Item, tmp_path: Path
) -> None:
    catalog.sources.record(source_of(sheep, store))
    folder, unplugged = tmp_path / "audio", tmp_path / "unplugged"
    with pytest.raises(StoreUnavailable):
        examine(catalog, Happening(store.url, lambda: folder.rename(unplugged)), mend=True)
    assert len(catalog.sources.all()) == 1
    unplugged.rename(folder)
    assert examine(catalog, store).findings == ()


def test_what_a_run_makes_while_the_doctor_looks_is_not_forgotten(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    whole = recorded(catalog, store, sheep)
    lost, orphan = source_of(sheep, store, data=b"lost"), source_of(sheep, store, data=b"orphan")
    source_id = catalog.sources.record(lost).id
    store.delete(lost.file)
    aged(store, orphan.file)

    def make_both() -> None:
        catalog.sources.record(source_of(sheep, store, data=b"made again"))
        catalog.sources.record(source_of(sheep, store, data=b"orphan", fingerprint="now used"))

    assert examine(catalog, Happening(store.url, make_both), mend=True).findings == ()
    assert catalog.sources.get(source_id) is not None
    assert set(store.sizes()) > {whole, orphan.file}
    assert len(store.sizes()) == 3
    assert examine(catalog, store).findings == ()
