"""Projects to work in, and engines shared by all tests so that models load once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from browsers import running_browser
from voicemill import Studio
from voicemill.settings import SpeechSettings
from voicemill.speech.engines import Engines
from workbench import ROOT, opened

# People find new examples, CI repeats the same few; neither fails for being slow today.
settings.register_profile("people", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=30)
settings.load_profile("ci" if os.environ.get("CI") else "people")


# They start notebooks, browsers and processes. Begun first, they leave no worker without work at
# the end, while another is busy with one of them.
_LONG = (
    "test_headless.py", "test_command_runs.py", "test_desk_browser.py", "test_headless_runs.py",
    "test_ocr.py", "test_books_notebook.py", "test_two_at_once.py", "test_killed.py",
    "test_voices_notebook.py", "test_blind_browser.py", "test_production_report.py",
    "test_kokoro.py", "test_books_together.py", "test_runner.py", "test_trouble_told.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    items.sort(key=lambda item: item.path.name not in _LONG)


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Engines:
    """Every installed engine; the Piper model is loaded once for all tests."""
    return Engines(SpeechSettings(), tmp_path_factory.mktemp("engines"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium. Only one at a time can be in a process, and its event loop is in others' way."""
    with running_browser() as found:
        yield found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder as a newcomer has it: settings, tables, notebooks, nothing made yet."""
    for name in ("voicemill.toml", "data", "notebooks"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    return tmp_path


@pytest.fixture
def studio(project: Path, engines: Engines) -> Iterator[Studio]:
    """A studio in a fresh project."""
    found = opened(project, engines)
    yield found
    found.close()
