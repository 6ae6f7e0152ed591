"""Running a notebook without a person: check, execute by papermill, write its report."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from voicemill.errors import NotebookFailed, UnknownName
from voicemill.parameters import NOTEBOOKS, validated
from voicemill.production.progress import PROGRESS_FILE_VARIABLE, Progress
from voicemill.production.stopping import StopSign
from voicemill.reports import write_report
from voicemill.settings import Settings

_TAIL_S = 0.1  # how often the kernel's progress is read


@dataclass(frozen=True)
class HeadlessRun:
    """What a headless run left behind: the executed notebook, its report, and how it went.

    progress: the last that the notebook's production told, None if it produced nothing.
    """

    notebook: Path
    report: Path
    elapsed_s: float
    progress: Progress | None


def run_notebook(
    name: str,
    parameters: Mapping[str, Any],
    settings: Settings,
    on_progress: Callable[[Progress], None],
) -> HeadlessRun:
    """Execute a notebook of the project and write its report.

    name: such as "01_phonemes".  on_progress: called from another thread while it runs.
    On Ctrl-C or SIGTERM the production in the notebook finishes what is in work, and the
    notebook goes on to its end; a second Ctrl-C leaves everything at once.
    Raises UnknownName and ParameterError before anything starts, NotebookFailed with the
    place of the failure; the executed notebook is kept either way.
    """
    started = time.perf_counter()
    source = find_notebook(name, settings)
    checked = _checked(source, parameters)
    stamp = f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    executed = settings.output / "runs" / f"{source.stem}_{stamp}.ipynb"
    report = settings.output / "reports" / f"{source.stem}_{stamp}.html"
    executed.parent.mkdir(parents=True, exist_ok=True)
    last: list[Progress] = []

    def remember(progress: Progress) -> None:
        last[:] = [progress]
        on_progress(progress)

    def ask_to_stop(why: str) -> None:
        _ask_to_stop(last[0] if last else None, why, source, settings)

    with _told_by_kernel(remember), _environment(VOICEMILL_ROOT=str(settings.root)):
        _heeding_signals(partial(_execute, source, executed, checked), ask_to_stop)
    write_report(executed, report)
    elapsed_s = time.perf_counter() - started
    return HeadlessRun(executed, report, elapsed_s, last[0] if last else None)


def find_notebook(name: str, settings: Settings) -> Path:
    """Return the notebook of that name. Raises UnknownName with close matches."""
    folder = settings.root / "notebooks"
    found = {file.stem: file for file in sorted(folder.glob("*.ipynb"))}
    stem = Path(name).name.removesuffix(".ipynb")
    if stem not in found:
        raise UnknownName("notebook", name, found, where=str(folder))
    return found[stem]


def _checked(source: Path, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Check what was given, together with the notebook's own defaults."""
    kind = NOTEBOOKS.get(source.stem)
    if kind is None:
        return dict(parameters)
    known = _import_papermill().inspect_notebook(str(source))
    defaults = {name: _default(entry["default"]) for name, entry in known.items()}
    values = validated(kind, {**defaults, **parameters}).model_dump()
    return {name: values[name] for name in parameters}


def _default(code: str) -> Any:
    import ast

    return ast.literal_eval(code)


def _import_papermill() -> Any:
    """Import papermill without building a grammar that takes longer than all the rest.

    jsonschema tries rfc3987_syntax for international web addresses, of which notebooks have
    none, and does without it where it is missing.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    import papermill

    return papermill


def _execute(source: Path, executed: Path, parameters: dict[str, Any]) -> None:
    papermill = _import_papermill()
    from papermill.exceptions import PapermillExecutionError

    # The report needs it afterwards; meanwhile this process only waits for the kernel.
    threading.Thread(target=import_module, args=("nbconvert",), daemon=True).start()
    try:
        papermill.execute_notebook(
            str(source),
            str(executed),
            parameters=parameters,
            progress_bar=False,
            config=_kernel_config(),
        )
    except PapermillExecutionError as error:
        lines = _without_colour(str(error.evalue)).strip().splitlines() or [str(error.ename)]
        own_error = error.ename in _own_errors()
        raise NotebookFailed(
            "\n".join(lines) if own_error else f"{error.ename}: {lines[0]}",
            where=f"{source.name}, cell {error.cell_index}",
            remedy="" if own_error else f"The executed notebook tells more: {executed}",
        ) from error


def _heeding_signals(work: Callable[[], None], ask_to_stop: Callable[[str], None]) -> None:
    """Do `work` in another thread, so that this one hears signals; pass them on as a wish."""
    failed: list[BaseException] = []

    def catching() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    stop, asked = StopSign(), False
    with stop.heeding_signals():
        worker = threading.Thread(target=catching, daemon=True)
        worker.start()
        while worker.is_alive():
            worker.join(_TAIL_S)
            if stop.why and not asked:
                ask_to_stop(stop.why)
                asked = True
    if failed:
        raise failed[0]


def _ask_to_stop(progress: Progress | None, why: str, source: Path, settings: Settings) -> None:
    """Ask the kernel's production to stop, through the catalog that both know."""
    if progress is None or progress.finished:
        raise NotebookFailed(f"it was stopped ({why}) while nothing was in work", where=source.name)
    from voicemill.catalog import Catalog

    with closing(Catalog(settings.catalog_url)) as catalog:
        catalog.runs.ask_to_stop(progress.run_id, why)


def _kernel_config() -> Any:
    """Talk to the kernel over local sockets where they exist: TCP ports are open to others."""
    from traitlets.config import Config

    return Config({"KernelManager": {"transport": "tcp" if os.name == "nt" else "ipc"}})


def _own_errors() -> set[str]:
    from voicemill import errors

    return {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.VoicemillError)
    }


def _without_colour(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@contextmanager
def _told_by_kernel(on_progress: Callable[[Progress], None]) -> Iterator[None]:
    """Pass on what the kernel, a process of its own, writes about its progress."""
    with tempfile.TemporaryDirectory(prefix="voicemill-") as folder:
        file = Path(folder) / "progress.jsonl"
        file.touch()
        done = threading.Event()
        tail = threading.Thread(target=_tail, args=(file, on_progress, done), daemon=True)
        tail.start()
        try:
            with _environment(VOICEMILL_HEADLESS="1", **{PROGRESS_FILE_VARIABLE: str(file)}):
                yield
        finally:
            done.set()
            tail.join()


def _tail(file: Path, on_progress: Callable[[Progress], None], done: threading.Event) -> None:
    names = {known.name for known in fields(Progress)}
    with file.open(encoding="utf-8") as stream:
        unfinished = ""
        while True:
            last_look = done.wait(_TAIL_S)
            unfinished += stream.read()
            *lines, unfinished = unfinished.split("\n")
            for line in lines:
                values = json.loads(line)
                on_progress(Progress(**{name: values[name] for name in names}))
            if last_look:
                return


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Set variables for the kernel, which inherits ours."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
