"""The store fails in the middle of a run: it waits, or ends with a sentence; nothing is lost."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from processes.watched import Watch, until, watched_studio
from servers.s3 import ENVIRONMENT, S3Server
from troubles import (
    ALL,
    EARLY,
    HELD,
    all_is_whole,
    completed,
    filled,
    halfway,
    plan_of,
    remounted,
    rerun,
    small_disk,
)
from voicemill import Studio
from voicemill.errors import StoreUnavailable
from voicemill.production.planning import REUSE
from voicemill.production.progress import reporter_for

pytestmark = pytest.mark.usefixtures("two_workers")


@pytest.fixture
def disk(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small disk that holds the store, and nothing else."""
    with small_disk(project / "disk") as disk:
        monkeypatch.setenv("VOICEMILL_STORE__URL", "disk/audio")
        yield disk


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """A service that holds the store."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with S3Server() as server:
        monkeypatch.setenv("VOICEMILL_STORE__URL", f"s3://{server.make_bucket()}/audio")
        monkeypatch.setenv("VOICEMILL_STORE__OPTIONS", json.dumps(server.options))
        yield server


def has_failed(studio: Studio, error: StoreUnavailable, made: int) -> None:
    """Insist that the newest run says that it failed and why, and blocks nothing."""
    state = studio.status()
    assert (state.status, state.error) == ("failed", str(error))
    assert state.making == ()
    assert (state.counts.completed, state.counts.failed) == (made, 0)
    rest = studio.catalog.runs.outcomes(state.id, "cancelled")
    assert len(rest) == ALL - made
    assert {row["reason"] for row in rest} == {f"the run could not go on: {error}"}


@pytest.mark.usefixtures("impatient")
def test_a_disk_that_stays_full_ends_the_run_with_a_sentence(project: Path, disk: Path) -> None:
    with halfway(project) as run:
        films = filled(disk)
        error = run.problem()
        assert isinstance(error, StoreUnavailable)
        assert str(error) == (
            f"{disk}/audio: no file can be written here, the disk is full. "
            "Make room there, then run again; finished files stay"
        )
        assert run.says("waiting for the store: no file can be written here, the disk is full")
        has_failed(run.studio, error, made=len(EARLY))
        films.unlink()
        all_is_whole(run.studio, len(EARLY))
        completed(run.studio, already_made=len(EARLY))


def test_a_run_goes_on_when_there_is_room_again(project: Path, disk: Path) -> None:
    with halfway(project) as run:
        films = filled(disk, leaving_bytes=8192)  # a probe has room, an audio file has not
        run.go_on()
        until(lambda: run.says("the disk is full"))
        films.unlink()
        assert run.done().summary.made == ALL
        all_is_whole(run.studio, ALL)


def test_a_run_waits_while_its_store_is_read_only(project: Path, disk: Path) -> None:
    with halfway(project) as run:
        remounted(disk, "ro")
        run.go_on()
        until(lambda: run.says("this place is read-only"))
        remounted(disk, "rw")
        assert run.done().summary.made == ALL
        all_is_whole(run.studio, ALL)


def test_items_that_finish_before_the_run_knows_its_store_is_back_disturb_nothing(
    project: Path, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMILL_PRODUCTION__WORKERS", str(len(HELD) + 1))
    remounted(disk, "ro")
    with halfway(project, made=0) as run:
        until(lambda: run.says("this place is read-only"))
        remounted(disk, "rw")
        assert run.done().summary.made == ALL
        all_is_whole(run.studio, ALL)


@pytest.mark.usefixtures("impatient")
def test_a_store_that_stays_read_only_ends_the_run(project: Path, disk: Path) -> None:
    with halfway(project) as run:
        remounted(disk, "ro")
        error = run.problem()
        assert isinstance(error, StoreUnavailable)
        assert "no file can be written here, this place is read-only. Allow it, or name" in str(
            error
        )
        has_failed(run.studio, error, made=len(EARLY))
    remounted(disk, "rw")
    rerun(project, already_made=len(EARLY))


@pytest.mark.usefixtures("impatient")
def test_what_is_finished_after_the_run_gave_up_still_counts(
    project: Path, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMILL_PRODUCTION__WORKERS", str(len(HELD) + 1))
    # Long enough for all of them to begin, also on a busy machine.
    monkeypatch.setenv("VOICEMILL_PRODUCTION__PATIENCE_S", "2")
    remounted(disk, "ro")
    with halfway(project, made=0) as run:
        until(lambda: run.says("finishing what is in work"))
        remounted(disk, "rw")
        error = run.problem()
        assert isinstance(error, StoreUnavailable)
        has_failed(run.studio, error, made=len(HELD))
        completed(run.studio, already_made=len(HELD))


def test_a_store_deleted_in_the_middle_is_made_again(project: Path) -> None:
    with halfway(project) as run:
        shutil.rmtree(run.studio.settings.output / "audio")
        assert run.done().summary.made == ALL
    rerun(project, already_made=ALL - len(EARLY))


def test_a_run_waits_for_a_service_that_stopped(project: Path, server: S3Server) -> None:
    with halfway(project) as run:
        server.stop()
        run.go_on()
        until(lambda: run.says("the service cannot be reached"))
        server.start()
        assert run.done().summary.made == ALL
        all_is_whole(run.studio, ALL)


@pytest.mark.usefixtures("impatient")
def test_a_service_that_stays_away_ends_the_run(project: Path, server: S3Server) -> None:
    with halfway(project) as run:
        server.stop()
        error = run.problem()
        assert "the service cannot be reached" in str(error)
        server.start()
        assert isinstance(error, StoreUnavailable)
        has_failed(run.studio, error, made=len(EARLY))
    rerun(project, already_made=len(EARLY))


def test_a_file_removed_after_planning_is_made_by_the_next_plan(project: Path) -> None:
    first = rerun(project, already_made=0)
    with closing(watched_studio(project, Watch(project / "spoken.log"))) as studio:
        plan = plan_of(studio)
        (project / "output" / "audio" / first.results["file"][0]).unlink()
        run = studio.produce(plan, report=reporter_for("none"))
        assert run.summary.skipped == ALL
        completed(studio, already_made=ALL - 1)


def test_audio_that_vanished_before_it_could_be_taken_over_is_made(project: Path) -> None:
    first = rerun(project, already_made=0)
    with closing(watched_studio(project, Watch(project / "spoken.log"))) as studio:
        others = plan_of(studio, "other words")
        assert set(others["action"]) == {REUSE}
        (project / "output" / "audio" / first.results["file"][0]).unlink()
        run = studio.produce(others, report=reporter_for("none"))
        assert (run.summary.completed, run.summary.taken_over) == (ALL, ALL - 1)
        assert studio.store.size(run.results["file"][0])
        again = studio.produce(plan_of(studio), report=reporter_for("none"))
        assert (again.summary.skipped, again.summary.taken_over) == (ALL - 1, 1)
        assert studio.upkeep.doctor().findings == ()
