"""What a person reads when a run cannot go on: one sentence, on the terminal and in a notebook."""

import json
import subprocess
from pathlib import Path

import nbformat

from troubles import filled, small_disk
from workbench import voicemill

WORDS = ["-p", 'voices=["espeak:en-gb"]', "-p", "limit=4"]
FULL = (
    "no file can be written here, the disk is full. "
    "Make room there, then run again; finished files stay"
)


def voicemill_run(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "VOICEMILL_STORE__URL": str(project / "disk" / "audio"),
        "VOICEMILL_PRODUCTION__PATIENCE_S": "0.3",
    }
    return voicemill("run", "01_phonemes", *WORDS, *options, cwd=project, **settings)


def test_on_the_command_line_and_in_its_notebook(project: Path) -> None:
    sentence = f"{project}/disk/audio: {FULL}"
    with small_disk(project / "disk") as disk:
        films = filled(disk)
        ended = voicemill_run(project)
        assert ended.returncode == 1, ended.stderr
        last = ended.stderr.strip().splitlines()[-1]
        assert last == f"voicemill: 01_phonemes.ipynb, cell 10: {sentence}"
        assert "Traceback" not in ended.stdout + ended.stderr

        [executed] = (project / "output" / "runs").glob("*.ipynb")
        outputs = [
            output
            for cell in nbformat.read(executed, as_version=4).cells
            for output in cell.get("outputs", [])
        ]
        [error] = [output for output in outputs if output.output_type == "error"]
        assert error.traceback == [f"StoreUnavailable: {sentence}"]

        films.unlink()
        ended = voicemill_run(project, "--json")
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout.splitlines()[-1])["completed"] == 4
