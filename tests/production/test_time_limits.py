"""What hangs is cut off in time, and harms nothing else."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from processes.child import table
from processes.nursery import Nursery
from processes.watched import WATCHED, Watch, shut, until, watched_studio
from voicemill import Studio
from voicemill.errors import ItemTookTooLong, RunError
from voicemill.production.limits import Limits
from voicemill.production.progress import Progress
from voicemill.production.running import produce

ROWS, WORKERS = 30, 2


@pytest.fixture
def studio(project: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A studio whose engine hangs for one item, w3, while its gate is shut."""
    monkeypatch.setenv("VOICEMILL_PRODUCTION__WORKERS", str(WORKERS))
    return watched_studio(project, hanging(project, "w3"))


def hanging(project: Path, text: str = "") -> Watch:
    return Watch(project / "spoken.log", gate=project / "gate", held=text)


def test_an_item_that_hangs_is_cut_off_and_the_others_are_made(
    studio: Studio, project: Path
) -> None:
    plan = studio.plan(studio.read(table(ROWS)), voices=[WATCHED])
    claimed: list[set[int]] = []

    def report(progress: Progress) -> None:
        if progress.failed:
            claims = studio.catalog.claims.of_run(progress.run_id)
            claimed.append({claim.position for claim in claims})

    with shut(project / "gate"):
        run = produce(plan, studio.shop, limits=Limits(item_s=1.5), report=report)
        failed = run.results.set_index("key").loc["w3"]
        assert (run.summary.status, run.summary.made, run.summary.failed) == (
            "completed",
            ROWS - 1,
            1,
        )
        assert failed["status"] == "failed"
        assert isinstance(run.errors[3], ItemTookTooLong)
        assert failed["reason"].startswith("words 'w3': it was cut off after 1.")
        assert "the engine did not answer" in failed["reason"]
        assert claimed
        assert all(3 not in claims for claims in claimed)
    # It answers at last. What nobody waits for any more does no harm.
    until(lambda: len(studio.store.sizes()) == ROWS)
    until(lambda: len(studio.sources()) == ROWS)
    again = studio.retry(run)
    assert again.summary.failed == 0
    assert studio.upkeep.doctor().findings == ()
    studio.close()


@pytest.mark.parametrize("hung", [1, 3])
def test_each_worker_that_hangs_is_replaced(
    project: Path, monkeypatch: pytest.MonkeyPatch, hung: int
) -> None:
    monkeypatch.setenv("VOICEMILL_PRODUCTION__WORKERS", "1")
    studio = watched_studio(project, hanging(project, "stuck"))
    items = table(12)
    items.loc[: hung - 1, "text"] = [f"number {number} is stuck" for number in range(hung)]
    plan = studio.plan(studio.read(items), voices=[WATCHED])
    with shut(project / "gate"):
        run = produce(plan, studio.shop, limits=Limits(item_s=0.6))
        assert (run.summary.made, run.summary.failed) == (12 - hung, hung)
    until(lambda: len(studio.sources()) == 12)
    studio.close()


def test_a_process_ends_though_an_engine_hangs(project: Path, nursery: Nursery) -> None:
    with shut(project / "gate"):  # it never opens while that process lives
        pid = nursery.start(project, hanging(project, "w3"), 10, limits={"item_s": 1.5})
        summary = nursery.done(pid)
        assert (summary["status"], summary["failed"], summary["made"]) == ("completed", 1, 9)
        assert nursery.wait(pid) == os.EX_OK


def test_after_the_soft_limit_the_items_in_work_are_finished(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMILL_PRODUCTION__WORKERS", str(WORKERS))
    studio = watched_studio(project, hanging(project))
    plan = studio.plan(studio.read(table(ROWS)), voices=[WATCHED])
    with shut(project / "gate") as open_gate, ThreadPoolExecutor(1) as people:
        running = people.submit(produce, plan, studio.shop, limits=Limits(soft_s=0.5))
        until(lambda: len(studio.runs()) and studio.status().counts.cancelled)
        open_gate()
        run = running.result()
    assert (run.summary.status, run.summary.made) == ("cancelled", WORKERS)
    cancelled = run.results[run.results["status"] == "cancelled"]
    assert len(cancelled) == ROWS - WORKERS
    assert set(cancelled["reason"]) == {"the run was stopped: its soft time limit of 0.5 s is over"}
    assert studio.status().error == "its soft time limit of 0.5 s is over"
    studio.close()


def test_after_the_hard_limit_what_hangs_is_cut_off(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMILL_PRODUCTION__WORKERS", str(WORKERS))
    studio = watched_studio(project, hanging(project))
    plan = studio.plan(studio.read(table(ROWS)), voices=[WATCHED])
    with shut(project / "gate"):
        run = produce(plan, studio.shop, limits=Limits(soft_s=0.5, hard_s=1))
        assert 1 < run.summary.elapsed_s < 20
    summary = run.summary
    assert (summary.status, summary.failed) == ("cancelled", WORKERS)
    assert summary.cancelled == ROWS - WORKERS
    assert {type(error) for error in run.errors.values()} == {ItemTookTooLong}
    until(lambda: len(studio.sources()) == WORKERS)  # what hung has come to its end at last
    again = studio.produce(studio.plan(studio.read(table(ROWS)), voices=[WATCHED]))
    assert (again.summary.status, again.summary.completed) == ("completed", ROWS - WORKERS)
    studio.close()


def test_a_foreign_error_of_an_engine_fails_only_its_item(project: Path) -> None:
    studio = watched_studio(project, Watch(project / "spoken.log", breaks="w3"))
    run = studio.produce(studio.plan(studio.read(table(8)), voices=[WATCHED]))
    assert (run.summary.status, run.summary.completed, run.summary.failed) == ("completed", 7, 1)
    assert isinstance(run.errors[3], RunError)
    assert isinstance(run.errors[3].__cause__, KeyError)
    assert "something unforeseen happened (KeyError: 'of words word w3')" in str(run.errors[3])
    assert studio.status().making == ()
    again = studio.retry(run)
    assert (again.summary.completed, again.summary.failed) == (0, 1)
    studio.close()
