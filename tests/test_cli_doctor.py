"""voicemill doctor, as people and cron type it."""

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from voicemill import Studio
from voicemill.catalog import FileName
from workbench import ESPEAK


def doctor(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "voicemill", "doctor", *words],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@pytest.fixture
def files(studio: Studio) -> list[str]:
    """The files of two words that were spoken."""
    items = studio.read("data/phonemes.csv", kind="phonemes")
    run = studio.produce(studio.plan(items, voices=[ESPEAK], limit=2))
    return [str(file) for file in run.results["file"]]


def test_all_is_well(project: Path, files: list[str]) -> None:
    told = doctor(project)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == "2 sources and 2 files looked at: all is well\n"


def test_it_finds_then_mends_then_finds_nothing(
    project: Path, studio: Studio, files: list[str]
) -> None:
    studio.store.delete(files[0])
    data = b"nobody's"
    orphan = FileName("phonemes", "gone", "", "en", hashlib.sha256(data).hexdigest(), "mp3").path()
    studio.store.write(orphan, data)
    path = studio.store.local_path(orphan)
    assert path is not None
    os.utime(path, (time.time() - 3600,) * 2)

    found = doctor(project)
    assert found.returncode == 1
    assert found.stdout.splitlines() == [
        f"missing   {files[0]}: its file is gone (forget it, so that it is made again)",
        f"orphan    {orphan}: no source points to this file (remove it)",
        "2 sources and 2 files looked at: 1 missing, 1 orphan",
    ]
    mended = doctor(project, "--mend")
    assert mended.returncode == 0
    assert mended.stdout.endswith("1 missing, 1 orphan; 2 mended\n")
    assert doctor(project).stdout == "1 sources and 1 files looked at: all is well\n"


def test_what_a_person_has_to_mend_keeps_the_exit_code(
    project: Path, studio: Studio, files: list[str]
) -> None:
    [source] = [one for one in studio.catalog.sources.all() if one.file == files[0]]
    studio.upkeep.approve(source.id or 0)
    studio.store.delete(files[0])
    told = doctor(project, "--mend", "--json")
    assert told.returncode == 1
    report = json.loads(told.stdout)
    assert (report["sources"], report["files"], report["mended"]) == (2, 1, True)
    [finding] = report["findings"]
    assert (finding["kind"], finding["where"], finding["mends"]) == ("missing", files[0], "")
    assert "it is approved: restore it from a backup" in finding["what"]


def test_another_store_is_one_sentence_and_nothing_is_forgotten(
    project: Path, studio: Studio, files: list[str]
) -> None:
    for file in files:
        studio.store.delete(file)
    told = doctor(project, "--mend")
    assert (told.returncode, told.stdout) == (1, "")
    assert "none of the 2 catalogued files is there" in told.stderr
    assert "Traceback" not in told.stderr
    assert len(studio.catalog.sources.all()) == 2
