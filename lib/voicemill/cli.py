"""The command line: voicemill run, voicemill voices."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicemill.errors import ParameterError, UnknownName, VoicemillError

if TYPE_CHECKING:
    from voicemill.headless import HeadlessRun
    from voicemill.production.progress import Progress

EXIT_FAILED, EXIT_USAGE, EXIT_SOME_FAILED = 1, 2, 3

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Turn tables of phonemes and books into finished speech audio.",
)


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


@app.callback()
def _commands() -> None:
    """Keep `voicemill run` a sub-command even while there are few."""


@app.command()
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
    nothing was started.  3: it ran to the end, and some items failed.
    """
    from voicemill.headless import run_notebook
    from voicemill.settings import read_settings

    settings = read_settings()
    given = dict(_name_and_value(text) for text in parameter or [])
    done = run_notebook(notebook, given, settings, _reporter(as_json=as_json))
    print(_result_json(done) if as_json else _result_line(done))
    if done.progress is not None and done.progress.failed:
        sys.exit(EXIT_SOME_FAILED)


@app.command()
def voices(
    language: Annotated[str, typer.Option(help="Such as en, which finds en-GB too")] = "",
    gender: Annotated[str, typer.Option(help="female or male")] = "",
    accent: Annotated[str, typer.Option(help="Such as British")] = "",
    engine: Annotated[str, typer.Option(help="Such as edge")] = "",
    refresh: Annotated[
        bool, typer.Option("--refresh", help="First fetch the lists of voices on the network")
    ] = False,
) -> None:
    """List voices: language, gender, accent, and how to get those that are not here."""
    from voicemill.settings import read_settings
    from voicemill.speech.choosing import VoiceWish
    from voicemill.speech.engines import Engines

    settings = read_settings()
    wish = VoiceWish(language, gender, accent, engine)
    engines = Engines(settings.speech, settings.root)
    if refresh:
        print("\n".join(engines.refresh_voices()), file=sys.stderr)
    found = wish.among(engines.voices())
    for voice in found:
        state = "" if voice.installed else f"  not installed: {voice.remedy}"
        kind = " ".join(part for part in (voice.gender, voice.accent) if part)
        print(f"{voice.id:32} {voice.language:14} {kind:28} {voice.title}{state}".rstrip())
    if not found:
        print("No voice fits. Leave out a wish, or see all with: voicemill voices")


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


def _reporter(*, as_json: bool) -> Callable[[Progress], None]:
    from voicemill.production.progress import JsonReporter, TerminalReporter, TextReporter

    if as_json:
        return JsonReporter(sys.stdout)
    return TerminalReporter() if sys.stderr.isatty() else TextReporter(sys.stderr)


def _result_line(done: HeadlessRun) -> str:
    from voicemill.production.progress import duration

    progress, report = done.progress, _nearby(done.report)
    if progress is None:
        return f"done in {duration(done.elapsed_s)} · report: {report}"
    counts = f"{progress.completed} completed, {progress.failed} failed, {progress.skipped} skipped"
    nothing = ""
    if progress.existing and progress.existing == progress.total:
        nothing = f" (nothing to make: all {progress.existing} were made before)"
    return f"{counts} in {duration(done.elapsed_s)}{nothing} · report: {report}"


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
