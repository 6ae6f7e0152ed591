"""Narrating is killed as by a power cut: no sentence that was finished is said again."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

from processes.killing import Killed, with_studio
from processes.nursery import Nursery
from processes.watched import Watch, until
from servers.postgres import PostgresServer
from voicemill import Studio
from voicemill.catalog.audio_source import PART

PAGES, SENTENCES, WORKERS = 4, 4, 2
MOST_BETWEEN = 5  # sentences between two kills
IN_ALL = PAGES * SENTENCES + 1  # one of them is on every page


def pages(number: int) -> list[str]:
    """Return the pages of the so-manieth book, which has no sentence of another."""
    return [
        " ".join(f"Book {number} page {page} sentence {place}." for place in range(SENTENCES))
        + f"\n\nThis is in all of book {number}."
        for page in range(PAGES)
    ]


def finished(studio: Studio) -> tuple[set[str], set[tuple[str, str]]]:
    """Return the sentences that are kept, and the pages that have audio."""
    sources = studio.catalog.sources.all()
    sentences = {one.metadata["spoken"] for one in sources if one.source_type == PART}
    return sentences, {(row["collection"], row["key"]) for row in studio.catalog.sources.table()}


def kill_often(
    project: Path, nursery: Nursery, kills: int, new_catalog: Callable[[], str]
) -> tuple[int, Killed]:
    """Kill a narrator that often, at random moments; returns how many kills met a run."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    chance, watch = random.Random(seed), Watch(project / "spoken.log", varies=True)
    options = {"workers": WORKERS}
    killed, number, landed = Killed(), 0, 0
    url = new_catalog()
    before: tuple[set[str], set[tuple[str, str]]] = set(), set()
    for _ in range(kills):
        spoken = len(watch.spoken())
        collection = f"book {number}"
        pid = nursery.start(
            project, watch, 0, pages=pages(number), collection=collection, catalog_url=url,
            **options,
        )  # fmt: skip
        missing = IN_ALL - len(before[0]) + number * IN_ALL
        count = chance.randint(0, min(missing, MOST_BETWEEN))
        until(lambda spoken=spoken, count=count: len(watch.spoken()) >= spoken + count)
        time.sleep(chance.uniform(0, 0.05))  # the moment is the test
        os.kill(pid, signal.SIGKILL)
        landed += nursery.wait(pid) == -signal.SIGKILL
        again = set(watch.spoken()[spoken:]) & before[0]
        assert not again, f"said again: {again}"
        with_studio(project, watch, url, killed.look)
        after = with_result(project, watch, url)
        assert before[0] <= after[0]
        assert before[1] <= after[1]
        before = after
        number += sum(one == collection for one, _key in after[1]) == PAGES
    pid = nursery.start(
        project, watch, 0, pages=pages(number), collection=f"book {number}", catalog_url=url,
        **options,
    )  # fmt: skip
    assert nursery.done(pid)["status"] == "completed"
    assert nursery.wait(pid) == 0
    sentences, narrated = with_result(project, watch, url)
    assert len(narrated) == (number + 1) * PAGES
    assert len(sentences) == (number + 1) * IN_ALL
    said = len(watch.spoken())
    assert len(sentences) <= said <= len(sentences) + landed * WORKERS
    print(f"{kills} kills, {landed} landed, {number + 1} books, {said} said of {len(sentences)}")
    with_studio(project, watch, url, lambda studio: _mended(studio, killed))
    return landed, killed


def with_result(project: Path, watch: Watch, url: str) -> tuple[set[str], set[tuple[str, str]]]:
    found: list[tuple[set[str], set[tuple[str, str]]]] = []
    with_studio(project, watch, url, lambda studio: found.append(finished(studio)))
    return found[0]


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
    assert set(studio.store.sizes()) == {one.file for one in studio.catalog.sources.all()}
    killed.look(studio)


def test_a_narrator_killed_at_any_moment_loses_no_sentence(project: Path, nursery: Nursery) -> None:
    landed, _killed = kill_often(project, nursery, 15, lambda: "")
    assert landed >= 4  # the others came when the run was over already


def test_a_narrator_killed_on_postgresql_loses_no_sentence(
    project: Path, nursery: Nursery, postgres: PostgresServer
) -> None:
    landed, _killed = kill_often(project, nursery, 5, postgres.new_database)
    assert landed >= 1
