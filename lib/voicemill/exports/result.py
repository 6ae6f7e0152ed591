"""What an export has made: its files, what each measures, and whether all rules are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voicemill.audio import Check
from voicemill.catalog.statistics import readable_size
from voicemill.errors import SettingsError
from voicemill.production.progress import duration
from voicemill.settings import find_root


@dataclass(frozen=True)
class ExportedFile:
    """A file of sound, or one that holds sound.

    path: in a ZIP or EPUB its name there.  title: of what is heard.  pages: the keys of its
    pages.  checksum: SHA-256 in hex.  checks: its profile's rules, measured after encoding.
    """

    path: Path
    title: str
    pages: tuple[str, ...]
    duration_s: float
    size_bytes: int
    checksum: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether it keeps every rule."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True)
class Exported:
    """An export. path: its file or folder.  files: its sound.  notes: what a person should know."""

    path: Path
    files: tuple[ExportedFile, ...]
    notes: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """How long all of it sounds."""
        return sum(file.duration_s for file in self.files)

    @property
    def passed(self) -> bool:
        """Whether every file keeps every rule."""
        return not self.failures

    @property
    def failures(self) -> tuple[str, ...]:
        """The rules that are not kept, in sentences."""
        return tuple(
            f"{file.path.name}: {check.sentence}"
            for file in self.files
            for check in file.checks
            if not check.passed
        )

    def __str__(self) -> str:
        count = len(self.files)
        parts = [f"{count} file{'' if count == 1 else 's'}"] if count else []
        parts += [duration(self.duration_s)] if self.duration_s else []
        parts += [readable_size(sum(file.size_bytes for file in self.files))] if count else []
        if self.failures:
            first, more = self.failures[0], len(self.failures) - 1
            parts.append(f"a rule is not kept: {first}" + (f" (and {more} more)" if more else ""))
        return f"{_shown(self.path)}: " + ", ".join([*parts, *self.notes])


def _shown(path: Path) -> Path:
    """Return a path as the project sees it: reports go to people who have no such folders."""
    try:
        return path.relative_to(find_root(path.parent))
    except (SettingsError, ValueError):
        return path
