"""Killing runs at random moments, and looking at what they leave."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from processes.nursery import Nursery
from processes.watched import Watch, watched_studio
from voicemill import Studio
from voicemill.audio import read_clip

WORKERS = 2
ROWS = 10  # of one table; when it is complete the next one begins
_BEYOND = 1.05  # kills come up to a little after the moment at which a run would be over


@dataclass
class Killed:
    """What happened. landed: kills that met a run; tables: complete at the end."""

    kills: int = 0
    landed: int = 0
    tables: int = 0
    rows: int = 0
    syntheses: int = 0
    whole_run_s: float = 0.0
    _decoded: set[str] = field(default_factory=set, repr=False)

    def look(self, studio: Studio) -> None:
        """Check that every file is whole, every source has its file, and nothing is beyond us."""
        checksums = {path: self._whole(studio, path) for path in studio.store.entries()}
        for source in studio.catalog.sources.all():
            assert checksums[source.file] == source.checksum
        assert studio.upkeep.doctor().needs_person == ()

    def _whole(self, studio: Studio, path: str) -> str:
        data = studio.store.read(path)
        checksum = hashlib.sha256(data).hexdigest()
        assert Path(path).stem.endswith(f"_{checksum[:8]}")
        if checksum not in self._decoded:
            assert read_clip(data).duration_s > 0.1
            self._decoded.add(checksum)
        return checksum


def kill_often(
    project: Path, nursery: Nursery, kills: int, chance: Random, new_catalog: Callable[[], str]
) -> Killed:
    """Kill a run that often, each time at a random moment from before its beginning to its end.

    After each kill nothing may be broken, and what was finished must never be made again. At
    the end one last run completes the last table.
    """
    killed = Killed(whole_run_s=_undisturbed_s(project, nursery, new_catalog()))
    watch = Watch(project / "spoken.log", varies=True)
    url = new_catalog()
    for _ in range(kills):
        finished = _finished(project, watch, url)
        before = len(watch.spoken())
        number = len(finished) // ROWS
        pid = nursery.start(project, watch, ROWS, collection=f"table{number}", catalog_url=url)
        time.sleep(chance.uniform(0, killed.whole_run_s * _BEYOND))  # the moment is the test
        os.kill(pid, signal.SIGKILL)
        killed.landed += nursery.wait(pid) == -signal.SIGKILL
        killed.kills += 1
        again = set(watch.spoken()[before:]) & finished
        assert not again, f"made again: {again}"
        with_studio(project, watch, url, killed.look)
    number = len(_finished(project, watch, url)) // ROWS
    pid = nursery.start(project, watch, ROWS, collection=f"table{number}", catalog_url=url)
    summary = nursery.done(pid)
    assert (summary["status"], summary["failed"], summary["cancelled"]) == ("completed", 0, 0)
    assert nursery.wait(pid) == 0
    killed.tables = number + 1
    killed.rows, killed.syntheses = killed.tables * ROWS, len(watch.spoken())
    assert len(_finished(project, watch, url)) == killed.rows
    assert killed.rows <= killed.syntheses <= killed.rows + killed.landed * WORKERS
    with_studio(project, watch, url, lambda studio: _mended(studio, killed))
    return killed


def kill_at_every_line(project: Path, nursery: Nursery, file: str) -> int:
    """Kill a run at each line of one of our files that its worker comes to, one after another.

    Random moments hardly ever meet the microseconds in which a file is written. Returns the
    number of lines; at the end one run makes all that is missing.
    """
    watch, killed = Watch(project / "spoken.log", varies=True), Killed()
    for nth in count(1):
        options = {"collection": f"{Path(file).stem} {nth}", "dies_in": file, "dies_at": nth}
        code = nursery.wait(nursery.start(project, watch, 1, workers=1, **options))
        if code == os.EX_OK:  # it has come to its end before that
            break
        assert code == -signal.SIGKILL
    with_studio(project, watch, "", killed.look)

    def make_the_rest(studio: Studio) -> None:
        studio.produce(studio.upkeep.missing())
        killed.rows = len(studio.catalog.items.table())
        assert killed.rows >= nth
        _mended(studio, killed)

    with_studio(project, watch, "", make_the_rest)
    return nth - 1


def with_studio(project: Path, watch: Watch, url: str, work: Callable[[Studio], object]) -> None:
    """Do something with a project as one who opens it now finds it."""
    os.environ["VOICEMILL_CATALOG__URL"] = url
    studio = watched_studio(project, watch)
    try:
        work(studio)
    finally:
        studio.close()
        del os.environ["VOICEMILL_CATALOG__URL"]


def _mended(studio: Studio, killed: Killed) -> None:
    """Let the doctor tidy up, as if some time had passed, so that nothing is left to find."""
    long_ago_s = time.time() - 3600
    for path in [*studio.store.entries(), *studio.store.leftovers()]:
        file = studio.store.local_path(path)
        assert file is not None
        os.utime(file, (long_ago_s, long_ago_s))
    studio.upkeep.doctor(mend=True)
    report = studio.upkeep.doctor()
    assert report.findings == ()
    assert (report.files, report.sources) == (killed.rows, killed.rows)
    killed.look(studio)


def _finished(project: Path, watch: Watch, url: str) -> set[str]:
    """Return the text of every item that has audio."""
    found: set[str] = set()

    def work(studio: Studio) -> None:
        texts = {(one.collection, one.key): one.text for one in studio.catalog.items.table()}
        rows = studio.catalog.sources.table()
        found.update(texts[row["collection"], row["key"]] for row in rows)

    with_studio(project, watch, url, work)
    return found


def _undisturbed_s(project: Path, nursery: Nursery, url: str) -> float:
    """Return how long a run of one table takes from the start of its process to its end."""
    copy = project / "undisturbed"
    copy.mkdir()
    shutil.copy(project / "voicemill.toml", copy)
    shutil.copytree(project / "data", copy / "data")
    pid = nursery.start(copy, Watch(copy / "spoken.log", varies=True), ROWS, catalog_url=url)
    began_s = time.monotonic()
    assert nursery.wait(pid) == 0
    return time.monotonic() - began_s
