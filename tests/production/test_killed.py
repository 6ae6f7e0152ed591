"""A run is killed as by a power cut: nothing finished is lost, nothing half-made appears."""

import hashlib
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
from voicemill import Studio


@pytest.fixture
def chance() -> random.Random:
    """Random moments; the seed is printed when a test fails."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    return random.Random(seed)


def test_a_run_killed_12_times_at_any_moment_loses_nothing(
    project: Path, nursery: Nursery, chance: random.Random
) -> None:
    killed = kill_often(project, nursery, 12, chance, lambda: "")
    assert killed.landed >= 3  # the others came when the run was over already


def test_a_run_killed_on_postgresql_loses_nothing(
    project: Path, nursery: Nursery, chance: random.Random, postgres: PostgresServer
) -> None:
    killed = kill_often(project, nursery, 8, chance, postgres.new_database)
    assert killed.landed >= 2


def test_killed_at_any_line_that_stores_a_file_it_appears_whole_or_not_at_all(
    project: Path, nursery: Nursery
) -> None:
    assert kill_at_every_line(project, nursery, "catalog/store/folder.py") > 10


@pytest.mark.parametrize("letters", [True, False])
def test_a_file_that_a_killed_run_did_not_record_is_found_whatever_its_checksum(
    studio: Studio, letters: bool
) -> None:
    checksums = {number: hashlib.sha256(b"%d" % number).hexdigest()[:8] for number in range(1000)}
    wanted = (number for number, tail in checksums.items() if tail.isdecimal() is not letters)
    number = next(wanted)
    orphan = f"words/sheep_en-gb_{checksums[number]}.mp3"
    studio.store.write(orphan, b"%d" % number)
    own = "words/interview_20240131.mp3"  # somebody's, whose name ends in a date
    studio.store.write(own, b"not ours")
    long_ago_s = time.time() - 3600
    for path in (orphan, own):
        file = studio.store.local_path(path)
        assert file is not None
        os.utime(file, (long_ago_s, long_ago_s))
    [finding] = studio.upkeep.doctor(mend=True).findings
    assert (finding.kind, finding.where) == ("orphan", orphan)
    assert set(studio.store.sizes()) == {own}


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
