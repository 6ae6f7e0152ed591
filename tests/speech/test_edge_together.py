"""Many sentences in one request to Edge's service: fewer requests, the same sentences."""

import io
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from servers.edge import Behaviour, EdgeService, Fault
from servers.edge_speech import Word, speak
from voicemill.errors import CannotSpeak, EngineUnavailable, SpeechInterrupted
from voicemill.settings import SpeechSettings
from voicemill.speech.edge import EdgeEngine
from voicemill.speech.edge_parts import MAX_BYTES
from voicemill.speech.edge_together import fitting, joined
from voicemill.speech.engine import Cue, Delivery, Speech, Utterance, Voice
from voicemill.speech.engines import Engines
from voicemill.speech.retrying import Patience
from voicemill.speech.together import apart
from voicemill.speech.word_places import letters

STORY = [
    "The lamp went out.",
    "Nobody moved, & nobody spoke.",
    '"Who is there?" she asked.',
    "Chapter Two",
    "No.",
    "No.",
    "He had gone to New York in 1985!",
    "The wind rose… and fell.",
]
TEXTS = {
    "en-US-AriaNeural": STORY,
    "vi-VN-HoaiMyNeural": [
        "Mưa rơi suốt đêm.",
        "Con đường vắng tanh.",
        "Ai đó gõ cửa!",
        "Năm 1975 ông về quê.",
    ],
    "hi-IN-SwaraNeural": ["रात हो गई थी।", "वह कमरे में आया।", "कौन है वहाँ?", "दीपक बुझ गया।"],
    "zh-CN-XiaoxiaoNeural": [
        "天黑了。",
        "他走进房间，点上灯。",
        "第一章",
        "一九八四年，她十二岁。",
    ],
    "ar-EG-SalmaNeural": ["من هناك؟", "جاء الصباح أخيرا.", "من هناك؟"],
}
QUICK = Patience(retries=3, first_wait_s=0.001, longest_wait_s=5)


@pytest.fixture(scope="module")
def running() -> Iterator[EdgeService]:
    with EdgeService() as service:
        yield service


@pytest.fixture
def service(running: EdgeService) -> EdgeService:
    running.behaviour = Behaviour()
    running.arrivals.clear()
    running.texts.clear()
    return running


@pytest.fixture
def engines(service: EdgeService, tmp_path: Path) -> Engines:
    settings = SpeechSettings(edge_url=service.url, requests_per_minute={"edge": 60_000})
    found = Engines(settings, tmp_path, extra={"edge": EdgeEngine}, patience=QUICK)
    found.refresh_voices()
    return found


def said(texts: Sequence[str], name: str = "en-US-AriaNeural", rate: int = 0) -> list[Utterance]:
    delivery = Delivery(rate_percent=rate)
    return [Utterance(text=text, language=name[:2], delivery=delivery) for text in texts]


def aria(engines: Engines) -> Voice:
    return engines.voice("edge:en-US-AriaNeural")


def sound(speech: Speech) -> np.ndarray:
    """The speech without the silence around it."""
    loud = np.flatnonzero(np.abs(speech.samples) > 0.01)
    return speech.samples[loud[0] : loud[-1] + 1]


