"""What several tests share: the names of voices, and how to open a project."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from voicemill import Studio
from voicemill.production.workshop import open_workshop
from voicemill.speech.engines import Engines

ROOT = Path(__file__).parent.parent
PIPER = "piper:en_US-joe-medium"
ESPEAK = "espeak:en-gb"
VOICEMILL = (sys.executable, "-m", "voicemill")


def opened(project: Path, engines: Engines) -> Studio:
    """Open a project with the shared engines."""
    return Studio(replace(open_workshop(project), engines=engines))


def voicemill(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Type a command. Warnings are errors, in notebooks too.

    What a closing kernel leaves unclosed is for jupyter_client to mend.
    """
    warnings = {"PYTHONWARNINGS": "error,ignore::ResourceWarning"}
    return subprocess.run(
        [*VOICEMILL, *words],
        cwd=cwd,
        env={**os.environ, **warnings, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
