import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pathvalidate import sanitize_filename

from voicemill import Studio
from voicemill.audio import Clip, Encoding, encode_clip
from voicemill.catalog import FileName, Item
from voicemill.errors import ItemUnknown, StoreError
from voicemill.production.recordings.matching import match_recordings
from voicemill.production.recordings.names import RecordingNames
from voicemill.speech.engine import Utterance
from workbench import ESPEAK

Match = Callable[..., pd.DataFrame]


@pytest.fixture
def recording(studio: Studio) -> bytes:
    """A word as a person might have recorded it."""
    spoken = studio.shop.engines.speak(
        Utterance("shoe", language="en-GB"), studio.shop.engines.voice(ESPEAK)
    )
    return encode_clip(Clip(spoken.samples, spoken.rate_hz), Encoding("wav"))


@pytest.fixture
def match(studio: Studio, recording: bytes, tmp_path: Path) -> Match:
    """Put recordings of these names into a new folder and match them."""
    folders = iter(range(1000))

    def matched(*names: str, collection: str = "") -> pd.DataFrame:
        collection = collection or studio.catalog.items.table()[0].collection
        folder = tmp_path / f"recordings {next(folders)}"
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(recording)
        table = match_recordings(folder, collection, studio.shop)
        table["name"] = [Path(file).name for file in table["file"]]
        return table.set_index("name")

    return matched


@pytest.fixture
def phonemes(studio: Studio) -> None:
    items = studio.read("data/phonemes.csv", kind="phonemes")
    studio.catalog.items.save(items.to_dict("records"))


def save_words(studio: Studio, collection: str = "words", **texts: str) -> None:
    table = pd.DataFrame({"key": list(texts), "text": list(texts.values())})
    items = studio.read(table, collection=collection)
    studio.catalog.items.save(items.to_dict("records"))


def expected(table: pd.DataFrame, name: str) -> tuple[str, str]:
    return str(table.loc[name, "status"]), str(table.loc[name, "key"])


@pytest.mark.usefixtures("phonemes")
def test_names_as_people_have_them_find_their_item(match: Match) -> None:
    wanted = {
        "ʃ.wav": ("ʃ", "symbol"),
        "ʃ_shop.m4a": ("ʃ", "symbol"),
        "01 shop.mp3": ("ʃ", "word"),
        "shop (take 2).wav": ("ʃ", "word"),
        "shop (2).wav": ("ʃ", "word"),
        "shop-2.wav": ("ʃ", "word"),
        "shop - Copy.wav": ("ʃ", "word"),
        "SHOP.WAV": ("ʃ", "word"),
        "phoneme-iː-tree.wav": ("iː", "symbol"),
        "maria iː tree final.wav": ("iː", "symbol"),
        "i:.wav": ("iː", "symbol"),
        "i_.wav": ("iː", "symbol"),
        "[tʃ].wav": ("tʃ", "symbol"),
        "g.wav": ("ɡ", "symbol"),
        "∫.wav": ("ʃ", "symbol"),
        "kæt.wav": ("æ", "symbol"),
        "ɪ.wav": ("ɪ", "symbol"),
        "ɪ 3.ogg": ("ɪ", "symbol"),
        "ˈmeʒə.webm": ("ʒ", "symbol"),
        "'meʒə.webm": ("ʒ", "symbol"),
        "ʃ_shop_en_US-joe-medium_1a2b3c4d.mp3": ("ʃ", "key"),
    }
    found = {name: match(name).iloc[0] for name in wanted}
    assert {name: (row["key"], row["matched_by"]) for name, row in found.items()} == wanted
    assert {row["status"] for row in found.values()} == {"matched"}
    assert {row["reason"] for row in found.values()} == {""}


