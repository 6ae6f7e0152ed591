"""A project of one's own for each measurement, and a table for its figures."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


@contextmanager
def fresh_project() -> Iterator[Path]:
    """Yield a folder with settings, data and notebooks and nothing made."""
    with tempfile.TemporaryDirectory(prefix="voicemill-bench-") as folder:
        project = Path(folder)
        for name in ("data", "notebooks"):
            shutil.copytree(ROOT / name, project / name)
        shutil.copy(ROOT / "voicemill.toml", project)
        yield project


def table(title: str, rows: list[tuple[str, str, str]]) -> str:
    """Lay out (what, figure, goal) under a title."""
    width = max(len(what) for what, _figure, _goal in rows)
    lines = [f"  {what:<{width}}  {figure:>16}  {goal}".rstrip() for what, figure, goal in rows]
    return "\n".join([title, *lines])


def verdict(value: float, limit: float, *, at_most: bool) -> str:
    """Say whether a figure meets its goal."""
    kept = value <= limit if at_most else value >= limit
    sign = "≤" if at_most else "≥"
    return f"goal {sign} {limit:g}: {'kept' if kept else 'MISSED'}"
