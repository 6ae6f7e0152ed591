"""The long forms of what the suite proves in short: `make soak`, some minutes.

Not named test_*, so that only who names this file runs it. When all of it has passed it writes
docs/soak.md.
"""

from __future__ import annotations

import os
import platform
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from processes.killing import WORKERS, Killed, kill_at_every_line, kill_often
from processes.nursery import Nursery
from processes.together import Together, produce_together
from processes.watched import Watch
from servers.postgres import PostgresServer
from workbench import ROOT

pytestmark = pytest.mark.timeout(1800)

_EVERY_LINE_OF = (
    "catalog/store/folder.py",
    "catalog/sources.py",
    "catalog/claims.py",
    "production/rendering.py",
)
_HEAD = """# Soak

What `make soak` found the last time; it writes this page when all of it has passed.
{date}, {cores} cores, {system}, Python {python}, {minutes:.0f} minutes.

| what | figures | result |
|---|---|---|
"""
_FOOT = """
Killed: a run is killed (SIGKILL) at random moments from before it begins to its end, and begun
again. After every kill each file decodes and has the checksum its name and the catalog say, the
doctor finds nothing that it could not mend, and nothing finished is ever made again. An item
that was in work is made again: at most one a worker and kill, {workers} here.

Killed at every line: a run of one item is killed at the first line of that file, then another
at the second, and so on, as often as making one item comes to a line of it.

Together: processes begin to produce the same table at the same moment; each audio is made once.
"""


@pytest.fixture(scope="module")
def told() -> Iterator[list[str]]:
    """Lines of the table; written down when every test of this file has added its own."""
    began_s = time.monotonic()
    lines: list[str] = []
    yield lines
    if len(lines) == 5:
        head = _HEAD.format(
            date=datetime.now(UTC).date(),
            cores=os.cpu_count(),
            system=platform.system(),
            python=platform.python_version(),
            minutes=(time.monotonic() - began_s) / 60,
        )
        page = head + "".join(lines) + _FOOT.format(workers=WORKERS)
        (ROOT / "docs" / "soak.md").write_text(page, encoding="utf-8")


@pytest.fixture
def seed() -> int:
    """The seed of the random moments; told with the result, and when a test fails."""
    found = random.randrange(10**9)
    print(f"seed {found}")
    return found


def test_200_kills(project: Path, nursery: Nursery, seed: int, told: list[str]) -> None:
    killed = kill_often(project, nursery, 200, random.Random(seed), lambda: "")
    told.append(_of_kills("SQLite", killed, seed))


def test_50_kills_on_postgresql(
    project: Path, nursery: Nursery, seed: int, told: list[str], postgres: PostgresServer
) -> None:
    chance = random.Random(seed)
    killed = kill_often(project, nursery, 50, chance, postgres.new_database)
    told.append(_of_kills("PostgreSQL", killed, seed))


def test_killed_at_every_line(project: Path, nursery: Nursery, told: list[str]) -> None:
    lines = {file: kill_at_every_line(project, nursery, file) for file in _EVERY_LINE_OF}
    figures = ", ".join(f"{number} of {file}" for file, number in lines.items())
    told.append(f"| killed at every line, SQLite | {figures} | all rows complete |\n")


def test_8_processes_and_2000_rows(project: Path, nursery: Nursery, told: list[str]) -> None:
    watch = Watch(project / "spoken.log", varies=True)
    ended = produce_together(project, nursery, 8, 2000, watch=watch)
    told.append(_of_processes("SQLite", ended, 2000))


def test_8_processes_and_500_rows_on_postgresql(
    project: Path, nursery: Nursery, told: list[str], postgres: PostgresServer
) -> None:
    watch = Watch(project / "spoken.log", varies=True)
    url = postgres.new_database()
    ended = produce_together(project, nursery, 8, 500, watch=watch, catalog_url=url)
    told.append(_of_processes("PostgreSQL", ended, 500))


def _of_kills(where: str, killed: Killed, seed: int) -> str:
    again = killed.syntheses - killed.rows
    return (
        f"| killed, {where} | {killed.kills} kills, {killed.landed} of them before the run was "
        f"over, seed {seed} | {killed.rows} rows complete, {killed.syntheses} syntheses: {again} "
        f"made again, {killed.landed * WORKERS} allowed |\n"
    )


def _of_processes(where: str, ended: Together, rows: int) -> str:
    processes = len(ended.summaries)
    assert [one["completed"] for one in ended.summaries] == [rows] * processes
    assert sum(one["made"] for one in ended.summaries) == rows
    assert len(ended.spoken) == ended.spoken.total() == rows
    made = sorted(one["made"] for one in ended.summaries)
    return (
        f"| together, {where} | {processes} processes, {rows} rows, {ended.elapsed_s:.0f} s | "
        f"{ended.spoken.total()} syntheses; each run completed {rows} of {rows}, and made "
        f"{made[0]} to {made[-1]} of them itself |\n"
    )
