"""A cold headless run of the phoneme notebook, and how long `import voicemill` takes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.project import fresh_project, table, verdict

ROUNDS = 3


def run() -> str:
    """Measure and return the table."""
    runs, again = [], []
    for _ in range(ROUNDS):
        with fresh_project() as folder:
            command = [sys.executable, "-m", "voicemill", "run", "01_phonemes"]
            runs.append(seconds(command, str(folder)))
            again.append(seconds(command, str(folder)))
    bare = statistics.median(seconds([sys.executable, "-c", "pass"]) for _ in range(9))
    imports = [seconds([sys.executable, "-c", "import voicemill"]) - bare for _ in range(9)]
    run_s, import_s = statistics.median(runs), statistics.median(imports)
    return table(
        "Starting cold",
        [
            ("voicemill run 01_phonemes", f"{run_s:.1f} s", verdict(run_s, 8, at_most=True)),
            ("the same again, nothing to make", f"{statistics.median(again):.1f} s", ""),
            (
                "import voicemill",
                f"{import_s * 1000:.0f} ms",
                verdict(import_s, 0.2, at_most=True),
            ),
        ],
    )


def seconds(command: list[str], folder: str | None = None) -> float:
    """How long a command takes from start to end."""
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    print(run())
