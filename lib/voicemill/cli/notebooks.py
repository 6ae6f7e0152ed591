"""voicemill run: a notebook without a person."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicemill.cli.codes import EXIT_CANCELLED, EXIT_SOME_FAILED
from voicemill.cli.progress import reporter
from voicemill.errors import ParameterError

if TYPE_CHECKING:
    from voicemill.headless import HeadlessRun


def run(
    notebook: Annotated[str, typer.Argument(help="Its name, such as 01_phonemes")],
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", help="name=value; may be given several times"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Tell progress and result as lines of JSON")
    ] = False,
) -> None:
    """Execute a notebook without a person and write its report.

    Exit code 0: all is well.  1: the notebook could not go on.  2: wrong name or parameter,
    nothing was started.  3: it ran to the end, and some items failed.  4: it was asked to stop
    (Ctrl-C, SIGTERM, voicemill cancel, time limit); what was in work is finished.
    """
    from voicemill.headless import run_notebook
    from voicemill.settings import read_settings

    settings = read_settings()
    given = dict(_name_and_value(text) for text in parameter or [])
    done = run_notebook(notebook, given, settings, reporter(as_json=as_json))
    print(_result_json(done) if as_json else _result_line(done))
    if done.progress is not None and done.progress.cancelled:
        sys.exit(EXIT_CANCELLED)
    if done.progress is not None and done.progress.failed:
        sys.exit(EXIT_SOME_FAILED)


def _name_and_value(text: str) -> tuple[str, Any]:
    """Read name=value; true, false, whole numbers and lists in JSON become what they say."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise ParameterError(
            f"'{text}' is not name=value", where="-p", remedy="Write it like -p say=both"
        )
    # 007 and "no" stay text: only what a JSON reader would write the same way is converted.
    try:
        read = json.loads(value)
    except ValueError:
        return name.strip(), value
    is_plain = isinstance(read, bool | list) or (isinstance(read, int) and str(read) == value)
    return name.strip(), read if is_plain else value


def _result_line(done: HeadlessRun) -> str:
    from voicemill.production.progress import duration

    progress, report = done.progress, _nearby(done.report)
    if progress is None:
        return f"done in {duration(done.elapsed_s)} · report: {report}"
    nothing = ""
    if progress.existing and progress.existing == progress.total:
        nothing = f" (nothing to make: all {progress.existing} were made before)"
    return f"{progress.counts} in {duration(done.elapsed_s)}{nothing} · report: {report}"


def _result_json(done: HeadlessRun) -> str:
    counts = json.loads(done.progress.as_json()) if done.progress else {}
    return json.dumps(
        {
            **counts,
            "event": "finished",
            "elapsed_s": round(done.elapsed_s, 2),
            "notebook": str(done.notebook),
            "report": str(done.report),
        },
        ensure_ascii=False,
    )


def _nearby(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
