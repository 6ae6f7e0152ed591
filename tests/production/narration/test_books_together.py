"""Narrators at the same time say every sentence once, whoever needs it, and none waits forever."""

import os
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from processes.child import book
from processes.killing import Killed, with_studio
from processes.nursery import Nursery
from processes.watched import WATCHED, Watch, shut, watched_studio
from voicemill import Studio
from voicemill.catalog.audio_source import PART

NAMES = ["Anna", "Berta", "Carl", "Dora", "Emil", "Frieda", "Gustav", "Hanna"]
SHARED = [f"Then came {name}." for name in NAMES]


def together(
    project: Path, nursery: Nursery, watch: Watch, url: str, narrators: list[dict[str, Any]]
) -> list[Mapping[str, Any]]:
    """Let processes plan their books, and when all have, narrate them; returns how each ended."""
    with shut(project / "start") as start_all:
        options = {"catalog_url": url, "start_gate": str(project / "start")}
        pids = [nursery.start(project, watch, 0, **options, **one) for one in narrators]
        for pid in pids:
            nursery.ready(pid)
        start_all()
    ended = [nursery.done(pid) for pid in pids]
    assert [nursery.wait(pid) for pid in pids] == [os.EX_OK] * len(pids)
    assert [one["status"] for one in ended] == ["completed"] * len(pids)
    assert [one["failed"] for one in ended] == [0] * len(pids)
    with_studio(project, watch, url, all_well)
    return ended


def all_well(studio: Studio) -> None:
    Killed().look(studio)
    assert studio.upkeep.doctor().findings == ()
    sources = studio.catalog.sources.all()
    assert set(studio.store.sizes()) == {one.file for one in sources}
    # A sentence of several pages is one file.
    parts = {(one.fingerprint, one.file) for one in sources if one.source_type == PART}
    assert len(parts) == len({fingerprint for fingerprint, _file in parts})


def test_four_processes_narrate_one_book(project: Path, nursery: Nursery, catalog_url: str) -> None:
    pages = [" ".join([*SHARED[n:], f"Last went {name}."]) for n, name in enumerate(NAMES)]
    watch = Watch(project / "spoken.log", varies=True)
    ended = together(project, nursery, watch, catalog_url, [{"pages": pages}] * 4)
    assert Counter(watch.spoken()) == Counter([*SHARED, *(f"Last went {n}." for n in NAMES)])
    assert sum(one["made"] for one in ended) == len(NAMES)
    assert [one["completed"] for one in ended] == [len(NAMES)] * 4


def test_books_that_share_sentences_and_one_in_two_profiles(
    project: Path, nursery: Nursery, catalog_url: str
) -> None:
    one = [" ".join(SHARED[n:] + SHARED[:n]) for n in range(4)]
    other = [" ".join(reversed(SHARED[n:] + SHARED[:n])) for n in range(4)]
    watch = Watch(project / "spoken.log", varies=True)
    narrators = [
        {"pages": one, "collection": "one"},
        {"pages": other, "collection": "other"},
        {"pages": one, "collection": "one", "profile": "acx"},
        {"pages": other, "collection": "other", "profile": "librivox"},
    ]
    ended = together(project, nursery, watch, catalog_url, narrators)
    assert Counter(watch.spoken()) == Counter(SHARED)
    assert [found["made"] for found in ended] == [4] * 4


def test_pages_that_each_hold_what_the_other_needs(
    project: Path, catalog_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMILL_CATALOG__URL", catalog_url)
    monkeypatch.setenv("VOICEMILL_PRODUCTION__WORKERS", "8")
    watch = Watch(project / "spoken.log")
    with closing(watched_studio(project, watch)) as studio:
        cast = {"Anna": "watched:en-us"}
        line = "“{}” said Anna."
        pages = []
        for n in range(16):
            order = SHARED[n // 2 :] + SHARED[: n // 2]
            lines = order if n % 2 else order[::-1]
            pages.append(" ".join([*lines, line.format(lines[0])]))
        items = studio.read(book(pages), kind="book", collection="crossed")
        run = studio.produce(studio.plan(items, voices=[WATCHED], cast=cast))
        assert (run.summary.completed, run.summary.failed) == (16, 0)
        by_anna = [f"“{one}”" for one in SHARED]
        assert Counter(watch.spoken()) == Counter([*SHARED, *by_anna, "said Anna."])
        all_well(studio)
