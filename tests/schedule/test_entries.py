"""The schedule's file: what it may say, and that all its mistakes are told at once."""

from pathlib import Path

import pytest
from small_schedule import small_project

from voicemill.errors import SettingsError, UnknownName
from voicemill.schedule import named, read_schedule
from voicemill.settings import read_settings


def test_the_shipped_schedule_is_right(project: Path) -> None:
    entries = read_schedule(read_settings(project))
    said = {entry.name: (entry.notebook, str(entry.when)) for entry in entries}
    assert said["clean-up"] == ("06_maintenance", "daily at 02:00")
    assert said["missing-audio"] == ("06_maintenance", "daily at 03:00")
    assert said["weekly-report"] == ("05_report", "on Mondays at 07:00")
    wishes = {entry.name: entry.parameters for entry in entries}
    assert not wishes["clean-up"]["make_missing"]
    assert wishes["missing-audio"]["make_missing"]


def test_an_entry_says_what_and_when(tmp_path: Path) -> None:
    written = """
    [night]
    notebook = "small.ipynb"
    when = "weekly Monday 07:00"
    timezone = "Asia/Ho_Chi_Minh"
    limit = "30m"
    on_failure = "retry"
    enabled = false
    parameters = { code = "007" }
    """
    [night] = read_schedule(small_project(tmp_path, schedule=written))
    assert (night.notebook, night.limit_s, night.on_failure) == ("small", 1800, "retry")
    assert str(night.when) == "on Mondays at 07:00 (Asia/Ho_Chi_Minh)"
    assert (night.enabled, night.parameters) == (False, {"code": "007"})
    with pytest.raises(UnknownName, match="Did you mean 'night'"):
        named([night], "nigth")


def test_all_mistakes_are_told_at_once_each_with_its_place(tmp_path: Path) -> None:
    written = """
    title = "mine"

    [one]
    notebook = "smal"
    wen = "daily 03:00"
    on_failure = "rety"

    [two]
    notebook = "small"
    when = "dayly 03:00"
    timezone = "Europe/Berln"
    limit = "soon"
    enabled = "yes"
    parameters = { cod = 1 }

    ["has blanks"]
    notebook = "small"
    when = "hourly"
    limit = -5
    parameters = { code = 2026-03-01 }
    """
    with pytest.raises(SettingsError) as refused:
        read_schedule(small_project(tmp_path, schedule=written))
    told = str(refused.value)
    assert str(tmp_path / "data" / "schedule.toml") in told
    assert "13 problems" in told, told
    for sentence in (
        "'title' stands outside an entry",
        "[one] notebook: there is no notebook 'smal'. Did you mean 'small'?",
        "[one] wen: there is no such key, did you mean 'when'?",
        "[one] when: it is missing",
        "[one] on_failure: 'rety' is none of tell, retry, ignore, did you mean 'retry'?",
        "[two] when: 'dayly 03:00' is no time that is known here; did you mean 'daily'?",
        "[two] timezone: there is no time zone 'Europe/Berln', did you mean 'Europe/Berlin'?",
        "[two] limit: 'soon' is no time limit",
        "[two] enabled: 'yes' is not true or false",
        "[two] parameters: there is no parameter 'cod', did you mean 'code'?",
        "[has blanks]: a name has",
        "[has blanks] limit: -5 is no time limit",
        "[has blanks] parameters:",
    ):
        assert sentence in told


def test_a_notebooks_own_checks_hold_in_the_schedule(project: Path) -> None:
    settings = read_settings(project)
    file = project / "data" / "schedule.toml"
    file.write_text(
        '[a]\nnotebook = "06_maintenance"\nwhen = "hourly"\nparameters = { keep_runs_days = -1 }'
    )
    with pytest.raises(SettingsError, match=r"\[a\] parameters: 'keep_runs_days' is -1"):
        read_schedule(settings)


@pytest.mark.parametrize(
    ("written", "sentence"), [("[one", "not valid TOML"), (None, "it cannot be read")]
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, written: str | None, sentence: str) -> None:
    settings = small_project(tmp_path, schedule=written or "")
    if written is None:
        (tmp_path / "data" / "schedule.toml").unlink()
    with pytest.raises(SettingsError, match=sentence):
        read_schedule(settings)
