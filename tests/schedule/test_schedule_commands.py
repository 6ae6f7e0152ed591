"""voicemill schedule, as typed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_schedule import small_project
from typer.testing import CliRunner, Result

from voicemill.catalog import Catalog, Execution
from voicemill.cli.schedule import app
from voicemill.settings import Settings

SCHEDULE = """
[small]
notebook = "small"
when = "weekly Monday 07:00"
timezone = "Asia/Ho_Chi_Minh"

[off]
notebook = "small"
when = "hourly"
enabled = false
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("VOICEMILL_ROOT", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return small_project(tmp_path, schedule=SCHEDULE)


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_the_list_tells_what_comes_next_and_what_was_last(settings: Settings) -> None:
    told = typed("list").stdout
    assert "small  (small, on Mondays at 07:00 (Asia/Ho_Chi_Minh))" in told
    assert "last  never yet" in told
    assert "next  switched off" in told
    catalog = Catalog(settings.catalog_url)
    catalog.executions.start(
        Execution("small", datetime.now(UTC), "failed", schedule="small", error="no voice")
    )
    catalog.executions.start(
        Execution("small", datetime.now(UTC), "skipped", schedule="small", error="left out")
    )
    catalog.close()
    assert "no voice" in typed("list").stdout
    small, off = json.loads(typed("list", "--json").stdout)
    assert (small["last"]["status"], off["last"], off["next"]) == ("failed", None, None)
    assert datetime.fromisoformat(small["next"]).astimezone(UTC).hour == 0


def test_check_says_that_all_is_right_or_what_is_wrong(settings: Settings) -> None:
    right = typed("check")
    assert (right.exit_code, right.stdout) == (
        0,
        "The schedule is right: 2 entries (switched off: off)\n",
    )
    (settings.root / "data" / "schedule.toml").write_text("[a]\n[b]\n")
    for command in ("check", "list", "run", "cron", "install"):
        wrong = typed(command)
        assert wrong.exit_code == 2
        assert "[a] when: it is missing" in wrong.stderr
        assert "[b] notebook: it is missing" in wrong.stderr


def test_installing_writes_a_unit_and_says_how_to_begin(settings: Settings) -> None:
    shown = typed("install", "--print").stdout
    config = settings.root / "config"
    assert not config.exists()
    told = typed("install").stdout
    [unit] = config.rglob("*.service")
    assert unit.read_text() == shown
    assert f"systemctl --user enable --now {unit.name}" in told
    assert "loginctl enable-linger" in told


def test_cron_lines_leave_out_what_is_switched_off(settings: Settings) -> None:
    told = typed("cron").stdout
    assert "schedule run small" in told
    assert "schedule run off" not in told
