"""What a user sees when Edge's service, or the way to it, fails. See docs/edge-faults.md."""

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from edge_tts.drm import DRM

from servers.edge import Behaviour, EdgeService, Fault, closed_port
from voicemill.errors import CannotSpeak, EngineUnavailable, SpeechError, SpeechInterrupted
from voicemill.settings import SpeechSettings
from voicemill.speech.edge import EdgeEngine
from voicemill.speech.engine import Speech, Utterance
from voicemill.speech.engines import Engines
from voicemill.speech.retrying import Patience

ARIA = "edge:en-US-AriaNeural"
TEXT = "The quick brown fox jumps over the lazy dog."
QUICK = Patience(retries=3, first_wait_s=0.001, longest_wait_s=5)
# Fault: how the sentence reads when it does not pass.
INTERRUPTIONS = {
    Fault.SLOW_DOWN: r"asks us to slow down \(HTTP 429\)",
    Fault.SERVER_ERROR: r"has a problem \(HTTP 500\)",
    Fault.OVERLOADED: r"has a problem \(HTTP 503\)",
    Fault.RESET_AT_ONCE: "the connection was lost",
    Fault.RESET_BEFORE_AUDIO: "the service sent no audio",
    Fault.RESET_MID_AUDIO: "the connection was cut before the end of the audio",
    Fault.CLOSED_MID_AUDIO: "the connection was cut before the end of the audio",
    Fault.NO_AUDIO: "the service sent no audio",
    Fault.ZERO_LENGTH_AUDIO: "makes no sense .*missing the audio data",
    Fault.HALF_AUDIO: r"the audio is cut off: 1\.5 s came of 2\.7 s",
    Fault.HALF_TEXT: "the end was not spoken: 17 letters are missing",
    Fault.WRONG_CONTENT_TYPE: "makes no sense .*unexpected Content-Type",
    Fault.NOT_AUDIO: "sent no audio that can be read",
    Fault.BAD_METADATA: r"makes no sense \(a malformed message\)",
    Fault.NO_METADATA: "no timing came with the audio",
    Fault.NO_END_OF_TURN: "the connection was cut before the end of the audio",
    Fault.SILENCE: r"did not answer in time \(no answer for 0\.5 s\)",
}


@pytest.fixture(scope="module")
def running() -> Iterator[EdgeService]:
    with EdgeService() as service:
        yield service


@pytest.fixture
def service(running: EdgeService) -> EdgeService:
    running.behaviour = Behaviour()
    running.arrivals.clear()
    running.probes = 0
    return running


Open = Callable[..., Engines]


@pytest.fixture
def engines_at(tmp_path: Path) -> Open:
    def opened(url: str, patience: Patience = QUICK) -> Engines:
        settings = SpeechSettings(
            edge_url=url, edge_receive_s=0.5, requests_per_minute={"edge": 60_000}
        )
        return Engines(settings, tmp_path, extra={"edge": EdgeEngine}, patience=patience)

    return opened


def say(engines: Engines, text: str = TEXT) -> Speech:
    return engines.speak(Utterance(text=text), engines.voice(ARIA))


def whole(speech: Speech) -> bool:
    return speech.duration_s > 2.7 and speech.cues[-1].text == "dog"


@pytest.mark.parametrize("fault", INTERRUPTIONS)
def test_a_fault_that_passes_is_recovered_from(
    service: EdgeService, engines_at: Open, fault: Fault
) -> None:
    service.behaviour.faults = [fault, Fault.NONE]
    if fault is Fault.RESET_AT_ONCE:  # aiohttp itself connects once more after a reset
        service.behaviour.faults = [fault, fault, Fault.NONE]
    assert whole(say(engines_at(service.url)))
    assert service.behaviour.faults == []


@pytest.mark.parametrize(("fault", "sentence"), INTERRUPTIONS.items())
def test_a_fault_that_stays_is_named_after_four_tries(
    service: EdgeService, engines_at: Open, fault: Fault, sentence: str
) -> None:
    service.behaviour.always = fault
    with pytest.raises(SpeechInterrupted, match=rf"{sentence}.* \(tried 4 times\)"):
        say(engines_at(service.url))
    assert len(service.arrivals) == (8 if fault is Fault.RESET_AT_ONCE else 4)


def test_slow_bytes_are_waited_for(service: EdgeService, engines_at: Open) -> None:
    service.behaviour.always = Fault.SLOW_BYTES  # slower than the longest silence in sum only
    assert whole(say(engines_at(service.url)))
    assert len(service.arrivals) == 1


