"""The machine's clock is set while a run lasts, or between two runs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from processes.child import table
from processes.killing import Killed
from processes.watched import WATCHED, Watch, shut, until, watched_studio
from voicemill import Studio

YEAR = timedelta(days=365)


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
@pytest.mark.parametrize("force", [False, True])
def test_a_clock_that_is_set_in_the_middle_of_a_run_does_not_matter(
    project: Path, jump: timedelta, force: bool
) -> None:
    watch = Watch(project / "spoken.log", gate=project / "gate", varies=True)
    studio = watched_studio(project, watch)
    plan = studio.plan(studio.read(table(12)), voices=[WATCHED], force=force)
    with shut(project / "gate") as open_gate, ThreadPoolExecutor(1) as people:
        running = people.submit(studio.produce, plan)
        until(watch.spoken)
        with time_machine.travel(datetime.now(UTC) + jump):
            assert studio.status().status == "processing"
            open_gate()
            run = running.result()
            _completed(studio, run.id, made=12)
            assert run.summary.elapsed_s < 60
            assert studio.runs()["elapsed_s"][0] == pytest.approx(run.summary.elapsed_s, abs=1)
    assert len(watch.spoken()) == 12
    Killed().look(studio)
    assert studio.upkeep.doctor().findings == ()
    studio.close()


def test_a_clock_that_was_set_back_between_two_runs_makes_nothing_again(project: Path) -> None:
    watch = Watch(project / "spoken.log")
    studio = watched_studio(project, watch)
    with time_machine.travel(datetime.now(UTC) + YEAR):
        studio.produce(studio.plan(studio.read(table(6)), voices=[WATCHED]))
    run = studio.produce(studio.plan(studio.read(table(8)), voices=[WATCHED]))
    assert (run.summary.completed, run.summary.skipped) == (2, 6)
    _completed(studio, run.id, made=2)
    again = studio.produce(studio.plan(studio.read(table(8)), voices=[WATCHED], force=True))
    assert again.summary.made == 8
    assert len(watch.spoken()) == 6 + 2 + 8
    Killed().look(studio)
    assert studio.upkeep.doctor(mend=True).findings == ()
    studio.close()


def test_a_clock_that_was_set_forward_between_two_runs_loses_nothing(project: Path) -> None:
    watch = Watch(project / "spoken.log", varies=True)
    studio = watched_studio(project, watch)
    studio.produce(studio.plan(studio.read(table(6)), voices=[WATCHED]))
    files = set(studio.store.sizes())
    with time_machine.travel(datetime.now(UTC) + YEAR):
        # By that clock speech has expired, so it is made anew; until then the old one is there.
        plan = studio.plan(studio.read(table(6)), voices=[WATCHED])
        assert plan["action"].tolist() == ["generate"] * 6
        assert set(studio.store.sizes()) == files
        run = studio.produce(plan)
        _completed(studio, run.id, made=6)
    back = studio.produce(studio.plan(studio.read(table(6)), voices=[WATCHED]))
    assert back.summary.skipped == 6
    Killed().look(studio)
    assert len(studio.store.sizes()) == 6
    studio.close()


def _completed(studio: Studio, run_id: str, made: int) -> None:
    state = studio.status(run_id)
    assert (state.status, state.error, state.counts.completed) == ("completed", "", made)
    assert state.counts.taken_over == 0
    assert state.elapsed_s < 60
    assert state.making == ()
