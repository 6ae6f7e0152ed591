"""Doing an entry: once at a time, in its time, once more if wished; and who hears of it."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from small_schedule import DAWN, doing, entry, small_project, until

from servers.webhook import Webhook
from voicemill.catalog import Catalog, Execution
from voicemill.production.stopping import StopSign
from voicemill.schedule.children import Command, run_command
from voicemill.schedule.performing import Performer, Waits
from voicemill.settings import Settings

FAST = Waits(grace_s=0, stop_s=0.3, retry_s=0.1)
ENDLESS = "import time\nwhile True: time.sleep(0.05)"


@pytest.fixture(scope="module")
def hook() -> Iterator[Webhook]:
    with Webhook() as webhook:
        yield webhook


@pytest.fixture
def settings(tmp_path: Path, hook: Webhook) -> Settings:
    """A project whose people hear of everything."""
    hook.told.clear()
    toml = f'[telling]\nurls = ["json://{hook.address}"]\nwhen = "finish"'
    return small_project(tmp_path, settings=toml)


@pytest.fixture
def catalog(settings: Settings) -> Iterator[Catalog]:
    settings.output.mkdir()
    with closing(Catalog(settings.catalog_url)) as found:
        yield found


def performer(settings: Settings, catalog: Catalog, command: Command) -> Performer:
    return Performer(settings, catalog, StopSign(), command, FAST)


def titles(hook: Webhook) -> list[str]:
    return [told["title"].removeprefix("Voicemill: ") for told in hook.told]


def test_a_hung_one_is_killed_with_all_it_started(
    settings: Settings, catalog: Catalog, hook: Webhook, tmp_path: Path
) -> None:
    kernel = tmp_path / "kernel"
    hung = f"""
import pathlib, signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
started = subprocess.Popen([sys.executable, "-c", {ENDLESS!r}], start_new_session=True)
pathlib.Path({str(kernel)!r}).write_text(str(started.pid))
{ENDLESS}
"""
    ended = performer(settings, catalog, doing(hung)).perform(entry(limit_s=1), DAWN)
    assert ended is not None
    assert (ended.status, ended.due_at) == ("failed", DAWN)
    assert "it hung: long after its time limit (1.0 s) it was killed" in ended.error
    [message] = hook.told
    assert message["title"] == "Voicemill: small failed"
    assert "it hung" in message["message"]
    until(lambda: not psutil.pid_exists(int(kernel.read_text())) or gone(kernel.read_text()))


def gone(pid: str) -> bool:
    return psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE


FAILS_ONCE = """
import pathlib, sys
tried = pathlib.Path("tried")
first = not tried.exists()
tried.touch()
sys.exit("no such voice" if first else 0)
"""


@pytest.mark.parametrize(
    ("code", "on_failure", "ends", "told"),
    [
        ("import sys; sys.exit('no voice')", "tell", ["failed"], ["small failed"]),
        ("import sys; sys.exit('no voice')", "ignore", ["failed"], []),
        ("import sys; sys.exit('no voice')", "retry", ["failed", "failed"], ["small failed"]),
        (FAILS_ONCE, "retry", ["failed", "completed"], ["small completed"]),
        ("import sys; sys.exit(2)", "retry", ["failed"], ["small failed"]),
        ("", "ignore", ["completed"], ["small completed"]),
    ],
)
def test_what_happens_on_failure_is_as_the_entry_wishes(
    settings: Settings,
    catalog: Catalog,
    hook: Webhook,
    code: str,
    on_failure: str,
    ends: list[str],
    told: list[str],
) -> None:
    performer(settings, catalog, doing(code)).perform(entry(on_failure=on_failure), DAWN)
    found = catalog.executions.newest(schedule="small")
    assert [one.status for one in reversed(found)] == ends
    assert titles(hook) == told
    assert catalog.executions.last_due("small") == DAWN


def test_one_that_ends_at_once_says_why(settings: Settings, catalog: Catalog) -> None:
    code = "import sys; print('there is no voice', file=sys.stderr); sys.exit(1)"
    ended = performer(settings, catalog, doing(code)).perform(entry(), DAWN)
    assert ended is not None
    assert ended.error == "it ended at once (exit code 1, there is no voice)"
    assert "there is no voice" in (settings.root / ended.log).read_text()


def test_while_one_goes_on_the_next_is_left_out_and_recorded(
    settings: Settings, catalog: Catalog
) -> None:
    first = performer(settings, catalog, doing(ENDLESS))
    thread = threading.Thread(target=first.perform, args=(entry(), DAWN))
    thread.start()
    until(lambda: first.working)
    other = performer(settings, catalog, doing(""))  # of another process, such as cron's
    later = DAWN + timedelta(days=1)
    skipped = other.perform(entry(), later)
    assert skipped is not None
    assert (skipped.status, skipped.due_at) == ("skipped", later)
    assert "the one before had not ended" in skipped.error
    first.stop.ask("the test is over")
    thread.join()
    again = other.perform(entry(), later + timedelta(days=1))
    assert again is not None
    assert again.status == "completed"


def test_one_that_hung_while_nobody_watched_makes_room(
    settings: Settings, catalog: Catalog, hook: Webhook
) -> None:
    named = (
        "from voicemill.catalog.processes import this_process; print(this_process(), flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", f"{named}\n{ENDLESS}"], stdout=subprocess.PIPE, text=True
    ) as orphan:
        assert orphan.stdout is not None
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        begun = Execution(
            "small", long_ago, schedule="small", process=orphan.stdout.readline()[:-1]
        )
        name = catalog.executions.start(begun)
        ended = performer(settings, catalog, doing("")).perform(entry(limit_s=60), DAWN)
        until(lambda: not psutil.pid_exists(orphan.pid))
    assert ended is not None
    assert ended.status == "completed"
    assert "it hung" in catalog.executions.get(name).error
    assert titles(hook) == ["small failed", "small completed"]


def test_asked_to_stop_it_asks_what_goes_on_and_begins_nothing_new(
    settings: Settings, catalog: Catalog
) -> None:
    polite = f"import signal, sys\nsignal.signal(15, lambda *_: sys.exit(0))\n{ENDLESS}"
    found = performer(settings, catalog, doing(polite))
    ends: list[Execution | None] = []
    thread = threading.Thread(target=lambda: ends.append(found.perform(entry(), DAWN)))
    thread.start()
    log = settings.output / "schedule" / "small.log"
    until(log.exists)
    found.stop.ask("the test is over")
    thread.join()
    [ended] = ends
    assert ended is not None
    assert ended.status in ("completed", "cancelled")  # it may not have heard the question
    assert found.perform(entry(), DAWN) is None


def test_the_command_hands_on_what_the_entry_says(settings: Settings) -> None:
    wanted = entry(parameters={"code": "007"}, limit_s=90)
    words = run_command(wanted, DAWN, False, settings)
    file = Path(words[words.index("-f") + 1])
    assert json.loads(file.read_text()) == {"code": "007"}
    given = dict(zip(words[6::2], words[7::2], strict=True))
    assert given == {
        "-f": str(file),
        "--schedule": "small",
        "--due": "2026-03-01T03:00:00+00:00",
        "--tell": "never",
        "--limit": "90s",
    }


def test_a_long_log_begins_anew(settings: Settings, catalog: Catalog) -> None:
    log = settings.output / "schedule" / "small.log"
    log.parent.mkdir()
    log.write_text("x" * 1_000_001)
    performer(settings, catalog, doing("print('new')")).perform(entry(), DAWN)
    assert log.read_text() == "new\n"
    assert log.with_name("small.log.1").stat().st_size == 1_000_001
