from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from heard import is_speech

from voicemill.errors import CannotSpeak
from voicemill.speech.engine import Delivery, Pronunciation, Utterance, Voice
from voicemill.speech.engines import Engines
from voicemill.speech.espeak import EspeakEngine
from voicemill.speech.prosody import median_f0_hz
from voicemill.tables import read_table

SENTENCE = "The teacher reads a book about a small ship."


@pytest.fixture(scope="module")
def espeak() -> EspeakEngine:
    return EspeakEngine()


@pytest.fixture(scope="module")
def british(espeak: EspeakEngine) -> Voice:
    return next(voice for voice in espeak.voices() if voice.name == "en-gb")


@pytest.fixture(scope="module")
def american(espeak: EspeakEngine) -> Voice:
    return next(voice for voice in espeak.voices() if voice.name == "en-us")


def spoken_ipa(espeak: EspeakEngine, voice: Voice, ipa: str) -> np.ndarray:
    return espeak.synthesize(Utterance(ipa=ipa), voice).samples


def test_it_lists_over_a_hundred_languages_by_name(espeak: EspeakEngine) -> None:
    voices = {voice.name: voice for voice in espeak.voices()}
    assert len({voice.language.split("-")[0] for voice in voices.values()}) > 100
    assert voices["vi"].title == "Vietnamese (Northern)"
    assert voices["en-gb"].language == "en-GB"
    assert voices["cmn"].language.startswith("zh")


@pytest.mark.parametrize("name", ["en-gb", "vi", "hi", "ar", "cmn"])
def test_it_speaks_many_scripts(espeak: EspeakEngine, name: str) -> None:
    texts = {
        "en-gb": "Good day",
        "vi": "Xin chào các bạn",
        "hi": "नमस्ते",
        "ar": "مرحبا",
        "cmn": "你好",
    }
    voice = next(voice for voice in espeak.voices() if voice.name == name)
    speech = espeak.synthesize(Utterance(text=texts[name]), voice)
    assert 0.3 < speech.duration_s < 4
    assert np.abs(speech.samples).max() > 0.1


def test_all_44_english_sounds_are_spoken_from_ipa(
    espeak: EspeakEngine, british: Voice, engines: Engines
) -> None:
    from voicemill.speech.ipa import lone_form

    for symbol in read_table("data/phonemes.csv", "phonemes")["sound"]:
        spoken = lone_form(symbol, espeak.capabilities.audible_alone)
        speech = engines.speak(Utterance(ipa=spoken), british)
        assert speech.duration_s > 0.1, symbol


def test_a_word_from_ipa_lasts_as_long_as_the_same_word_from_text(
    espeak: EspeakEngine, british: Voice
) -> None:
    text = espeak.synthesize(Utterance(text="teacher"), british).duration_s
    ipa = espeak.synthesize(Utterance(ipa="ˈtiːtʃə"), british).duration_s
    assert ipa == pytest.approx(text, rel=0.15)


def test_long_and_short_vowels_differ(espeak: EspeakEngine, british: Voice) -> None:
    assert len(spoken_ipa(espeak, british, "ʃiːp")) > len(spoken_ipa(espeak, british, "ʃɪp"))


def test_unknown_symbols_are_named(espeak: EspeakEngine, british: Voice) -> None:
    with pytest.raises(CannotSpeak) as caught:
        espeak.check(Utterance(ipa="p%ɤ"), british)
    assert "'%' (U+0025), 'ɤ' (U+0264)" in str(caught.value)


def test_a_voice_refuses_a_sound_it_would_say_differently(
    espeak: EspeakEngine, american: Voice
) -> None:
    with pytest.raises(CannotSpeak, match=r"would say \[i\] for \[ɪ\]"):
        espeak.check(Utterance(ipa="ɪ"), american)
    with pytest.raises(CannotSpeak, match="'ɒ'"):
        espeak.check(Utterance(ipa="ɒ"), american)
    espeak.check(Utterance(ipa="pɪt"), american)


@pytest.mark.parametrize("text", ["", "  ", "…!?", "—"])
def test_text_without_words_is_refused(espeak: EspeakEngine, british: Voice, text: str) -> None:
    with pytest.raises(CannotSpeak, match="nothing to say"):
        espeak.synthesize(Utterance(text=text), british)


@pytest.mark.parametrize(("rate", "factor"), [(-30, 1 / 0.7), (-50, 2.0), (100, 0.5)])
def test_rate_changes_duration_by_what_it_says(
    espeak: EspeakEngine, british: Voice, rate: int, factor: float
) -> None:
    usual = espeak.synthesize(Utterance(text=SENTENCE), british).duration_s
    changed = espeak.synthesize(
        Utterance(text=SENTENCE, delivery=Delivery(rate_percent=rate)), british
    ).duration_s
    assert changed == pytest.approx(usual * factor, rel=0.1)


