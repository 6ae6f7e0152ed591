"""Reading a scanned book says how far it is, and ends when somebody wishes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from books.pdf_samples import encoded, novel, picture, scanned, sentences
from voicemill.books.reading import read_book
from voicemill.errors import ReadingStopped

TEXT = sentences(2)
OTHERS: set[int] = set()  # processes that were there before


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    pytest.importorskip("rapidocr")
    path = tmp_path / "scan.pdf"
    path.write_bytes(scanned([picture([sentence]) for sentence in TEXT], "en"))
    return path


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files would lie."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    OTHERS.update(child.pid for child in psutil.Process().children())  # servers of other tests
    return folder


def nothing_is_left(temporary: Path) -> bool:
    # ONNX Runtime notes the session of its first import there, whoever imports it.
    left = [path for path in temporary.iterdir() if path.name != ".ses"]
    return {child.pid for child in psutil.Process().children()} <= OTHERS and not left


def test_every_recognised_page_is_told(scan: Path, temporary: Path) -> None:
    told: list[tuple[int, int]] = []
    book = read_book(scan, progress=lambda done, total: told.append((done, total)))
    assert len(book.pages) == 2
    assert told == [(0, 2), (1, 2), (2, 2)]
    assert nothing_is_left(temporary)


def test_pages_of_a_tiff_are_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rapidocr")
    monkeypatch.setenv("PATH", str(tmp_path))  # without tesseract, which would read them too
    path = tmp_path / "scan.tif"
    first, second = (picture([sentence, *[""] * 9]) for sentence in TEXT)
    path.write_bytes(encoded(first, "TIFF", save_all=True, append_images=[second]))
    told: list[tuple[int, int]] = []
    read_book(path, progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_books_of_real_text_tell_nothing_and_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "novel.pdf"
    path.write_bytes(novel(4))
    told: list[tuple[int, int]] = []
    read_book(path, progress=lambda done, total: told.append((done, total)))
    assert told == []
    with pytest.raises(ReadingStopped):
        read_book(path, stop=lambda: True)


def test_stopping_ends_with_the_page_and_leaves_nothing(scan: Path, temporary: Path) -> None:
    told: list[int] = []
    with pytest.raises(ReadingStopped) as caught:
        read_book(
            scan, progress=lambda done, _total: told.append(done), stop=lambda: told[-1:] == [1]
        )
    assert told == [0, 1]
    assert str(caught.value).startswith("scan.pdf: reading was stopped. ")
    assert nothing_is_left(temporary)


def test_whatever_the_callback_raises_ends_it_and_comes_through(
    scan: Path, temporary: Path
) -> None:
    def progress(done: int, _total: int) -> None:
        if done == 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_book(scan, progress=progress)
    assert nothing_is_left(temporary)


READS = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by jobs in the background
from voicemill.books.reading import read_book
from voicemill.errors import ReadingStopped
read_book(sys.argv[1], progress=lambda done, total: print(done, flush=True))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for groups of processes")
def test_ctrl_c_while_a_page_is_recognised_ends_everything(scan: Path, temporary: Path) -> None:
    # Many pages: on a busy machine two would be read before we come to interrupt.
    scan.write_bytes(scanned([picture([sentence]) for sentence in TEXT * 8], "en"))
    reading = subprocess.Popen(
        [sys.executable, "-c", READS, str(scan)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert reading.stdout is not None
    assert reading.stdout.readline() == "0\n"
    helpers = psutil.Process(reading.pid).children(recursive=True)
    assert helpers
    os.killpg(reading.pid, signal.SIGINT)  # as a terminal does: to the reader and its helpers
    _told, complaint = reading.communicate(timeout=30)
    assert complaint.strip().endswith("KeyboardInterrupt")
    assert not any(helper.is_running() for helper in helpers)
    assert nothing_is_left(temporary)
