"""How pages that are pictures are to be recognised, and who may stop it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from voicemill.books.ocr.gemini import Gemini
from voicemill.errors import ReadingStopped

LOOK_S = 0.1  # between two looks whether somebody wishes to stop


@dataclass(frozen=True)
class Recognition:
    """By whom pictures are recognised, who hears how far it is, who may stop it.

    gemini: the service that reads them, None for what is installed here.
    progress: called with the pages recognised so far and all that are to be, first with 0.
    stop: asked before every page whether to stop there.  Both may raise, which stops it too.
    """

    gemini: Gemini | None = None
    progress: Callable[[int, int], None] | None = None
    stop: Callable[[], bool] | None = None

    def go_on(self, name: str) -> None:
        """Raise ReadingStopped when somebody wishes to stop."""
        if self.stop and self.stop():
            remedy = "Nothing is kept of it; read the book again when you wish"
            raise ReadingStopped("reading was stopped", where=name, remedy=remedy)

    def told(self, done: int, total: int, name: str) -> None:
        """Tell how many of the pages are recognised. Raises ReadingStopped."""
        if self.progress:
            self.progress(done, total)
        self.go_on(name)

    def wait(self, duration_s: float, name: str) -> None:
        """Wait, but not longer than somebody wishes. Raises ReadingStopped."""
        until = time.monotonic() + duration_s
        while (left_s := until - time.monotonic()) > 0:
            self.go_on(name)
            time.sleep(min(LOOK_S, left_s))


HERE = Recognition()
