"""Telling how far a run is: in a notebook, on a terminal, as lines of text or JSON.

A reporter is any callable that takes a Progress; `produce` calls it now and then and once at
the end.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from voicemill.catalog import RunState
from voicemill.production.stopping import StopSign

# Set by the command line so that a notebook's kernel can tell it how far it is.
PROGRESS_FILE_VARIABLE = "VOICEMILL_PROGRESS_FILE"


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    existing: those of the skipped that were made before.  taken_over: those of the completed
    whose audio another run had made.
    """

    run_id: str
    total: int
    completed: int = 0
    failed: int = 0
    skipped: int = 0
    existing: int = 0
    cancelled: int = 0
    taken_over: int = 0
    current: str = ""
    elapsed_s: float = 0.0
    finished: bool = False

    @classmethod
    def of(cls, state: RunState) -> Progress:
        """Return how far a run is that the catalog knows, of whatever process."""
        return cls(
            state.id,
            state.total,
            **asdict(state.counts),
            current=", ".join(state.making),
            elapsed_s=state.elapsed_s,
            finished=state.status != "processing",
        )

    @property
    def done(self) -> int:
        """Items that are through, whatever became of them."""
        return self.completed + self.failed + self.skipped + self.cancelled

    @property
    def counts(self) -> str:
        """What became of the items so far, for people."""
        taken_over = f" ({self.taken_over} of them taken over)" if self.taken_over else ""
        cancelled = f", {self.cancelled} cancelled" if self.cancelled else ""
        return (
            f"{self.completed} completed{taken_over}, {self.failed} failed, "
            f"{self.skipped} skipped{cancelled}"
        )

    @property
    def percent(self) -> int:
        """Done, of 100."""
        return 100 * self.done // self.total if self.total else 100

    @property
    def left_s(self) -> float | None:
        """Seconds still to go at the pace so far; None until something has been made."""
        made = self.completed + self.failed
        return self.elapsed_s / made * (self.total - self.done) if made else None

    @property
    def rate_per_s(self) -> float:
        """Items made or failed per second."""
        return (self.completed + self.failed) / self.elapsed_s if self.elapsed_s else 0.0

    def __str__(self) -> str:
        parts = [f"{self.percent:3d}%", f"{self.done}/{self.total}"]
        if self.failed:
            parts.append(f"{self.failed} failed")
        if self.cancelled:
            parts.append(f"{self.cancelled} cancelled")
        if self.completed:
            parts.append(f"{self.rate_per_s:.1f}/s")
        if self.left_s is not None and not self.finished:
            parts.append(f"{duration(self.left_s)} left")
        return "  ".join([*parts, self.current])

    def as_json(self) -> str:
        """One line of JSON."""
        values = {"event": "progress", **asdict(self)}
        values |= {"done": self.done, "percent": self.percent}
        values["rate_per_s"] = round(self.rate_per_s, 2)
        values["elapsed_s"] = round(self.elapsed_s, 2)
        values["left_s"] = None if self.left_s is None else round(self.left_s, 2)
        return json.dumps(values, ensure_ascii=False)


Reporter = Callable[[Progress], None]


def reporter_for(kind: str = "auto", stop: StopSign | None = None) -> Reporter:
    """Return a reporter: "notebook", "terminal", "text", "json", "none", or what fits.

    stop: what a notebook's button asks.  When the command line started this process, it is
    told as well.
    """
    kinds: dict[str, Callable[[], Reporter]] = {
        "notebook": lambda: NotebookReporter(stop),
        "terminal": TerminalReporter,
        "text": TextReporter,
        "json": lambda: JsonReporter(sys.stdout),
        "none": lambda: _silent,
    }
    chosen = kinds[_fitting() if kind == "auto" else kind]()
    file = os.environ.get(PROGRESS_FILE_VARIABLE)
    return _both(chosen, FileReporter(Path(file))) if file else chosen


