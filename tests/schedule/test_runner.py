"""The runner: what is due is done, what was missed once, whatever happens to it and the file."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine
from small_schedule import doing, small_project, until

from voicemill.catalog import Catalog, Execution
from voicemill.errors import RunError, SettingsError, UnknownName
from voicemill.production.stopping import StopSign
from voicemill.schedule.children import Command
from voicemill.schedule.entries import schedule_file
from voicemill.schedule.runner import run_entry, run_schedule
from voicemill.settings import Settings

RUNNER = "from voicemill.cli.schedule import app; app(['run'])"


def toml(name: str, when: str, more: str = "") -> str:
    return f'[{name}]\nnotebook = "small"\nwhen = "{when}"\ntimezone = "UTC"\n{more}\n'


@contextmanager
def runner(settings: Settings, command: Command) -> Iterator[None]:
    """A runner in a thread, while the block lasts."""
    stop = StopSign()
    arguments = {"command": command, "stop": stop}
    thread = threading.Thread(target=run_schedule, args=(settings,), kwargs=arguments)
    thread.start()
    try:
        yield
    finally:
        stop.ask("the test is over")
        thread.join()


@contextmanager
def runner_process(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """A runner as a person starts it."""
    with subprocess.Popen(
        [sys.executable, "-c", RUNNER],
        env={**os.environ, "VOICEMILL_ROOT": str(settings.root)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def executions(settings: Settings, entry: str | None = "small") -> list[Execution]:
    settings.output.mkdir(exist_ok=True)
    with closing(Catalog(settings.catalog_url)) as catalog:
        return catalog.executions.newest(schedule=entry)


def statuses(settings: Settings) -> list[str]:
    return [one.status for one in executions(settings)]


def test_what_was_missed_is_made_up_for_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "voicemill.schedule")
    now = datetime.now(UTC)
    an_hour_ago = (now - timedelta(hours=1)).replace(second=0, microsecond=0)
    later = an_hour_ago + timedelta(minutes=30)
    schedule = toml("report", f"daily {later:%H:%M}") + toml("small", f"daily {an_hour_ago:%H:%M}")
    settings = small_project(tmp_path, schedule=schedule)
    # Three days ago it is new: nothing was missed.
    with time_machine.travel(now - timedelta(days=3)), runner(settings, doing("")):
        until(lambda: "small: daily" in caplog.text)
    assert executions(settings, None) == []

    with runner(settings, doing("")):
        until(lambda: "report completed" in caplog.text)
    report, made_up = executions(settings, None)
    assert (made_up.schedule, made_up.status, made_up.due_at) == ("small", "completed", an_hour_ago)
    assert (report.schedule, report.status, report.due_at) == ("report", "completed", later)
    assert made_up.finished_at is not None
    assert made_up.finished_at <= report.started_at
    caplog.clear()
    with runner(settings, doing("")):
        until(lambda: "small: daily" in caplog.text)
    assert len(executions(settings, None)) == 2


def test_a_changed_file_is_taken_over_and_a_wrong_one_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "voicemill.schedule")
    settings = small_project(tmp_path, schedule=toml("small", "every second"))
    file = schedule_file(settings)
    with runner(settings, doing("")):
        until(lambda: executions(settings))
        file.write_text(toml("small", "evry second"))
        until(lambda: "did you mean 'every'" in caplog.text)
        assert "the schedule goes on as it was" in caplog.text
        before = len(executions(settings))
        until(lambda: len(executions(settings)) > before)
        file.write_text(toml("other", "every second"))
        until(lambda: "small is no longer served" in caplog.text)
        until(lambda: "other completed" in caplog.text)
        file.write_text(toml("other", "every second", "enabled = false"))
        until(lambda: "other is no longer served" in caplog.text)
    assert {one.status for one in executions(settings)} == {"completed"}
    assert "the schedule has stopped: the test is over" in caplog.text


def test_a_second_runner_and_a_wrong_schedule_are_refused(tmp_path: Path) -> None:
    settings = small_project(tmp_path, schedule=toml("small", "daily 03:00"))
    with runner(settings, doing("")):
        until((settings.output / "schedule" / "known.json").exists)
        with pytest.raises(RunError, match=f"process {os.getpid()}, serves this schedule already"):
            run_schedule(settings)
    schedule_file(settings).write_text("[small]")
    with pytest.raises(SettingsError, match="notebook: it is missing"):
        run_schedule(settings)


def test_one_entry_is_done_for_the_moment_that_was_just_due(tmp_path: Path) -> None:
    just_now = datetime.now(UTC).replace(second=0, microsecond=0)
    settings = small_project(tmp_path, schedule=toml("small", f"daily {just_now:%H:%M}"))
    settings.output.mkdir()
    done = [run_entry(settings, "small", doing("")) for _ in range(2)]
    assert [one and one.due_at for one in done] == [just_now, None]
    with pytest.raises(UnknownName, match="Did you mean 'small'"):
        run_entry(settings, "smal")


def test_a_killed_runner_leaves_nothing_that_is_done_twice(tmp_path: Path) -> None:
    go_on = tmp_path / "go on"
    waiting = f"import pathlib, time\nwhile not pathlib.Path('{go_on}').exists(): time.sleep(0.05)"
    more = f'parameters = {{ code = """{waiting}""" }}'
    settings = small_project(tmp_path, schedule=toml("small", "every second", more))
    with runner_process(settings) as first:
        until(lambda: "processing" in statuses(settings))
        first.kill()
        first.wait()
    with runner_process(settings) as second:
        before = statuses(settings).count("skipped")
        until(lambda: statuses(settings).count("skipped") > before)
        assert set(statuses(settings)) == {"processing", "skipped"}
        go_on.touch()
        until(lambda: "completed" in statuses(settings))
        second.send_signal(signal.SIGTERM)
        _output, told = second.communicate(timeout=60)
    assert second.returncode == 0, told
    assert "small is left out: the one before" in told
    assert "the schedule has stopped: the process was told to end (SIGTERM)" in told
    real = [one for one in reversed(executions(settings)) if one.status != "skipped"]
    assert {one.status for one in real} <= {"completed", "cancelled"}
    for one, following in pairwise(real):
        assert one.finished_at is not None
        assert one.finished_at <= following.started_at
