"""Several processes that produce the same table at the same time."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processes.nursery import Nursery
from processes.watched import Watch, shut


@dataclass(frozen=True)
class Together:
    """How the runs ended, what each process's run said, and how often each text was spoken."""

    summaries: list[Mapping[str, Any]]
    spoken: Counter[str]
    processes: int
    elapsed_s: float


def produce_together(
    project: Path,
    nursery: Nursery,
    processes: int,
    rows: int,
    *,
    watch: Watch,
    catalog_url: str = "",
    force: tuple[bool, ...] = (),
) -> Together:
    """Let processes plan the same table, and when all have, run their plans.

    force: of each process, whether it makes again what exists.
    """
    before = len(watch.spoken())
    with shut(project / "start") as start_all:
        options = {"catalog_url": catalog_url, "start_gate": str(project / "start")}
        forced = force or (False,) * processes
        pids = [nursery.start(project, watch, rows, force=one, **options) for one in forced]
        for pid in pids:
            nursery.ready(pid)
        began_s = time.monotonic()
        start_all()
    summaries = [nursery.done(pid) for pid in pids]
    elapsed_s = time.monotonic() - began_s
    assert [nursery.wait(pid) for pid in pids] == [os.EX_OK] * processes
    spoken = Counter(watch.spoken()[before:])
    return Together(summaries, spoken, len(watch.by_process()), elapsed_s)
