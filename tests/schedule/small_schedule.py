"""A small project with a schedule, and commands that stand for what notebooks may do."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from small_notebooks import write_notebook
from voicemill.schedule.children import Command
from voicemill.schedule.entries import Entry, schedule_file
from voicemill.schedule.when import When
from voicemill.settings import Settings

DAWN = datetime.fromisoformat("2026-03-01T03:00+00:00")


def small_project(folder: Path, *, schedule: str = "", settings: str = "") -> Settings:
    """Make a project with a notebook "small" that does what its parameter `code` says."""
    from voicemill.settings import read_settings

    folder.mkdir(exist_ok=True)
    folder.joinpath("voicemill.toml").write_text(settings, encoding="utf-8")
    folder.joinpath("data").mkdir()
    write_notebook(folder, "small", 'code = ""', "exec(code)")
    found = read_settings(folder)
    schedule_file(found).write_text(schedule, encoding="utf-8")
    return found


def entry(when: str = "daily 03:00", **values: Any) -> Entry:
    return Entry(**{"name": "small", "notebook": "small", "when": When(when, "UTC"), **values})


def doing(code: str) -> Command:
    """Return a command that runs Python code; `tells` in it says whether it is to tell."""

    def command(
        _entry: Entry, _due: datetime | None, tells: bool, _settings: Settings
    ) -> list[str]:
        return [sys.executable, "-c", f"tells = {tells}\n{code}"]

    return command


def until(is_so: Callable[[], object], within_s: float = 60) -> None:
    """Wait until something has come about."""
    last_s = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < last_s, "it has not come about"
        time.sleep(0.02)
