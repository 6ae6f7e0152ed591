"""Narrating a long book with the embedded voice: share of real time, and memory by length.

Each length runs in a process of its own, so that its peak memory is its own. The book is our
sample told again and again, with other names and numbers, so that no sentence is said twice.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from benchmarks.project import fresh_project, table, verdict

# The long book takes half an hour: VOICEMILL_BENCH_WORDS=10000,100000 asks for it.
USUAL_WORDS = "2000,10000"
GOAL_SHARE = 0.04
GOAL_MB = 600

SCRIPT = """
import json, resource, sys, time
from pathlib import Path
import pandas as pd
from voicemill import Studio
from voicemill.exports.exporting import export_book

size = int(sys.argv[1])
pages = pd.read_csv("data/books/sample_en.csv", dtype=str)
rows, words = [], 0
while words < size:
    n = len(rows)
    told = pages.iloc[n % len(pages)]
    text = told.text.replace("Mina", f"Mina {n}").replace(". ", f", in the year {1000 + n}. ")
    chapter = f"{told.chapter} {n // len(pages) + 1}"
    rows.append({"page": str(n + 1), "chapter": chapter, "text": text, "language": "en"})
    words += len(text.split())
studio = Studio.open()
items = studio.read(pd.DataFrame(rows), kind="book", collection="long")
studio.books.keep(items, title="A long book")
began = time.perf_counter()
plan = studio.plan(items, voices=["piper:en_US-joe-medium"])
planned_s = time.perf_counter() - began
run = studio.produce(plan)
narrated_s = time.perf_counter() - began - planned_s
assert run.summary.failed == 0, run.errors
target = Path("output/long.m4b")
made = export_book(studio.books.open("long"), "m4b", target, studio.shop)
total_s = time.perf_counter() - began
print(json.dumps({
    "words": words,
    "planned_s": planned_s,
    "narrated_s": narrated_s,
    "joined_s": total_s - planned_s - narrated_s,
    "total_s": total_s,
    "sound_s": made.files[0].duration_s,
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def run() -> str:
    """Narrate the book in every length and lay out what it took."""
    wanted = os.environ.get("VOICEMILL_BENCH_WORDS", USUAL_WORDS)
    rows = [row for words in wanted.split(",") for row in _rows(_measured(int(words)))]
    return table("A long book with piper joe, mastered, as M4B", rows)


def _measured(words: int) -> dict[str, float]:
    with fresh_project() as project:
        ended = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(words)],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
        )
    if ended.returncode:
        raise RuntimeError(ended.stderr)
    found: dict[str, float] = json.loads(ended.stdout.strip().splitlines()[-1])
    return found


def _rows(found: dict[str, float]) -> list[tuple[str, str, str]]:
    label = f"{found['words']:,.0f} words"
    share = found["total_s"] / found["sound_s"]
    return [
        (f"{label}: of real time", f"{share:.4f}", verdict(share, GOAL_SHARE, at_most=True)),
        (f"{label}: planning", f"{found['planned_s']:.1f} s", ""),
        (f"{label}: narrating", f"{found['narrated_s']:.1f} s", ""),
        (f"{label}: joining to M4B", f"{found['joined_s']:.1f} s", ""),
        (f"{label}: sound", f"{found['sound_s'] / 60:.1f} min", ""),
        (
            f"{label}: peak memory",
            f"{found['peak_mb']:.0f} MB",
            verdict(found["peak_mb"], GOAL_MB, at_most=True),
        ),
    ]
