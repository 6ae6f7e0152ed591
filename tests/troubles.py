"""Runs that a test holds halfway, so that trouble can come at a known moment; small disks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from judges import not_here
from processes.watched import WATCHED, Watch, shut, until, watched_studio
from voicemill import Studio
from voicemill.audio import read_clip
from voicemill.errors import VoicemillError
from voicemill.production.progress import Progress, reporter_for
from voicemill.production.results import Run

EARLY = [f"early word {number}" for number in range(4)]
HELD = ["first word, wait", "second word, wait"]  # as many as there are workers
LATE = [f"late word {number}" for number in range(6)]
ALL = len(EARLY + HELD + LATE)


@dataclass
class Halfway:
    """A run of twelve words in a thread: four are made, two are being spoken, six are to come.

    go_on: let the run go on.  told: the reports so far.
    """

    studio: Studio
    go_on: Callable[[], None]
    told: list[Progress]
    future: Future[Run] = field(default_factory=Future)

    def says(self, words: str) -> bool:
        """Whether it has reported this."""
        return any(words in progress.current for progress in self.told)

    def done(self) -> Run:
        """Let it go on and wait for its end."""
        self.go_on()
        return self.future.result(60)

    def problem(self) -> VoicemillError:
        """Let it go on and return what ends it, which is one sentence to a person."""
        self.go_on()
        error = self.future.exception(60)
        assert isinstance(error, VoicemillError), repr(error)
        assert "\n" not in str(error)
        return error


@contextmanager
def halfway(project: Path, made: int = len(EARLY)) -> Iterator[Halfway]:
    """Begin a run and hold it when it is halfway, with so many made."""
    watch = Watch(project / "spoken.log", project / "gate", held="wait")
    with (
        closing(watched_studio(project, watch)) as studio,
        ThreadPoolExecutor() as pool,
        shut(project / "gate") as go_on,
    ):
        told: list[Progress] = []
        run = Halfway(studio, go_on, told)
        try:
            run.future = pool.submit(studio.produce, plan_of(studio), report=told.append)
            until(lambda: set(HELD) <= set(watch.spoken()))
            until(lambda: len(studio.sources()) == made)
            yield run
        finally:
            go_on()


def plan_of(studio: Studio, collection: str = "words") -> pd.DataFrame:
    """Plan the twelve words."""
    texts = EARLY + HELD + LATE
    keys = [f"w{number}" for number in range(len(texts))]
    items = studio.read(pd.DataFrame({"key": keys, "text": texts}), collection=collection)
    return studio.plan(items, voices=[WATCHED])


def rerun(project: Path, *, already_made: int) -> Run:
    """Run again in a newly opened project; it must complete, and make only what is missing."""
    watch = Watch(project / "again.log")
    with closing(watched_studio(project, watch)) as studio:
        return completed(studio, already_made=already_made)


def completed(studio: Studio, *, already_made: int, uncatalogued: int = 0) -> Run:
    """Run in a studio that is open; it must complete, and make only what is missing.

    uncatalogued: files that lie in the store because nothing could be written down about them.
    """
    run = studio.produce(plan_of(studio), report=reporter_for("none"))
    counts = (run.summary.completed, run.summary.skipped, run.summary.failed)
    assert counts == (ALL - already_made, already_made, 0)
    assert run.summary.made == ALL - already_made
    all_is_whole(studio, ALL, uncatalogued)
    return run


def all_is_whole(studio: Studio, sources: int, uncatalogued: int = 0) -> None:
    """Insist that so many files are catalogued, and that every file is whole and audible."""
    report = studio.upkeep.doctor()
    assert {finding.kind for finding in report.findings} <= {"orphan"}
    assert (report.files, report.sources) == (sources + uncatalogued, sources)
    assert studio.store.leftovers() == {}
    for name in studio.store.sizes():
        assert read_clip(studio.store.read(name)).duration_s > 0.3


@contextmanager
def small_disk(folder: Path, size: str = "1m") -> Iterator[Path]:
    """Mount a disk of a given size there. Skips the test for people who may not."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        not_here(f"mounting a disk needs root: {mounted.stderr}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remounted(disk: Path, how: str) -> None:
    """Make a disk read-only (ro) or writable (rw)."""
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def filled(disk: Path, leaving_bytes: int = 0) -> Path:
    """Fill a disk up with one file; returns it, so that a test can remove it."""
    films = disk / "films"
    status = os.statvfs(disk)
    free_bytes = status.f_bavail * status.f_frsize
    films.write_bytes(bytes(free_bytes - leaving_bytes))
    return films
