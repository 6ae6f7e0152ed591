"""A notebook executed by papermill in a kernel of its own, which can be interrupted and killed."""

from __future__ import annotations

import os
import re
import signal
import tempfile
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from voicemill.errors import NotebookFailed
from voicemill.headless.importing import import_nbformat, import_papermill

_LONGEST_REASON = 2000  # characters of an error that is no sentence of ours


class Kernel:
    """The kernel of one execution; another thread may interrupt or kill it, and say why.

    words: the file that gets what its process itself says, such as why it crashed.
    """

    def __init__(self, words: Path) -> None:
        self._started: list[Any] = []
        self._words = words
        self.why = ""  # it was interrupted or killed
        self._stopped = False

    def interrupt(self, why: str, *, stopped: bool = False) -> None:
        """Interrupt the running cell, as Ctrl-C would. stopped: because somebody wished so."""
        self._stopped = stopped
        self._signal(signal.SIGINT, why)

    def kill(self, why: str) -> None:
        """End it and every process it started, at once."""
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM), why)

    def execute(self, source: Path, target: Path, parameters: Mapping[str, Any]) -> None:
        """Execute a notebook; `target` is written after every cell.

        Raises NotebookFailed with the cell and the reason; the notebook then links to the cell.
        """
        papermill = import_papermill()
        from papermill.exceptions import PapermillExecutionError

        # The report needs it afterwards; meanwhile this process only waits for the kernel.
        threading.Thread(target=import_module, args=("nbconvert",), daemon=True).start()
        try:
            with tempfile.TemporaryDirectory(prefix="voicemill-") as sockets:
                papermill.execute_notebook(
                    str(source),
                    str(target),
                    parameters=dict(parameters),
                    progress_bar=False,
                    config=_transport(sockets),
                    kernel_manager_class=self._remembering_manager(),
                    # All is written by then; taking leave politely costs most of a second.
                    shutdown_kernel="immediate",
                )
        except PapermillExecutionError as error:
            if self.why and error.ename == "KeyboardInterrupt":
                _say_why(target, self.why)
            raise self._failure(source, error) from error
        except Exception as error:  # papermill's, nbclient's, jupyter_client's: no common base
            if self.why:
                raise self._died(source, target) from error
            raise NotebookFailed(
                f"its kernel failed ({type(error).__name__}: {error})",
                where=source.name,
                remedy="Run it again; if that does not help, open it in JupyterLab",
            ) from error

    def _remembering_manager(self) -> type:
        from jupyter_client.manager import AsyncKernelManager

        started, words = self._started, self._words

        class Manager(AsyncKernelManager):
            async def _async_start_kernel(self, **options: Any) -> None:
                with words.open("ab") as file:
                    await super()._async_start_kernel(**options, stdout=file, stderr=file)

            start_kernel = _async_start_kernel

            async def _async_post_start_kernel(self, **options: Any) -> None:
                started.append(self)
                await super()._async_post_start_kernel(**options)

            post_start_kernel = _async_post_start_kernel

        return Manager

    def _signal(self, number: int, why: str) -> None:
        self.why = self.why or why
        for manager in self._started:
            group = getattr(manager.provisioner, "pgid", None)
            try:
                if group and hasattr(os, "killpg"):
                    os.killpg(group, number)
                elif manager.provisioner is not None:
                    os.kill(manager.provisioner.pid, number)
            except ProcessLookupError:
                continue  # it ended by itself meanwhile

    def _failure(self, source: Path, error: Any) -> NotebookFailed:
        where = f"{source.name}, cell {error.cell_index}"
        if self.why and error.ename in ("KeyboardInterrupt", NotebookFailed.__name__):
            return NotebookFailed(self.why, where=where, stopped=self._stopped)
        text = _without_colour(str(error.evalue)).strip() or str(error.ename)
        if error.ename in _own_errors():
            return NotebookFailed(text, where=where)
        return NotebookFailed(
            f"{error.ename}: {text.splitlines()[0][:_LONGEST_REASON]}",
            where=where,
            remedy="The executed notebook tells more",
        )

    def _died(self, source: Path, target: Path) -> NotebookFailed:
        """Write into the notebook, which papermill left without a word, what happened where."""
        nbformat = import_nbformat()
        from papermill.exceptions import PapermillExecutionError
        from papermill.execute import raise_for_execution_errors

        notebook = nbformat.read(target, as_version=4)
        begun = [
            cell
            for cell in notebook.cells
            if cell.cell_type == "code" and cell.metadata.get("papermill", {}).get("start_time")
        ]
        if not begun:
            return NotebookFailed(
                f"{self.why}, before its first cell", where=source.name, stopped=self._stopped
            )
        begun[-1].outputs.append(nbformat.v4.new_output("error", **_words_of_ours(self.why)))
        try:
            raise_for_execution_errors(notebook, str(target))
        except PapermillExecutionError as error:
            return self._failure(source, error)
        return NotebookFailed(self.why, where=source.name, stopped=self._stopped)


def _say_why(notebook: Path, why: str) -> None:
    """Let an interrupted cell say why; the kernel itself only knows that it was."""
    nbformat = import_nbformat()
    executed = nbformat.read(notebook, as_version=4)
    for cell in executed.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                output.update(_words_of_ours(why))
    nbformat.write(executed, notebook)


def _words_of_ours(why: str) -> dict[str, Any]:
    return {"ename": NotebookFailed.__name__, "evalue": why, "traceback": [why]}


def _transport(folder: str) -> Any:
    """Talk to the kernel over local sockets where they exist: TCP ports are open to others.

    folder: for the sockets; without one of their own, two that start together would take each
    other's.
    """
    from traitlets.config import Config

    if os.name == "nt":
        return Config()
    manager = {"transport": "ipc", "ip": str(Path(folder) / "kernel")}
    return Config({"KernelManager": manager})


def _own_errors() -> set[str]:
    from voicemill import errors

    return {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.VoicemillError)
    }


def _without_colour(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
