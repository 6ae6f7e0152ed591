"""The edge engine against a local service that speaks its real protocol."""

import asyncio
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.edge import EdgeService
from voicemill.errors import CannotSpeak, EngineUnavailable
from voicemill.settings import SpeechSettings
from voicemill.speech.edge import EdgeEngine
from voicemill.speech.edge_parts import MAX_BYTES, missing, parts
from voicemill.speech.engine import Cue, Delivery, Speech, Utterance, Voice
from voicemill.speech.engines import Engines

TEXTS = {
    "en-US-AriaNeural": "The quick brown fox jumps over the lazy dog.",
    "vi-VN-HoaiMyNeural": "Xin chào các bạn, hôm nay trời đẹp quá.",
    "zh-CN-XiaoxiaoNeural": "你好，世界。今天天气很好。",
    "hi-IN-SwaraNeural": "नमस्ते दुनिया, आप कैसे हैं?",
}


@pytest.fixture(scope="module")
def service() -> Iterator[EdgeService]:
    with EdgeService() as running:
        yield running


@pytest.fixture
def edge(service: EdgeService, tmp_path: Path) -> EdgeEngine:
    settings = SpeechSettings(edge_url=service.url, requests_per_minute={"edge": 60_000})
    return EdgeEngine(settings, tmp_path)


def say(edge: EdgeEngine, text: str, name: str = "en-US-AriaNeural", rate: int = 0) -> Speech:
    voice = edge.find(name)
    assert voice is not None
    return edge.synthesize(Utterance(text=text, delivery=Delivery(rate_percent=rate)), voice)


@pytest.mark.parametrize(("name", "text"), TEXTS.items())
def test_it_speaks_with_a_cue_for_every_word(edge: EdgeEngine, name: str, text: str) -> None:
    speech = say(edge, text, name)
    assert speech.rate_hz == 24_000
    assert speech.samples.dtype == np.float32
    assert np.abs(speech.samples).max() > 0.05
    assert letters("".join(cue.text for cue in speech.cues)) == letters(text)
    in_order(speech)


def test_what_xml_would_take_for_markup_is_spoken(edge: EdgeEngine, service: EdgeService) -> None:
    text = 'Salt & pepper <b>or</b> "nothing" &amp; that\'s it'
    say(edge, text)
    assert service.texts[-1] == text


def test_rate_pitch_and_volume_reach_the_service(edge: EdgeEngine) -> None:
    voice = edge.find("en-US-AriaNeural")
    assert voice is not None
    text = TEXTS["en-US-AriaNeural"]
    slow = say(edge, text, rate=-30)
    assert slow.duration_s == pytest.approx(say(edge, text).duration_s / 0.7, rel=0.15)
    quiet = edge.synthesize(Utterance(text=text, delivery=Delivery(0, 20, -50)), voice)
    loud = say(edge, text)
    assert np.abs(quiet.samples).max() < 0.7 * np.abs(loud.samples).max()


@pytest.mark.parametrize(
    ("name", "sentence", "opening", "times"),
    [
        ("en-US-AriaNeural", "It was the best of times & it was the worst of times. ", "it", 90),
        ("vi-VN-HoaiMyNeural", "Mặt trời mọc ở đằng đông và lặn ở đằng tây. ", "mặt", 75),
        ("zh-CN-XiaoxiaoNeural", "太阳从东方升起，在西方落下。", "太", 110),
    ],
)
def test_a_long_text_is_spoken_whole_with_cues_in_their_places(
    edge: EdgeEngine, service: EdgeService, name: str, sentence: str, opening: str, times: int
) -> None:
    text = sentence * times
    assert len(text.encode()) > 4096
    before = len(service.texts)
    speech = say(edge, text, name, rate=100)
    pieces = service.texts[before:]
    assert len(pieces) >= 3
    assert all(piece.endswith(sentence.strip()[-1]) for piece in pieces)
    assert letters("".join(cue.text for cue in speech.cues)) == letters(text)
    in_order(speech)
    # The same sentence again and again: each begins in its share of the whole.
    starts = [cue.start_s for cue in speech.cues if letters(cue.text).startswith(opening)]
    expected = np.arange(len(starts)) * speech.duration_s / len(starts)
    assert len(starts) >= times
    assert np.abs(np.array(starts) - expected).max() < 2 * speech.duration_s / times


