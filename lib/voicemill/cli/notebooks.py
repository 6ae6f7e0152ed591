"""voicemill run: a notebook without a person."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicemill.cli.codes import EXIT_CANCELLED, EXIT_FAILED, EXIT_SOME_FAILED
from voicemill.cli.progress import reporter
from voicemill.errors import ParameterError

if TYPE_CHECKING:
    from voicemill.headless import Errand, HeadlessRun


def run(
    notebook: Annotated[str, typer.Argument(help="Its name, such as 01_phonemes")],
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", help="name=value; may be given several times"),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option("-f", "--file", help="A YAML or JSON file of parameters; -p overrides it"),
    ] = None,
    limit: Annotated[
        str, typer.Option(help="How long its productions may take, such as 30m; else by settings")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Tell progress and result as lines of JSON")
    ] = False,
    tell: Annotated[
        str, typer.Option(help="usual: tell the people in the settings how it ended; or never")
    ] = "usual",
    schedule: Annotated[str, typer.Option(help="The schedule's entry it is done for")] = "",
    due: Annotated[str, typer.Option(help="When that entry wanted it, as 2026-03-01T03:00Z")] = "",
) -> None:
    """Execute a notebook without a person and write its report, also when it fails.

    Exit code 0: all is well.  1: the notebook could not go on, or took too long.  2: wrong
    name or parameter, nothing was started.  3: it ran to the end, and some items failed.
    4: it was asked to stop (Ctrl-C, SIGTERM, voicemill cancel, soft time limit); what was in
    work is finished.
    """
    from voicemill.headless import Errand, parameters_of_file
    from voicemill.headless.limits import seconds

    given: dict[str, Any] = {}
    for one in file or []:
        given |= parameters_of_file(one)
    given |= dict(_name_and_value(text) for text in parameter or [])
    errand = Errand(
        notebook,
        given,
        limit_s=seconds(limit) if limit else 0.0,
        schedule=schedule,
        due_at=_moment(due) if due else None,
        tell=_wants_telling(tell),
    )
    do(errand, as_json=as_json)


def do(errand: Errand, *, as_json: bool) -> None:
    """Do an errand, tell its result, and leave with the exit code that says how it went."""
    from voicemill.headless import run_notebook
    from voicemill.settings import read_settings

    done = run_notebook(errand, read_settings(), reporter(as_json=as_json))
    if as_json:
        print(_result_json(done))
    elif done.failure is None:
        print(_result_line(done))
    for sentence in done.untold:
        print(f"voicemill: {sentence}", file=sys.stderr)
    if done.report is not None and done.failure is not None:
        print(f"What was done until then: {nearby(done.report)}", file=sys.stderr)
    if done.failure is not None:
        print(f"voicemill: {done.failure}", file=sys.stderr)
    sys.exit(_exit_code(done))


def _exit_code(done: HeadlessRun) -> int:
    codes = {"failed": EXIT_FAILED, "cancelled": EXIT_CANCELLED}
    return codes.get(done.status, EXIT_SOME_FAILED if done.counts.get("failed") else 0)


def _name_and_value(text: str) -> tuple[str, str]:
    """Read name=value. The value stays text; the notebook knows what it is meant to be."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise ParameterError(
            f"'{text}' is not name=value", where="-p", remedy="Write it like -p say=both"
        )
    return name.strip(), value


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise ParameterError(
            f"'{text}' is not a moment", where="--due", remedy="Write it like 2026-03-01T03:00Z"
        ) from error


def _wants_telling(text: str) -> bool:
    if text not in ("usual", "never"):
        raise ParameterError(f"'{text}' is neither usual nor never", where="--tell")
    return text == "usual"


def _result_line(done: HeadlessRun) -> str:
    from voicemill.production.progress import duration

    progress, report = done.progress, f"report: {nearby(done.report)}" if done.report else ""
    if progress is None:
        return f"done in {duration(done.elapsed_s)} · {report}"
    nothing = ""
    if progress.existing and progress.existing == progress.total:
        nothing = f" (nothing to make: all {progress.existing} were made before)"
    return f"{progress.counts} in {duration(done.elapsed_s)}{nothing} · {report}"


def _result_json(done: HeadlessRun) -> str:
    progress = json.loads(done.progress.as_json()) if done.progress else {}
    return json.dumps(
        {
            **progress,
            **done.counts,
            "event": "finished",
            "execution": done.execution,
            "status": done.status,
            "error": str(done.failure or ""),
            "elapsed_s": round(done.elapsed_s, 2),
            "notebook": str(done.notebook or ""),
            "report": str(done.report or ""),
            "log": str(done.log),
        },
        ensure_ascii=False,
    )


def nearby(path: Path) -> str:
    """Return a path as people read it best: from where they are, if it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