def duration(seconds: float) -> str:
    """Write seconds for people: 4.9 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


class TextReporter:
    """Prints a line at every tenth and at the end: for notebooks run without a person."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._last_percent = -10

    def __call__(self, progress: Progress) -> None:
        """Print, if there is something new."""
        if progress.finished or progress.percent >= self._last_percent + 10:
            self._last_percent = progress.percent
            print(progress, file=self._stream, flush=True)


class TerminalReporter:
    """Rewrites one line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._width = 0

    def __call__(self, progress: Progress) -> None:
        """Show the newest state."""
        text = str(progress)
        end = "\n" if progress.finished else ""
        print(f"\r{text:<{self._width}}", end=end, file=self._stream, flush=True)
        self._width = len(text)


class JsonReporter:
    """Writes a JSON object per line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, progress: Progress) -> None:
        """Write the newest state."""
        print(progress.as_json(), file=self._stream, flush=True)


class FileReporter:
    """Appends JSON lines to a file that another process reads."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self, progress: Progress) -> None:
        """Append the newest state."""
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(progress.as_json() + "\n")


class NotebookReporter:
    """A progress bar with the time left and a button, in a notebook a person looks at.

    In a program whose button cannot reach a busy kernel, interrupting the kernel does the same.
    """

    def __init__(self, stop: StopSign | None = None) -> None:
        import ipywidgets
        from IPython.display import display

        self._stop = stop
        self._bar: Any = ipywidgets.IntProgress(layout=ipywidgets.Layout(width="40%"))
        self._label: Any = ipywidgets.Label()
        self._button = _heard_while_busy(_cancel_button)
        self._button.on_click(self._cancel)
        parts = [self._bar, self._button, self._label] if stop else [self._bar, self._label]
        display(ipywidgets.HBox(parts))

    def __call__(self, progress: Progress) -> None:
        """Move the bar."""
        self._bar.max, self._bar.value = max(progress.total, 1), progress.done
        self._label.value = str(progress)
        if progress.finished:
            bad = progress.failed or progress.cancelled or progress.done < progress.total
            self._bar.bar_style = "warning" if bad else "success"
            self._button.layout.display = "none"

    def _cancel(self, _button: object) -> None:
        self._button.description, self._button.disabled = "Stopping …", True
        if self._stop is not None:
            self._stop.ask("cancelled with the button")


def _cancel_button() -> Any:
    import ipywidgets

    return ipywidgets.Button(
        description="Cancel",
        icon="stop",
        tooltip="Finish the items in work, leave the rest",
        layout=ipywidgets.Layout(width="auto"),
    )


def _heard_while_busy(make: Callable[[], Any]) -> Any:
    """Make a widget whose clicks do not wait for the running cell.

    JupyterLab sends clicks past a busy cell, to a shell of their own. But ipykernel hands them
    to the shell that the widget last spoke from, which is the busy one; unless the widget has
    not yet spoken from any. So it is made outside of the cell, as it were.
    """
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)

    if kernel is None:
        return make()

    def outside() -> Any:
        cell = kernel.get_parent("shell")
        kernel.set_parent([], {}, channel="shell")
        try:
            return make()
        finally:
            kernel.set_parent([], cell, channel="shell")  # threads print where this one does

    return copy_context().run(outside)


class Throttle:
    """Lets at most one call through per interval, and always the last."""

    def __init__(self, report: Reporter, interval_s: float = 0.2) -> None:
        self._report = report
        self._interval_s = interval_s
        self._next_s = 0.0

    def __call__(self, progress: Progress) -> None:
        """Pass on, unless it is too soon."""
        now_s = time.monotonic()
        if progress.finished or now_s >= self._next_s:
            self._next_s = now_s + self._interval_s
            self._report(progress)


def _fitting() -> str:
    if "ipykernel" in sys.modules:
        # papermill and cron run notebooks with nobody looking; widgets would stay at 0%.
        return "text" if os.environ.get("VOICEMILL_HEADLESS") else "notebook"
    return "terminal" if sys.stderr.isatty() else "text"


def _silent(_progress: Progress) -> None:
    return


def _both(first: Reporter, second: Reporter) -> Reporter:
    def report(progress: Progress) -> None:
        first(progress)
        second(progress)

    return report
