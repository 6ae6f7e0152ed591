"""Which process works on a run and for whom, and whether it still lives."""

from __future__ import annotations

import getpass
import os
import socket
from functools import lru_cache
from pathlib import Path

# The runs that this process works on. A kernel lives on after a run in it went wrong.
working_here: set[str] = set()

_PROC = Path("/proc")


@lru_cache(maxsize=1)
def _this_host() -> str:
    # Containers may share a name while each counts its processes from 1, and so may machines.
    try:
        boot = _PROC.joinpath("sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()}/{boot}/{_PROC.joinpath('self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


def this_user() -> str:
    """Name who this process works for; "unknown" in a container that has no such user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def this_process() -> str:
    """Name this process so that no other, before or after it, has the same name."""
    return f"{_this_host()} {os.getpid()} {_born(os.getpid())}"


def is_alive(process: str) -> bool | None:
    """Whether a process named by `this_process` still runs; None if it is on another machine."""
    host, _, rest = process.partition(" ")
    if host != _this_host():
        return None
    pid, _, born = rest.partition(" ")
    return _born(int(pid)) == born


def _born(pid: int) -> str:
    """When a process began, on a clock that nobody sets; empty when it is gone."""
    if not _PROC.joinpath("self/stat").exists():
        return _born_by_psutil(pid)
    try:
        state, *fields = _PROC.joinpath(f"{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state in "ZX" else fields[18]  # ticks since the machine started, see proc(5)


def _born_by_psutil(pid: int) -> str:
    import psutil

    try:
        return str(int(psutil.Process(pid).create_time()))
    except psutil.Error:
        return ""
