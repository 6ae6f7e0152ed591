"""The catalog fails in the middle of a run: it waits, or ends with a sentence; nothing is lost."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from processes.watched import Watch, until, watched_studio
from servers.postgres import PostgresServer
from troubles import ALL, EARLY, HELD, all_is_whole, completed, filled, halfway, rerun, small_disk
from voicemill import Studio
from voicemill.errors import CatalogError, StoreUnavailable

LOCKED_S = 3  # longer than SQLite itself waits
pytestmark = pytest.mark.usefixtures("two_workers")

LOCK = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1], isolation_level=None) as connection:
    connection.execute("BEGIN EXCLUSIVE")
    print("locked", flush=True)
    sys.stdin.readline()
    connection.execute("ROLLBACK")
"""


@pytest.fixture
def disk(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small disk that holds the catalog, and nothing else."""
    with small_disk(project / "disk", "4m") as disk:
        monkeypatch.setenv("VOICEMILL_CATALOG__URL", f"sqlite:///{disk}/catalog.db")
        yield disk


@contextmanager
def locked_by_another_process(catalog: Path) -> Iterator[None]:
    command = [sys.executable, "-c", LOCK, str(catalog)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        yield
        process.communicate(b"\n", timeout=30)
    assert process.returncode == 0


def no_run_blocks(studio: Studio) -> None:
    """Insist that a run which lost its catalog is known as failed, and claims nothing."""
    state = studio.status()
    assert (state.status, state.making) == ("failed", ())
    assert state.error


@pytest.mark.usefixtures("impatient")
def test_a_catalog_on_a_full_disk_ends_the_run_with_a_sentence(project: Path, disk: Path) -> None:
    with halfway(project) as run:
        films = filled(disk)
        error = run.problem()
        assert isinstance(error, CatalogError)
        assert str(error) == (
            f"sqlite:///{disk}/catalog.db: the catalog does not answer (database or disk is "
            "full). Check that it exists, nothing else holds it and its disk is neither full "
            "nor read-only; what is finished stays, and running again makes the rest"
        )
        films.unlink()
        no_run_blocks(run.studio)
        made, files = len(run.studio.sources()), len(run.studio.store.sizes())
        assert len(EARLY) <= made <= files <= len(EARLY + HELD)
        completed(run.studio, already_made=made, uncatalogued=files - made)


def test_a_run_goes_on_when_its_catalog_has_room_again(project: Path, disk: Path) -> None:
    with halfway(project) as run:
        films = filled(disk)
        run.go_on()
        until(lambda: run.says("waiting"))
        films.unlink()
        assert run.done().summary.made == ALL
        all_is_whole(run.studio, ALL)


@pytest.mark.parametrize("patience_s", ["0.3", "30"])
def test_everything_on_one_disk_that_is_full(
    project: Path, monkeypatch: pytest.MonkeyPatch, patience_s: str
) -> None:
    monkeypatch.setenv("VOICEMILL_PRODUCTION__PATIENCE_S", patience_s)
    with small_disk(project / "output", "8m") as disk, halfway(project) as run:
        films = filled(disk)
        if patience_s == "30":
            run.go_on()
            until(lambda: run.says("disk is full"))
            films.unlink()
            assert run.done().summary.made == ALL
        else:
            error = run.problem()  # of whichever noticed first
            assert isinstance(error, CatalogError | StoreUnavailable)
            assert "disk is full" in str(error)
            films.unlink()
            no_run_blocks(run.studio)
            made, files = len(run.studio.sources()), len(run.studio.store.sizes())
            completed(run.studio, already_made=made, uncatalogued=files - made)


def test_a_run_waits_while_another_process_has_the_catalog_locked(project: Path) -> None:
    with halfway(project) as run:
        with locked_by_another_process(project / "output" / "catalog.db"):
            run.go_on()
            until(lambda: len(list(project.glob("output/audio/words/*"))) > len(EARLY))
            end_s = time.monotonic() + LOCKED_S
            until(lambda: run.says("waiting for the catalog: database is locked"))
            until(lambda: time.monotonic() > end_s)
            assert not run.future.done()
        assert run.done().summary.made == ALL
        all_is_whole(run.studio, ALL)


@pytest.mark.usefixtures("impatient")
def test_a_catalog_that_stays_locked_ends_the_run(project: Path) -> None:
    with halfway(project) as run:
        with locked_by_another_process(project / "output" / "catalog.db"):
            error = run.problem()
        assert isinstance(error, CatalogError)
        assert "the catalog does not answer (database is locked). Check that it" in str(error)
        no_run_blocks(run.studio)
        made, files = len(run.studio.sources()), len(run.studio.store.sizes())
        completed(run.studio, already_made=made, uncatalogued=files - made)


def test_a_catalog_moved_away_and_back_is_waited_for(project: Path) -> None:
    catalog, elsewhere = project / "output" / "catalog.db", project / "elsewhere.db"
    with halfway(project) as run:
        catalog.rename(elsewhere)
        run.go_on()
        until(lambda: run.says("waiting"), 3)
        elsewhere.rename(catalog)
        assert run.done().summary.made == ALL
        all_is_whole(run.studio, ALL)
    rerun(project, already_made=ALL)


@pytest.mark.usefixtures("impatient")
def test_a_deleted_catalog_is_not_replaced_in_silence(project: Path) -> None:
    catalog = project / "output" / "catalog.db"
    with halfway(project) as run:
        for file in project.glob("output/catalog.db*"):
            file.unlink()
        error = run.problem()
        assert isinstance(error, CatalogError)
        assert str(error) == (
            f"sqlite:///{catalog}: the catalog does not answer (its file is gone, or another one "
            "lies in its place). Put it back and run again. If it is lost, restart this notebook "
            "or program: that makes a new one, and the finished files still lie in the store"
        )
        assert not catalog.exists()
        with pytest.raises(CatalogError) as caught:
            completed(run.studio, already_made=0)
        assert str(caught.value) == str(error)
        assert not catalog.exists()
        files = set(run.studio.store.sizes())
    assert len(files) >= len(EARLY)
    for name in files:  # an orphan is known for one when it is older than any run's last minute
        os.utime(project / "output" / "audio" / name, (0, 0))
    with closing(watched_studio(project, Watch(project / "again.log"))) as studio:
        found = studio.upkeep.doctor().findings
        assert {finding.kind for finding in found} == {"orphan"}
        assert len(found) == len(files)
        completed(studio, already_made=0, uncatalogued=len(files))
        assert len(studio.upkeep.doctor(mend=True).findings) == len(files)
        all_is_whole(studio, ALL)


def test_a_run_goes_on_when_postgresql_is_back(
    project: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMILL_CATALOG__URL", postgres.new_database())
    with halfway(project) as run:
        with postgres.stopped():
            run.go_on()
            until(lambda: run.says("waiting"), 3)
        assert run.done().summary.made == ALL
        all_is_whole(run.studio, ALL)


@pytest.mark.usefixtures("impatient")
def test_postgresql_that_stays_away_ends_the_run(
    project: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMILL_CATALOG__URL", postgres.new_database())
    with halfway(project) as run:
        with postgres.stopped():
            error = run.problem()
        assert isinstance(error, CatalogError)
        assert "the catalog does not answer (connection" in str(error)
        assert "Check that its server runs, that [catalog] url is right" in str(error)
        no_run_blocks(run.studio)
        made, files = len(run.studio.sources()), len(run.studio.store.sizes())
        assert len(EARLY) <= made <= files <= len(EARLY + HELD)
        completed(run.studio, already_made=made, uncatalogued=files - made)
