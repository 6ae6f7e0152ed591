from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from voicemill import Studio
from voicemill.audio import Clip, Encoding, encode_clip, measure_file, read_clip, read_tags
from voicemill.catalog import Item
from voicemill.errors import (
    AudioError,
    ItemLocked,
    ItemUnknown,
    MasteringError,
    TableError,
    UnknownName,
    UnreadableAudio,
)
from voicemill.production.recordings.importing import Origin, add_recording, import_recordings
from voicemill.production.recordings.matching import match_recordings
from voicemill.speech.engine import Utterance
from workbench import ESPEAK, PIPER

MARIA = Origin("Maria Nguyễn", "CC BY 4.0", "Maria N., Huế", "microphone")
WORDS = {"a": "shoe", "b": "sheep", "c": "ship", "d": "shop", "e": "fish", "f": "measure"}

Write = Callable[[Clip], bytes]


@pytest.fixture
def speak(studio: Studio) -> Callable[..., Clip]:
    def spoken(text: str, voice: str = PIPER) -> Clip:
        speech = studio.shop.engines.speak(
            Utterance(text, language="en-US"), studio.shop.engines.voice(voice)
        )
        return Clip(speech.samples, speech.rate_hz)

    return spoken


@pytest.fixture
def words(studio: Studio) -> dict[str, Item]:
    """A collection of six words, which the catalog knows."""
    table = pd.DataFrame({"key": list(WORDS), "text": list(WORDS.values())})
    items = studio.read(table, collection="words")
    studio.catalog.items.save(items.to_dict("records"))
    return {item.key: item for item in studio.catalog.items.table("words")}


def encoded(audio_format: str) -> Write:
    return lambda clip: encode_clip(clip, Encoding(audio_format))


def webm(clip: Clip) -> bytes:
    """Return WebM as browsers record it: Opus, written as it comes, without a length."""
    import av

    clip, target = clip.resampled(48_000), BytesIO()
    with av.open(target, "w", format="webm", options={"live": "1"}) as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(clip.samples[np.newaxis, :], "flt", "mono")
        frame.sample_rate = 48_000
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return target.getvalue()


def stereo(clip: Clip) -> bytes:
    """Return a WAV with the voice a little to the left, as a recorder on a table hears it."""
    target = BytesIO()
    both = np.stack([clip.samples, 0.6 * clip.samples], axis=1)
    soundfile.write(target, both, clip.rate_hz, format="WAV", subtype="PCM_24")
    return target.getvalue()


def with_room(clip: Clip, seconds: float = 1.5, noise_db: float = -75.0) -> Clip:
    """Return the clip with a quiet room before and after it."""
    padded = clip.padded(seconds, seconds)
    hiss = np.random.default_rng(7).normal(0, 10 ** (noise_db / 20), len(padded))
    return Clip((padded.samples + hiss).astype(np.float32), clip.rate_hz)


def with_hum(clip: Clip, level_db: float) -> Clip:
    """Return the clip with the mains in it: 50 Hz and its overtones."""
    t = np.arange(len(clip)) / clip.rate_hz
    hum = sum(np.sin(2 * np.pi * 50 * n * t) / n for n in (1, 2, 3))
    return Clip((clip.samples + 10 ** (level_db / 20) * hum).astype(np.float32), clip.rate_hz)