@pytest.mark.parametrize("hz", [30, -20])
def test_pitch_moves_by_hertz_and_keeps_duration(
    espeak: EspeakEngine, british: Voice, hz: int
) -> None:
    usual = espeak.synthesize(Utterance(text=SENTENCE), british)
    moved = espeak.synthesize(Utterance(text=SENTENCE, delivery=Delivery(pitch_hz=hz)), british)
    before = median_f0_hz(usual.samples, usual.rate_hz)
    after = median_f0_hz(moved.samples, moved.rate_hz)
    assert before is not None
    assert after == pytest.approx(before + hz, abs=4)
    assert moved.duration_s == pytest.approx(usual.duration_s, rel=0.01)


def test_volume_scales_amplitude(espeak: EspeakEngine, british: Voice) -> None:
    usual = espeak.synthesize(Utterance(text="ship"), british).samples
    softer = espeak.synthesize(
        Utterance(text="ship", delivery=Delivery(volume_percent=-50)), british
    ).samples
    # espeak-ng varies by a few samples from call to call.
    ratio = np.sqrt(np.mean(softer**2) / np.mean(usual**2))
    assert ratio == pytest.approx(0.5, rel=0.02)


def test_words_have_cues_in_order(espeak: EspeakEngine, british: Voice) -> None:
    speech = espeak.synthesize(Utterance(text="One small ship."), british)
    assert [cue.text for cue in speech.cues] == ["One", "small", "ship"]
    assert all(cue.start_s < cue.end_s <= speech.duration_s for cue in speech.cues)


def test_threads_get_their_own_words(espeak: EspeakEngine, british: Voice) -> None:
    words = ["sheep", "a much longer sentence than that", "no"] * 6
    alone = [len(espeak.synthesize(Utterance(text=word), british).samples) for word in words]
    with ThreadPoolExecutor(6) as pool:
        together = pool.map(
            lambda word: len(espeak.synthesize(Utterance(text=word), british).samples), words
        )
        assert list(together) == pytest.approx(alone, rel=0.01)


def test_a_part_of_a_text_is_said_by_its_ipa(espeak: EspeakEngine, british: Voice) -> None:
    text = "Say Nguyễn twice, please."
    said = Utterance(text=text, pronunciations=(Pronunciation(4, 10, "ˈwɪn"),))
    speech = espeak.synthesize(said, british)
    same = espeak.synthesize(Utterance(text="Say win twice, please."), british)
    assert speech.duration_s == pytest.approx(same.duration_s, rel=0.05)
    assert [cue.text for cue in speech.cues] == ["Say", "Nguyễn", "twice", "please"]
    assert [cue.start_s for cue in speech.cues] == sorted(cue.start_s for cue in speech.cues)


def test_a_pronunciation_with_a_strange_symbol_is_refused(
    espeak: EspeakEngine, british: Voice
) -> None:
    said = Utterance(text="Say it", pronunciations=(Pronunciation(4, 6, "ɤt"),))
    with pytest.raises(CannotSpeak, match="'ɤ'"):
        espeak.check(said, british)


def test_double_brackets_in_a_text_are_only_brackets(espeak: EspeakEngine, british: Voice) -> None:
    written = "See [[sheep]] and Nikkei."
    plain = espeak.synthesize(Utterance(text=written), british)
    assert [cue.text for cue in plain.cues] == ["See", "sheep", "and", "Nikkei"]
    place = written.index("Nikkei")
    said = Utterance(text=written, pronunciations=(Pronunciation(place, place + 6, "ˈnɪkeɪ"),))
    marked = espeak.synthesize(said, british)
    assert [cue.text for cue in marked.cues] == ["See", "sheep", "and", "Nikkei"]
    assert marked.duration_s == pytest.approx(plain.duration_s, rel=0.15)


PARAGRAPHS = {
    "en-gb": "The teacher reads a book. A small ship sails home. We listen, and then we eat.",
    "vi": "Hôm nay trời đẹp. Chúng tôi đi học. Sau đó chúng tôi về nhà.",
}


@pytest.mark.parametrize("name", PARAGRAPHS)
def test_it_speaks_a_paragraph(engines: Engines, name: str) -> None:
    voice = engines.voice(f"espeak:{name}")
    speech = engines.speak(Utterance(text=PARAGRAPHS[name], language=name), voice)
    assert is_speech(speech, least_s=3)


def test_it_speaks_the_44_words(engines: Engines, british: Voice) -> None:
    for word in read_table("data/phonemes.csv", "phonemes")["example_word"]:
        assert is_speech(engines.speak(Utterance(text=word), british), least_s=0.2), word
