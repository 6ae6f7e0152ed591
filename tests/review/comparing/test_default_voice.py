"""The settings file of a person: one value changes, every other letter stays."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.errors import SettingsError
from voicemill.review.comparing.default_voice import make_default, with_voices
from voicemill.settings import read_settings
from workbench import ROOT

NEW = ["espeak:vi", "piper:en_US-joe-medium"]


def test_the_shipped_file_keeps_its_comments_and_all_else() -> None:
    before = (ROOT / "voicemill.toml").read_text(encoding="utf-8")
    after = with_voices(before, NEW)
    changed = [
        (one, other)
        for one, other in zip(before.splitlines(), after.splitlines(), strict=True)
        if one != other
    ]
    [(old, new)] = changed
    assert old.split("#")[1] == new.split("#")[1]
    assert tomllib.loads(after)["speech"]["voices"] == NEW


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n[audio]\nprofile = 'web'",
        "[speech]\nrate = '-30%'\n[audio]\nlicence = 'x'\n",
        "[audio]\nartist = 'voices = [1]'\n[ speech ] # who\n"
        "voices = [\n 'a:b', # ] first\n 'c:d]',\n]\nrate = '+0%'\n",
        "[speech]\r\nvoices = ['a:b']  # mine\r\n[audio]\r\n",
        "[speech.requests_per_minute]\nedge = 50\n[speech]\nrate = '+0%'\n",
    ],
)
def test_however_it_is_written_only_the_voices_change(text: str) -> None:
    after = with_voices(text, NEW)
    expected = tomllib.loads(text)
    expected.setdefault("speech", {})["voices"] = NEW
    assert tomllib.loads(after) == expected
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in after.splitlines() if line.startswith("#")
    ]
    assert ("\r\n" in text) == ("\r\n" in after)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)))
def test_any_name_of_a_voice_survives(names: list[str]) -> None:
    before = (ROOT / "voicemill.toml").read_text(encoding="utf-8")
    assert tomllib.loads(with_voices(before, names))["speech"]["voices"] == names


def test_the_voice_comes_first_and_the_others_stay(project: Path) -> None:
    make_default("espeak:vi", ["piper:en_US-joe-medium", "espeak:vi", "espeak:en-gb"], project)
    voices = read_settings(project).speech.voices
    assert voices == ["espeak:vi", "piper:en_US-joe-medium", "espeak:en-gb"]
    assert not list(project.glob(".voicemill*"))


def test_what_cannot_be_written_is_left_as_it_was(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = project / "voicemill.toml"
    strange = 'speech = { voices = ["a:b"] }\n'
    file.write_text(strange)
    with pytest.raises(SettingsError, match="cannot be changed safely"):
        make_default("espeak:vi", ["a:b"], project)
    assert file.read_text() == strange
    file.unlink()
    with pytest.raises(SettingsError, match="No such file"):
        make_default("espeak:vi", ["a:b"], project)
    monkeypatch.setenv("VOICEMILL_SPEECH__VOICES", '["a:b"]')
    with pytest.raises(SettingsError, match="overrules"):
        make_default("espeak:vi", ["a:b"], project)
