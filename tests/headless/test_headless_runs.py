"""Executions that end well, fail, hang or are stopped, and what they leave behind."""

import json
import os
import signal
import subprocess
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest

from small_notebooks import write_notebook
from voicemill.catalog import Catalog, Execution
from voicemill.headless.files import new_files
from voicemill.settings import Settings
from workbench import VOICEMILL, voicemill

HANGS = "import time\nprint('begun', flush=True)\ntime.sleep(600)"
DEAF = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + HANGS


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A project with nothing in it."""
    (tmp_path / "voicemill.toml").touch()
    return tmp_path


@dataclass(frozen=True)
class Done:
    """What `voicemill run mine` told: its exit code, its last line of JSON, its errors."""

    code: int
    told: dict[str, Any]
    errors: str

    def text(self, name: str) -> str:
        return Path(self.told[name]).read_text(encoding="utf-8")


def executed(root: Path, *words: str, **variables: str) -> Done:
    ended = voicemill("run", "mine", "--json", *words, cwd=root, **variables)
    lines = ended.stdout.splitlines()
    return Done(ended.returncode, json.loads(lines[-1]) if lines else {}, ended.stderr)


def recorded(root: Path) -> Execution:
    with closing(Catalog(Settings(root=root).catalog_url)) as catalog:
        return catalog.executions.get()


def files_of(root: Path) -> set[str]:
    return {file.suffix for file in (root / "output").rglob("mine_*") if file.is_file()}


def test_in_crons_bare_environment_it_leaves_notebook_report_log_and_record(
    bare: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    write_notebook(bare, "mine", 'greeting = "hello"', "print(greeting, 'tiếng Việt')")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    ended = subprocess.run(
        [*VOICEMILL, "--project", str(bare), "run", "mine", "-p", "greeting=007", "--json"],
        cwd=elsewhere,
        env={"HOME": str(elsewhere), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    told = json.loads(ended.stdout.splitlines()[-1])
    found = recorded(bare)
    assert (found.id, found.status, found.error) == (told["execution"], "completed", "")
    assert found.parameters == {"greeting": "007"}
    assert str(bare / found.executed) == told["notebook"]
    assert str(bare / found.report) == told["report"]
    assert "007 tiếng Việt" in Path(told["report"]).read_text(encoding="utf-8")
    assert "greeting='007'" in (bare / found.log).read_text(encoding="utf-8")
    assert not list((bare / "output" / "runs").glob(".*"))


def test_two_in_one_second_do_not_share_their_files(bare: Path) -> None:
    now = datetime.now(UTC)
    names = [new_files("mine", now, Settings(root=bare)) for _ in range(3)]
    assert len({one.executed for one in names} | {one.report for one in names}) == 6


def test_a_failed_one_keeps_its_notebook_with_a_link_to_the_cell_and_its_report(
    bare: Path,
) -> None:
    write_notebook(bare, "mine", "count = 1", "print('before')", "1 / 0", "print('after')")
    done = executed(bare)
    assert (done.code, done.told["status"]) == (1, "failed")
    assert done.told["error"].startswith("mine.ipynb, cell 3: ZeroDivisionError: division by zero")
    assert f"voicemill: {done.told['error']}" in done.errors
    assert "Traceback" not in done.errors
    assert 'id=\\"papermill-error-cell\\"' in done.text("notebook")
    assert "#papermill-error-cell" in done.text("notebook")
    assert "before" in done.text("report")
    assert "division by zero" in done.text("report")
    assert (recorded(bare).status, recorded(bare).error) == ("failed", done.told["error"])
    assert "ERROR" in done.text("log")


def test_secrets_are_masked_wherever_they_would_stand(bare: Path) -> None:
    secret = "s3cret-Wor/d"
    show = "import os\nprint(os.environ['VOICEMILL_BOOKS__GEMINI_KEY'])"
    write_notebook(bare, "mine", 'word = ""', show, "raise ValueError(word)")
    words = ("-p", f"word=it was {secret}")
    done = executed(bare, *words, VOICEMILL_BOOKS__GEMINI_KEY=secret)
    assert done.code == 1
    assert secret not in str(done.told) + done.errors
    for file in (bare / "output").rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file


@pytest.mark.parametrize("cell", [HANGS, DEAF])
def test_a_hung_one_is_cut_off_in_its_cell(bare: Path, cell: str) -> None:
    write_notebook(bare, "mine", "count = 1", cell)
    done = executed(bare, "--limit", "4s")
    assert (done.code, done.told["status"]) == (1, "failed")
    assert done.told["error"] == "mine.ipynb, cell 2: it was cut off after its time limit (6.0 s)"
    notebook = nbformat.reads(done.text("notebook"), as_version=4)
    outputs = [str(output) for code in notebook.cells for output in code.get("outputs", ())]
    assert any("begun" in output for output in outputs)
    assert "papermill-error-cell" in done.text("notebook")
    assert "cut off after its time limit" in done.text("report")
    assert recorded(bare).error == done.told["error"]


def test_a_signal_stops_one_that_produces_nothing(bare: Path) -> None:
    waiting = "import time, pathlib\npathlib.Path('begun').touch()\ntime.sleep(600)"
    write_notebook(bare, "mine", "", waiting)
    with subprocess.Popen(
        [*VOICEMILL, "run", "mine", "--json"],
        cwd=bare,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not (bare / "begun").exists():
            assert process.poll() is None
            os.sched_yield()
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 4
    last = json.loads(output.splitlines()[-1])
    assert (last["event"], last["status"]) == ("finished", "cancelled")
    assert "it was stopped (the process was told to end (SIGTERM))" in errors
    assert recorded(bare).status == "cancelled"
    assert files_of(bare) == {".ipynb", ".html", ".log"}


def test_notebooks_that_start_together_do_not_disturb_each_other(bare: Path) -> None:
    write_notebook(bare, "mine", "", "print('hello')")
    begun = [
        subprocess.Popen(
            [*VOICEMILL, "run", "mine"], cwd=bare, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    errors = [process.communicate(timeout=100)[1] for process in begun]
    assert [process.returncode for process in begun] == [0, 0, 0], errors


def test_a_kernel_that_does_not_exist_is_one_sentence_and_a_record(bare: Path) -> None:
    file = write_notebook(bare, "mine", "", "print('hello')")
    file.write_text(file.read_text().replace('"name": "python3"', '"name": "cobol"'))
    done = executed(bare)
    assert (done.code, done.told["status"]) == (1, "failed")
    assert "cobol" in done.told["error"]
    assert "Traceback" not in done.errors
    assert recorded(bare).status == "failed"


def test_without_a_catalog_nothing_starts_and_the_log_says_why(bare: Path) -> None:
    write_notebook(bare, "mine", "", "print('hello')")
    (bare / "output").mkdir()
    (bare / "output" / "catalog.db").mkdir()
    done = executed(bare)
    assert (done.code, done.told["notebook"]) == (1, "")
    assert "catalog" in done.errors
    assert done.told["error"] in done.text("log")
