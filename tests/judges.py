"""Programs of others that judge our files, and what to do where one is not installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NoReturn

import pytest


def not_here(reason: str) -> NoReturn:
    """Skip a test for people; in CI, where everything must be tested, let it fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def judge(program: str) -> str:
    """Return where a program is."""
    found = shutil.which(program)
    return found or not_here(f"{program}, an independent judge of these files, is not installed")


def probed(file: Path) -> dict[str, Any]:
    """Return what ffprobe says of a file in which it finds no fault."""
    shown = ("-show_format", "-show_streams", "-show_chapters", "-of", "json")
    command = [judge("ffprobe"), "-v", "error", *shown, str(file)]
    told = subprocess.run(command, capture_output=True, check=True)
    assert not told.stderr, told.stderr.decode()
    return dict(json.loads(told.stdout))