# name: sample rate in Hz, gain in dB, and the kind of file
KINDS: dict[str, tuple[int, float, Write]] = {
    "wav at 44.1 kHz": (44_100, 0, encoded("wav")),
    "m4a of a telephone": (48_000, -10, encoded("m4a")),
    "mp3, soft": (44_100, -26, encoded("mp3")),
    "ogg": (48_000, -6, encoded("ogg")),
    "opus": (48_000, -6, encoded("opus")),
    "flac of a studio": (96_000, -12, encoded("flac")),
    "webm of a browser": (48_000, -12, webm),
    "stereo": (48_000, -3, stereo),
    "narrow band": (8_000, 0, encoded("wav")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_recording_of_any_kind_sounds_as_finished_as_speech(
    kind: str, studio: Studio, words: dict[str, Item], speak: Callable[..., Clip]
) -> None:
    rate_hz, gain_db, write = KINDS[kind]
    raw = with_room(speak("measure").amplified(gain_db), noise_db=gain_db - 70).resampled(rate_hz)
    source = add_recording(write(raw), words["f"], studio.shop, MARIA)
    data = studio.store.read(source.file)
    measures, checks = measure_file(data, studio.shop.profiles["web"])
    assert [check.sentence for check in checks if not check.passed] == []
    assert raw.duration_s > 3
    assert measures.duration_s < raw.duration_s - 2.6, "the room around the word is gone"
    assert measures.head_s < 0.1
    assert measures.tail_s < 0.25
    assert source.duration_s == measures.duration_s
    assert source.metadata["recording"]["rate_hz"] == rate_hz
    assert all(check["passed"] for check in source.metadata["checks"]), source.metadata["checks"]


def test_what_is_kept_says_whose_voice_it_is(
    studio: Studio, words: dict[str, Item], speak: Callable[..., Clip]
) -> None:
    data = encode_clip(speak("shoe"), Encoding("wav"))
    source = add_recording(data, words["a"], studio.shop, MARIA)
    [kept] = studio.catalog.sources.of_item(words["a"].id)
    assert source == replace(kept, asked=0, created_at=None, updated_at=None)
    assert (source.source_type, source.voice, source.cached_until) == (
        "native",
        "Maria Nguyễn",
        None,
    )
    assert (source.licence, source.attribution, source.origin) == (
        "CC BY 4.0",
        "Maria N., Huế",
        "microphone",
    )
    assert Path(source.file).name.startswith("a_shoe_Maria-Nguyễn_")
    tags = read_tags(studio.store.read(source.file))
    assert (tags.title, tags.artist, tags.licence) == ("a (shoe)", "Maria Nguyễn", "CC BY 4.0")
    best = studio.best_audio("words", "a")
    assert (best.source_type, best.status) == ("native", "success")


def test_the_same_recording_is_kept_once_for_each_profile(
    studio: Studio, words: dict[str, Item], speak: Callable[..., Clip]
) -> None:
    data = encode_clip(speak("shoe"), Encoding("wav"))
    first = add_recording(data, words["a"], studio.shop, MARIA)
    again = add_recording(data, words["a"], studio.shop, replace(MARIA, came_from="shoe.wav"))
    assert again.id == first.id
    assert again.origin == "microphone"
    other = add_recording(data, words["a"], studio.shop, MARIA, profile="archive")
    assert other.id != first.id
    assert (other.format, other.profile) == ("flac", "archive")
    assert len(studio.store.sizes()) == 2


def test_a_corrected_licence_replaces_what_the_source_says(
    studio: Studio, words: dict[str, Item], speak: Callable[..., Clip]
) -> None:
    data = encode_clip(speak("shoe"), Encoding("wav"))
    first = add_recording(data, words["a"], studio.shop, MARIA)
    mended = replace(MARIA, speaker="Mai", licence="CC0")
    second = add_recording(data, words["a"], studio.shop, mended)
    assert (second.id, second.licence, second.voice) == (first.id, "CC0", "Mai")
    assert read_tags(studio.store.read(second.file)).licence == "CC0"
    assert list(studio.store.sizes()) == [second.file]


def test_a_lost_file_is_made_again_from_its_recording(
    studio: Studio, words: dict[str, Item], speak: Callable[..., Clip]
) -> None:
    data = encode_clip(speak("shoe"), Encoding("wav"))
    first = add_recording(data, words["a"], studio.shop, MARIA)
    studio.store.delete(first.file)
    again = add_recording(data, words["a"], studio.shop, MARIA)
    assert again.id == first.id
    assert studio.store.size(again.file) == again.size_bytes


def test_what_is_no_recording_of_one_item_is_refused(
    studio: Studio, words: dict[str, Item], speak: Callable[..., Clip]
) -> None:
    def add(data: bytes, item: Item = words["a"], profile: str = "") -> None:
        add_recording(data, item, studio.shop, MARIA, profile)

    def flac(samples: np.ndarray) -> bytes:
        return encode_clip(Clip(samples.astype(np.float32), 8_000), Encoding("flac"))

    shoe = encode_clip(speak("shoe", ESPEAK), Encoding("wav"))
    hiss = np.random.default_rng(7).normal(0, 0.1, 601 * 8_000)
    with pytest.raises(UnreadableAudio, match=r"^microphone: it is not audio.*PDF"):
        add(b"%PDF-1.7 something else")
    with pytest.raises(UnreadableAudio, match="empty"):
        add(b"")
    with pytest.raises(MasteringError, match=r"^microphone: it is silent.*Record it again"):
        add(flac(np.zeros(8_000)))
    with pytest.raises(AudioError, match=r"^microphone: it lasts more than 10 minutes"):
        add(flac(hiss))
    with pytest.raises(UnknownName, match="profile"):
        add(shoe, profile="wob")
    with pytest.raises(ItemUnknown):
        add(shoe, replace(words["a"], key="z"))
    studio.catalog.items.lock("words", "a")
    with pytest.raises(ItemLocked, match=r"words 'a': .*Unlock it first"):
        add(shoe)
    assert studio.store.sizes() == {}
    assert studio.sources().empty


def recorded(folder: Path, **files: bytes) -> Path:
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def test_a_folder_of_recordings_becomes_native_sources(
    studio: Studio, words: dict[str, Item], speak: Callable[..., Clip], tmp_path: Path
) -> None:
    folder = recorded(
        tmp_path / "maria",
        **{
            "shoe.wav": encode_clip(with_room(speak("shoe")), Encoding("wav")),
            "02 sheep.m4a": encode_clip(with_room(speak("sheep")), Encoding("m4a")),
            "SHIP.MP3": encode_clip(with_room(speak("ship")), Encoding("mp3")),
            "shop (take 2).ogg": encode_clip(with_room(speak("shop")), Encoding("ogg")),
            "b_sheep.webm": webm(with_room(speak("sheep"))),
            "vissen.wav": encode_clip(with_room(speak("fish")), Encoding("wav")),
        },
    )
    matches = match_recordings(folder, "words", studio.shop)
    matches["name"] = [Path(file).name for file in matches["file"]]
    matches = matches.set_index("name")
    assert matches["key"].to_dict() == {
        "02 sheep.m4a": "",
        "SHIP.MP3": "c",
        "b_sheep.webm": "",
        "shoe.wav": "a",
        "shop (take 2).ogg": "d",
        "vissen.wav": "",
    }
    # A person listens, chooses one of two, and knows what the third is.
    matches.loc["b_sheep.webm", "key"] = "b"
    matches.loc["vissen.wav", "key"] = "e"
    result = import_recordings(matches, "words", studio.shop, MARIA)
    assert sorted(result["key"]) == ["a", "b", "c", "d", "e"]
    assert set(result["status"]) == {"imported"}
    assert set(result["reason"]) == {""}
    assert result["loudness_lufs"].between(-17, -15).all()
    assert (result["peak_dbtp"] <= -1).all()
    for row in result.itertuples():
        source = studio.catalog.sources.get(int(row.source_id))
        assert source is not None
        assert source.origin == Path(row.file).name
        measures, _checks = measure_file(
            studio.store.read(source.file), studio.shop.profiles["web"]
        )
        assert measures.loudness_lufs == pytest.approx(row.loudness_lufs)
        assert measures.duration_s == row.duration_s < 2

    again = match_recordings(folder, "words", studio.shop)
    assert again["status"].value_counts().to_dict() == {"already imported": 5, "doubtful": 1}
    known = again.set_index("file").loc[str(folder / "vissen.wav")]
    assert (known["key"], known["matched_by"]) == ("e", "recording")
    assert "'b_sheep.webm' is for the same item" in " ".join(again["reason"])
    repeated = import_recordings(again, "words", studio.shop, MARIA)
    assert set(repeated["status"]) == {"already imported"}
    assert sorted(repeated["source_id"]) == sorted(result["source_id"])
    assert len(studio.store.sizes()) == 5


def test_one_recording_that_fails_leaves_the_others_alone(
    studio: Studio, words: dict[str, Item], speak: Callable[..., Clip], tmp_path: Path
) -> None:
    shoe = encode_clip(speak("shoe", ESPEAK), Encoding("wav"))
    silent = encode_clip(Clip(np.zeros(8_000, np.float32), 8_000), Encoding("wav"))
    folder = recorded(
        tmp_path / "mixed", shoe=shoe, text=b"not audio at all", silent=silent, more=shoe + b"\0\0"
    )
    studio.catalog.items.lock("words", "c")
    choices = {"text": "a", "silent": "b", "gone": "d", "shoe": "c", "more": "shoes", "": None}
    matches = pd.DataFrame(
        [{"file": str(folder / name), "key": key} for name, key in choices.items()]
        + [{"file": str(folder / "shoe"), "key": " f "}]
    )
    result = import_recordings(matches, "words", studio.shop, MARIA).set_index("key")
    assert result["status"].to_dict() == {**dict.fromkeys("abcd", "failed"), "shoes": "failed"} | {
        "f": "imported"
    }
    for key, reason in {
        "a": "it is not audio",
        "b": "it is silent",
        "c": "this item is locked",
        "d": "cannot be read",
        "shoes": "there is no item 'shoes'",
    }.items():
        assert reason in result.loc[key, "reason"]
    assert pd.isna(result.loc["a", "source_id"])
    assert studio.sources()["key"].tolist() == ["f"]


def test_an_unknown_key_names_close_ones(
    studio: Studio, speak: Callable[..., Clip], tmp_path: Path
) -> None:
    table = pd.DataFrame({"key": ["sheep", "ship"], "text": ["sheep", "ship"]})
    items = studio.read(table, collection="boats")
    studio.catalog.items.save(items.to_dict("records"))
    folder = recorded(tmp_path / "one", shoe=encode_clip(speak("sheep"), Encoding("wav")))
    matches = pd.DataFrame({"file": [str(folder / "shoe")], "key": ["sheeep"]})
    result = import_recordings(matches, "boats", studio.shop, MARIA)
    assert result["status"][0] == "failed"
    assert "Close: sheep" in result["reason"][0]


def test_a_clipped_or_noisy_recording_is_kept_and_says_so(
    studio: Studio, words: dict[str, Item], speak: Callable[..., Clip], tmp_path: Path
) -> None:
    loud = with_room(speak("shoe")).amplified(14)
    clipped = Clip(np.clip(loud.samples, -1, 1), loud.rate_hz)
    folder = recorded(
        tmp_path / "poor",
        **{
            "shoe.wav": encode_clip(clipped, Encoding("wav")),
            "sheep.m4a": encode_clip(with_hum(with_room(speak("sheep")), -28), Encoding("m4a")),
            "ship.wav": encode_clip(with_room(speak("ship"), noise_db=-30), Encoding("wav")),
            "shop.wav": encode_clip(with_hum(with_room(speak("shop")), -60), Encoding("wav")),
        },
    )
    matches = match_recordings(folder, "words", studio.shop)
    result = import_recordings(matches, "words", studio.shop, MARIA).set_index("key")
    assert set(result["status"]) == {"imported"}
    assert "the recording is clipped in" in result.loc["a", "reason"]
    assert "background noise is only" in result.loc["b", "reason"]
    assert "background noise is only" in result.loc["c", "reason"]
    assert result.loc["d", "reason"] == ""
    hummed = studio.catalog.sources.get(int(result.loc["d", "source_id"]))
    assert hummed is not None
    assert read_clip(studio.store.read(hummed.file)).duration_s < 1.2, "hum counts as silence"


def test_a_rule_the_recording_cannot_keep_is_named(
    studio: Studio, words: dict[str, Item], speak: Callable[..., Clip], tmp_path: Path
) -> None:
    soft = with_room(speak("shoe").amplified(-30), noise_db=-90)
    knocked = np.array(soft.samples)
    knocked[len(knocked) // 2] = 0.9  # somebody knocked at the microphone
    data = encode_clip(Clip(knocked, soft.rate_hz), Encoding("wav"))
    folder = recorded(tmp_path / "knocked", **{"shoe.wav": data})
    matches = match_recordings(folder, "words", studio.shop)
    result = import_recordings(matches, "words", studio.shop, MARIA)
    assert result["status"][0] == "imported"
    assert result["loudness_lufs"][0] < -17
    assert "loudness" in result["reason"][0]
    assert "below −17" in result["reason"][0]


def test_a_table_of_something_else_is_refused(
    studio: Studio, words: dict[str, Item], tmp_path: Path
) -> None:
    with pytest.raises(TableError, match="no column 'key'"):
        import_recordings(pd.DataFrame({"file": ["a.wav"]}), "words", studio.shop, MARIA)
    table = pd.DataFrame({"file": ["a.wav"], "key": ["a"]})
    with pytest.raises(ItemUnknown, match="no collection 'wrods'"):
        import_recordings(table, "wrods", studio.shop, MARIA)
    with pytest.raises(UnknownName, match="profile"):
        import_recordings(table, "words", studio.shop, MARIA, profile="wob")


def test_a_table_that_went_through_a_spreadsheet_still_works(
    studio: Studio, speak: Callable[..., Clip], tmp_path: Path
) -> None:
    table = pd.DataFrame({"key": ["1", "2"], "text": ["shoe", "sheep"]})
    items = studio.read(table, collection="numbered")
    studio.catalog.items.save(items.to_dict("records"))
    shoe = encode_clip(speak("shoe", ESPEAK), Encoding("wav"))
    folder = recorded(tmp_path / "some", **{"shoe.wav": shoe, "other.wav": shoe + b"\0"})
    matches = match_recordings(folder, "numbered", studio.shop)
    matches.to_csv(tmp_path / "matches.csv", index=False)
    back = pd.read_csv(tmp_path / "matches.csv")
    assert back["key"].dtype == "float64"
    result = import_recordings(back, "numbered", studio.shop, MARIA)
    assert result[["key", "status"]].to_numpy().tolist() == [["1", "imported"]]
