"""Crontab lines that do what the schedule says, for who prefers cron."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

from voicemill.errors import SettingsError
from voicemill.schedule.entries import Entry
from voicemill.settings import Settings


def crontab(entries: Sequence[Entry], settings: Settings) -> str:
    """Return a crontab's lines. They hold from anywhere, and need nothing of the environment.

    Each starts `voicemill schedule run NAME`, so that parameters and limits stay in the file.
    Raises SettingsError when the project's path cannot stand in a crontab.
    """
    lines = [f"# Voicemill's schedule in {_one_line(settings)}; add it with: crontab -e"]
    for entry in entries:
        if entry.enabled:
            lines += ["", *_comments(entry), *_lines(entry, settings)]
    return "\n".join(lines) + "\n"


def _comments(entry: Entry) -> list[str]:
    lines = [f"# {entry.name}: {entry.when}"]
    if entry.when.zone:
        lines.append("# cron counts in this machine's time; where it can count in another:")
        lines.append(f"# CRON_TZ={entry.when.zone}")
    return lines


def _lines(entry: Entry, settings: Settings) -> list[str]:
    if not entry.when.words.cron:
        return ["# cron cannot do this: it knows no seconds"]
    root = shlex.quote(str(settings.root))
    command = (
        f"cd {root} && mkdir -p output/schedule && VOICEMILL_ROOT={root} "
        f"{shlex.quote(sys.executable)} -m voicemill schedule run {entry.name} "
        ">> output/schedule/cron.log 2>&1"
    )
    # cron ends a command at a bare % and hands on the rest as its input, see crontab(5).
    return [f"{entry.when.words.cron} {command}".replace("%", r"\%")]


def _one_line(settings: Settings) -> str:
    root = str(settings.root)
    if "\n" in root:
        raise SettingsError(
            "this folder has a line break in its name, which a crontab cannot have",
            where=repr(root),
            remedy="Rename it",
        )
    return root
