import os
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "example_engine"

SCRIPT = """
from pathlib import Path
from voicemill.settings import SpeechSettings
from voicemill.speech.engine import Delivery, Utterance
from voicemill.speech.engines import Engines

engines = Engines(SpeechSettings(voices=["tone:low"]), Path.cwd())
print([voice.id for voice in engines.voices() if voice.engine == "tone"])
speech = engines.speak(Utterance("hum", delivery=Delivery(-50)), engines.voice("tone:high"))
print(speech.duration_s, speech.rate_hz)
"""


def test_an_installed_package_adds_an_engine(tmp_path: Path) -> None:
    # The folder lies on the path with its metadata, which is all that pip would do.
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": str(EXAMPLE)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == ["['tone:high', 'tone:low']", "1.2 16000"]


def test_its_metadata_says_what_its_project_says() -> None:
    declared = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]
    installed = ConfigParser()
    installed.read(EXAMPLE / "voicemill_tone-1.0.dist-info" / "entry_points.txt")
    assert dict(installed["voicemill.engines"]) == declared["voicemill.engines"]