@pytest.mark.usefixtures("phonemes")
def test_weak_names_are_left_to_a_person_with_candidates_and_a_reason(match: Match) -> None:
    wanted = {
        "big shop.wav": ("ʃ", "also says 'big'"),
        "a shop b.wav": ("ʃ, b", "fits several items"),
        "shop cat.wav": ("æ, ʃ", "fits several items"),
        "shops.wav": ("ʃ", "only like"),
        "P.wav": ("p", "only like"),
        "03.wav": ("e", "only a number"),
        "track 12.wav": ("", "no item's symbol"),
        "New Recording 5.m4a": ("", "no item's symbol"),
        "hello.wav": ("", "no item's symbol"),
        "shop_maria_20240131.wav": ("ʃ", "also says 'maria'"),
    }
    for name, (candidates, reason) in wanted.items():
        row = match(name).iloc[0]
        assert row["status"] == ("doubtful" if candidates else "unmatched"), name
        assert row["key"] == "", name
        assert sorted(row["candidates"].split(", ")) == sorted(candidates.split(", ")), name
        assert reason in row["reason"], name


def test_decomposed_names_of_macos_are_the_same_names(studio: Studio, match: Match) -> None:
    save_words(studio, greeting="Xin chào", café="café")
    table = match(*(unicodedata.normalize("NFD", name) for name in ("xin chào.m4a", "café.wav")))
    assert sorted(table["key"]) == ["café", "greeting"]
    assert set(table["status"]) == {"matched"}


def test_separators_and_forbidden_characters_make_no_difference(
    studio: Studio, match: Match
) -> None:
    save_words(studio, **{"a/b?": "either", "c": "ice cream", "d": "What's that?"})
    names = {
        "ab.wav": "a/b?",
        "a_b_.wav": "a/b?",
        "a-b.wav": "a/b?",
        "Ice_Cream.wav": "c",
        "ice-cream.wav": "c",
        "07 ICE CREAM (3).wav": "c",
        "Whats that.wav": "d",
    }
    assert {name: expected(match(name), name) for name in names} == {
        name: ("matched", key) for name, key in names.items()
    }


def test_symbols_are_told_apart_by_case_and_words_are_not(studio: Studio, match: Match) -> None:
    items = pd.DataFrame({"symbol": ["i", "ɪ", "iː", "r", "ʀ"], "example_word": [*"vwxyz"]})
    rows = studio.read(items, kind="phonemes", collection="close")
    studio.catalog.items.save(rows.to_dict("records"))
    table = match("i.wav", "ɪ.wav", "iː.wav", "r.wav", "ʀ.wav", "W.wav", collection="close")
    assert table["key"].to_dict() == {
        "i.wav": "i",
        "ɪ.wav": "",
        "iː.wav": "iː",
        "r.wav": "r",
        "ʀ.wav": "ʀ",
        "W.wav": "",
    }
    assert "same item" in table.loc["W.wav", "reason"]
    # What an underscore stands for cannot be told where both symbols exist.
    row = match("i_.wav", collection="close").iloc[0]
    assert (row["status"], row["candidates"]) == ("doubtful", "i, iː")


def test_two_files_for_one_item_are_for_a_person_to_choose_from(
    studio: Studio, match: Match
) -> None:
    save_words(studio, a="shoe", b="ship", c="shop")
    table = match("shoe.wav", "shoe (take 2).wav", "takes/ship.wav", "shop.wav", "shop shoe.wav")
    assert expected(table, "shoe.wav") == ("doubtful", "")
    assert expected(table, "shoe (take 2).wav") == ("doubtful", "")
    assert table.loc["shoe.wav", "candidates"] == "a"
    assert table.loc["shoe.wav", "reason"] == "'shoe (take 2).wav' is for the same item; keep one"
    assert expected(table, "ship.wav") == ("matched", "b")
    # A file that is doubtful itself does not cast doubt on another.
    assert expected(table, "shop.wav") == ("matched", "c")


def test_two_items_of_one_word_are_for_a_person_to_choose_from(
    studio: Studio, match: Match
) -> None:
    save_words(studio, lead="lead", metal="Lead")
    row = match("LEAD.wav").iloc[0]
    assert (row["status"], row["key"], row["candidates"]) == ("doubtful", "", "lead, metal")
    assert "fits several items" in row["reason"]


def test_a_number_is_a_key_only_where_keys_are_numbers(studio: Studio, match: Match) -> None:
    save_words(studio, **{"7": "shoe", "12": "ship", "13": "ship 2"})
    names = {
        "007.wav": ("matched", "7"),
        "page-012.wav": ("matched", "12"),
        "7 shoe.wav": ("matched", "7"),
        "12 shoe.wav": ("doubtful", ""),
        "Recording 7.wav": ("doubtful", ""),
        "ship 2.wav": ("matched", "13"),
        "ship (2).wav": ("doubtful", ""),
    }
    assert {name: expected(match(name), name) for name in names} == names


