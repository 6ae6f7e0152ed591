"""Edge's voices: always known ones, the full list, its cache, and being offline."""

import json
from pathlib import Path

import pytest

from servers.edge import Behaviour, EdgeService, Fault, closed_port
from voicemill.errors import EngineUnavailable, UnknownName
from voicemill.settings import SpeechSettings
from voicemill.speech.edge import EdgeEngine
from voicemill.speech.engines import Engines

OFFLINE = "http://127.0.0.1"
NAMED = {
    "en-US-AriaNeural": ("en-US", "female", "American"),
    "en-US-GuyNeural": ("en-US", "male", "American"),
    "en-US-JennyNeural": ("en-US", "female", "American"),
    "en-GB-SoniaNeural": ("en-GB", "female", "British"),
    "en-GB-RyanNeural": ("en-GB", "male", "British"),
    "en-AU-NatashaNeural": ("en-AU", "female", "Australian"),
    "en-AU-WilliamNeural": ("en-AU", "male", "Australian"),
    "vi-VN-HoaiMyNeural": ("vi-VN", "female", "Vietnam"),
    "vi-VN-NamMinhNeural": ("vi-VN", "male", "Vietnam"),
    "zh-CN-XiaoxiaoNeural": ("zh-CN", "female", "China"),
    "zh-CN-YunxiNeural": ("zh-CN", "male", "China"),
    "hi-IN-SwaraNeural": ("hi-IN", "female", "India"),
    "hi-IN-MadhurNeural": ("hi-IN", "male", "India"),
}


def edge_at(url: str, root: Path) -> EdgeEngine:
    return EdgeEngine(SpeechSettings(edge_url=url), root)


def offline(root: Path) -> EdgeEngine:
    return edge_at(f"{OFFLINE}:{closed_port()}", root)


def test_the_named_voices_are_known_without_a_network(tmp_path: Path) -> None:
    voices = offline(tmp_path).voices()
    assert {v.name: (v.language, v.gender, v.accent) for v in voices} == NAMED
    assert voices[0].id == "edge:en-US-AriaNeural"
    assert all(voice.installed for voice in voices)


def test_a_voice_that_is_not_known_is_looked_up_and_kept(tmp_path: Path) -> None:
    with EdgeService() as service:
        edge = edge_at(service.url, tmp_path)
        denise = edge.find("fr-FR-DeniseNeural")
        assert denise is not None
        assert (denise.language, denise.gender, denise.accent) == ("fr-FR", "female", "France")
        assert edge.find("xx-XX-NobodyNeural") is None
        assert service.listings == 1
    again = offline(tmp_path)
    assert again.find("fr-FR-DeniseNeural") == denise
    assert len(again.voices()) == 16
    assert again.voices()[0].name == "en-US-AriaNeural"


def test_what_cannot_be_a_name_is_not_looked_up(tmp_path: Path) -> None:
    with EdgeService() as service:
        edge = edge_at(service.url, tmp_path)
        assert [edge.find(name) for name in ("", "aria", "../x", "en-US-Aria")] == [None] * 4
        assert service.listings == 0
        engines = Engines(SpeechSettings(), tmp_path, extra={"edge": lambda _s, _r: edge})
        with pytest.raises(UnknownName, match="edge:en-US-AriaNeural"):
            engines.voice("edge:en-US-AriaNeura")


def test_offline_a_voice_that_may_exist_is_unavailable_not_unknown(tmp_path: Path) -> None:
    edge = offline(tmp_path)
    for _again in range(2):
        with pytest.raises(EngineUnavailable, match=r"fr-FR-DeniseNeural.*cannot be asked now"):
            edge.find("fr-FR-DeniseNeural")


def test_refreshing_says_what_there_is_and_from_when(tmp_path: Path) -> None:
    with EdgeService() as service:
        engines = Engines(
            SpeechSettings(edge_url=service.url), tmp_path, extra={"edge": EdgeEngine}
        )
        sentences = [line for line in engines.refresh_voices() if line.startswith("edge")]
    assert sentences[0].startswith("edge: 16 voices, listed on 20")


def test_offline_an_old_list_is_used_and_says_its_date(tmp_path: Path) -> None:
    with EdgeService() as service:
        edge_at(service.url, tmp_path).refresh_voices()
    file = tmp_path / "output" / "cache" / "edge-voices.json"
    kept = json.loads(file.read_text(encoding="utf-8"))
    kept["fetched"] = "2020-02-02T10:00:00+00:00"
    file.write_text(json.dumps(kept), encoding="utf-8")
    sentence = offline(tmp_path).refresh_voices()
    assert sentence.startswith("edge: 16 voices, the list of 2020-02-02; edge: the service cannot")


def test_offline_without_a_list_the_known_voices_are_offered(tmp_path: Path) -> None:
    sentence = offline(tmp_path).refresh_voices()
    assert sentence.startswith("edge: 13 voices, those known; edge: the service cannot be reached")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"fetched": "soon", "voices": []}'])
def test_a_damaged_list_is_fetched_anew(tmp_path: Path, content: str) -> None:
    file = tmp_path / "output" / "cache" / "edge-voices.json"
    file.parent.mkdir(parents=True)
    file.write_text(content, encoding="utf-8")
    assert len(offline(tmp_path).voices()) == 13
    with EdgeService() as service:
        assert "16 voices, listed on" in edge_at(service.url, tmp_path).refresh_voices()
    assert len(offline(tmp_path).voices()) == 16


def test_a_known_voice_that_the_service_dropped_names_another(tmp_path: Path) -> None:
    gone = frozenset({"en-AU-WilliamNeural"})
    with EdgeService(Behaviour(gone_voices=gone)) as service:
        engines = Engines(
            SpeechSettings(edge_url=service.url), tmp_path, extra={"edge": EdgeEngine}
        )
        engines.refresh_voices()
        with pytest.raises(EngineUnavailable, match="such as edge:en-AU-WilliamMultilingualNeural"):
            engines.voice("edge:en-AU-WilliamNeural")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.OVERLOADED, "HTTP 503"),
        (Fault.WRONG_CONTENT_TYPE, "a malformed message"),
    ],
)
def test_a_list_that_is_none_leaves_the_known_voices(
    tmp_path: Path, fault: Fault, reason: str
) -> None:
    with EdgeService(Behaviour(always=fault)) as service:
        sentence = edge_at(service.url, tmp_path).refresh_voices()
    assert sentence.startswith("edge: 13 voices, those known")
    assert reason in sentence
