"""The schedule handed on to cron and systemd."""

import shutil
import subprocess
from pathlib import Path

import pytest
from small_schedule import entry, small_project

from voicemill.errors import SettingsError
from voicemill.schedule.crontab import crontab
from voicemill.schedule.systemd import install, unit_of

ODD = 'Anna\'s 100% $HOME "books"'


def lines_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_what_cron_cannot_do_is_said(tmp_path: Path) -> None:
    settings = small_project(tmp_path)
    there = entry(name="there")
    entries = [entry("every 30 seconds"), entry(name="off", enabled=False), there]
    text = crontab(entries, settings)
    [line] = lines_of(text)
    assert line.startswith("0 3 * * * cd ")
    assert "schedule run there" in line
    assert "it knows no seconds" in text
    assert "# CRON_TZ=UTC" in text


def test_a_cron_line_works_in_crons_bare_environment(tmp_path: Path) -> None:
    root = tmp_path / ODD
    settings = small_project(root, schedule='[small]\nnotebook = "small"\nwhen = "daily 03:00"')
    [line] = lines_of(crontab([entry()], settings))
    command = line.split(" ", 5)[5]
    assert "%" not in command.replace(r"\%", "")
    as_cron_does = command.replace(r"\%", "%")
    ended = subprocess.run(
        ["env", "-i", "/bin/sh", "-c", as_cron_does], cwd="/", check=False, capture_output=True
    )
    log = root / "output" / "schedule" / "cron.log"
    assert ended.returncode == 0, log.read_text() + ended.stderr.decode()
    assert ended.stdout == ended.stderr == b""
    assert "small begins" in log.read_text()
    assert "small completed" in log.read_text()


@pytest.mark.parametrize("folder", ["plain", ODD])
def test_the_unit_is_one_that_systemd_understands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    root = tmp_path / folder
    settings = small_project(root)
    unit = unit_of(settings)
    install(unit, settings)
    install(unit, settings)  # again: the same project may
    assert unit.file.parent == tmp_path / "config" / "systemd" / "user"
    assert unit.file.read_text() == unit.text
    assert unit.name in unit.commands[0]
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd here")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", str(unit.file)],
        capture_output=True,
        text=True,
        check=False,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert unit.name not in verified.stderr, verified.stderr
    assert verified.returncode == 0, verified.stderr


def test_two_projects_of_one_name_do_not_share_a_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    first, second = (small_project(tmp_path / folder / "mine") for folder in ("a", "b"))
    install(unit_of(first), first)
    with pytest.raises(SettingsError, match="serves another folder"):
        install(unit_of(second), second)
