"""A project with a bit of everything, and its production report, made once for all tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing

import pytest
from report_samples import Told, with_everything

from voicemill import Studio
from voicemill.speech.engines import Engines
from workbench import ROOT, opened, voicemill


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory, engines: Engines) -> Iterator[Studio]:
    """A studio in a project with a bit of everything; tests only read it."""
    folder = tmp_path_factory.mktemp("everything")
    for name in ("data", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "voicemill.toml", folder)
    with closing(opened(folder, engines)) as studio:
        with_everything(studio)
        yield studio


@pytest.fixture(scope="session")
def told(everything: Studio) -> Told:
    """Its production report, with players for all, most of them beside the page."""
    wishes = {"players": "all", "audio_limit_mb": "0.05", "name": "told"}
    words = [word for wish in wishes.items() for word in ("-p", "=".join(wish))]
    folder = everything.settings.root
    ended = voicemill("run", "05_report", *words, cwd=folder)
    assert ended.returncode == 0, ended.stderr
    beside = folder / "output" / "reports"
    [page] = beside.glob("05_report_*.html")
    return Told(page, beside / "told_tables", beside / "told_audio")
