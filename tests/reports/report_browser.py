"""A browser to look at reports with, and what it finds wrong in them."""

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
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--autoplay-policy=no-user-gesture-required",
]


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A Chromium without a window; skipped where there is none, except in CI."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    program = next((path for name in names if (path := shutil.which(name))), None)
    if program is None and not os.environ.get("CI"):
        pytest.skip("no chromium; install it to see reports in a browser")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        try:
            yield found
        finally:
            found.close()


@contextmanager
def opened_page(
    browser: Browser, file: Path, width: int = 1280, *, dark: bool = False
) -> Iterator[Page]:
    """The page of a file as it is, with its own content security policy."""
    scheme = "dark" if dark else "light"
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
    )
    try:
        page = context.new_page()
        page.goto(file.as_uri())
        yield page
    finally:
        context.close()


def shot(page: Page, name: str) -> None:
    """Keep a picture of all of it as output of the tests."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def violations(page: Page) -> list[str]:
    """Return what axe finds that keeps people from reading the page."""
    # Evaluated by the browser's debugger, which no policy of the page concerns.
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    # Not the sound: it waits for players that load nothing before they are asked to.
    wishes = "{preload: false, resultTypes: ['violations']}"
    found: dict[str, Any] = page.evaluate(f"() => axe.run({wishes})")
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical", "moderate")
    ]


def too_wide(page: Page) -> int:
    """Return by how many pixels the page has to be moved sideways to be read."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))
