"""A browser to look at reports with, and what it finds wrong in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page


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


def too_wide(page: Page) -> int:
    """Return by how many pixels the page has to be moved sideways to be read."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))
