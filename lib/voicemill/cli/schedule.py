"""voicemill schedule: what runs without a person, and when."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicemill.cli.codes import EXIT_CANCELLED, EXIT_FAILED, EXIT_SOME_FAILED, EXIT_USAGE
from voicemill.errors import SettingsError

if TYPE_CHECKING:
    from voicemill.catalog import Execution
    from voicemill.schedule import Entry
    from voicemill.schedule.listing import Listed
    from voicemill.settings import Settings

app = typer.Typer(
    no_args_is_help=True, help="What runs without a person, and when: data/schedule.toml."
)


@app.command("list")
def list_entries(
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON")] = False,
) -> None:
    """List the entries: what comes next, in this machine's time, and how it went last."""
    from voicemill.catalog import Catalog
    from voicemill.schedule.listing import listed

    settings, entries = _read()
    with closing(Catalog.of(settings)) as catalog:
        found = listed(entries, catalog.executions, datetime.now(UTC))
    if as_json:
        print(json.dumps([_as_json(one) for one in found], ensure_ascii=False))
    for one in [] if as_json else found:
        print(f"{one.entry.name}  ({one.entry.notebook}, {one.entry.when})")
        print(f"  next  {one.next_words}")
        print(f"  last  {one.last_words}")


@app.command()
def check() -> None:
    """Say whether the schedule is right, or all that is wrong with it. Exit code 2: it is not."""
    _settings, entries = _read()
    resting = [entry.name for entry in entries if not entry.enabled]
    rest = f" (switched off: {', '.join(resting)})" if resting else ""
    count = f"{len(entries)} entr{'y' if len(entries) == 1 else 'ies'}"
    print(f"The schedule is right: {count}{rest}")


@app.command()
def run(
    entry: Annotated[str, typer.Argument(help="Do only this one, now, and end")] = "",
) -> None:
    """Do what the schedule says, until stopped by Ctrl-C or SIGTERM; or one ENTRY now.

    Exit code of an ENTRY: as of voicemill run; 1 also when the one before still goes on.
    """
    from voicemill.schedule.runner import run_entry, run_schedule

    settings, _entries = _read()
    _log_to_stderr()
    if not entry:
        run_schedule(settings)
        return
    ended = run_entry(settings, entry)
    if ended is not None and ended.report:
        print(f"report: {ended.report}")
    sys.exit(_exit_code(ended))


@app.command()
def cron() -> None:
    """Print crontab lines that do the same, for who prefers cron."""
    from voicemill.schedule.crontab import crontab

    settings, entries = _read()
    print(crontab(entries, settings), end="")


@app.command()
def install(
    only_print: Annotated[bool, typer.Option("--print", help="Show it, write nothing")] = False,
) -> None:
    """Write a systemd user unit that keeps the schedule running."""
    from voicemill.schedule.systemd import install, unit_of

    settings, _entries = _read()
    unit = unit_of(settings)
    if only_print:
        print(unit.text, end="")
        return
    install(unit, settings)
    begin, stay = unit.commands
    print(f"Written: {unit.file}\nNow let it begin, and go on when you are not logged in:")
    print(f"  {begin}\n  {stay}")
    print(f"Variables such as VOICEMILL_TELLING__URLS: systemctl --user edit {unit.name}")


def _read() -> tuple[Settings, list[Entry]]:
    """Read settings and schedule; a wrong schedule ends the command with all that is wrong."""
    from voicemill.schedule import read_schedule
    from voicemill.settings import read_settings

    settings = read_settings()
    try:
        return settings, read_schedule(settings)
    except SettingsError as error:
        print(f"voicemill: {error}", file=sys.stderr)
        raise typer.Exit(EXIT_USAGE) from error


def _exit_code(ended: Execution | None) -> int:
    if ended is None:
        return EXIT_CANCELLED
    codes = {"failed": EXIT_FAILED, "skipped": EXIT_FAILED, "cancelled": EXIT_CANCELLED}
    return codes.get(ended.status, EXIT_SOME_FAILED if ended.counts.get("failed") else 0)


def _as_json(one: Listed) -> dict[str, Any]:
    entry, last = one.entry, one.last
    return {
        "name": entry.name,
        "notebook": entry.notebook,
        "when": str(entry.when),
        "enabled": entry.enabled,
        "next": one.due.astimezone().isoformat() if one.due else None,
        "last": {
            "execution": last.id,
            "status": last.status,
            "started_at": last.started_at.isoformat(),
            "error": last.error,
            "report": last.report,
        }
        if last
        else None,
    }


def _log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("voicemill.schedule").setLevel(logging.INFO)
