"""Runs at the same time never make the same audio twice, and never harm each other."""

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from processes.child import table
from processes.killing import Killed, with_studio
from processes.nursery import Nursery
from processes.together import produce_together
from processes.watched import WATCHED, Watch, shut, until, watched_studio
from voicemill import Studio
from voicemill.catalog import Claim
from voicemill.catalog.runs import KILLED
from voicemill.production.running import produce
from voicemill.production.stopping import StopSign


def test_four_processes_make_one_table_together(
    project: Path, nursery: Nursery, catalog_url: str
) -> None:
    rows = 60
    watch = Watch(project / "spoken.log", varies=True)
    ended = produce_together(project, nursery, 4, rows, watch=watch, catalog_url=catalog_url)
    assert set(ended.spoken.values()) == {1}
    assert len(ended.spoken) == rows
    assert ended.processes > 1  # they really worked together
    assert [one["status"] for one in ended.summaries] == ["completed"] * 4
    assert [one["completed"] for one in ended.summaries] == [rows] * 4
    assert sum(one["made"] for one in ended.summaries) == rows
    for one in ended.summaries:
        assert one["made"] + one["taken_over"] == rows
    with_studio(project, watch, catalog_url, lambda studio: _all_well(studio, rows))


def test_forced_and_usual_runs_at_once_leave_one_whole_file_per_item(
    project: Path, nursery: Nursery, catalog_url: str
) -> None:
    watch = Watch(project / "spoken.log", varies=True)
    forced = (True, False, True, False)
    begin = partial(produce_together, project, nursery, 4, 16, force=forced)
    first = begin(watch=watch, catalog_url=catalog_url)
    # A forced run accepts what was made since it began, and makes again what is older.
    assert set(first.spoken.values()) <= {1, 2}
    again = begin(watch=watch, catalog_url=catalog_url)
    assert set(again.spoken.values()) <= {1, 2}
    assert len(again.spoken) == 16
    for ended in (first, again):
        assert [one["status"] for one in ended.summaries] == ["completed"] * 4
        assert [one["failed"] for one in ended.summaries] == [0] * 4
        assert sum(one["made"] for one in ended.summaries) == ended.spoken.total()
    assert [one["skipped"] for one in again.summaries] == [0, 16, 0, 16]
    with_studio(project, watch, catalog_url, lambda studio: _all_well(studio, 16))


def test_asking_twice_for_one_item_makes_it_once(project: Path) -> None:
    watch = Watch(project / "spoken.log", gate=project / "gate")
    studio = watched_studio(project, watch)
    studio.catalog.items.save(studio.read(table(1), collection="words").to_dict("records"))
    with shut(project / "gate") as open_gate, ThreadPoolExecutor(2) as people:
        first = people.submit(studio.make, "words", "w0", voices=[WATCHED])
        until(watch.spoken)
        second = people.submit(studio.make, "words", "w0", voices=[WATCHED])
        until(lambda: len(studio.runs()) == 2)
        open_gate()
        assert first.result() == second.result()
    assert len(watch.spoken()) == 1
    assert sorted(row["taken_over"] for row in studio.catalog.runs.table()) == [0, 1]
    studio.close()


def test_the_run_that_waits_takes_over_at_once_from_one_that_is_killed(
    project: Path, nursery: Nursery, catalog_url: str
) -> None:
    held = Watch(project / "spoken.log", gate=project / "gate")
    free = Watch(project / "spoken.log")
    with shut(project / "gate"):
        first = nursery.start(project, held, 12, catalog_url=catalog_url)
        until(lambda: len(held.spoken()) == 2)  # both its workers are in the middle of an item
        stuck = held.spoken()
        second = nursery.start(project, free, 12, catalog_url=catalog_url)
        until(lambda: len(free.spoken()) == 12)  # all but those two
        os.kill(first, signal.SIGKILL)
        summary = nursery.done(second)
        assert nursery.wait(first) == -signal.SIGKILL
        assert nursery.wait(second) == os.EX_OK
    assert (summary["status"], summary["made"]) == ("completed", 12)
    assert summary["elapsed_s"] < 30  # it did not wait for a lease to run out
    assert Counter(free.spoken()) == Counter([*stuck, *table(12)["text"]])


