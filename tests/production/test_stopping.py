"""However a run is asked to stop, it finishes what is in work and leaves the rest for later."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from processes.child import table
from processes.killing import with_studio
from processes.nursery import Nursery
from processes.watched import WATCHED, Watch, shut, until, watched_studio
from voicemill import Studio
from voicemill.production.running import produce
from voicemill.production.stopping import StopSign

ROWS, WORKERS = 40, 2


@pytest.fixture
def held(project: Path) -> Watch:
    """Speech that waits while its gate is shut."""
    return Watch(project / "spoken.log", gate=project / "gate")


def test_an_interrupt_finishes_the_items_in_work(
    project: Path, nursery: Nursery, held: Watch
) -> None:
    code, summary = _stopped(project, nursery, held, lambda pid: os.kill(pid, signal.SIGINT))
    assert code == os.EX_OK
    assert summary["status"] == "cancelled"
    _rest_is_made(project, held, "interrupted")


def test_sigterm_finishes_the_items_in_work_and_ends_the_process(
    project: Path, nursery: Nursery, held: Watch
) -> None:
    code, _nothing = _stopped(project, nursery, held, lambda pid: os.kill(pid, signal.SIGTERM))
    assert code == 143  # what a shell reports of a process that SIGTERM ended
    _rest_is_made(project, held, "the process was told to end (SIGTERM)")


def test_a_run_is_cancelled_from_another_process(
    project: Path, nursery: Nursery, held: Watch
) -> None:
    def cancel(_pid: int) -> None:
        with_studio(project, held, "", Studio.cancel)

    code, summary = _stopped(project, nursery, held, cancel)
    assert (code, summary["status"]) == (os.EX_OK, "cancelled")
    _rest_is_made(project, held, "cancelled from another place")


def test_a_run_is_stopped_from_another_thread(
    project: Path, held: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMILL_PRODUCTION__WORKERS", str(WORKERS))
    studio = watched_studio(project, held)
    plan = studio.plan(studio.read(table(ROWS)), voices=[WATCHED])
    stop = StopSign()
    with shut(project / "gate") as open_gate, ThreadPoolExecutor(1) as people:
        running = people.submit(produce, plan, studio.shop, stop=stop)
        until(lambda: len(held.spoken()) == WORKERS)
        stop.ask("the button was pressed")
        until(lambda: _cancelled(studio))
        assert len(studio.status().making) == WORKERS
        open_gate()
        run = running.result()
    assert (run.summary.status, run.summary.made) == ("cancelled", WORKERS)
    assert run.results["status"].value_counts().to_dict() == {
        "cancelled": ROWS - WORKERS,
        "completed": WORKERS,
    }
    studio.close()
    _rest_is_made(project, held, "the button was pressed")


def test_a_second_interrupt_stops_at_once(project: Path, nursery: Nursery, held: Watch) -> None:
    with shut(project / "gate"):  # and never opens: what is in work would take forever
        pid = nursery.start(project, held, ROWS, workers=WORKERS)
        until(lambda: len(held.spoken()) == WORKERS)
        os.kill(pid, signal.SIGINT)
        with_studio(project, held, "", lambda studio: until(lambda: _cancelled(studio)))
        os.kill(pid, signal.SIGINT)
        assert nursery.wait(pid) == -signal.SIGINT
    left = "the run could not go on: interrupted twice: what was in work was left"
    _rest_is_made(project, held, "interrupted", left=left)


def test_a_notebook_that_is_interrupted_finishes_the_items_in_work(
    project: Path, held: Watch
) -> None:
    kernel = KernelManager(kernel_name="python3")
    tests = Path(__file__).parent.parent
    workers = {"VOICEMILL_PRODUCTION__WORKERS": str(WORKERS)}
    kernel.start_kernel(cwd=str(project), env=os.environ | workers | {"PYTHONPATH": str(tests)})
    client = kernel.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=60)
        with shut(project / "gate") as open_gate:
            first = client.execute(_CELL.format(log=held.log, gate=held.gate, rows=ROWS))
            until(lambda: len(held.spoken()) == WORKERS)
            kernel.interrupt_kernel()
            with_studio(project, held, "", lambda studio: until(lambda: _cancelled(studio)))
            open_gate()
            _succeeded(client, first)
        # The kernel lives on, with all that it knows.
        _succeeded(client, client.execute(_AGAIN.format(rows=ROWS)))
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
    with_studio(project, held, "", _both_in_the_notebook)


_CELL = """
from pathlib import Path
from processes.child import table
from processes.watched import WATCHED, Watch, watched_studio
studio = watched_studio(Path(), Watch(Path("{log}"), Path("{gate}")))
run = studio.produce(studio.plan(studio.read(table({rows})), voices=[WATCHED]))
assert run.summary.status == "cancelled"
"""
_AGAIN = """
again = studio.produce(studio.plan(studio.read(table({rows})), voices=[WATCHED]))
assert (again.summary.status, again.summary.completed) == ("completed", run.summary.cancelled)
"""


def _succeeded(client: BlockingKernelClient, cell: str) -> None:
    """Wait for the answer to a cell."""
    answer = client.get_shell_msg(timeout=60)
    while answer["parent_header"]["msg_id"] != cell:
        answer = client.get_shell_msg(timeout=60)
    assert answer["content"]["status"] == "ok", answer["content"]


def _stopped(
    project: Path, nursery: Nursery, held: Watch, ask: Callable[[int], None]
) -> tuple[int, Mapping[str, Any]]:
    """Ask a run to stop while all its workers are in the middle of an item.

    Returns its process's exit code and what the run said of itself, if it could.
    """
    with shut(project / "gate") as open_gate:
        pid = nursery.start(project, held, ROWS, workers=WORKERS)
        until(lambda: len(held.spoken()) == WORKERS)
        ask(pid)
        with_studio(project, held, "", lambda studio: until(lambda: _cancelled(studio)))
        open_gate()
    code = nursery.wait(pid)
    return code, nursery.done(pid) if code == os.EX_OK else {}


def _cancelled(studio: Studio) -> bool:
    """Whether the rest of the newest run is cancelled, and written down so."""
    return studio.status().counts.cancelled == ROWS - WORKERS


def _rest_is_made(project: Path, watch: Watch, why: str, left: str = "") -> None:
    """Check how a stopped run ended, and that running again makes exactly what it left.

    left: why the items in work were left too.
    """
    spoken = len(watch.spoken())
    in_work = 0 if left else WORKERS

    def work(studio: Studio) -> None:
        state = studio.status()
        assert state.status == "cancelled"
        assert (state.counts.completed, state.counts.cancelled) == (in_work, ROWS - in_work)
        assert len(studio.store.sizes()) == in_work
        assert state.making == ()
        outcomes = studio.catalog.runs.outcomes(state.id)
        assert [row["position"] for row in outcomes] == list(range(ROWS))
        told = Counter(row["reason"] for row in outcomes if row["status"] == "cancelled")
        waiting = {f"the run was stopped: {why}": ROWS - WORKERS}
        assert told == (waiting | {left: WORKERS} if left else waiting)
        again = studio.produce(studio.plan(studio.read(table(ROWS)), voices=[WATCHED]))
        assert (again.summary.status, again.summary.skipped) == ("completed", in_work)
        assert again.summary.made == ROWS - in_work
        assert studio.upkeep.doctor().findings == ()

    with_studio(project, watch, "", work)
    assert len(watch.spoken()) == spoken + ROWS - in_work


def _both_in_the_notebook(studio: Studio) -> None:
    again, first = studio.catalog.runs.table()
    assert (first["status"], first["completed"] + first["cancelled"]) == ("cancelled", ROWS)
    assert first["completed"] == WORKERS
    assert (again["status"], again["completed"]) == ("completed", ROWS - WORKERS)
    assert len(studio.store.sizes()) == ROWS
    assert studio.upkeep.doctor().findings == ()
