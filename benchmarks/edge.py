"""Edge's limit and throughput, against a local stand-in that answers after 500 ms.

The stand-in runs in a process of its own, speaks the service's protocol and notes when each
request arrives. The ideal is what the limit and the requests under way allow together.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.project import ROOT, table, verdict

LATENCY_S = 0.5
PER_MINUTE = 1200
WORKERS = 16
REQUESTS = 300
WINDOW_S = 5.0
FEW_WORKERS, FEW_REQUESTS = 8, 104
DEFAULT_REQUESTS = 12


def run() -> str:
    """Measure and return the table."""
    with stand_in() as service:
        fast, elapsed_s = measured(service, PER_MINUTE, WORKERS, REQUESTS)
        _, crowded_s = measured(service, 60_000, FEW_WORKERS, FEW_REQUESTS)
        usual, _ = measured(service, 100, 5, DEFAULT_REQUESTS)
    rate = min(PER_MINUTE / 60, WORKERS / LATENCY_S)
    ideal_s = (REQUESTS - 1) / rate + LATENCY_S
    crowded = FEW_REQUESTS / FEW_WORKERS * LATENCY_S / crowded_s
    allowed = PER_MINUTE / 60 * WINDOW_S
    busiest = max(bisect_left(fast, start + WINDOW_S) - i for i, start in enumerate(fast))
    mean = (len(fast) - 1) / (fast[-1] - fast[0]) * 60
    gaps = [two - one for one, two in pairwise(usual)]
    rows = [
        ("requests a minute, mean", f"{mean:.1f}", verdict(mean / PER_MINUTE, 1.01, at_most=True)),
        (
            f"  most in any {WINDOW_S:g} s, of {allowed:g}",
            f"{busiest}",
            verdict(busiest / allowed, 1.01, at_most=True),
        ),
        ("whole speech, requests", f"{REQUESTS}", ""),
        ("  took", f"{elapsed_s:.2f} s", f"ideal {ideal_s:.2f} s"),
        (
            "  of the ideal throughput",
            f"{ideal_s / elapsed_s:.1%}",
            verdict(ideal_s / elapsed_s, 0.95, at_most=False),
        ),
        (
            f"without a limit, {FEW_WORKERS} under way, of the ideal",
            f"{crowded:.1%}",
            verdict(crowded, 0.95, at_most=False),
        ),
        (
            "default limit: between requests",
            f"{sum(gaps) / len(gaps):.3f} s",
            "0.603 s: the limit less ½ %",
        ),
        ("  shortest, longest", f"{min(gaps):.3f} {max(gaps):.3f} s", "no burst, no pause"),
    ]
    title = f"edge, {LATENCY_S * 1000:.0f} ms latency, {PER_MINUTE} a minute, {WORKERS} under way"
    return table(title, rows)


def measured(
    service: Service, per_minute: int, workers: int, requests: int
) -> tuple[list[float], float]:
    """Speak `requests` words; return when they arrived at the service, and the time it took."""
    from voicemill.settings import SpeechSettings
    from voicemill.speech.edge import EdgeEngine
    from voicemill.speech.engine import Utterance
    from voicemill.speech.engines import Engines

    settings = SpeechSettings(edge_url=service.url, requests_per_minute={"edge": per_minute})
    with tempfile.TemporaryDirectory(prefix="voicemill-bench-") as folder:
        engines = Engines(settings, Path(folder), extra={"edge": EdgeEngine})
        voice = engines.voice("edge:en-US-AriaNeural")
        engines.speak(Utterance(text="warming up"), voice)
        time.sleep(60 / per_minute)  # what the first request took of the limit
        service.arrivals()
        started = time.perf_counter()
        with ThreadPoolExecutor(workers) as pool:
            words = (Utterance(text=f"number {n % 20}") for n in range(requests))
            spoken = list(pool.map(lambda word: engines.speak(word, voice), words))
        elapsed_s = time.perf_counter() - started
    assert all(speech.duration_s > 0.3 for speech in spoken)
    return service.arrivals(), elapsed_s


class Service:
    """The stand-in as seen from here."""

    def __init__(self, url: str, pipe: Connection) -> None:
        self.url = url
        self._pipe = pipe

    def arrivals(self) -> list[float]:
        """When requests arrived since this was last asked, monotonic seconds, in order."""
        self._pipe.send("arrivals")
        times: list[float] = self._pipe.recv()
        return sorted(times)


@contextmanager
def stand_in() -> Iterator[Service]:
    """Run the stand-in in another process for as long as the block."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there,))
    process.start()
    try:
        yield Service(here.recv(), here)
    finally:
        here.send("stop")
        process.join(10)


def serve(pipe: Connection) -> None:
    """Be the stand-in until told to stop."""
    sys.path.insert(0, str(ROOT / "tests"))
    from servers.edge import Behaviour, EdgeService

    with EdgeService(Behaviour(latency_s=LATENCY_S)) as service:
        pipe.send(service.url)
        while pipe.recv() == "arrivals":
            times, service.arrivals = service.arrivals, []
            pipe.send(times)


if __name__ == "__main__":
    print(run())
