"""The command line: each command is a function in one of the modules beside this one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from voicemill.cli import exports, metrics, notebooks, report, runs, schedule, upkeep, voices
from voicemill.cli.codes import EXIT_FAILED, EXIT_USAGE
from voicemill.errors import ParameterError, UnknownName, VoicemillError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def project(
    folder: Annotated[
        Path | None,
        typer.Option("--project", help="Its folder; else the one you are in, or one above it"),
    ] = None,
) -> None:
    """Turn tables of phonemes and books into finished speech audio."""
    if folder is not None:
        os.environ["VOICEMILL_ROOT"] = str(folder.resolve())


app.command()(notebooks.run)
app.command()(runs.status)
app.command()(runs.retry)
app.command()(runs.cancel)
app.command()(exports.export)
app.add_typer(schedule.app, name="schedule")
app.command()(report.report)
app.command()(metrics.metrics)
app.command()(upkeep.doctor)
app.command()(voices.voices)


def main() -> None:
    """Run the command; a Voicemill error is one sentence, not a stack trace."""
    try:
        app()
    except (UnknownName, ParameterError) as error:
        print(f"voicemill: {error}", file=sys.stderr)
        sys.exit(EXIT_USAGE)
    except VoicemillError as error:
        print(f"voicemill: {error}", file=sys.stderr)
        sys.exit(EXIT_FAILED)