def test_it_works_where_an_event_loop_runs_as_in_a_notebook(edge: EdgeEngine) -> None:
    async def cell() -> Speech:
        return say(edge, "sheep")

    assert asyncio.run(cell()).duration_s > 0.3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "there is nothing to say"),
        (" \n ", "there is nothing to say"),
        ("…?!", "there is nothing to say"),
        ("one\x0btwo", r"control character \(U\+000B\)"),
        ("one\x00two", r"control character \(U\+0000\)"),
    ],
)
def test_what_cannot_be_said_is_refused_unasked(
    edge: EdgeEngine, service: EdgeService, text: str, reason: str
) -> None:
    before = len(service.arrivals)
    with pytest.raises(CannotSpeak, match=reason):
        say(edge, text)
    assert len(service.arrivals) == before


def test_it_reads_text_not_ipa(edge: EdgeEngine) -> None:
    voice = edge.voices()[0]
    with pytest.raises(CannotSpeak, match="edge reads text, not IPA"):
        edge.check(Utterance(ipa="iː"), voice)
    assert not edge.capabilities.speaks_ipa
    assert edge.capabilities.needs_network


def test_its_version_is_that_of_edge_tts(edge: EdgeEngine) -> None:
    assert edge.version(edge.voices()[0]).startswith("edge-tts 7.")


def test_a_choice_by_language_and_gender_finds_its_voice(
    service: EdgeService, tmp_path: Path
) -> None:
    engines = Engines(SpeechSettings(edge_url=service.url), tmp_path, extra={"edge": EdgeEngine})
    assert engines.choose("vi", "female")[0].id == "edge:vi-VN-HoaiMyNeural"
    assert engines.choose("en", "female")[0].id == "edge:en-US-AriaNeural"
    assert engines.choose("en", "male", "British")[0].id == "edge:en-GB-RyanNeural"


@given(st.text(min_size=1), st.sampled_from([0.3, 0.7, 1.0, 2.0]))
def test_cutting_a_text_loses_no_letter(text: str, speed: float) -> None:
    pieces = parts(text * 200, speed)
    assert letters("".join(pieces)) == letters(text * 200)
    # Marks that belong to a letter stay with it, so a piece may end a little later.
    assert all(len(piece.encode()) <= MAX_BYTES or has_marks(piece) for piece in pieces)


def test_a_lone_word_is_one_request() -> None:
    assert parts(" sheep \n", 0.3) == ["sheep"]


def test_speech_that_is_whole_lacks_nothing_however_words_are_written() -> None:
    said = [
        Cue(0, 1, "it"),
        Cue(1, 2, "costs"),
        Cue(2, 3, "three point five"),
        Cue(3, 4, "dollars"),
    ]
    assert missing("It costs 3.5 dollars!", said, 4.5) == ""
    unsaid = missing("It costs 3.5 dollars!", said[:-2], 4.5)
    assert unsaid == "the end was not spoken: 9 letters are missing"
    assert (
        missing("It costs 3.5 dollars!", said, 3.0) == "the audio is cut off: 3.0 s came of 4.0 s"
    )


def letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def has_marks(text: str) -> bool:
    return any(unicodedata.category(char).startswith("M") for char in text)


def in_order(speech: Speech) -> None:
    assert all(one.start_s <= two.start_s for one, two in pairwise(speech.cues))
    assert all(0 <= cue.start_s <= cue.end_s <= speech.duration_s for cue in speech.cues)


def test_a_voice_the_service_dropped_says_which_to_take(edge: EdgeEngine) -> None:
    gone: Voice = replace(edge.voices()[0], installed=False, remedy="Choose another voice")
    with pytest.raises(EngineUnavailable, match="this voice is not here. Choose another voice"):
        edge.synthesize(Utterance(text="sheep"), gone)
