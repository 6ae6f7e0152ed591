"""02_books as people and cron run it, and what its page shows."""

from __future__ import annotations

import html
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from books.pdf_samples import picture, scanned
from servers.gemini import KEY, MODEL, GeminiServer, page
from voicemill import Studio
from voicemill.books.book import Block, Book, Page
from voicemill.errors import ParameterError
from voicemill.headless import checked_parameters
from voicemill.review.cleaning import cleaning
from voicemill.settings import Settings
from workbench import ESPEAK, ROOT, voicemill


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project in which the Hindi sample was narrated and exported by the notebook."""
    import shutil

    folder = tmp_path_factory.mktemp("project")
    for name in ("data", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "voicemill.toml", folder)
    words = ["-p", "book=data/books/sample_hi.epub", "-p", "voices=espeak:hi"]
    ended = voicemill("run", "02_books", *words, "-p", "exports=m4b,epub", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return folder, ended.stdout


def test_a_book_file_becomes_an_audiobook_without_a_person(finished: tuple[Path, str]) -> None:
    folder, output = finished
    assert "8 completed, 0 failed, 0 skipped" in output
    made = sorted(path.suffix for path in (folder / "output" / "books" / "sample_hi").iterdir())
    assert made == [".epub", ".json", ".m4b", ".srt", ".vtt"]


def test_its_report_plays_offline_and_says_what_was_made(finished: tuple[Path, str]) -> None:
    folder, _output = finished
    [report] = (folder / "output" / "reports").glob("02_books*.html")
    page = report.read_text(encoding="utf-8")
    assert page.count("<audio") == 8
    assert "100 %, 8 pages (8 completed)" in page
    assert ".m4b" in page
    assert "studio.plan" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_another_process_asks_how_far_the_book_is(finished: tuple[Path, str]) -> None:
    folder, _output = finished
    script = (
        "import json; from voicemill import Studio; "
        "print(json.dumps(Studio.open().books.status('sample_hi').as_dict()))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    status = json.loads(ended.stdout)
    assert status["processing_status"] == "completed"
    assert status["pages_status"] == {"pending": 0, "processing": 0, "completed": 8, "failed": 0}
    assert (status["audio_ready"], status["processing_progress"]) == (True, 100)
    assert status["title"] == "इंतज़ार करती घड़ी"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"boks": "x.epub"}, "did you mean 'book'"),
        ({"pauses": '{"sentence": 90}'}, "less than or equal to 60"),
        ({"exports": "m4a"}, "should be 'm4b'"),
    ],
)
def test_wrong_parameters_are_refused_before_it_starts(
    project: Path, words: dict[str, str], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        checked_parameters("02_books", words, Settings(root=project))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-p", 'pauses={"sentense": 1}'], "Did you mean 'sentence'"),
        (["-p", "book=data/books/none.epub"], "none.epub"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_spoken(
    project: Path, words: list[str], message: str
) -> None:
    ended = voicemill("run", "02_books", *words, "-p", f"voices={ESPEAK}", cwd=project)
    assert ended.returncode != 0
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (project / "output" / "audio").exists()


def test_the_cleaning_view_shows_what_went_and_what_came() -> None:
    blocks = (
        Block("header", "THE HILL <b>"),
        Block("paragraph", "He was different.", raw="He was dif-\nferent.¹"),
        Block("footnote", "1 From whom?"),
    )
    book = Book(
        "The Hill", "", "en", (Page(1, blocks, "xii"), Page(2, (Block("paragraph", "So."),)))
    )
    shown = cleaning(book).html
    assert "cleaning changed 1 pages" in shown
    assert "1 footnotes, 1 page headers" in shown
    assert "<del>THE HILL &lt;b&gt;</del>" in shown
    assert "So." not in shown
    assert "<del>-\n</del>" in shown
    assert html.unescape(shown).count("xii") == 1


def test_a_scan_is_read_by_gemini_when_the_settings_have_its_key(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = project / "scan.pdf"
    scan.write_bytes(scanned([picture(["The ferryman waited."])], "en"))
    with GeminiServer() as server, monkeypatch.context() as patched:
        server.will(page(("heading", "The Ferry", 1), ("paragraph", "The ferryman waited.")))
        patched.setenv("VOICEMILL_BOOKS__GEMINI_KEY", KEY)
        patched.setenv("VOICEMILL_BOOKS__GEMINI_URL", server.url)
        patched.setenv("VOICEMILL_BOOKS__GEMINI_MODEL", MODEL)
        with closing(Studio.open(project)) as studio:
            pages, book = studio.books.read(scan)
            assert KEY not in repr(studio.settings)
    assert pages["text"].tolist() == ["# The Ferry\n\nThe ferryman waited."]
    assert pages["language"].tolist() == ["en"]
    assert any("Gemini" in name for name in book.extraction)
    assert "recognised 1 of 1 pages" in capsys.readouterr().out


def test_what_is_typed_into_the_editor_is_in_the_table(studio: Studio) -> None:
    table = pd.DataFrame({"page": ["1", "2"], "chapter": "", "text": ["One.", "Two."]})
    pages = studio.read(table, kind="book")
    editor = studio.books.edit(pages)
    assert "application/vnd.jupyter.widget-view+json" in editor._repr_mimebundle_()
    editor.page.value = 1
    assert editor.text.value == "Two."
    editor.text.value = "Two and a half."
    editor.voice.value = f" {ESPEAK} "
    editor.page.value = 0
    assert editor.text.value == "One."
    assert pages["text"].tolist() == ["One.", "Two and a half."]
    assert pages["voice"].tolist() == ["", ESPEAK]
