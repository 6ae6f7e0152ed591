"""voicemill status, retry, cancel: runs, of this process or another."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicemill.cli.codes import EXIT_CANCELLED, EXIT_FAILED, EXIT_SOME_FAILED
from voicemill.cli.progress import reporter

if TYPE_CHECKING:
    from voicemill.catalog import Catalog, RunState

_NEWEST = 10  # runs listed
_FAILURES = 20  # failures listed
_LOOK_S = 0.5  # how often --follow looks

RunId = Annotated[str, typer.Argument(help="Its id, or the beginning of it; else the newest")]
AsJson = Annotated[bool, typer.Option("--json", help="Tell it as JSON")]


def status(
    run: Annotated[str, typer.Argument(help="Its id, the beginning of it, or: last")] = "",
    as_json: AsJson = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on telling until it ends")] = False,
) -> None:
    """Say how far a run is, whatever process it runs in; without RUN list the newest runs.

    With --follow the exit code says how it ended: 0 well, 1 it could not go on, 3 some items
    failed, 4 it was stopped.
    """
    from voicemill.catalog import Catalog
    from voicemill.settings import read_settings

    with closing(Catalog(read_settings().catalog_url)) as catalog:
        if follow:
            sys.exit(_follow(catalog, _id(run), as_json=as_json))
        if not run:
            _list(catalog, as_json=as_json)
            return
        state = catalog.runs.state(_id(run))
        failures = catalog.runs.outcomes(state.id, "failed", _FAILURES)
        print(_as_json(state, failures) if as_json else _as_text(state, failures))


def retry(run: RunId = "", as_json: AsJson = False) -> None:
    """Make the items that failed in a run, as they were asked for then.

    Exit code 0: all are made now.  3: some failed again.  4: it was stopped.
    """
    from voicemill import Studio

    with closing(Studio.open()) as studio:
        done = studio.retry(_id(run), report=reporter(as_json=as_json)).summary
    print(json.dumps(asdict(done)) if as_json else f"{done} · run {done.run_id}")
    if done.failed or done.cancelled:
        sys.exit(EXIT_CANCELLED if done.cancelled else EXIT_SOME_FAILED)


def cancel(run: RunId = "") -> None:
    """Ask a run, in whatever process, to finish its current items and stop."""
    from voicemill.catalog import Catalog
    from voicemill.settings import read_settings

    with closing(Catalog(read_settings().catalog_url)) as catalog:
        state = catalog.runs.state(_id(run))
        if state.status != "processing":
            print(f"Run {state.id} is {state.status} already")
            return
        catalog.runs.ask_to_stop(state.id, "cancelled from the command line")
        print(f"Run {state.id} was asked to stop; see: voicemill status {state.id}")


def _id(run: str) -> str:
    return "" if run == "last" else run


def _list(catalog: Catalog, *, as_json: bool) -> None:
    from voicemill.production.progress import Progress

    states = [catalog.runs.state(row["id"]) for row in catalog.runs.table(_NEWEST)]
    if as_json:
        print(json.dumps([json.loads(_as_json(state, [])) for state in states], ensure_ascii=False))
    elif not states:
        print("There was no run yet. Begin with: voicemill run 01_phonemes")
    for state in [] if as_json else states:
        began = f"{state.started_at.astimezone():%Y-%m-%d %H:%M}"
        print(f"{state.id}  {began}  {state.status:10}  {Progress.of(state).counts}  {state.title}")


def _follow(catalog: Catalog, run: str, *, as_json: bool) -> int:
    """Tell a run's progress until it ends; returns the exit code."""
    from voicemill.production.progress import Progress

    tell = reporter(as_json=as_json)
    state = catalog.runs.state(run)
    while state.status == "processing":
        tell(Progress.of(state))
        time.sleep(_LOOK_S)
        state = catalog.runs.state(state.id)
    tell(Progress.of(state))
    failures = catalog.runs.outcomes(state.id, "failed", _FAILURES)
    print(_as_json(state, failures) if as_json else _as_text(state, failures))
    codes = {"failed": EXIT_FAILED, "cancelled": EXIT_CANCELLED}
    return codes.get(state.status, EXIT_SOME_FAILED if state.counts.failed else 0)


def _as_text(state: RunState, failures: list[dict[str, Any]]) -> str:
    from voicemill.production.progress import Progress, duration

    lines = [f"Run {state.id}: {state.status}, {Progress.of(state)}".rstrip()]
    lines += [f"  {state.title}"] if state.title else []
    began = f"{state.started_at.astimezone():%d %B %Y, %H:%M:%S}"
    lines.append(f"  begun {began} by {state.started_by}, took {duration(state.elapsed_s)}")
    lines.append(f"  {Progress.of(state).counts}")
    lines += [f"  {state.error}"] if state.error else []
    lines += [f"  failed: {row['collection']} '{row['key']}': {row['reason']}" for row in failures]
    more = state.counts.failed - len(failures)
    return "\n".join([*lines, *([f"  … and {more} more"] if more > 0 else [])])


def _as_json(state: RunState, failures: list[dict[str, Any]]) -> str:
    from voicemill.production.progress import Progress

    names = ("collection", "key", "voice", "error_class", "reason")
    values = {
        **json.loads(Progress.of(state).as_json()),
        "event": "status",
        "status": state.status,
        "title": state.title,
        "started_by": state.started_by,
        "started_at": state.started_at.isoformat(),
        "finished_at": state.finished_at.isoformat() if state.finished_at else None,
        "error": state.error,
        "making": list(state.making),
        "failures": [{name: row[name] for name in names} for row in failures],
    }
    return json.dumps(values, ensure_ascii=False)
