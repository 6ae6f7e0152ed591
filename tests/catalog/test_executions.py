import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from voicemill.catalog import Catalog, Execution
from voicemill.catalog.executions import DIED
from voicemill.errors import UnknownName

THREE = datetime(2026, 3, 1, 3, tzinfo=UTC)


def begun(**values: object) -> Execution:
    return Execution(**{"notebook": "01_phonemes", "started_at": datetime.now(UTC), **values})


def gone_process() -> str:
    """Name a process that has just ended."""
    told = "from voicemill.catalog.processes import this_process; print(this_process())"
    return subprocess.check_output([sys.executable, "-c", told], text=True).strip()


def test_an_execution_keeps_who_asked_for_it_and_how_it_ended(catalog: Catalog) -> None:
    wanted = begun(
        schedule="missing", due_at=THREE, started_by="cron", parameters={"collection": "007"}
    )
    name = catalog.executions.start(wanted)
    assert catalog.executions.get(name).status == "processing"
    assert [one.id for one in catalog.executions.running("missing")] == [name]
    counts = {"total": 2, "completed": 1, "failed": 1}
    catalog.executions.finish(
        name, "completed", counts=counts, run_ids=["a"], report="output/reports/a.html"
    )
    found = catalog.executions.get(name[:-2])
    assert (found.status, found.counts, found.run_ids) == ("completed", counts, ["a"])
    assert (found.schedule, found.due_at) == ("missing", THREE)
    assert (found.parameters, found.started_by) == ({"collection": "007"}, "cron")
    assert found.report == "output/reports/a.html"
    assert found.finished_at is not None
    assert catalog.executions.running() == []


def test_the_schedule_learns_which_moment_was_met_last(catalog: Catalog) -> None:
    assert catalog.executions.last_due("missing") is None
    for day in (2, 1):
        catalog.executions.start(begun(schedule="missing", due_at=THREE + timedelta(days=day)))
    catalog.executions.start(begun(schedule="report", due_at=THREE + timedelta(days=9)))
    assert catalog.executions.last_due("missing") == THREE + timedelta(days=2)
    assert len(catalog.executions.newest(schedule="missing")) == 2
    assert len(catalog.executions.newest(limit=2)) == 2


def test_an_execution_whose_process_died_has_failed(catalog: Catalog) -> None:
    name = catalog.executions.start(begun(process=gone_process()))
    assert catalog.executions.running() == []
    found = catalog.executions.get(name)
    assert (found.status, found.error) == ("failed", DIED)
    assert catalog.executions.dead() == [name]
    assert catalog.executions.settle_dead() == [name]
    assert catalog.executions.settle_dead() == []


def test_old_executions_are_forgotten_and_running_ones_are_not(catalog: Catalog) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=100)
    catalog.executions.start(begun(status="skipped", started_at=long_ago, finished_at=long_ago))
    going_on = catalog.executions.start(begun(started_at=long_ago))
    [forgotten] = catalog.executions.prune(90)
    assert (forgotten.status, forgotten.started_at) == ("skipped", long_ago)
    assert [one.id for one in catalog.executions.newest()] == [going_on]


def test_an_unknown_execution_names_close_ones(catalog: Catalog) -> None:
    name = catalog.executions.start(begun())
    with pytest.raises(UnknownName, match=name):
        catalog.executions.get(name[:-1] + "x")
