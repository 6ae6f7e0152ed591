"""Planning a finished table of 10,000 rows, and what it needs of memory.

Each size runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.project import fresh_project, table, verdict

SIZES = (1_000, 10_000)

# The table is finished by writing its catalog rows and files, not by speaking for ten minutes.
SCRIPT = """
import json, re, sys, time
from pathlib import Path
import pandas as pd
from voicemill import Studio
from voicemill.catalog import AudioSource

size = int(sys.argv[1])
studio = Studio.open()
words = pd.DataFrame({"key": [f"w{n}" for n in range(size)]})
words["text"] = "word number " + words["key"]
items = studio.read(words)
wishes = {"voices": ["espeak:en-gb"]}
first = time.perf_counter()
plan = studio.plan(items, **wishes)
first = time.perf_counter() - first
studio.catalog.items.save(plan.to_dict("records"))
ids = studio.catalog.items.ids("words")
audio = b"x" * 6000
for row in plan.itertuples():
    file = f"words/{row.key}.mp3"
    studio.store.write(file, audio)
    measures = dict.fromkeys(("loudness_lufs", "peak_dbtp", "rms_db", "noise_db"), -16.0)
    studio.catalog.sources.record(AudioSource(ids[row.key], "tts", file, "mp3", 0.7, 6000,
        "0" * 64, row.fingerprint, metadata={"measures": measures, "checks": []}))
again = time.perf_counter()
plan = studio.plan(items, **wishes)
again = time.perf_counter() - again
assert set(plan["action"]) == {"skip"}
run = time.perf_counter()
summary = studio.produce(plan, report=lambda progress: None).summary
run = time.perf_counter() - run
assert summary.skipped == size
# Not getrusage: its peak is inherited from the process that started this one.
status = Path("/proc/self/status").read_text()
peak = int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 1024
print(json.dumps({"first": first, "again": again, "run": run, "peak": peak}))
"""


def run() -> str:
    """Measure and return the table."""
    rows = []
    for size in SIZES:
        with fresh_project() as folder:
            ended = subprocess.run(
                [sys.executable, "-c", SCRIPT, str(size)],
                cwd=folder,
                capture_output=True,
                text=True,
                check=True,
            )
        found = json.loads(ended.stdout)
        last = size == SIZES[-1]
        rows += [
            (f"{size:,} rows: first plan", f"{found['first']:.2f} s", ""),
            (
                f"{size:,} rows: plan when all is made",
                f"{found['again']:.2f} s",
                verdict(found["again"], 1, at_most=True) if last else "",
            ),
            (f"{size:,} rows: run that makes nothing", f"{found['run']:.2f} s", ""),
            (
                f"{size:,} rows: peak memory",
                f"{found['peak']:.0f} MB",
                verdict(found["peak"], 400, at_most=True) if last else "",
            ),
        ]
    return table("A finished table", rows)


if __name__ == "__main__":
    print(run())
