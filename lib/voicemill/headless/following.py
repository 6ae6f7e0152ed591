"""What the productions in a notebook tell about themselves while it runs in its kernel."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from voicemill.headless.environment import environment
from voicemill.production.progress import PROGRESS_FILE_VARIABLE, Progress

_LOOK_S = 0.1  # how often the kernel's progress is read


class Followed:
    """The runs that a notebook's productions began, each with the last that it told."""

    def __init__(self, on_progress: Callable[[Progress], None]) -> None:
        self._on_progress = on_progress
        self._runs: dict[str, Progress] = {}

    def hear(self, progress: Progress) -> None:
        """Remember and pass on."""
        self._runs[progress.run_id] = progress
        self._on_progress(progress)

    @property
    def run_ids(self) -> list[str]:
        """The runs, oldest first."""
        return list(self._runs)

    @property
    def last(self) -> Progress | None:
        """What the newest run told last; None without a run."""
        return self._runs[self.run_ids[-1]] if self._runs else None

    @property
    def going_on(self) -> Progress | None:
        """The run that is in work."""
        return None if self.last is None or self.last.finished else self.last

    @property
    def counts(self) -> dict[str, int]:
        """What became of the items of all runs; empty without a run."""
        names = ("total", "completed", "failed", "skipped", "cancelled")
        runs = self._runs.values()
        return {name: sum(getattr(run, name) for run in runs) for name in names} if runs else {}


@contextmanager
def told_by_kernel(followed: Followed) -> Iterator[None]:
    """Pass on what the kernel, a process of its own, writes about its progress."""
    with tempfile.TemporaryDirectory(prefix="voicemill-") as folder:
        file = Path(folder) / "progress.jsonl"
        file.touch()
        done = threading.Event()
        tail = threading.Thread(target=_tail, args=(file, followed.hear, done), daemon=True)
        tail.start()
        try:
            with environment(VOICEMILL_HEADLESS="1", **{PROGRESS_FILE_VARIABLE: str(file)}):
                yield
        finally:
            done.set()
            tail.join()


def _tail(file: Path, hear: Callable[[Progress], None], done: threading.Event) -> None:
    names = {known.name for known in fields(Progress)}
    with file.open(encoding="utf-8") as stream:
        unfinished = ""
        while True:
            last_look = done.wait(_LOOK_S)
            unfinished += stream.read()
            *lines, unfinished = unfinished.split("\n")
            for line in lines:
                values = json.loads(line)
                hear(Progress(**{name: values[name] for name in names}))
            if last_look:
                return
