"""Blind listening in a real JupyterLab: keys, sound, a kernel that dies, the ranking, a click."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import closing

import pytest
from comparing_samples import ESPEAKS
from playwright.sync_api import Browser, Locator, Page, expect

from browsers import shot, violations
from review.desk.browsing import open_notebook, run_all, running_lab
from voicemill import Studio
from voicemill.review.comparing import Comparing
from voicemill.review.comparing.blind import Ballot
from voicemill.speech.engines import Engines
from workbench import ROOT, opened

LATE_MS = 30_000  # on a busy machine; what is waited for usually takes a moment
BEST = "espeak:en-us"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, engines: Engines) -> Iterator[Studio]:
    """A project in which three voices have said two words, with a notebook to listen blind."""
    folder = tmp_path_factory.mktemp("blind")
    shutil.copy(ROOT / "voicemill.toml", folder)
    shutil.copytree(ROOT / "data", folder / "data")
    page = json.loads((ROOT / "notebooks" / "04_voices.ipynb").read_text(encoding="utf-8"))
    last = next(n for n, cell in enumerate(page["cells"]) if "blind(" in "".join(cell["source"]))
    page["cells"] = page["cells"][: last + 1]
    [cell] = [one for one in page["cells"] if "parameters" in one["metadata"].get("tags", [])]
    lines = [
        f"voices = {list(ESPEAKS)}\n" if line.startswith("voices = ") else line
        for line in "".join(cell["source"]).splitlines(keepends=True)
    ]
    text = "".join(lines).replace("limit = 0", "limit = 2")
    cell["source"] = text.replace('listener = ""', 'listener = "Anna"')
    (folder / "notebooks").mkdir()
    notebook = folder / "notebooks" / "04_voices.ipynb"
    notebook.write_text(json.dumps(page), encoding="utf-8")
    with closing(opened(folder, engines)) as found:
        items = found.read("data/phonemes.csv", kind="phonemes")
        Comparing(found.shop).start(items, ESPEAKS, limit=2, report=lambda _progress: None)
        yield found


@pytest.fixture(scope="module")
def lab(studio: Studio, browser: Browser) -> Iterator[Page]:
    with running_lab(studio.settings.root) as address:
        page = open_notebook(browser, address, "04_voices.ipynb")
        run_all(page)
        yield page


def ballot(studio: Studio) -> Ballot:
    kept = studio.catalog.comparisons.get()
    return Ballot(
        kept.id, "Anna", kept.seed, Comparing(studio.shop).open(kept.id).setup, studio.shop
    )


def listen(desk: Locator, place: int) -> None:
    """Wait until both voices of a pair were heard, as far as one must to choose."""
    expect(desk).to_have_attribute("data-place", str(place), timeout=LATE_MS)
    second = desk.locator(".vm-side").nth(1)
    expect(second).to_have_class("vm-side vm-sounding", timeout=LATE_MS)


def key_for_best(studio: Studio) -> tuple[int, str]:
    """Return the place that waits and the key that chooses BEST; only this test may know."""
    pair = ballot(studio).next()
    assert pair is not None
    return pair.place, {pair.first_voice: "1", pair.second_voice: "ArrowRight"}.get(BEST, "0")


def votes(studio: Studio) -> list[str]:
    kept = studio.catalog.comparisons.get()
    return [vote.choice for vote in studio.catalog.comparisons.votes(kept.id)]


def test_three_voices_are_judged_blind_by_keys_to_their_ranking(lab: Page, studio: Studio) -> None:
    desk = lab.locator(".vm-blind")
    desk.get_by_role("button", name="begin listening").click(timeout=LATE_MS)
    cells = lab.locator(".jp-Cell").count()
    for done in range(3):
        place, key = key_for_best(studio)
        listen(desk, place)
        assert not [name for name in ESPEAKS if name.partition(":")[2] in desk.inner_html()]
        if done == 0:
            lab.keyboard.press("?")
            expect(desk.get_by_text("the first is better", exact=True)).to_be_visible()
            shot(lab, "blind-pair")
            assert violations(lab, ".vm-blind") == []
        lab.keyboard.press(key)
        expect(desk.get_by_role("status")).to_contain_text(
            f"Pair {place + 2} of 6", timeout=LATE_MS
        )
        assert len(votes(studio)) == done + 1
    assert lab.locator(".jp-Cell").count() == cells  # keys did nothing to the notebook

    lab.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    run_all(lab)
    desk.get_by_role("button", name="begin listening").click(timeout=LATE_MS)
    for _again in range(3):
        place, key = key_for_best(studio)
        listen(desk, place)
        lab.keyboard.press(key)
        expect(desk).not_to_have_attribute("data-place", str(place), timeout=LATE_MS)

    first = desk.locator("tbody tr").first
    expect(first).to_contain_text(BEST, timeout=LATE_MS)
    ranking = Comparing(studio.shop).open().ranking()
    assert (ranking.votes, ranking.best) == (6, BEST)
    assert [row.split("\t")[0] for row in desk.locator("tbody tr").all_inner_texts()] == [
        one.voice for one in ranking.standings
    ]
    assert violations(lab, ".vm-blind") == []
    first.get_by_role("button").click()
    expect(desk.get_by_role("status")).to_contain_text("is now the first voice", timeout=LATE_MS)
    shot(lab, "blind-ranking")
    settings = tomllib.loads((studio.settings.root / "voicemill.toml").read_text())
    assert settings["speech"]["voices"][0] == BEST