def test_a_clock_that_is_wrong_is_corrected_once(
    service: EdgeService, engines_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DRM, "clock_skew_seconds", 0.0)
    service.behaviour.clock_ahead_s = 3600
    engines = engines_at(service.url)
    assert whole(say(engines))
    assert len(service.arrivals) == 2
    say(engines)
    assert len(service.arrivals) == 3


def test_a_client_that_is_refused_gives_the_engine_up_for_the_run(
    service: EdgeService, engines_at: Open
) -> None:
    service.behaviour.always = Fault.FORBIDDEN
    engines = engines_at(service.url)
    for _item in range(5):
        with pytest.raises(EngineUnavailable, match=r"HTTP 403.*Set this computer's clock"):
            say(engines)
    assert len(service.arrivals) == 2  # the first, and edge-tts's own second
    engines.begin_run()
    service.behaviour.always = Fault.NONE
    assert whole(say(engines))


def test_a_refused_request_is_not_repeated(service: EdgeService, engines_at: Open) -> None:
    service.behaviour.always = Fault.BAD_REQUEST
    with pytest.raises(CannotSpeak, match=r"refuses this request \(HTTP 400\)"):
        say(engines_at(service.url))
    assert len(service.arrivals) == 1


def test_retry_after_is_respected(service: EdgeService, engines_at: Open) -> None:
    service.behaviour = Behaviour(faults=[Fault.SLOW_DOWN], retry_after="1")
    assert whole(say(engines_at(service.url)))
    first, second = service.arrivals
    assert second - first >= 1


def test_a_service_that_wants_an_hour_is_not_waited_for(
    service: EdgeService, engines_at: Open
) -> None:
    service.behaviour = Behaviour(always=Fault.SLOW_DOWN, retry_after="3600")
    with pytest.raises(SpeechInterrupted, match=r"slow down.*\(tried 1 time\)") as caught:
        say(engines_at(service.url))
    assert caught.value.retry_after_s == 3600
    assert len(service.arrivals) == 1


def test_a_closed_port_is_asked_once_in_a_run(engines_at: Open) -> None:
    engines = engines_at(f"http://127.0.0.1:{closed_port()}")
    for _item in range(3):
        with pytest.raises(EngineUnavailable, match=r"cannot be reached.*use a local voice"):
            say(engines)


def test_a_name_that_does_not_resolve_is_said_to_be_unreachable(engines_at: Open) -> None:
    # RFC 6761: names under .invalid never resolve.
    with pytest.raises(EngineUnavailable, match=r"edge: the service cannot be reached"):
        say(engines_at("http://speech.invalid:80"))


def test_a_network_lost_in_mid_run_is_not_asked_again_until_the_next(
    service: EdgeService, engines_at: Open
) -> None:
    with EdgeService() as leaving:
        engines = engines_at(leaving.url)
        assert whole(say(engines))
        port = int(leaving.url.rpartition(":")[2])
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        say(engines)
    with EdgeService(port=port) as back:
        with pytest.raises(EngineUnavailable, match="cannot be reached"):
            say(engines)
        assert back.arrivals == []
        engines.begin_run()
        assert whole(say(engines))


def test_other_workers_do_not_probe_again(service: EdgeService, engines_at: Open) -> None:
    engines = engines_at(service.url)
    with ThreadPoolExecutor(8) as workers:
        spoken = list(workers.map(lambda _n: say(engines), range(16)))
    assert all(whole(speech) for speech in spoken)
    assert service.probes == 1


def test_a_proxy_is_used_and_its_absence_said(service: EdgeService, tmp_path: Path) -> None:
    for proxy, reachable in ((service.url, True), (f"http://127.0.0.1:{closed_port()}", False)):
        # RFC 6761: only a proxy could know this name.
        settings = SpeechSettings(edge_url="http://speech.invalid", edge_proxy=proxy)
        engines = Engines(settings, tmp_path, extra={"edge": EdgeEngine}, patience=QUICK)
        if reachable:
            assert whole(say(engines))
        else:
            with pytest.raises(EngineUnavailable, match="cannot be reached"):
                say(engines)


def test_a_local_engine_is_neither_probed_nor_retried(engines_at: Open) -> None:
    engines = engines_at(f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(EngineUnavailable):
        say(engines)
    assert engines.speak(Utterance(text="sheep"), engines.voice("espeak:en-gb")).duration_s > 0.2


def test_every_fault_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "edge-faults.md").read_text(encoding="utf-8")
    assert [fault.value for fault in Fault if fault.value not in page] == []


def test_errors_travel_between_processes(service: EdgeService, engines_at: Open) -> None:
    service.behaviour = Behaviour(always=Fault.SLOW_DOWN, retry_after="3600")
    with pytest.raises(SpeechError) as caught:
        say(engines_at(service.url))
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.retry_after_s) == (str(caught.value), 3600)
