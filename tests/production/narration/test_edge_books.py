"""Books that Edge's service narrates: few requests, and no page is lost when it goes away."""

from pathlib import Path

import pytest

from processes.child import book
from servers.edge import Behaviour, EdgeService, Fault
from voicemill import Studio
from voicemill.production.results import Run
from workbench import ESPEAK, connected

ARIA, GUY = "edge:en-US-AriaNeural", "edge:en-US-GuyNeural"
NAMES = ["Anna", "Berta", "Carl", "Dora", "Emil", "Frieda", "Gustav", "Hanna", "Ida", "Jakob"]
TEN = " ".join(f"In the morning {name} went into the village." for name in NAMES)


def narrated(studio: Studio, texts: list[str], *voices: str, **wish: object) -> Run:
    pages = studio.read(book(texts), kind="book", collection="book")
    plan = studio.plan(pages, voices=list(voices or (ARIA, ESPEAK)), **wish)  # type: ignore[arg-type]
    return studio.produce(plan)


def voices_of(studio: Studio) -> list[str]:
    return [page.source.voice for page in studio.books.open("book").pages]


def test_a_page_is_one_request_and_a_changed_sentence_another(project: Path) -> None:
    with EdgeService() as service:
        studio = connected(project, service.url)
        assert narrated(studio, [TEN]).summary.completed == 1
        assert len(service.texts) == 1
        narrated(studio, [TEN.replace("Dora", "Dorothy")])
        assert len(service.texts) == 2
        assert service.texts[1].strip() == "In the morning Dorothy went into the village."
        page = studio.books.open("book").pages[0]
        assert page.source.metadata["sentences_made"] == 1
        studio.close()


def test_a_dialogue_is_one_request_for_each_voice(project: Path) -> None:
    talk = " ".join(f"“I am {name}.” said Anna." for name in NAMES[1:5])
    with EdgeService() as service:
        studio = connected(project, service.url)
        assert narrated(studio, [talk], ARIA, cast={"Anna": GUY}).summary.completed == 1
        assert len(service.texts) == 2
        studio.close()


def test_a_service_that_dies_in_the_middle_of_a_book(project: Path) -> None:
    texts = [f"{name} came in. {name} sat down." for name in NAMES]
    faults = [Fault.NONE] * 4
    with EdgeService(Behaviour(faults=faults, always=Fault.RESET_AT_ONCE)) as service:
        studio = connected(project, service.url)
        run = narrated(studio, texts)
    assert run.summary.completed == 10
    voices = run.results["voice"]
    by_edge = int((voices == ARIA).sum())
    assert 2 <= by_edge <= 4  # what it said stays
    assert voices_of(studio) == voices.tolist()
    reasons = run.results["reason"][voices == ESPEAK]
    assert reasons.str.contains("not edge:en-US-AriaNeural").all()
    # It is back: only what it did not say is asked for.
    with EdgeService() as service:
        back = connected(project, service.url)
        again = narrated(back, texts, ARIA)
        counts = (again.summary.skipped, again.summary.completed)
        assert counts == (by_edge, 10 - by_edge)
        assert len(service.texts) <= 10 - by_edge
        back.close()
    studio.close()


@pytest.mark.parametrize(
    "fault", [Fault.HALF_AUDIO, Fault.HALF_TEXT, Fault.RESET_MID_AUDIO, Fault.NO_METADATA]
)
def test_a_fault_in_a_request_of_many_sentences(project: Path, fault: Fault) -> None:
    with EdgeService(Behaviour(faults=[fault])) as service:
        studio = connected(project, service.url)
        run = narrated(studio, [TEN], ARIA)
        assert run.summary.completed == 1
        page = studio.books.open("book").pages[0]
        assert page.source.metadata["sentences_made"] == 10
        heard = [cue for cue in page.cues if cue.kind == "sentence"]
        assert [cue.text.split()[3] for cue in heard] == NAMES
        lengths = [cue.end_s - cue.start_s for cue in heard]
        assert max(lengths) < 1.5 * min(lengths)  # each says its own, not its neighbour's
        studio.close()
