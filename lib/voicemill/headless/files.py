"""The files of one execution: its notebook, report and log, under names that nobody else has."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from voicemill.errors import StoreError
from voicemill.headless.importing import import_nbformat
from voicemill.masking import masked, masked_values
from voicemill.settings import Settings


@dataclass(frozen=True)
class Files:
    """Where an execution writes.

    unfinished: its notebook until it is whole.  words: what its kernel's process says.
    """

    unfinished: Path
    words: Path
    executed: Path
    report: Path
    log: Path


def new_files(stem: str, began: datetime, settings: Settings) -> Files:
    """Choose names of their own for an execution and begin its log.

    Raises StoreError when nothing can be written there.
    """
    runs, reports = settings.output / "runs", settings.output / "reports"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        for number in count(1):
            name = f"{stem}_{began.astimezone():%Y-%m-%d_%H-%M-%S}"
            name += f"_{number}" if number > 1 else ""
            log = runs / f"{name}.log"
            try:
                log.touch(exist_ok=False)
            except FileExistsError:
                continue  # another began in the same second
            unfinished, words = runs / f".{name}.unfinished.ipynb", runs / f".{name}.kernel.txt"
            executed, report = runs / f"{name}.ipynb", reports / f"{name}.html"
            return Files(unfinished, words, executed, report, log)
    except OSError as error:
        raise StoreError(
            f"nothing can be written there ({error.strerror or error})",
            where=str(runs),
            remedy="Make room, or give yourself the right to write there",
        ) from error
    raise AssertionError("counting never ends")


def settle_notebook(files: Files, secrets: tuple[str, ...]) -> bool:
    """Give the executed notebook its name, without secrets; False when none was begun."""
    if not files.unfinished.exists():
        return files.executed.exists()  # settled before
    if secrets:
        nbformat = import_nbformat()
        notebook = nbformat.read(files.unfinished, as_version=4)
        nbformat.write(nbformat.from_dict(masked_values(notebook, secrets)), files.unfinished)
    files.unfinished.replace(files.executed)
    return True


def settle_words(files: Files, log: logging.Logger) -> None:
    """Move what the kernel's process said into the log."""
    if files.words.exists():
        for line in files.words.read_text(encoding="utf-8", errors="replace").splitlines():
            log.info("kernel: %s", line)
        files.words.unlink()


@contextmanager
def logging_to(file: Path, secrets: tuple[str, ...]) -> Iterator[logging.Logger]:
    """Write what happens into a log, line by line, without secrets."""
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(_Masking(secrets))
    log = logging.Logger(f"voicemill.headless.{file.stem}", logging.INFO)
    log.addHandler(handler)
    try:
        yield log
    finally:
        handler.close()


class _Masking(logging.Formatter):
    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record), self._secrets)
