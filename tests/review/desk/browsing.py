"""A JupyterLab and a Voilà of a test's own, opened in a browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Locator, Page

_START_S = 60


@contextmanager
def running_lab(project: Path) -> Iterator[str]:
    """A JupyterLab in a project; yields its address, `{}` in it is where a notebook's name goes."""
    settings = project / "lab-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    words = [
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.disable_check_xsrf=True",
        f"--ServerApp.root_dir={project / 'notebooks'}",
        "--LabApp.expose_app_in_browser=True",
        f"--LabApp.workspaces_dir={project / 'workspaces'}",
        f"--LabApp.user_settings_dir={project / 'lab-settings'}",
    ]
    with _running(words, project, f"{base}/api/status"):
        yield f"{base}/lab/tree/{{}}?reset"


@contextmanager
def running_voila(project: Path, *words: str) -> Iterator[str]:
    """A Voilà of a project's notebooks; yields the address of one, with `{}` for its name."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}/voila"
    command = ["voila", "notebooks", "--no-browser", f"--port={port}", *words]
    with _running(command, project, f"{address}/static/favicon.ico"):
        yield f"{address}/render/{{}}"


def open_notebook(browser: Browser, address: str, notebook: str) -> Page:
    """Open a notebook in JupyterLab and wait until its kernel can work."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(address.format(notebook))
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.content?.widgets")
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.ready")
    return page


def run_all(page: Page) -> None:
    """Run every cell of the notebook that is open."""
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")


def the_desk(page: Page) -> Locator:
    """The desk, once its first clip is there."""
    desk = page.locator(".vm-desk")
    desk.locator("[role=option]").first.wait_for(timeout=60_000)
    return desk


@contextmanager
def _running(words: list[str], project: Path, probe: str) -> Iterator[None]:
    log = project / f"{words[0]}.log"
    settings = {"JUPYTER_CONFIG_DIR": str(project / "jupyter"), "VOICEMILL_ROOT": str(project)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=project,
            env={**os.environ, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, probe, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], probe: str, log: Path) -> None:
    """Wait until the server answers at all."""
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(errors="replace")[-3000:]
        try:
            with urlopen(probe, timeout=5):
                return
        except URLError as error:
            if getattr(error, "code", None):  # it answers, if only that this is not there
                return
            time.sleep(0.1)  # between two looks at a server that starts
    raise AssertionError(log.read_text(errors="replace")[-3000:])


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
