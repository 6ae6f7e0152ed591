"""The desk in a real browser: a JupyterLab and a Voilà, keys, sound, a kernel that dies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from browsing import open_notebook, run_all, running_lab, running_voila, the_desk
from desk_clips import with_clips
from playwright.sync_api import Browser, Page, expect

from browsers import shot, violations
from voicemill import Studio
from voicemill.speech.engines import Engines
from workbench import ESPEAK, PIPER, ROOT, opened, voicemill

LATE_MS = 20_000  # on a busy machine; what is waited for usually takes a moment


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, engines: Engines) -> Path:
    """Six words and one without audio; and a hundred numbers."""
    import shutil

    folder = tmp_path_factory.mktemp("desk")
    shutil.copy(ROOT / "voicemill.toml", folder)
    with closing(opened(folder, engines)) as studio:
        with_clips(studio)
        texts = [f"number {n}" for n in range(100)]
        items = studio.read(pd.DataFrame({"key": texts, "text": texts}), collection="hundred")
        studio.produce(studio.plan(items, voices=[ESPEAK]), report=lambda _progress: None)
    for name, collection in (("03_review", "words"), ("hundred", "hundred")):
        page = json.loads((ROOT / "notebooks" / "03_review.ipynb").read_text(encoding="utf-8"))
        [cell] = [one for one in page["cells"] if "parameters" in one["metadata"].get("tags", [])]
        lines = "".join(cell["source"]).replace('collection = ""', f'collection = "{collection}"')
        lines = lines.replace("check = True", "check = False")  # it would change their order
        cell["source"] = lines.replace('reviewer = ""', 'reviewer = "anna"')
        (folder / "notebooks").mkdir(exist_ok=True)
        (folder / "notebooks" / f"{name}.ipynb").write_text(json.dumps(page), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def voila(project: Path) -> Iterator[str]:
    with running_voila(project, "--theme=dark") as address:
        yield address


@pytest.fixture
def studio(project: Path, engines: Engines) -> Iterator[Studio]:
    with closing(opened(project, engines)) as found:
        yield found


def verdicts(studio: Studio, collection: str = "words") -> dict[str, tuple[str, str]]:
    rows = studio.catalog.reviews.table(collection)
    return {row["key"]: (row["verdict"], row["comment"]) for row in rows}


def says(page: Page, words: str) -> None:
    expect(page.locator(".vm-status")).to_contain_text(words, timeout=LATE_MS)


def chosen(page: Page, key: str) -> None:
    expect(page.locator(".vm-detail h3")).to_have_text(key, timeout=LATE_MS)


def plays(page: Page) -> None:
    """Wait until the sound moves."""
    page.wait_for_function("() => document.querySelector('.vm-desk > audio').currentTime > 0.05")


def filters(page: Page) -> None:
    """Play the first clip, then list only some."""
    page.locator(".vm-list").focus()
    chosen(page, "sheep")
    page.keyboard.press("Space")
    plays(page)
    page.get_by_label("Category").select_option("thing")
    expect(page.locator(".vm-row")).to_have_count(3)
    chosen(page, "ship")
    page.get_by_label("Category").select_option("")
    page.locator(".vm-list").focus()
    page.keyboard.press("Home")
    chosen(page, "sheep")


def judges(page: Page) -> None:
    """Approve sheep, reject ship with a comment, approve tree and take that back."""
    keys = page.keyboard
    keys.press("a")
    says(page, "approved sheep")
    chosen(page, "ship")
    plays(page)
    keys.press("c")
    keys.type("too short <b>")
    keys.press("Enter")
    says(page, "noted for ship")
    keys.press("r")
    says(page, "rejected ship")
    chosen(page, "tree")
    keys.press("a")
    says(page, "approved tree")
    keys.press("u")
    says(page, "undone: approved tree")
    chosen(page, "tree")


def makes_again(page: Page) -> None:
    """Make the chosen clip faster, the best of three takes, and keep that."""
    keys = page.keyboard
    keys.press("g")
    keys.type(PIPER)
    keys.press("Tab")
    keys.type("+60%")
    for _field in ("Word", "say it as", "Takes"):
        keys.press("Tab")
    keys.type("3")
    keys.press("Enter")
    says(page, "is ready: keep it or discard it; 2 other takes are among the sources")
    heard = page.get_by_label("Source").locator("option:checked")
    expect(heard).to_contain_text("the best understood")
    shot(page, "desk-lab-made-again")
    page.locator(".vm-list").focus()
    keys.press("s")
    expect(heard).to_contain_text(re.compile(r"^take \d of 3, score 0\.\d\d · generated "))
    plays(page)
    page.locator(".vm-list").focus()
    page.keyboard.press("y")
    says(page, "tree plays tts")


def loses_its_kernel(page: Page) -> None:
    """Flag the chosen clip after the kernel has died, and run the notebook again."""
    session = "jupyterapp.shell.currentWidget.sessionContext.session"
    dies = "kernel.requestExecute({code: 'import os; os._exit(9)'})"
    page.evaluate(f"() => {{ {session}.{dies} }}")
    expect(page.get_by_role("alert")).to_be_visible(timeout=LATE_MS)
    page.locator(".jp-Dialog button").click(timeout=LATE_MS)  # JupyterLab's own message
    page.locator(".vm-list").focus()
    page.keyboard.press("f")
    expect(page.get_by_role("alert")).to_contain_text("1 verdicts are kept", timeout=LATE_MS)
    expect(page.locator("[data-key=tree]")).to_contain_text("flagged, not saved yet")
    shot(page, "desk-lab-dead-kernel")
    expect(page.get_by_role("alert")).to_contain_text("Run the notebook again", timeout=LATE_MS)
    page.wait_for_function(f"() => {session}.kernel.status === 'idle'")
    run_all(page)
    says(page, "1 verdicts from before were saved")


def test_a_review_in_jupyterlab_by_its_keys(
    project: Path, studio: Studio, browser: Browser
) -> None:
    with running_lab(project) as address:
        page = open_notebook(browser, address, "03_review.ipynb")
        run_all(page)
        the_desk(page)
        filters(page)
        judges(page)
        said = {"sheep": ("approved", ""), "ship": ("rejected", "too short <b>")}
        assert verdicts(studio) == said
        makes_again(page)
        best = studio.best_audio("words", "tree").source
        assert best is not None
        assert best.metadata["delivery"].startswith("+60%")
        page.keyboard.press("w")
        expect(page.get_by_role("img", name="spectrogram")).to_be_visible()
        shot(page, "desk-lab-light")
        assert violations(page, ".vm-desk") == []
        loses_its_kernel(page)
        assert verdicts(studio) == {**said, "tree": ("flagged", "")}
        page.close()


def test_a_hundred_clips_in_voila_by_the_keyboard_alone(
    voila: str, studio: Studio, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(voila.format("hundred.ipynb"))
    the_desk(page)
    expect(page.locator(".vm-list")).to_be_focused()
    for number in range(100):
        # Faster than anybody hears them; each waits until the one before is saved.
        page.keyboard.press("r" if number % 10 == 3 else "a")
    says(page, "That was the last one in this list")
    said = verdicts(studio, "hundred")
    assert len(said) == 100
    assert {key for key, (word, _comment) in said.items() if word == "rejected"} == {
        f"number {number}" for number in range(3, 100, 10)
    }
    assert page.get_by_text("open_desk").count() == 0  # no code
    page.close()


def test_a_recording_the_browsers_voice_and_tables_in_voila(
    voila: str, studio: Studio, browser: Browser
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1000}, color_scheme="dark")
    page.goto(voila.format("03_review.ipynb"))
    the_desk(page)
    page.get_by_label("Show").select_option("silent")
    chosen(page, "dog")
    page.locator(".vm-list").focus()
    page.keyboard.press("Space")
    says(page, "the browser says the text")
    records(page)
    best = studio.best_audio("words", "dog").source
    assert best is not None
    assert (best.source_type, best.voice, best.origin) == ("native", "anna", "microphone")
    page.get_by_label("Show").select_option("all")
    takes_a_table(page)
    page.locator(".vm-desk").evaluate("desk => desk.scrollIntoView()")
    shot(page, "desk-voila-dark")
    assert violations(page, ".vm-desk") == []
    page.set_viewport_size({"width": 390, "height": 900})
    page.locator(".vm-desk").evaluate("desk => desk.scrollIntoView()")
    shot(page, "desk-voila-narrow")
    assert page.evaluate("() => document.querySelector('.vm-desk').scrollWidth <= innerWidth")
    page.close()


def records(page: Page) -> None:
    """Record the chosen clip, trim it and keep it."""
    page.keyboard.press("m")
    expect(page.locator(".vm-time")).to_contain_text("1.", timeout=LATE_MS)
    page.keyboard.press("m")
    says(page, "Trim it")
    page.get_by_label("Start of what is kept").press("ArrowRight")
    shot(page, "desk-voila-dark-recording")
    page.get_by_role("button", name="Keep the recording").click()
    says(page, "the recording of dog is kept")


def takes_a_table(page: Page) -> None:
    """Save the verdicts, and read in a table that is wrong."""
    page.get_by_text("Verdicts as a table").click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Save as CSV").click()
    table = Path(coming.value.path()).read_text(encoding="utf-8-sig")
    assert table.startswith("collection,key,voice,checksum,reviewer,verdict")
    wrong = {"name": "v.csv", "mimeType": "text/csv", "buffer": b"key,reviewer\nship,anna\n"}
    page.get_by_label("Read a table in").set_input_files(wrong)  # type: ignore[arg-type]
    says(page, "column 'verdict' is missing")


def test_without_a_person_the_verdicts_are_summed_up(project: Path, studio: Studio) -> None:
    words = ["run", "03_review", "-p", "show=all", "-p", "export=output/verdicts.csv"]
    ended = voicemill(*words, cwd=project)
    assert ended.returncode == 0, ended.stderr
    [report] = (project / "output" / "reports").glob("03_review*.html")
    page = report.read_text(encoding="utf-8")
    assert "As anna sees it" in page
    assert "<dt>clips</dt><dd>7</dd>" in page
    assert "widget-view" not in page
    assert (project / "output" / "verdicts.csv").is_file()
