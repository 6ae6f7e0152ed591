from pathlib import Path

import pytest

from voicemill.errors import SettingsError
from voicemill.settings import read_settings
from voicemill.speech.engines import Engines
from workbench import opened


def written(folder: Path, text: str) -> Path:
    (folder / "voicemill.toml").write_text(text, encoding="utf-8")
    return folder


def test_an_empty_file_is_enough(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, ""))
    assert settings.root == tmp_path
    assert settings.speech.rate == "-30%"
    assert settings.audio.profile == "web"


def test_the_shipped_file_states_the_defaults(project: Path, tmp_path: Path) -> None:
    shipped = read_settings(project).model_dump(exclude={"root"})
    (tmp_path / "bare").mkdir()
    bare = read_settings(written(tmp_path / "bare", "")).model_dump(exclude={"root"})
    assert shipped == bare


def test_it_is_found_from_any_folder_below(project: Path) -> None:
    assert read_settings(project / "notebooks").root == project


def test_a_variable_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEMILL_SPEECH__RATE", "-10%")
    assert read_settings(written(tmp_path, '[speech]\nrate = "-20%"')).speech.rate == "-10%"


def test_outside_a_project_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no voicemill.toml in this folder or any above it"):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[speech]\nrat = 1", "no setting 'speech.rat', did you mean 'rate'"),
        ("[audo]\nx = 1", "no setting 'audo', did you mean 'audio'"),
        ("[speech]\npause_s = -3", "'speech.pause_s': Input should be greater"),
        ("[speech]\nvoices = []", "'speech.voices'"),
        ("[speech", "not valid TOML"),
    ],
)
def test_a_wrong_file_names_the_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_settings(written(tmp_path, text))


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("", "sqlite:///{root}/output/catalog.db"),
        ("sqlite:///elsewhere/my.db", "sqlite:///{root}/elsewhere/my.db"),
        ("sqlite:////srv/my.db", "sqlite:////srv/my.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://host/voicemill", "postgresql://host/voicemill"),
    ],
)
def test_the_path_of_a_catalog_counts_from_the_root(tmp_path: Path, url: str, found: str) -> None:
    settings = read_settings(written(tmp_path, f'[catalog]\nurl = "{url}"'))
    assert settings.catalog_url == found.format(root=settings.root)


def test_a_profile_of_ones_own_is_used(project: Path, engines: Engines) -> None:
    with (project / "voicemill.toml").open("a") as file:
        file.write('\n[profiles.quiet]\nbase = "web"\ntarget = -20\n')
        file.write("[profiles.quiet.rules.loudness_lufs]\nminimum = -21\nmaximum = -19\n")
    studio = opened(project, engines)
    items = studio.read("data/phonemes.csv", kind="phonemes")
    plan = studio.plan(items, voices=["espeak:en-gb"], profile="quiet", limit=2)
    results = studio.produce(plan).results
    studio.close()
    assert results["loudness_lufs"].between(-20.4, -19.6).all()
    assert results["passed"].all()
