"""Runs in processes of their own, started quickly, listened to, and ended by their id."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from processes.watched import Watch

_TESTS = Path(__file__).parent.parent
# One thread for sums: a fork takes only the thread that forks with it.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(_TESTS)}


class Nursery:
    """Starts runs while the `with` block lasts; whoever is left at its end is killed."""

    def __enter__(self) -> Nursery:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("child.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | _ENVIRONMENT,
        )
        self._heard: list[dict[str, Any]] = []
        self._living: set[int] = set()
        return self

    def __exit__(self, *_error: object) -> None:
        for pid in list(self._living):
            os.kill(pid, signal.SIGKILL)
        self._process.communicate(timeout=30)

    def start(self, project: Path, watch: Watch, rows: int, **options: Any) -> int:
        """Begin a run of a table of so many rows; returns its process's id.

        options: those of `run` in child.py.
        """
        values = asdict(watch)
        paths = {name: str(values[name] or "") for name in ("log", "gate")}
        self._say(project=str(project), watch={**values, **paths}, rows=rows, **options)
        pid = int(self._hear("started")["pid"])
        self._living.add(pid)
        return pid

    def wait(self, pid: int) -> int:
        """Wait for a process to end; returns its exit code, negative for a signal."""
        self._say(wait=pid)
        code = int(self._hear("gone", pid)["code"])
        self._living.discard(pid)
        return code

    def ready(self, pid: int) -> None:
        """Wait until a process is at its start gate."""
        self._hear("ready", pid)

    def done(self, pid: int) -> Mapping[str, Any]:
        """Wait for a run to end by itself; returns its status and counts."""
        return self._hear("done", pid)

    def _say(self, **command: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        self._process.stdin.flush()

    def _hear(self, event: str, pid: int = 0) -> dict[str, Any]:
        while True:
            for message in self._heard:
                if message["event"] == event and pid in (0, message["pid"]):
                    self._heard.remove(message)
                    return message
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
            assert line, f"the nursery died before '{event}'"
            message = json.loads(line)
            self._heard.append(message)
            gone = message["event"] == "gone" and message["pid"] == pid
            assert event == "gone" or not gone, f"process {pid} ended before '{event}'"
