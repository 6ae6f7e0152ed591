"""A run is killed as by a power cut: nothing finished is lost, nothing half-made appears."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from processes.killing import ROWS, Killed, kill_at_every_line, kill_often, with_studio
from processes.nursery import Nursery
from processes.watched import Watch
from servers.postgres import PostgresServer


@pytest.fixture
def chance() -> random.Random:
    """Random moments; the seed is printed when a test fails."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    return random.Random(seed)


def test_a_run_killed_50_times_at_any_moment_loses_nothing(
    project: Path, nursery: Nursery, chance: random.Random
) -> None:
    killed = kill_often(project, nursery, 50, chance, lambda: "")
    assert killed.landed >= 15  # the others came when the run was over already


def test_a_run_killed_on_postgresql_loses_nothing(
    project: Path, nursery: Nursery, chance: random.Random, postgres: PostgresServer
) -> None:
    killed = kill_often(project, nursery, 8, chance, postgres.new_database)
    assert killed.landed >= 2


def test_killed_at_any_line_that_stores_a_file_it_appears_whole_or_not_at_all(
    project: Path, nursery: Nursery
) -> None:
    assert kill_at_every_line(project, nursery, "catalog/store_folder.py") > 10


def test_killed_while_the_catalog_is_made_the_next_run_makes_it(
    project: Path, nursery: Nursery, chance: random.Random
) -> None:
    watch = Watch(project / "spoken.log")
    killed = Killed()
    for number in range(5):
        pid = nursery.start(project, watch, ROWS, catalog_url="")
        time.sleep(chance.uniform(0, 0.3))
        os.kill(pid, signal.SIGKILL)
        nursery.wait(pid)
        pid = nursery.start(project, watch, 2, catalog_url="")
        assert nursery.done(pid)["status"] == "completed"
        assert nursery.wait(pid) == 0
        with_studio(project, watch, "", killed.look)
        (project / "output").rename(project / f"output{number}")
