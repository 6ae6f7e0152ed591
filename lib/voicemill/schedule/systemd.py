"""A systemd user unit that keeps the schedule running, also after a restart of the machine."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from voicemill.errors import SettingsError, StoreError
from voicemill.settings import Settings

_STOP_S = 60  # for what an item in work needs beyond its own limit


@dataclass(frozen=True)
class Unit:
    """A unit's name, where it belongs, and what it says."""

    name: str
    file: Path
    text: str

    @property
    def commands(self) -> tuple[str, str]:
        """What to type for it to begin, and to go on when nobody is logged in."""
        enable = f"systemctl --user daemon-reload && systemctl --user enable --now {self.name}"
        return enable, "loginctl enable-linger"


def unit_of(settings: Settings) -> Unit:
    """Return the unit of a project. Raises SettingsError when its path cannot stand in one."""
    root = str(settings.root)
    if "\n" in root:
        raise SettingsError(
            "this folder has a line break in its name, which a unit cannot have",
            where=repr(root),
            remedy="Rename it",
        )
    plain = re.sub(r"[^A-Za-z0-9_.]+", "-", settings.root.name).strip("-.") or "project"
    name = f"voicemill-{plain}.service"
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Unit(name, config / "systemd" / "user" / name, _text(settings))


def install(unit: Unit, settings: Settings) -> None:
    """Write the unit. Raises SettingsError when its name belongs to another project, StoreError."""
    try:
        if unit.file.exists() and _root_line(settings) not in unit.file.read_text(encoding="utf-8"):
            raise SettingsError(
                "a unit of this name serves another folder",
                where=str(unit.file),
                remedy="Rename this project's folder, or delete that unit",
            )
        unit.file.parent.mkdir(parents=True, exist_ok=True)
        unit.file.write_text(unit.text, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"the unit cannot be written ({error.strerror or error})", where=str(unit.file)
        ) from error


def _text(settings: Settings) -> str:
    stop_s = round(settings.production.item_limit_s) + _STOP_S
    root = str(settings.root).replace("%", "%%")
    return f"""\
# Written by: voicemill schedule install
[Unit]
Description=Voicemill's schedule in {root}

[Service]
WorkingDirectory={root}
{_root_line(settings)}
ExecStart={_quoted(sys.executable).replace("$", "$$")} -m voicemill schedule run
Restart=on-failure
RestartSec=30
# A wrong schedule does not become right by starting again.
RestartPreventExitStatus=2
# The schedule asks its notebooks itself to finish what is in work.
KillMode=mixed
TimeoutStopSec={stop_s}

[Install]
WantedBy=default.target
"""


def _root_line(settings: Settings) -> str:
    return f"Environment={_quoted(f'VOICEMILL_ROOT={settings.root}')}"


def _quoted(text: str) -> str:
    """Quote for systemd, see systemd.syntax(7); a percent sign begins a specifier."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
