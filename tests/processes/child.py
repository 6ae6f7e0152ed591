"""A process that starts runs as processes of their own, each in a few milliseconds.

It imports everything once and forks for every run it is asked for, before any thread of its
own exists. Reads commands from its standard input and writes what happens to its output, both
as lines of JSON; see nursery.py.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pandas as pd

from processes.watched import WATCHED, Watch, pass_gate, watched_studio
from voicemill.production.limits import Limits
from voicemill.production.progress import reporter_for
from voicemill.production.running import produce

# Imported for all runs, since each would spend most of its short life on them.
_WANTED_LATER = """alembic.command espeakng_loader lameenc mutagen.id3 numpy.ctypeslib numpy.fft
    pathvalidate psycopg rapidfuzz.process sqlalchemy.dialects.postgresql.psycopg sqlite3 tenacity
    voicemill.speech.words.english"""


def main() -> None:
    for name in _WANTED_LATER.split():
        importlib.import_module(name)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    while command := sys.stdin.buffer.readline():
        wanted = json.loads(command)
        if "wait" in wanted:
            _, status = os.waitpid(wanted["wait"], 0)
            tell(pid=wanted["wait"], event="gone", code=os.waitstatus_to_exitcode(status))
            continue
        pid = os.fork()
        if not pid:  # ends as any Python program does, so that its end is tested too
            return run(**wanted)
        tell(pid=pid, event="started")
    return None


def run(
    project: str,
    watch: dict[str, Any],
    rows: int,
    *,
    collection: str = "words",
    pages: list[str] | None = None,
    profile: str = "",
    catalog_url: str = "",
    start_gate: str = "",
    workers: int = 2,
    force: bool = False,
    limits: dict[str, float] | None = None,
    dies_in: str = "",
    dies_at: int = 0,
) -> None:
    """Produce a table, and tell how that ended.

    pages: texts of a book to narrate instead.
    dies_in, dies_at: the file in whose so-manieth line a worker ends the process at once.
    """
    os.environ["VOICEMILL_CATALOG__URL"] = catalog_url
    os.environ["VOICEMILL_PRODUCTION__WORKERS"] = str(workers)
    paths = {name: Path(watch[name]) for name in ("log", "gate") if watch[name]}
    studio = watched_studio(Path(project), Watch(**{**watch, **paths}))
    what = table(rows, collection) if pages is None else book(pages)
    kind = "words" if pages is None else "book"
    items = studio.read(what, kind=kind, collection=collection)
    plan = studio.plan(items, voices=[WATCHED], force=force, profile=profile)
    if dies_in:
        die_in(dies_in, dies_at)
    if start_gate:
        tell(event="ready")
        pass_gate(Path(start_gate))
    if limits is None:
        made = studio.produce(plan, report=reporter_for("none"))
    else:
        made = produce(plan, studio.shop, report=reporter_for("none"), limits=Limits(**limits))
    summary = made.summary
    counts = {name: value for name, value in vars(summary).items() if name != "status"}
    tell(event="done", status=summary.status, made=summary.made, **counts)


def die_in(file: str, nth: int) -> None:
    """Let the nth line of a file that any worker comes to be the process's last moment."""
    passed = count(1)

    def line(_frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line" and next(passed) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return line

    def call(frame: FrameType, _event: str, _argument: object) -> Any:
        return line if frame.f_code.co_filename.endswith(f"/{file}") else None

    threading.settrace(call)


def table(rows: int, collection: str = "words") -> pd.DataFrame:
    """Return a table of so many different things to say, said in no other collection."""
    keys = [f"w{number}" for number in range(rows)]
    return pd.DataFrame({"key": keys, "text": [f"of {collection} word {key}" for key in keys]})


def book(pages: list[str]) -> pd.DataFrame:
    """Return pages of English with these texts."""
    numbers = [str(number + 1) for number in range(len(pages))]
    return pd.DataFrame({"page": numbers, "chapter": "", "text": pages, "language": "en"})


def tell(**values: Any) -> None:
    """Write a line in one piece; several processes share the pipe."""
    os.write(1, (json.dumps({"pid": os.getpid(), **values}) + "\n").encode())


if __name__ == "__main__":
    main()
