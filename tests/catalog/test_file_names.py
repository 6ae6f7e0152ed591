import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.catalog import FileName, Store

CHECKSUM = "1a2b3c4d5e6f" + "0" * 52


def name_of(key: str, collection: str = "words", hint: str = "") -> str:
    return FileName(collection, key, hint, "en_US-joe-medium", CHECKSUM, "mp3").path()


def test_a_person_finds_a_symbol_by_its_file_name() -> None:
    assert name_of("ʃ", "phonemes", "shoe") == "phonemes/ʃ_shoe_en_US-joe-medium_1a2b3c4d.mp3"
    assert name_of("नमस्ते").startswith("words/नमस्ते_")
    assert name_of("sheep", hint="sheep").startswith("words/sheep_en_US")


def test_a_file_made_anew_does_not_take_the_place_of_the_old_one() -> None:
    old, new = (
        FileName("words", "a", "", "joe", hashlib.sha256(data).hexdigest(), "mp3").path()
        for data in (b"old sound", b"new sound")
    )
    assert old != new


@pytest.mark.parametrize("key", ["../../x", "/etc/passwd", "..", "CON", "a/b\\c", "nul.txt", "~"])
def test_hostile_keys_stay_in_the_folder(key: str, tmp_path: Path) -> None:
    Store(str(tmp_path / "audio")).write(name_of(key), b"sound")
    [file] = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert file.parent == tmp_path / "audio" / "words"


@given(key=st.text(max_size=300), collection=st.text(max_size=300), hint=st.text(max_size=30))
def test_any_key_gives_one_safe_name_that_is_known_as_ours(
    key: str, collection: str, hint: str
) -> None:
    path = name_of(key, collection, hint)
    folder, name = path.split("/")
    assert folder not in ("", ".", "..")
    assert not name.startswith(".")
    assert name.endswith("_en_US-joe-medium_1a2b3c4d.mp3")
    assert max(len(folder.encode()), len(name.encode())) <= 255
    assert not set(path) & set('\\:*?"<>|\0\n')
    assert FileName.is_ours(path)
    assert FileName.is_ours(path, CHECKSUM)


@pytest.mark.parametrize(
    "path",
    [
        "words/my own song.mp3",
        "words/sheep_joe_1A2B3C4D.mp3",
        "words/sheep_joe_1a2b3c4.mp3",
        "words/interview_joe_20240131.wav",
        "words/sheep_joe_1a2b3c4d.docx",
        "words/.sheep_joe_1a2b3c4d.mp3",
        "sheep_joe_1a2b3c4d.mp3",
        "words/old/sheep_joe_1a2b3c4d.mp3",
        ".hidden/sheep_joe_1a2b3c4d.mp3/",
    ],
)
def test_files_of_people_are_not_taken_for_ours(path: str) -> None:
    assert not FileName.is_ours(path)


def test_the_content_settles_whose_file_it_is() -> None:
    digits = "20240131" + "0" * 56
    assert FileName.is_ours("words/take_joe_20240131.wav", digits)
    assert not FileName.is_ours("words/take_joe_20240131.wav", CHECKSUM)
    assert not FileName.is_ours("words/take_joe_1a2b3c4d.wav", digits)