def test_what_a_living_run_on_another_machine_is_making_is_left_to_it(
    project: Path, catalog_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMILL_CATALOG__URL", catalog_url)
    watch = Watch(project / "spoken.log")
    studio = watched_studio(project, watch)
    plan = studio.plan(studio.read(table(3)), voices=[WATCHED])
    _run_elsewhere(studio, plan["fingerprint"][1], silent_s=0)
    stop = StopSign()
    with ThreadPoolExecutor(1) as people:
        running = people.submit(produce, plan, studio.shop, stop=stop)
        until(lambda: studio.sources().shape[0] == 2)
        stop.ask("long enough")
        run = running.result()
    assert run.results["status"].tolist() == ["completed", "cancelled", "completed"]
    assert run.results["reason"][1] == "the run was stopped: long enough"
    assert len(watch.spoken()) == 2
    studio.close()


@pytest.mark.parametrize(("silent_s", "waits_s"), [(58.5, 1.2), (3600, 0)])
def test_a_run_on_another_machine_that_is_silent_for_a_minute_is_taken_for_dead(
    project: Path,
    catalog_url: str,
    monkeypatch: pytest.MonkeyPatch,
    silent_s: float,
    waits_s: float,
) -> None:
    monkeypatch.setenv("VOICEMILL_CATALOG__URL", catalog_url)
    studio = watched_studio(project, Watch(project / "spoken.log"))
    plan = studio.plan(studio.read(table(3)), voices=[WATCHED])
    elsewhere = _run_elsewhere(studio, plan["fingerprint"][1], silent_s)
    run = studio.produce(plan)
    assert run.summary.made == 3
    assert waits_s < run.summary.elapsed_s < waits_s + 20
    state = studio.status(elsewhere)
    assert (state.status, state.error) == ("failed", KILLED)
    studio.close()


def test_a_run_that_is_taken_for_dead_by_mistake_completes_all_the_same(project: Path) -> None:
    watch = Watch(project / "spoken.log", gate=project / "gate")
    studio = watched_studio(project, watch)
    plan = studio.plan(studio.read(table(12)), voices=[WATCHED])
    with shut(project / "gate") as open_gate, ThreadPoolExecutor(1) as people:
        running = people.submit(studio.produce, plan)
        until(watch.spoken)
        _move(studio, studio.status().id, silent_s=3600)  # as a machine that lost its network does
        assert len(studio.catalog.runs.settle_dead()) == 1
        open_gate()
        run = running.result()
    assert (run.summary.status, run.summary.made) == ("completed", 12)
    state = studio.status(run.id)
    assert (state.status, state.error, state.counts.completed) == ("completed", "", 12)
    _all_well(studio, 12)
    studio.close()


def _run_elsewhere(studio: Studio, fingerprint: str, silent_s: float) -> str:
    """Record a run of another machine that is making one audio, and its last sign of life."""
    run_id = studio.catalog.runs.start("elsewhere", {}, 1)
    assert studio.catalog.claims.take(Claim(fingerprint, run_id, 0, "words 'w1'"))
    studio.catalog.runs.leave(run_id)
    _move(studio, run_id, silent_s)
    return run_id


def _move(studio: Studio, run_id: str, silent_s: float) -> None:
    """Make a run look like one of another machine that was last heard of so long ago."""
    engine = sa.create_engine(studio.settings.catalog_url)
    ago = (
        f"timezone('UTC', clock_timestamp()) - interval '{silent_s} seconds'"
        if engine.dialect.name == "postgresql"
        else f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-{silent_s} seconds')"
    )
    change = f"UPDATE run SET process = 'elsewhere 1 1', alive_at = {ago} WHERE id = :run"
    with engine.begin() as connection:
        connection.execute(sa.text(change), {"run": run_id})
    engine.dispose()


def _all_well(studio: Studio, rows: int) -> None:
    Killed().look(studio)
    sources = studio.catalog.sources.all()
    assert len(sources) == len({source.item_id for source in sources}) == rows
    assert set(studio.store.sizes()) == {source.file for source in sources}
    assert studio.upkeep.doctor().findings == ()
    assert {row["status"] for row in studio.catalog.runs.table()} == {"completed"}