def test_what_most_files_share_is_a_label_not_a_doubt(studio: Studio, match: Match) -> None:
    save_words(studio, a="shoe", b="ship", c="shop")
    table = match("maria_shoe.wav", "maria_ship.wav", "maria_shop_new.wav")
    assert expected(table, "maria_shoe.wav") == ("matched", "a")
    assert expected(table, "maria_ship.wav") == ("matched", "b")
    assert expected(table, "maria_shop_new.wav") == ("doubtful", "")


def test_recordings_are_known_by_content_whatever_their_ending(
    studio: Studio, recording: bytes, tmp_path: Path
) -> None:
    save_words(studio, a="shoe", b="ship", c="shop", d="sheep")
    contents = {
        "shoe.rec": recording,
        "ship": recording,
        "shop.mp3": b"<html>not found</html>",
        "sheep.wav": recording[: len(recording) // 2],
        "._sheep.wav": b"\x00\x05\x16\x07\x00\x02\x00\x00",
        "notes.txt": "\ufeffshoe, ship".encode("utf-16-le"),
        "cover.webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
        ".trash/shoe.wav": recording,
    }
    for name, data in contents.items():
        (tmp_path / "mixed" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mixed" / name).write_bytes(data)
    table = match_recordings(tmp_path / "mixed", "words", studio.shop)
    table.index = pd.Index([Path(file).name for file in table["file"]])
    assert table["status"].to_dict() == {
        "shoe.rec": "matched",
        "ship": "matched",
        "shop.mp3": "unreadable",
        "sheep.wav": "unreadable",
    }
    assert "web page" in table.loc["shop.mp3", "reason"]
    assert table.loc["shop.mp3", "candidates"] == "c"
    assert "breaks off" in table.loc["sheep.wav", "reason"]
    assert table.loc["shoe.rec", "duration_s"] == pytest.approx(len(recording) / 44_100, abs=0.1)
    assert np.isnan(table.loc["shop.mp3", "duration_s"])


def test_a_recording_of_days_is_refused_without_decoding_it(studio: Studio, tmp_path: Path) -> None:
    save_words(studio, a="shoe")
    day = Clip(np.zeros(8_000 * 1_300, np.float32), 8_000)
    (tmp_path / "long").mkdir()
    (tmp_path / "long" / "shoe.flac").write_bytes(encode_clip(day, Encoding("flac")))
    row = match_recordings(tmp_path / "long", "words", studio.shop).iloc[0]
    assert (row["status"], row["key"]) == ("unreadable", "")
    assert "more than 10 minutes" in row["reason"]


def test_speech_of_a_machine_is_never_taken_for_a_recording(studio: Studio, tmp_path: Path) -> None:
    items = studio.read(pd.DataFrame({"key": ["a"], "text": ["shoe"]}), collection="words")
    run = studio.produce(studio.plan(items, voices=[ESPEAK]))
    made = str(run.results["file"][0])
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / Path(made).name).write_bytes(studio.store.read(made))
    row = match_recordings(tmp_path / "made", "words", studio.shop).iloc[0]
    assert (row["status"], row["key"], row["candidates"]) == ("doubtful", "", "a")
    assert "no recording of a person" in row["reason"]


def test_a_recording_over_a_file_of_ours_keeps_its_item(
    studio: Studio, recording: bytes, tmp_path: Path
) -> None:
    items = studio.read(pd.DataFrame({"key": ["a"], "text": ["shoe"]}), collection="words")
    run = studio.produce(studio.plan(items, voices=[ESPEAK]))
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / Path(run.results["file"][0]).name).write_bytes(recording)
    row = match_recordings(tmp_path / "made", "words", studio.shop).iloc[0]
    assert (row["status"], row["key"], row["matched_by"]) == ("matched", "a", "key")