def same(one: Speech, two: Speech) -> bool:
    """Whether the same is heard: as long, to 30 ms, and as loud at the same times."""
    short, long = sorted((sound(one), sound(two)), key=len)
    if len(long) - len(short) > 0.03 * one.rate_hz:
        return False
    loudness = [
        np.sqrt(np.square(samples[: len(short) // 480 * 480].reshape(-1, 480)).mean(axis=1))
        for samples in (short, long)
    ]
    return bool(np.corrcoef(*loudness)[0, 1] > 0.8)


def as_alone(engines: Engines, utterances: Sequence[Utterance], voice: Voice) -> list[Speech]:
    return [engines.speak(utterance, voice) for utterance in utterances]


def late_s(speech: Speech) -> float:
    """How much later than told the first word is heard: a decoder's delay, a soft start."""
    onset = int((np.abs(speech.samples) > 0.01).argmax())
    return onset / speech.rate_hz - speech.cues[0].start_s


def quiet_at_both_ends(speech: Speech) -> bool:
    return bool(np.abs(speech.samples[[*range(240), *range(-240, 0)]]).max() < 0.01)


@pytest.mark.parametrize(("name", "texts"), TEXTS.items())
@pytest.mark.parametrize("rate", [-30, 0, 50])
def test_one_request_gives_what_each_alone_would_give(
    engines: Engines, service: EdgeService, name: str, texts: list[str], rate: int
) -> None:
    voice, utterances = engines.voice(f"edge:{name}"), said(texts, name, rate)
    together = list(engines.speak_together(utterances, voice))
    assert len(service.arrivals) == 1
    for speech, alone in zip(together, as_alone(engines, utterances, voice), strict=True):
        assert same(speech, alone)
        assert quiet_at_both_ends(speech)
        assert [letters(c.text) for c in speech.cues] == [letters(c.text) for c in alone.cues]
        assert all(one.start_s <= two.start_s for one, two in pairwise(speech.cues))
        assert late_s(speech) == pytest.approx(late_s(alone), abs=0.02)
        assert speech.cues[-1].end_s <= speech.duration_s


@settings(max_examples=25)
@given(st.lists(st.sampled_from(STORY), min_size=2, max_size=12), st.sampled_from([-30, 0, 50]))
def test_any_sentences_in_any_order_are_cut_in_silence(texts: list[str], rate: int) -> None:
    spoken = speak(joined(texts, "en"), "en-US", Delivery(rate_percent=rate))
    samples, rate_hz = soundfile.read(io.BytesIO(spoken.mp3), dtype="float32")
    cues = [Cue(w.start / 1e7, (w.start + w.duration) / 1e7, w.text) for w in spoken.words]
    pieces = apart(texts, Speech(samples, rate_hz, tuple(cues)), 1 + rate / 100)
    for text, piece in zip(texts, pieces, strict=True):
        assert piece is not None
        assert letters("".join(cue.text for cue in piece.cues)) == letters(text)
        assert quiet_at_both_ends(piece)


def test_thirty_sentences_take_two_requests(engines: Engines, service: EdgeService) -> None:
    words = ["lamp", "wind", "road", "door", "hand", "rain", "night", "fire", "stone", "river"]
    texts = [
        f"The {one} and the {two} were there before the old house by the water was built."
        for one in words[:6]
        for two in words[5:]
    ]
    assert len(texts) == 30
    assert 76 <= len(texts[0]) <= 84
    assert len(list(engines.speak_together(said(texts), aria(engines)))) == 30
    assert len(service.arrivals) == 2


def test_nothing_is_asked_for_before_it_is_wanted(engines: Engines, service: EdgeService) -> None:
    spoken = engines.speak_together(said(["The lamp went out."] * 120), aria(engines))
    assert service.arrivals == []
    next(spoken)
    assert len(service.arrivals) == 1


def drop_last_of_second(words: list[Word]) -> list[Word]:
    return [word for word in words if not word.text.startswith("spoke")]


def tell_twice(words: list[Word]) -> list[Word]:
    return [*words[:3], words[2], *words[3:]]


def out_of_order(words: list[Word]) -> list[Word]:
    return [*words[:4], *reversed(words[4:6]), *words[6:]]


def glued_over_an_end(words: list[Word]) -> list[Word]:
    one, two = words[3:5]
    both = Word(one.start, two.start + two.duration - one.start, f"{one.text} {two.text}")
    return [*words[:3], both, *words[5:]]


def new_york_as_one(words: list[Word]) -> list[Word]:
    place = next(n for n, word in enumerate(words) if word.text.startswith("New"))
    one, two = words[place : place + 2]
    both = Word(one.start, two.start + two.duration - one.start, "New York")
    return [*words[:place], both, *words[place + 2 :]]


def year_spelled_out(words: list[Word]) -> list[Word]:
    first = next(n for n, word in enumerate(words) if word.text[0].isdigit())
    spelled = [word._replace(text="nineteen eighty-five") for word in words[first : first + 1]]
    rest = [word for word in words[first + 1 :] if not word.text[0].isdigit()]
    return [*words[:first], *spelled, *rest]


@pytest.mark.parametrize(
    ("told", "requests"),
    [
        (drop_last_of_second, 1 + 2),
        (tell_twice, 1 + 8),
        (out_of_order, 1 + 8),
        (glued_over_an_end, 1 + 2),
        (new_york_as_one, 1),
        (year_spelled_out, 1 + 2),
    ],
)
def test_where_words_are_told_wrong_sentences_are_asked_for_alone(
    engines: Engines,
    service: EdgeService,
    told: Callable[[list[Word]], list[Word]],
    requests: int,
) -> None:
    alone = as_alone(engines, said(STORY), aria(engines))
    service.arrivals.clear()
    service.behaviour.told = lambda words: told(words) if len(words) > 10 else words
    together = engines.speak_together(said(STORY), aria(engines))
    assert all(same(one, two) for one, two in zip(together, alone, strict=True))
    assert len(service.arrivals) == requests


@pytest.mark.parametrize(
    "fault",
    [
        Fault.RESET_MID_AUDIO,
        Fault.CLOSED_MID_AUDIO,
        Fault.HALF_AUDIO,
        Fault.HALF_TEXT,
        Fault.NO_METADATA,
        Fault.NO_AUDIO,
        Fault.SLOW_DOWN,
        Fault.SERVER_ERROR,
    ],
)
def test_a_request_that_was_cut_off_is_made_again(
    engines: Engines, service: EdgeService, fault: Fault
) -> None:
    service.behaviour.faults = [fault]
    together = list(engines.speak_together(said(STORY), aria(engines)))
    assert len(service.arrivals) == 2
    alone = as_alone(engines, said(STORY), aria(engines))
    assert all(same(one, two) for one, two in zip(together, alone, strict=True))


def test_what_is_always_cut_off_together_is_asked_for_alone(
    engines: Engines, service: EdgeService
) -> None:
    service.behaviour.faults = [Fault.CLOSED_MID_AUDIO] * 4
    assert len(list(engines.speak_together(said(STORY), aria(engines)))) == len(STORY)
    assert len(service.arrivals) == 4 + len(STORY)


def test_a_request_refused_is_asked_for_sentence_by_sentence(
    engines: Engines, service: EdgeService
) -> None:
    service.behaviour.faults = [Fault.BAD_REQUEST, Fault.NONE, Fault.NONE, Fault.BAD_REQUEST]
    spoken = engines.speak_together(said(STORY), aria(engines))
    assert [next(spoken).cues[0].text, next(spoken).cues[0].text] == ["The", "Nobody"]
    with pytest.raises(CannotSpeak, match=r"refuses this request \(HTTP 400\)"):
        next(spoken)


def test_what_came_before_a_failure_is_there(engines: Engines, service: EdgeService) -> None:
    texts = [*STORY[:3], "…", *STORY[3:]]
    made: list[Speech] = []
    with pytest.raises(CannotSpeak, match="nothing to say"):
        made.extend(engines.speak_together(said(texts), aria(engines)))
    rest = list(engines.speak_together(said(texts[len(made) + 1 :]), aria(engines)))
    assert (len(made), len(rest)) == (3, 5)
    assert len(service.arrivals) == 2


def test_a_service_that_wants_a_long_pause_is_left_alone(
    engines: Engines, service: EdgeService
) -> None:
    service.behaviour = Behaviour(always=Fault.SLOW_DOWN, retry_after="3600")
    with pytest.raises(SpeechInterrupted, match="slow down"):
        next(engines.speak_together(said(STORY), aria(engines)))
    assert len(service.arrivals) == 1


def test_a_service_that_refuses_us_is_given_up(engines: Engines, service: EdgeService) -> None:
    service.behaviour.always = Fault.FORBIDDEN
    for _item in range(2):
        with pytest.raises(EngineUnavailable, match="HTTP 403"):
            next(engines.speak_together(said(STORY), aria(engines)))
    assert len(service.arrivals) == 2  # the first, and edge-tts's own second


def test_only_what_is_said_alike_shares_a_request(engines: Engines, service: EdgeService) -> None:
    fast, german = said(STORY[:2], rate=20), said(["Guten Tag."], "de")
    utterances = [*said(STORY[:3]), *fast, *german, *said(STORY[3:])]
    assert len(list(engines.speak_together(utterances, aria(engines)))) == len(utterances)
    assert [text.count("\n") + 1 for text in service.texts] == [3, 2, 1, 5]


def test_engines_that_speak_one_at_a_time_do(engines: Engines, service: EdgeService) -> None:
    voice = engines.voice("espeak:en-gb")
    together = list(engines.speak_together(said(STORY), voice))
    for speech, alone in zip(together, as_alone(engines, said(STORY), voice), strict=True):
        assert same(speech, alone)
    assert engines.engine_of(voice).capabilities.together_chars == 0
    assert service.arrivals == []


def test_no_sentences_make_no_request(engines: Engines, service: EdgeService) -> None:
    assert list(engines.speak_together([], aria(engines))) == []
    assert service.arrivals == []


@given(
    st.lists(st.text(max_size=400), min_size=1, max_size=30),
    st.sampled_from([-70, -30, 0, 100]),
)
def test_what_fits_together_is_one_request_for_edge_tts(texts: list[str], rate: int) -> None:
    count = fitting(said(texts, rate=rate))
    assert 1 <= count <= len(texts)
    size = len(escape(joined(texts[:count], "en")).encode())
    assert count == 1 or size <= MAX_BYTES * min(1 + rate / 100, 1)


@pytest.mark.parametrize(
    ("texts", "language", "text"),
    [
        (["Chapter One", "It began."], "en-US", "Chapter One.\nIt began."),
        (["第一章", "天黑了。"], "zh-CN", "第一章。\n天黑了。"),
        (["पहला अध्याय", "रात हुई।"], "hi", "पहला अध्याय।\nरात हुई।"),
        (['He read "Emma"', "(“Why?”)"], "en", 'He read "Emma".\n(“Why?”)'),
    ],
)
def test_texts_without_a_mark_at_the_end_get_one(
    texts: list[str], language: str, text: str
) -> None:
    assert joined(texts, language) == text
