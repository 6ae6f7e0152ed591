"""A little narrated book, and ffprobe as an independent judge of what is made of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from io import BytesIO

import pytest
from little_book import narrated_book

from voicemill import Studio
from voicemill.production.narration.audiobook import Audiobook
from voicemill.speech.engines import Engines
from workbench import ESPEAK, ROOT, opened


@pytest.fixture(scope="session")
def cover() -> bytes:
    from PIL import Image

    file = BytesIO()
    Image.new("RGB", (60, 80), "navy").save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="session")
def shelf(
    engines: Engines, cover: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Studio]:
    """A project with a little book, narrated once; tests read it and do not change it."""
    project = tmp_path_factory.mktemp("shelf")
    for name in ("voicemill.toml", "data"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, project / name)
    (project / "cover.png").write_bytes(cover)
    studio = opened(project, engines)
    narrated_book(studio, ESPEAK)
    yield studio
    studio.close()


@pytest.fixture(scope="session")
def book(shelf: Studio) -> Audiobook:
    return shelf.books.open("hill")
