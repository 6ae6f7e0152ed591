"""Something fails in the middle of a page: its finished sentences stay, and other pages go on."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import time_machine

from processes.child import book
from processes.killing import Killed
from processes.watched import WATCHED, Watch, shut, until, watched_studio
from servers.postgres import PostgresServer
from troubles import filled, small_disk
from voicemill import Studio
from voicemill.audio import read_clip
from voicemill.catalog.audio_source import PART
from voicemill.errors import CatalogError, ItemTookTooLong, StoreUnavailable
from voicemill.production.limits import Limits
from voicemill.production.results import Run
from voicemill.production.running import produce

TEXTS = [
    "Anna came. Berta came. Carl came. Dora came.",
    "Emil went. Frieda went.",
    "Gustav sat. Hanna sat.",
]
ALL = [f"{sentence}." for text in TEXTS for sentence in text.rstrip(".").split(". ")]


def plan_of(studio: Studio, texts: list[str] = TEXTS, **wish: object) -> pd.DataFrame:
    pages = studio.read(book(texts), kind="book", collection="book")
    return studio.plan(pages, voices=[WATCHED], **wish)  # type: ignore[arg-type]


def kept(studio: Studio) -> set[str]:
    sources = studio.catalog.sources.all()
    return {one.metadata["text"] for one in sources if one.source_type == PART}


def the_rest_is_made(project: Path, already: set[str]) -> Run:
    """Narrate again in a newly opened project: all must be well, and only the rest be said."""
    watch = Watch(project / "again.log")
    with closing(watched_studio(project, watch)) as studio:
        run = studio.produce(plan_of(studio))
        assert (run.summary.status, run.summary.failed) == ("completed", 0)
        assert sorted(watch.spoken()) == sorted(set(ALL) - already)
        assert studio.books.status("book").audio_ready
        Killed().look(studio)
        assert {found.kind for found in studio.upkeep.doctor().findings} <= {"orphan"}
        return run


def test_an_engine_that_fails_at_the_third_sentence(project: Path) -> None:
    watch = Watch(project / "spoken.log", breaks="Carl came.")
    with closing(watched_studio(project, watch)) as studio:
        run = studio.produce(plan_of(studio))
        assert run.results["status"].tolist() == ["failed", "completed", "completed"]
        assert "KeyError" in run.results["reason"][0]
        already = kept(studio)
        assert already == set(ALL) - {"Carl came.", "Dora came."}
        assert studio.catalog.claims.of_run(run.id) == []
        page = studio.books.status("book").pages[0]
        assert (page.status, page.reason) == ("failed", run.results["reason"][0])
    the_rest_is_made(project, already)


def test_a_page_that_is_cut_off_stops_at_its_next_sentence(project: Path) -> None:
    watch = Watch(project / "spoken.log", project / "gate", held="Berta came.")
    with closing(watched_studio(project, watch)) as studio, shut(project / "gate") as go_on:
        run = produce(plan_of(studio), studio.shop, limits=Limits(item_s=1.5))
        assert run.results["status"].tolist() == ["failed", "completed", "completed"]
        assert isinstance(run.errors[0], ItemTookTooLong)
        assert kept(studio) == {*ALL[4:], "Anna came."}
        # Another run takes over what stayed and says the rest, while the first one still hangs.
        free = Watch(project / "again.log")
        with closing(watched_studio(project, free)) as other:
            again = other.produce(plan_of(other))
            assert (again.summary.completed, again.summary.skipped) == (1, 2)
        assert free.spoken() == ["Berta came.", "Carl came.", "Dora came."]
        go_on()  # it answers at last; nobody wants the rest from it
        until(lambda: all(one.name != "voicemill-worker" for one in threading.enumerate()))
        assert watch.spoken().count("Carl came.") == 0
        assert studio.upkeep.doctor().findings == ()


@pytest.mark.parametrize("days", [-365, 365])
def test_a_clock_that_is_set_in_the_middle_of_a_forced_page(project: Path, days: int) -> None:
    watch = Watch(project / "spoken.log", project / "gate", held="Berta came.", varies=True)
    with (
        closing(watched_studio(project, watch)) as studio,
        ThreadPoolExecutor(1) as people,
        shut(project / "gate") as go_on,
    ):
        plan = plan_of(studio, force=True)
        running = people.submit(studio.produce, plan)
        until(lambda: "Berta came." in watch.spoken())
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
            go_on()
            assert running.result(60).summary.made == 3
        assert len(watch.spoken()) <= len(ALL) + 1
        Killed().look(studio)


def test_sentences_deleted_in_the_middle_of_their_page_are_said_again(project: Path) -> None:
    watch = Watch(project / "spoken.log", project / "gate", held="Carl came.")
    with (
        closing(watched_studio(project, watch)) as studio,
        ThreadPoolExecutor(1) as people,
        shut(project / "gate") as go_on,
    ):
        running = people.submit(studio.produce, plan_of(studio))
        until(lambda: "Carl came." in watch.spoken() and len(studio.sources()) == 2)
        for file in studio.store.sizes():
            if "sentences" in file:
                studio.store.delete(file)
        go_on()
        assert running.result(60).summary.made == 3
        assert Counter(watch.spoken()) == Counter([*ALL, "Anna came.", "Berta came."])
        studio.upkeep.doctor(mend=True)  # of the pages that were finished before
        assert studio.upkeep.doctor().findings == ()
        assert len(studio.books.open("book").pages) == 3


def test_a_disk_that_is_full_in_the_middle_of_a_page(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMILL_PRODUCTION__PATIENCE_S", "0.3")
    with small_disk(project / "disk") as disk:
        monkeypatch.setenv("VOICEMILL_STORE__URL", "disk/audio")
        watch = Watch(project / "spoken.log", project / "gate", held="Carl came.")
        with (
            closing(watched_studio(project, watch)) as studio,
            ThreadPoolExecutor(1) as people,
            shut(project / "gate") as go_on,
        ):
            running = people.submit(studio.produce, plan_of(studio))
            until(lambda: len(studio.sources()) == 2)
            films = filled(disk)
            go_on()
            error = running.exception(60)
            assert isinstance(error, StoreUnavailable)
            assert "the disk is full" in str(error)
            films.unlink()
            already = kept(studio)
            assert {"Anna came.", "Berta came.", *ALL[4:]} <= already
            assert studio.status().making == ()
        the_rest_is_made(project, already)


def test_a_disk_that_has_room_again_completes_the_page(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(project / "disk") as disk:
        monkeypatch.setenv("VOICEMILL_STORE__URL", "disk/audio")
        watch = Watch(project / "spoken.log", project / "gate", held="Carl came.")
        with (
            closing(watched_studio(project, watch)) as studio,
            ThreadPoolExecutor(1) as people,
            shut(project / "gate") as go_on,
        ):
            told: list[str] = []
            running = people.submit(
                studio.produce, plan_of(studio), report=lambda one: told.append(one.current)
            )
            until(lambda: len(studio.sources()) == 2)
            films = filled(disk)
            go_on()
            until(lambda: any("disk is full" in one for one in told))
            films.unlink()
            assert running.result(60).summary.made == 3
            assert set(watch.spoken()) == set(ALL)
            assert len(watch.spoken()) == len(ALL) + 1  # "Carl came." could not be kept at first


@pytest.mark.parametrize("comes_back", [True, False])
def test_postgresql_away_in_the_middle_of_a_page(
    project: Path,
    postgres: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    comes_back: bool,
) -> None:
    monkeypatch.setenv("VOICEMILL_CATALOG__URL", postgres.new_database())
    monkeypatch.setenv("VOICEMILL_PRODUCTION__PATIENCE_S", "30" if comes_back else "0.3")
    watch = Watch(project / "spoken.log", project / "gate", held="Carl came.")
    with (
        closing(watched_studio(project, watch)) as studio,
        ThreadPoolExecutor(1) as people,
        shut(project / "gate") as go_on,
    ):
        told: list[str] = []
        running = people.submit(
            studio.produce, plan_of(studio), report=lambda one: told.append(one.current)
        )
        until(lambda: len(studio.sources()) == 2)
        with postgres.stopped():
            go_on()
            if comes_back:
                until(lambda: any("waiting for the catalog" in one for one in told))
            else:
                assert isinstance(running.exception(60), CatalogError)
        if comes_back:
            assert running.result(60).summary.made == 3
            assert sorted(watch.spoken()) == sorted(ALL)
        already = kept(studio)
        assert {"Anna came.", "Berta came.", *ALL[4:]} <= already
    the_rest_is_made(project, already)


def test_a_damaged_sentence_is_said_again(project: Path) -> None:
    watch = Watch(project / "spoken.log")
    with closing(watched_studio(project, watch)) as studio:
        studio.produce(plan_of(studio))
        [part] = [
            one for one in studio.catalog.sources.all() if one.metadata.get("text") == "Anna came."
        ]
        studio.store.write(part.file, b"half")
        texts = [TEXTS[0] + " Ida came.", *TEXTS[1:]]
        run = studio.produce(plan_of(studio, texts))
        assert run.summary.completed == 1
        assert watch.spoken()[len(ALL) :] == ["Anna came.", "Ida came."]
        assert read_clip(studio.store.read(run.results["file"][0])).duration_s > 1
        assert studio.upkeep.doctor().findings == ()
