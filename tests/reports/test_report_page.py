"""Pages of executed notebooks: those that failed, tables, colours."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import html5lib
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser
from report_browser import opened_page, too_wide

from browsers import shot, violations
from voicemill.errors import StoreError
from voicemill.reports import report_page, write_report
from voicemill.speech.engines import Engines
from workbench import opened

WIDE_TABLE = """
import pandas as pd
pd.DataFrame({f"a long column {n}": ["<script>alert(1)</script> value"] * 2 for n in range(30)})
"""
OWN_ERROR = """
from voicemill.errors import StoreError
raise StoreError("the disk is <full>", where="output/audio", remedy="Make room")
"""
COLOURED = r"""
print("\x1b[31mred\x1b[0m words")
print('Traceback (most recent call last):\n  File "x.py", line 3, in f\n    f()\nValueError: odd')
"""


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a notebook that papermill ran until it failed in a hidden cell."""
    folder = tmp_path_factory.mktemp("failed")
    hidden = new_code_cell(OWN_ERROR, metadata={"tags": ["hide-in-report"]})
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# A night's work\n\nWhat was to be done."),
            new_code_cell(COLOURED),
            new_code_cell(WIDE_TABLE),
            new_markdown_cell("## Making <it>"),
            hidden,
            new_markdown_cell("## Never reached"),
            new_code_cell("print('never')"),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
    )
    nbformat.write(notebook, folder / "in.ipynb")
    # In a process of its own: papermill leaves its event loop to the collector of garbage.
    ended = subprocess.run(
        [sys.executable, "-m", "papermill", "in.ipynb", "out.ipynb", "--no-progress-bar"],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1, ended.stderr
    return write_report(folder / "out.ipynb", folder / "page.html")


def test_a_failure_is_a_sentence_with_a_link_to_its_cell(failed: Path, browser: Browser) -> None:
    with opened_page(browser, failed) as page:
        box = page.locator("section.vm-error")
        assert "output/audio: the disk is <full>. Make room" in box.inner_text()
        assert "Where it stopped: Making <it>" in box.inner_text()
        above = page.locator("h1").bounding_box()
        place = box.bounding_box()
        assert above is not None
        assert place is not None
        assert above["y"] < place["y"] < 300  # right below the title
        box.locator("a").click()
        assert page.url.endswith("#failing-cell")
        cell = page.locator("#failing-cell")
        assert cell.is_visible()
        assert "the disk is <full>" in cell.inner_text()
        shot(page, "report_failed", whole=True)


def test_a_failure_shows_no_stack_and_no_colours(failed: Path) -> None:
    html = failed.read_text(encoding="utf-8")
    for never in ("Traceback", "\x1b", "[31m", "StoreError", "papermill", "An Exception was"):
        assert never not in html, never
    assert "Never reached" not in html
    assert "red words" in html
    assert "ValueError: odd" in html
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(html)
    assert {code for _place, code, _data in parser.errors} == set()


def test_wide_tables_scroll_by_key_and_the_page_does_not(failed: Path, browser: Browser) -> None:
    for width in (1280, 360):
        with opened_page(browser, failed, width) as page:
            region = page.get_by_role("region", name="Table 1")
            region.focus()
            page.keyboard.press("ArrowRight")
            page.wait_for_function("() => document.activeElement.scrollLeft > 0")
            assert page.locator("th:not([scope])").count() == 0
            assert "<script>alert(1)</script> value" in region.inner_text()
            assert too_wide(page) == 0
            assert violations(page) == []


def test_an_error_of_another_kind_is_named() -> None:
    error = new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])
    page = report_page(new_notebook(cells=[new_code_cell("1 / 0", outputs=[error])]))
    assert page.count("ZeroDivisionError: division by zero") == 2  # above, and in its place


def test_a_notebook_that_was_cut_off_says_where() -> None:
    cut = new_code_cell("work()", metadata={"papermill": {"status": "running"}})
    cells = [new_markdown_cell("# Title"), new_markdown_cell("## Work"), cut]
    page = report_page(new_notebook(cells=cells))
    assert "It was cut off here before it came to its end." in page
    assert "Where it stopped: Work" in page


def test_a_notebook_run_by_hand_becomes_a_page_without_secrets(
    project: Path, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEMILL_BOOKS__GEMINI_KEY", "s3cret-Word")
    told = new_output("stream", name="stdout", text="the key is s3cret-Word, tiếng Việt\n")
    mine = new_notebook(cells=[new_markdown_cell("# Mine"), new_code_cell("", outputs=[told])])
    nbformat.write(mine, project / "notebooks" / "mine.ipynb")
    with closing(opened(project, engines)) as studio:
        page = studio.report.page("notebooks/mine.ipynb", "output/mine.html")
        text = page.read_text(encoding="utf-8")
        assert "tiếng Việt" in text
        assert "s3cret-Word" not in text
        (project / "notebooks" / "mine.ipynb").write_text("no notebook")
        with pytest.raises(StoreError, match="cannot be read as a notebook"):
            studio.report.page("notebooks/mine.ipynb", "output/other.html")
    assert not (project / "output" / "other.html").exists()


def test_a_quiet_exit_is_no_failure() -> None:
    quiet = new_output("error", ename="SystemExit", evalue="0", traceback=[])
    page = report_page(new_notebook(cells=[new_code_cell("exit()", outputs=[quiet])]))
    assert 'class="vm-error"' not in page


def test_the_first_words_of_a_page_stay_below_its_title() -> None:
    page = report_page(new_notebook(cells=[new_markdown_cell("# Title\n\nFirst words.")]))
    assert page.index("Title</h1>") < page.index("First words.")
    assert "voicemill-what-matters-most" not in page
