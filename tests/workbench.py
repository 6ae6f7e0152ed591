"""What several tests share: the names of voices, and how to open a project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from voicemill import Studio
from voicemill.production.workshop import open_workshop
from voicemill.speech.engines import Engines

ROOT = Path(__file__).parent.parent
PIPER = "piper:en_US-joe-medium"
ESPEAK = "espeak:en-gb"


def opened(project: Path, engines: Engines) -> Studio:
    """Open a project with the shared engines."""
    return Studio(replace(open_workshop(project), engines=engines))
