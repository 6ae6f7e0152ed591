"""Processes that run notebooks for the schedule: started, watched, and ended with their kernels."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import psutil

from voicemill.schedule.entries import Entry
from voicemill.schedule.files import appended, write_parameters
from voicemill.settings import Settings

# What to start for an entry, the moment it was due, and whether it is to tell how it ended.
Command = Callable[[Entry, datetime | None, bool, Settings], list[str]]

_LOOK_S = 0.2


def run_command(entry: Entry, due: datetime | None, tells: bool, settings: Settings) -> list[str]:
    """Return the `voicemill run` that does what an entry asks for."""
    words = [sys.executable, "-m", "voicemill", "run", entry.notebook, "--json"]
    words += ["-f", str(write_parameters(entry, settings)), "--schedule", entry.name]
    words += ["--tell", "usual" if tells else "never"]
    words += ["--due", due.isoformat()] if due else []
    words += ["--limit", f"{entry.limit_s:.10g}s"] if entry.limit_s else []
    return words


def start(words: Sequence[str], log: Path, lock: int, root: Path) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that no key reaches it; it holds `lock`."""
    with appended(log) as stream:
        return subprocess.Popen(
            words,
            cwd=root,
            env={**os.environ, "VOICEMILL_ROOT": str(root)},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(lock,),
        )


def watch(
    child: subprocess.Popen[bytes],
    is_stopping: Callable[[], bool],
    is_hurried: Callable[[], bool],
    last_s: float,
    stop_s: float,
) -> bool:
    """Wait for a process; returns whether it had to be ended because its time was over.

    is_stopping: then it is asked once to come to its end.  is_hurried: then it is killed.
    last_s: how long it may take, 0 for ever.  stop_s: how long it has to end when asked.
    """
    began_s, asked = time.monotonic(), False
    while child.poll() is None:
        if is_hurried():
            end(child.pid, 0)
        elif last_s and time.monotonic() - began_s > last_s:
            end(child.pid, stop_s)
            child.wait()
            return True
        elif is_stopping() and not asked:
            asked = True
            child.terminate()
        time.sleep(_LOOK_S)
    return False


def end(pid: int, stop_s: float) -> None:
    """End a process and all that it started: ask it, and kill what is left after `stop_s`.

    A kernel has a session of its own, so that killing a process group would leave it behind.
    """
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
        if stop_s:
            parent.terminate()
            psutil.wait_procs([parent], timeout=stop_s)
            family += parent.children(recursive=True) if parent.is_running() else []
    except psutil.NoSuchProcess:
        return
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
