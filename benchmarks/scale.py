"""Planning, recording and status at 1,000, 10,000 and 100,000 rows, and what they need of memory.

Each size runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.project import fresh_project, table, verdict

SIZES = (1_000, 10_000, 100_000)

# The table is finished by writing its catalog rows and files, not by speaking for an hour.
SCRIPT = """
import json, re, sys, time
from pathlib import Path
import pandas as pd
from voicemill import Studio
from voicemill.catalog import AudioSource, Claim

def timed(work):
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began

size = int(sys.argv[1])
studio = Studio.open()
catalog = studio.catalog
words = pd.DataFrame({"key": [f"w{n}" for n in range(size)]})
words["text"] = "word number " + words["key"]
items = studio.read(words)
wishes = {"voices": ["espeak:en-gb"]}
plan, first = timed(lambda: studio.plan(items, **wishes))
catalog.items.save(plan.to_dict("records"))
ids = catalog.items.ids("words")
folder = studio.store.local_path("words")
folder.mkdir(parents=True)
audio = b"x" * 6000
measures = dict.fromkeys(("loudness_lufs", "peak_dbtp", "rms_db", "noise_db"), -16.0)
run_id = catalog.runs.start("benchmark", {}, size)
def record(row):
    (folder / f"{row.key}.mp3").write_bytes(audio)
    began = time.perf_counter()
    claim = Claim(row.fingerprint, run_id, row.Index, row.key)
    assert catalog.claims.take(claim)
    source = AudioSource(ids[row.key], "tts", f"words/{row.key}.mp3", "mp3", 0.7, 6000, "0" * 64,
        row.fingerprint, metadata={"measures": measures, "checks": []})
    catalog.sources.record(source, claim)
    return time.perf_counter() - began
took = [record(row) for row in plan.itertuples()]
catalog.runs.finish(run_id, "completed", "", 1.0)
plan, again = timed(lambda: studio.plan(items, **wishes))
assert set(plan["action"]) == {"skip"}
run, nothing = timed(lambda: studio.produce(plan, report=lambda progress: None))
assert run.summary.skipped == size
state, status = timed(lambda: studio.status(run.id))
assert state.counts.skipped == size
# Not getrusage: its peak is inherited from the process that started this one.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
last = sum(took[-1000:]) / 1000
print(json.dumps({"first": first, "again": again, "run": nothing, "record": last,
    "status": status, "peak": peak}))
"""


def run() -> str:
    """Measure and return the table."""
    rows = []
    for size in SIZES:
        found = _measured(size)
        name = f"{size:,} rows"
        goal = {"plan": None, "memory": None, "status": None}
        if size == 10_000:
            goal |= {"plan": 1.0, "memory": 400.0}
        if size == SIZES[-1]:
            goal |= {"status": 0.3}
        rows += [
            (f"{name}: first plan", f"{found['first']:.2f} s", ""),
            (f"{name}: plan when all is made", *_judged(found["again"], "s", goal["plan"])),
            (f"{name}: run that makes nothing", f"{found['run']:.2f} s", ""),
            (f"{name}: claim and record one result", *_judged(found["record"] * 1000, "ms", 5.0)),
            (f"{name}: status of its run", *_judged(found["status"], "s", goal["status"])),
            (f"{name}: peak memory", *_judged(found["peak"], "MB", goal["memory"])),
        ]
    return table("Scale", rows)


def _measured(size: int) -> dict[str, float]:
    with fresh_project() as folder:
        ended = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(size)],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    return {name: float(value) for name, value in json.loads(ended.stdout).items()}


def _judged(value: float, unit: str, goal: float | None) -> tuple[str, str]:
    shown = f"{value:.0f} {unit}" if unit == "MB" else f"{value:.3g} {unit}"
    return shown, verdict(value, goal, at_most=True) if goal is not None else ""


if __name__ == "__main__":
    print(run())
