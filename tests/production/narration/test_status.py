"""How far a book is, as anybody can ask at any moment."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import time_machine

from processes.child import book
from processes.nursery import Nursery
from processes.watched import WATCHED, Watch, shut, until, watched_studio
from voicemill import Studio
from voicemill.production.narration.status import BookStatus, PageStatus
from voicemill.production.results import Run
from workbench import ESPEAK

TEXTS = ["Anna came. Berta went.", "Carl came. Dora went.", "Emil came. Frieda went."]


def pages(studio: Studio, texts: list[str] = TEXTS, collection: str = "book") -> pd.DataFrame:
    return studio.read(book(texts), kind="book", collection=collection)


def narrated(studio: Studio, texts: list[str] = TEXTS, **wish: object) -> Run:
    wish = {"voices": [ESPEAK], **wish}
    return studio.produce(studio.plan(pages(studio, texts), **wish))  # type: ignore[arg-type]


def page_of(studio: Studio, key: str) -> PageStatus:
    return next(page for page in studio.books.status("book").pages if page.key == key)


def test_a_book_that_another_process_narrates(
    project: Path, nursery: Nursery, catalog_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMILL_CATALOG__URL", catalog_url)
    watch = Watch(project / "spoken.log", project / "gate", held="Dora went.")
    options = {"pages": TEXTS, "collection": "book", "catalog_url": catalog_url, "workers": 1}
    with closing(watched_studio(project, watch)) as studio:
        studio.books.keep(pages(studio), title="The Book")
        before = studio.books.status("book")
        assert (before.processing_status, before.processing_progress) == ("pending", 0)
        assert (before.run_id, before.estimated_time_remaining) == ("", None)
        with shut(project / "gate") as open_gate:
            pid = nursery.start(project, watch, 0, **options)
            until(lambda: studio.books.status("book").estimated_time_remaining is not None)
            halfway = studio.books.status("book")
            assert halfway.processing_status == "processing"
            assert halfway.pages_status == {
                "pending": 1, "processing": 1, "completed": 1, "failed": 0,
            }  # fmt: skip
            assert (halfway.processing_progress, halfway.audio_ready) == (33, False)
            assert (halfway.estimated_time_remaining or 0) > 0
            assert halfway.processing_started_at is not None
            json.dumps(halfway.as_dict())
            open_gate()
            nursery.done(pid)
        after = studio.books.status("book")
        assert nursery.wait(pid) == os.EX_OK
        assert (after.processing_status, after.processing_progress) == ("completed", 100)
        assert (after.audio_ready, after.estimated_time_remaining) == (True, None)
        assert all(studio.store.size(page.file) for page in after.pages)
        assert str(after) == "The Book: 100 %, 3 pages (3 completed)"
        assert after.updated_at is not None
        assert before.updated_at is not None
        assert after.updated_at > before.updated_at


def test_a_narrator_that_is_killed_leaves_its_pages_pending(
    project: Path, nursery: Nursery
) -> None:
    watch = Watch(project / "spoken.log", project / "gate", held="Dora went.")
    with closing(watched_studio(project, watch)) as studio:
        with shut(project / "gate"):
            pid = nursery.start(project, watch, 0, pages=TEXTS, collection="book", workers=1)
            until(lambda: "Dora went." in watch.spoken())
            assert page_of(studio, "2").status == "processing"
            os.kill(pid, signal.SIGKILL)
            nursery.wait(pid)
        found = studio.books.status("book")
        assert (found.processing_status, found.estimated_time_remaining) == ("pending", None)
        assert [page.status for page in found.pages] == ["completed", "pending", "pending"]
        assert "killed" in found.error


def test_a_page_that_was_edited_is_pending_until_it_is_narrated_again(studio: Studio) -> None:
    narrated(studio)
    edited = [TEXTS[0], TEXTS[1].replace("Dora", "Doris"), TEXTS[2]]
    studio.books.keep(pages(studio, edited))
    found = studio.books.status("book")
    assert (found.processing_status, found.processing_progress) == ("pending", 66)
    assert page_of(studio, "2").reason == "its text has changed since it was narrated"
    narrated(studio, edited)
    assert studio.books.status("book").audio_ready
    narrated(studio, TEXTS)  # and back: that audio exists already
    assert studio.books.status("book").audio_ready
    assert page_of(studio, "2").file == studio.best_audio("book", "2").file
    assert studio.books.open("book").pages[1].text == TEXTS[1]


def test_a_page_that_left_the_table_leaves_the_book(studio: Studio) -> None:
    studio.books.keep(pages(studio))
    narrated(studio, TEXTS[:2])
    assert studio.books.status("book").total_pages == 3
    studio.books.keep(pages(studio, TEXTS[:2]))
    found = studio.books.status("book")
    assert (found.total_pages, found.audio_ready) == (2, True)


def test_a_page_that_nobody_can_say_has_failed_and_says_why(studio: Studio) -> None:
    foreign = pages(studio, [*TEXTS[:2], "tlhIngan Hol."]).assign(language=["en", "en", "tlh"])
    studio.produce(studio.plan(foreign, voices=[ESPEAK]))
    found = page_of(studio, "3")
    assert found.status == "failed"
    assert "nobody can say “tlhIngan Hol.”" in found.reason
    assert studio.books.status("book").processing_status == "failed"
    studio.books.keep(pages(studio))
    assert page_of(studio, "3").status == "pending"


def test_a_page_that_failed_stays_so_until_it_is_tried_again(project: Path) -> None:
    watch = Watch(project / "spoken.log", breaks="went.")
    with closing(watched_studio(project, watch)) as studio:
        first = narrated(studio, voices=[WATCHED])
        assert first.summary.failed == 3
    with closing(watched_studio(project, Watch(project / "again.log"))) as studio:
        plan = studio.plan(pages(studio), voices=[WATCHED], limit=1)
        studio.produce(plan)
        found = studio.books.status("book")
        assert [page.status for page in found.pages] == ["completed", "failed", "failed"]
        assert "KeyError" in found.pages[2].reason
        assert found.processing_status == "failed"


def test_a_locked_page_is_left_alone_and_a_recording_is_its_audio(studio: Studio) -> None:
    studio.books.keep(pages(studio))
    studio.upkeep.lock("book", "2")
    run = narrated(studio)
    assert run.results["status"].tolist() == ["completed", "skipped", "completed"]
    page = page_of(studio, "2")
    assert (page.status, page.reason) == ("pending", "locked")
    best = studio.best_audio("book", "1")
    assert best.source is not None
    recording = studio.settings.root / "recordings"
    recording.mkdir()
    (recording / "2.mp3").write_bytes(studio.store.read(best.file))
    matches = studio.upkeep.match_recordings(recording, "book").assign(key="2")
    studio.upkeep.lock("book", "2", locked=False)
    studio.upkeep.import_recordings(matches, "book", speaker="Anna")
    found = studio.books.status("book")
    assert (found.audio_ready, found.processing_status) == (True, "completed")
    assert page_of(studio, "2").file == studio.best_audio("book", "2").file
    audiobook = studio.books.open("book")
    assert audiobook.pages[1].source.source_type == "native"


def test_a_run_of_two_books_is_through_with_the_first(project: Path) -> None:
    watch = Watch(project / "spoken.log", project / "gate", held="Gustav came.")
    with (
        closing(watched_studio(project, watch)) as studio,
        ThreadPoolExecutor(1) as people,
        shut(project / "gate") as go_on,
    ):
        both = pd.concat([pages(studio), pages(studio, ["Gustav came."], "other")])
        running = people.submit(studio.produce, studio.plan(both, voices=[WATCHED]))
        until(lambda: len(studio.sources()) == 3 and "Gustav came." in watch.spoken())
        assert studio.books.status("book").processing_status == "completed"
        assert studio.books.status("other").processing_status == "processing"
        go_on()
        running.result()


def test_the_run_at_work_counts_and_not_one_that_began_later(project: Path) -> None:
    watch = Watch(project / "spoken.log", project / "gate", held="Dora went.")
    with (
        closing(watched_studio(project, watch)) as studio,
        ThreadPoolExecutor(1) as people,
        shut(project / "gate") as go_on,
    ):
        plan = studio.plan(pages(studio), voices=[WATCHED])
        running = people.submit(studio.produce, plan)
        until(lambda: len(studio.sources()) == 2)
        studio.produce(plan.head(1))
        found = studio.books.status("book")
        assert (found.processing_status, found.pages[1].status) == ("processing",) * 2
        go_on()
        assert running.result().id == found.run_id


def test_what_has_expired_goes_with_its_sentences(studio: Studio) -> None:
    narrated(studio, TEXTS[:2])
    later = datetime.now(UTC) + timedelta(days=studio.settings.catalog.tts_days - 1)
    with time_machine.travel(later):
        # It shares a sentence of the first page, which so lives as long as this one.
        narrated(studio, [*TEXTS[:2], "Anna came. Gustav came."])
    with time_machine.travel(later + timedelta(days=2)):
        assert page_of(studio, "1").reason == "its audio has expired"
        studio.upkeep.remove_expired()
        found = studio.books.status("book")
        assert [page.status for page in found.pages] == ["pending", "pending", "completed"]
        left = {source.metadata.get("text") for source in studio.catalog.sources.all()}
        assert left == {None, "Anna came.", "Gustav came."}
        assert set(studio.store.sizes()) == {one.file for one in studio.catalog.sources.all()}
        assert studio.upkeep.doctor().findings == ()


def test_an_approved_page_is_heard_when_its_sentences_have_expired(studio: Studio) -> None:
    narrated(studio, TEXTS[:1])
    whole = studio.books.open("book").pages[0]
    studio.upkeep.approve(whole.source.id or 0)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1000)):
        assert studio.upkeep.remove_expired().sources == 2
        assert studio.books.status("book").audio_ready
        page = studio.books.open("book").pages[0]
        assert len(page.joined.pieces) == 1
        assert page.cues == whole.cues
        clip = page.joined.pieces[0].load()
        assert clip.duration_s == pytest.approx(whole.source.duration_s, abs=0.1)


def test_as_plain_data(studio: Studio) -> None:
    narrated(studio, TEXTS[:1])
    found = studio.books.status("book")
    assert isinstance(found, BookStatus)
    values = json.loads(json.dumps(found.as_dict()))
    assert values["pages"][0]["status"] == "completed"
    assert values["created_at"].endswith("+00:00")