def test_a_name_in_another_encoding_is_shown_and_not_guessed(
    studio: Studio, recording: bytes, tmp_path: Path
) -> None:
    save_words(studio, café="café")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "caf\udce9.wav").write_bytes(recording)
    row = match_recordings(tmp_path / "old", "words", studio.shop).iloc[0]
    assert (row["status"], row["key"]) == ("unreadable", "")
    assert row["file"].encode().decode().endswith("caf\ufffd.wav")
    assert "Rename it" in row["reason"]


@pytest.mark.usefixtures("phonemes")
def test_folders_and_collections_that_are_not_there_say_so(
    studio: Studio, match: Match, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match=r"no such folder.*Name the folder"):
        match_recordings(tmp_path / "nowhere", "phonemes", studio.shop)
    with pytest.raises(StoreError, match="this is a file"):
        match_recordings(tmp_path / "voicemill.toml", "phonemes", studio.shop)
    with pytest.raises(StoreError, match="no recording in this folder"):
        match_recordings(tmp_path / "notebooks", "phonemes", studio.shop)
    with pytest.raises(ItemUnknown, match=r"no collection 'phonems'.*Known: phonemes"):
        match("shoe.wav", collection="phonems")


# Letters that file systems, people and our own rules treat specially, so that keys collide.
_KEYS = st.text(
    st.sampled_from("aAbiɪIː:/?*. _-'!12gɡéeʃ∫İıß()"), min_size=1, max_size=6
) | st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=12)
_FORMS: list[Callable[[str], str]] = [
    sanitize_filename,
    lambda key: sanitize_filename(key, "_"),
    lambda key: sanitize_filename(key, "-"),
    lambda key: sanitize_filename(key, platform="linux"),
    lambda key: sanitize_filename(key.replace(" ", "_"), "_"),
    lambda key: unicodedata.normalize("NFD", sanitize_filename(key)),
]


def as_item(number: int, key: str, text: str, sound: str) -> Item:
    return Item(number, "words", key, number, text, "", sound, "", "", False, None)


@given(
    keys=st.lists(_KEYS.map(str.strip).filter(bool), min_size=1, max_size=8, unique=True),
    texts=st.lists(_KEYS, min_size=8, max_size=8),
    symbols=st.booleans(),
    form=st.sampled_from(_FORMS),
)
@example(["a/b", "ab"], ["x"] * 8, False, _FORMS[0])
@example(["shoe", "shoe 2"], ["x"] * 8, False, _FORMS[0])
@example(["1", "2"], ["2", "1", *"345678"], False, _FORMS[0])
@example(["i", "iː", "i:"], ["x"] * 8, False, _FORMS[1])
def test_a_file_named_by_a_key_is_never_given_to_another_item(
    keys: list[str], texts: list[str], symbols: bool, form: Callable[[str], str]
) -> None:
    items = [
        as_item(number, key, text, key if symbols else "")
        for number, (key, text) in enumerate(zip(keys, texts, strict=False), start=1)
    ]
    named = {key: form(key) for key in keys}
    names = RecordingNames(items, {}, ["en_US-joe-medium"], named.values())
    for key, name in named.items():
        if not name.strip(" ."):
            continue  # nothing of such a key is left in a file name
        meaning = names.meaning(Path(f"{name}.wav").stem)
        assert meaning.key in (key, ""), name
        assert meaning.key or key in meaning.candidates, name


@given(
    keys=st.lists(_KEYS.map(str.strip).filter(bool), min_size=1, max_size=8, unique=True),
    texts=st.lists(_KEYS, min_size=8, max_size=8),
    voice=st.sampled_from(["en_US-joe-medium", "Maria", "en-gb"]),
)
@example(["1", ":"], ["1"] * 8, "en-gb")
def test_a_file_named_by_us_is_never_given_to_another_item(
    keys: list[str], texts: list[str], voice: str
) -> None:
    items = [
        as_item(number, key, text, "")
        for number, (key, text) in enumerate(zip(keys, texts, strict=False), start=1)
    ]
    names = RecordingNames(items, {}, ["en_US-joe-medium", "en-gb"], [])
    for item in items:
        made = FileName("words", item.key, item.text, voice, "1a2b3c4d5e6f", "mp3").path()
        assert names.meaning(Path(made).stem).key in (item.key, ""), made
