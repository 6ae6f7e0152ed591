"""Whole runs with Edge's voices, against the local stand-in of its service."""

from pathlib import Path

import pandas as pd
import pytest

from servers.edge import Behaviour, EdgeService, Fault, closed_port
from voicemill import Studio
from workbench import ESPEAK, connected

ARIA = "edge:en-US-AriaNeural"


@pytest.fixture
def table() -> pd.DataFrame:
    texts = [f"This is sentence number {name}." for name in ("one", "two", "three", "four")]
    return pd.DataFrame({"key": list("abcd"), "text": texts})


def test_a_table_is_spoken_by_the_service(project: Path, table: pd.DataFrame) -> None:
    with EdgeService() as service:
        studio = connected(project, service.url)
        run = studio.produce(studio.plan(studio.read(table), voices=[ARIA, ESPEAK]))
        studio.close()
    assert run.summary.completed == 4
    assert set(run.results["voice"]) == {ARIA}
    assert run.results["passed"].all()
    assert len(service.texts) == 4


def test_without_a_network_the_run_ends_on_a_local_voice_after_one_probe(
    project: Path, table: pd.DataFrame
) -> None:
    studio = connected(project, f"ws://127.0.0.1:{closed_port()}")
    run = studio.produce(studio.plan(studio.read(table), voices=[ARIA, ESPEAK]))
    best = studio.best_audio("words", "a").source
    studio.close()
    assert run.summary.completed == 4
    assert set(run.results["voice"]) == {ESPEAK}
    assert run.results["reason"].str.contains("the service cannot be reached").all()
    assert best is not None
    assert best.metadata["passed_over"][0]["error_class"] == "EngineUnavailable"


def test_without_a_network_and_fallback_the_run_fails_with_the_sentence(
    project: Path, table: pd.DataFrame
) -> None:
    studio = connected(project, f"ws://127.0.0.1:{closed_port()}")
    run = studio.produce(studio.plan(studio.read(table), voices=[ARIA], fallback=False))
    studio.close()
    assert (run.summary.completed, run.summary.failed) == (0, 4)
    assert run.results["reason"].str.contains("Check the network").all()


def test_one_bad_answer_does_not_cost_the_voice(project: Path, table: pd.DataFrame) -> None:
    faults = [Fault.HALF_AUDIO, Fault.OVERLOADED]
    with EdgeService(Behaviour(faults=faults)) as service:
        studio = connected(project, service.url)
        run = studio.produce(studio.plan(studio.read(table), voices=[ARIA, ESPEAK]))
        studio.close()
    assert set(run.results["voice"]) == {ARIA}
    assert len(service.texts) >= 5


def test_what_edge_cannot_say_is_planned_with_a_voice_that_can(studio: Studio) -> None:
    items = studio.read("data/phonemes.csv", kind="phonemes")
    plan = studio.plan(items, voices=[ARIA, ESPEAK], say="phoneme")
    assert set(plan["voice"]) == {ESPEAK}
    assert plan["reason"].str.contains("edge reads text, not IPA").all()
    words = studio.plan(items, voices=[ARIA], say="phoneme")
    assert words["speak"].tolist() == items["text"].tolist()
