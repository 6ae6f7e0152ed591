from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from catalog_samples import ROW, died, source_of

from voicemill.catalog import Catalog, Counts, Execution, HeardFile, Item, Outcome, Review, Store
from voicemill.catalog.figures import (
    Judged,
    Stock,
    executions_by_status,
    judged,
    last_successes,
    stock_by_type,
    work_by_engine,
    workers,
)
from voicemill.catalog.schema import execution, run

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FLAGGED = 0.5


def outcome(
    place: int, status: str = "completed", voice: str = "piper:a", **more: object
) -> Outcome:
    values = {"collection": "words", "key": f"k{place}", "status": status, "voice": voice, **more}
    return Outcome(position=place, **values)  # type: ignore[arg-type]


def made(place: int, elapsed_s: float, voice: str = "piper:a") -> Outcome:
    return outcome(place, voice=voice, made=True, source_id=1, elapsed_s=elapsed_s)


def ran(catalog: Catalog, *outcomes: Outcome) -> str:
    run_id = catalog.runs.start("night", {}, len(outcomes))
    catalog.runs.record(run_id, outcomes, Counts())
    catalog.runs.finish(run_id, "completed", "", 1.0)
    return run_id


def items(catalog: Catalog, *keys: str) -> list[Item]:
    catalog.items.save([{**ROW, "key": key} for key in keys])
    return [catalog.items.get("words", key) for key in keys]


def age(catalog: Catalog, table: sa.Table, row_id: str, **columns: datetime) -> None:
    change = sa.update(table).where(table.c.id == row_id).values(columns)
    catalog.database.write(lambda connection: connection.execute(change))


def test_work_is_counted_by_engine_whatever_its_voices(catalog: Catalog) -> None:
    ran(
        catalog,
        *(made(place, elapsed_s=place + 1.0) for place in range(20)),
        made(20, 3.0, "edge:en-GB-SoniaNeural"),
        made(21, 5.0, "edge:vi-VN-HoaiMyNeural"),
        outcome(22, "failed", "edge:en-GB-SoniaNeural"),
        outcome(23, "skipped", "piper:b", source_id=7),
        outcome(24, "completed", "piper:b", source_id=7, elapsed_s=9.0),
        outcome(25, "skipped", ""),
        outcome(26, "cancelled", "piper:a"),
    )
    found = work_by_engine(catalog.database, LONG_AGO)
    assert list(found) == ["", "edge", "piper"]
    edge, piper = found["edge"], found["piper"]
    assert (edge.completed, edge.failed, edge.made, edge.mean_s, edge.p95_s) == (2, 1, 2, 4.0, 5.0)
    assert edge.success_rate == pytest.approx(2 / 3)
    assert (piper.completed, piper.skipped, piper.cancelled) == (21, 1, 1)
    assert (piper.asked, piper.found) == (22, 2), "one was there, one was taken over"
    assert (piper.mean_s, piper.p95_s) == (10.5, 19.0), "what was not made took no time"
    assert (found[""].skipped, found[""].success_rate, found[""].p95_s) == (1, None, None)


def test_only_runs_of_the_window_count(catalog: Catalog) -> None:
    old, _new = ran(catalog, made(0, 50.0), outcome(1, "failed")), ran(catalog, made(0, 2.0))
    age(catalog, run, old, started_at=LONG_AGO)
    [(name, piper)] = work_by_engine(catalog.database, LONG_AGO + timedelta(days=1)).items()
    assert (name, piper.completed, piper.failed, piper.mean_s) == ("piper", 1, 0, 2.0)
    assert work_by_engine(catalog.database, LONG_AGO)["piper"].failed == 1


def test_an_empty_catalog_has_figures_too(catalog: Catalog) -> None:
    assert work_by_engine(catalog.database, LONG_AGO) == {}
    assert stock_by_type(catalog.database) == {}
    assert workers(catalog.database) == []
    assert judged(catalog.database, FLAGGED) == Judged(0, 0, 0, 0)
    assert executions_by_status(catalog.database, LONG_AGO) == {}
    assert last_successes(catalog.database) == {}


def test_a_file_that_items_share_is_stored_once(catalog: Catalog, store: Store) -> None:
    sheep, ship = items(catalog, "sheep", "ship")
    shared = source_of(sheep, store, data=b"12345")
    for source in (
        shared,
        replace(shared, item_id=ship.id),
        source_of(sheep, store, "native", data=b"123"),
        source_of(sheep, store, "part", data=b"1"),
    ):
        catalog.sources.record(source)
    assert stock_by_type(catalog.database) == {
        "native": Stock(1, 3),
        "part": Stock(1, 1),
        "tts": Stock(1, 5),
    }


