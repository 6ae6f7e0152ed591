"""A browser to look at our pages with, the pictures it makes, and what it finds wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from workbench import ROOT

PICTURES = Path(os.environ.get("VOICEMILL_SCREENSHOTS", ROOT / "output" / "screenshots"))
# What is asked of a microphone is a beep; nobody has to allow anything.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A Chromium without a window; skipped where there is none, except in CI."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    program = next((path for name in names if (path := shutil.which(name))), None)
    if program is None and not os.environ.get("CI"):  # which has Playwright's own
        pytest.skip("no chromium; install it to see our pages in a browser")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        try:
            yield found
        finally:
            found.close()


def shot(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep a picture of what is seen, or of the whole page, as output of the tests."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=whole)


def violations(page: Page, part: str = "html") -> list[str]:
    """Return what axe finds that keeps people from reading or using a page or a part of it."""
    # Evaluated by the browser's debugger, which no policy of the page concerns.
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    # Not the sound: it waits for players that load nothing before they are asked to.
    wishes = {"preload": False, "resultTypes": ["violations"]}
    found: dict[str, Any] = page.evaluate(
        "([part, wishes]) => axe.run(part, wishes)", [part, wishes]
    )
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical", "moderate")
    ]
