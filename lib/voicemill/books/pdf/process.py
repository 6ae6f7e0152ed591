"""A PDF opened in a process of its own, which is ended when it is caught in a loop."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from voicemill.errors import BookError

CHILD = Path(__file__).with_name("child.py")
# Processor seconds without a word, so that a busy machine does not make a book look hostile;
# an honest page of text needs 0.01, a picture of a page 0.5.
STEP_CPU_S = 3.0
PAGE_CPU_S = 0.03  # and on average, so that a book of slow pages ends too
SILENCE_S = 60.0
WATCH_S = 0.1
PASSWORD, SECURITY = 4, 5  # PDFium's numbers
REPAIR = "Open it in a PDF viewer; if it is whole there, save or print it to a new PDF and try that"
PROBLEMS = {
    "page": "cannot be read: the PDF is damaged there",
    "characters": "has more than 50,000 characters, as no page of a book has",
}


class PdfProcess:
    """A PDF: how many pages, what is said about it, text by page, pages as pictures.

    Use it in a with statement. Every method raises BookError when the file is damaged,
    dangerous or too slow.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._slow = False
        self._waiting_since = 0.0
        self._cpu_then = 0.0
        self._done = threading.Event()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 (closed in close)
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )
        self._watch = threading.Thread(target=self._watch_child, daemon=True)
        self._watch.start()
        try:
            self._send(f"{len(data)}\n".encode() + data)
            self.page_count = int(self._opened(self._receive())["pages"])
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> PdfProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._done.set()
        self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # it was ended before it had read everything
        self._child.wait()
        self._watch.join()
        self._complaints.close()

    def facts(self) -> dict[str, Any]:
        """Return meta, a mapping, and outline, a list of (depth, title, page, height)."""
        self._ask({"do": "facts"})
        return self._receive()

    def texts(self) -> Iterator[dict[str, Any]]:
        """Yield size, label, drawn and runs of each page, in order."""
        began = self._cpu_s()
        self._ask({"do": "text", "pages": self.page_count})
        for number in range(1, self.page_count + 1):
            told = self._receive(f"page {number}")
            if self._cpu_s() - began > STEP_CPU_S + number * PAGE_CPU_S:
                self._slow = True
                raise self._ended(f"page {number}")
            yield self._checked(told, number)

    def render(
        self, number: int, dpi: float, most_pixels: int, *, colour: bool = False
    ) -> tuple[dict[str, Any], bytes]:
        """Return width, height, stride and scale of a page's picture, and its pixels.

        A pixel is one byte, or three (red, green, blue) in colour.
        """
        wish = {"page": number - 1, "dpi": dpi, "most_pixels": most_pixels, "colour": colour}
        self._ask({"do": "render", **wish})
        told = self._checked(self._receive(f"page {number}"), number)
        assert self._child.stdout
        pixels = self._child.stdout.read(told["bytes"])
        if len(pixels) < told["bytes"]:
            raise self._ended(f"page {number}")
        return told, pixels

    def _opened(self, told: dict[str, Any]) -> dict[str, Any]:
        if told.get("error") in (PASSWORD, SECURITY):
            remedy = "Save a copy without a password (open it, then print to PDF) and read that"
            raise BookError("the PDF is locked with a password", where=self.name, remedy=remedy)
        if "error" in told:
            raise BookError("the PDF is damaged", where=self.name, remedy=REPAIR)
        return told

    def _checked(self, told: dict[str, Any], number: int) -> dict[str, Any]:
        if told.get("error") == "pixels":
            raise BookError(
                f"holds a picture of {told['pixels']:,} pixels, more than the limit",
                where=f"{self.name}, page {number}",
                remedy="Scan it again, or save it, at 300 dots per inch",
            )
        if "error" in told:
            what = f"the page {PROBLEMS[told['error']]}"
            raise BookError(what, where=f"{self.name}, page {number}", remedy=REPAIR)
        return told

    def _ask(self, request: dict[str, Any]) -> None:
        self._send(json.dumps(request).encode() + b"\n")

    def _send(self, message: bytes) -> None:
        assert self._child.stdin
        try:
            self._child.stdin.write(message)
            self._child.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def _receive(self, place: str = "") -> dict[str, Any]:
        assert self._child.stdout
        self._cpu_then = self._cpu_s()
        self._waiting_since = time.monotonic()
        line = self._child.stdout.readline()
        self._waiting_since = 0.0
        if not line.endswith(b"\n"):
            raise self._ended(place)
        told: dict[str, Any] = json.loads(line)
        return told

    def _ended(self, place: str = "") -> BookError:
        where = f"{self.name}, {place}" if place else self.name
        if self._slow:
            return BookError(
                "the PDF takes too long to read there: damaged or made to stall a reader",
                where=where,
                remedy=REPAIR,
            )
        self._child.wait()
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").split("\n")
        reason = next((f" ({line})" for line in reversed(lines) if line.strip()), "")
        what = f"the PDF is so damaged, or so big there, that its reader had to stop{reason}"
        return BookError(what, where=where, remedy=REPAIR)

    def _watch_child(self) -> None:
        while not self._done.wait(WATCH_S):
            since = self._waiting_since
            if not since:
                continue
            busy = self._cpu_s() - self._cpu_then > STEP_CPU_S
            if busy or time.monotonic() - since > SILENCE_S:
                self._slow = True
                self._child.kill()
                return

    def _cpu_s(self) -> float:
        try:
            times = psutil.Process(self._child.pid).cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)