def test_who_works_and_who_died(catalog: Catalog, url: str) -> None:
    dead = died(url)
    run_id = catalog.runs.start("night", {}, 10)
    ran(catalog)
    catalog.runs.record(run_id, [], Counts(completed=3, failed=1))
    gone, mine = workers(catalog.database)
    assert (gone.run_id, gone.is_alive, gone.left) == (dead, False, 3)
    assert (mine.run_id, mine.is_alive, mine.left) == (run_id, True, 6)
    assert 0 <= mine.silent_s < 60
    assert mine.host == gone.host
    assert mine.pid.isdigit()
    catalog.runs.leave(run_id)


def test_the_newest_check_of_what_there_is_counts(catalog: Catalog, store: Store) -> None:
    sheep, ship = items(catalog, "sheep", "ship")
    good, bad = source_of(sheep, store, data=b"good"), source_of(ship, store, data=b"bad")
    catalog.sources.record(good)
    catalog.sources.record(bad)
    catalog.heard.keep(HeardFile(good.checksum, "as it was", 0.9))
    catalog.heard.keep(HeardFile(good.checksum, "as it is", 0.1))
    catalog.heard.keep(HeardFile(bad.checksum, "as it is", FLAGGED))
    catalog.heard.keep(HeardFile("0" * 64, "of a file that is gone", 1.0))
    found = judged(catalog.database, FLAGGED)
    assert (found.checked, found.suspicious) == (2, 1)


def test_an_item_waits_for_review_until_somebody_judged_what_is_played(
    catalog: Catalog, store: Store
) -> None:
    sheep, _silent = items(catalog, "sheep", "ship")
    first = source_of(sheep, store, data=b"first")
    catalog.sources.record(first)

    def unheard() -> tuple[int, int]:
        found = judged(catalog.database, FLAGGED)
        return found.unheard, found.playable

    assert unheard() == (1, 1)
    said = Review(sheep.id, first.checksum, "ann", "rejected")
    catalog.reviews.add(said)
    catalog.reviews.add(replace(said, reviewer="bob", verdict="approved"))
    assert unheard() == (0, 1)
    catalog.reviews.add(replace(said, verdict="open"))
    assert unheard() == (0, 1), "bob's still counts"
    catalog.reviews.add(replace(said, reviewer="bob", verdict="open"))
    assert unheard() == (1, 1)
    catalog.reviews.add(said)
    native = source_of(sheep, store, "native", data=b"a person")
    catalog.sources.record(native)
    assert unheard() == (1, 1), "now the recording is played"
    [tts] = [one for one in catalog.sources.of_item(sheep.id) if one.source_type == "tts"]
    catalog.items.prefer("words", "sheep", tts.id)
    assert unheard() == (0, 1), "preferred, and judged"
    catalog.items.prefer("words", "sheep", None)
    catalog.sources.remove([one.id for one in catalog.sources.of_item(sheep.id) if one != tts])
    second = source_of(sheep, store, data=b"second", fingerprint="second")
    catalog.sources.record(second)
    assert unheard() == (1, 1), "a newer one"
    catalog.sources.ask_for([tts.id])
    assert unheard() == (0, 1), "the first was asked for again"


def test_what_expired_or_says_an_older_text_is_not_played(catalog: Catalog, store: Store) -> None:
    sheep, ship = items(catalog, "sheep", "ship")
    now = datetime.now(UTC)
    expired = source_of(sheep, store, data=b"e", cached_until=now - timedelta(days=1))
    right = source_of(ship, store, data=b"r", metadata={"page": {"text": ship.text}})
    other = source_of(ship, store, data=b"o", metadata={"page": {"text": "as it was"}})
    for source in (expired, right, replace(other, fingerprint="other")):
        catalog.sources.record(source)
    catalog.reviews.add(Review(ship.id, right.checksum, "ann", "flagged"))
    found = judged(catalog.database, FLAGGED)
    assert (found.playable, found.unheard) == (1, 0)


def test_executions_are_counted_by_how_they_ended(catalog: Catalog) -> None:
    def ended(status: str, schedule: str = "", **more: object) -> str:
        begun = Execution("01_phonemes", datetime.now(UTC), schedule=schedule, **more)  # type: ignore[arg-type]
        name = catalog.executions.start(begun)
        if status != "processing":
            catalog.executions.finish(name, status)
        return name

    ended("completed", "nightly")
    last = ended("completed", "nightly")
    ended("failed", "nightly")
    ended("failed", "weekly")
    ended("completed")
    ended("processing")
    ended("processing", process=f"{died_process()}")
    old = ended("failed")
    age(catalog, execution, old, started_at=LONG_AGO)
    since = LONG_AGO + timedelta(days=1)
    found = executions_by_status(catalog.database, since)
    assert found == {"completed": 3, "failed": 3, "processing": 1}
    assert last_successes(catalog.database) == {
        "nightly": catalog.executions.get(last).finished_at,
        "weekly": None,
    }


def died_process() -> str:
    """Name a process of this machine that cannot be: no number is below one."""
    from voicemill.catalog.processes import this_process

    host, _pid, born = this_process().rsplit(" ", 2)
    return f"{host} 4194305 {born}"  # above the largest number that Linux gives
