"""What the neural engines share: a model on one thread, and its name in fingerprints."""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from voicemill.errors import EngineUnavailable


def one_thread_session(model: Path, remedy: str) -> Any:
    """Load a model into an ONNX session that keeps to the thread it is called from.

    As many callers as cores take two thirds of the time that ONNX's own threads need.
    Raises EngineUnavailable with the remedy when the file is no whole model.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # A plan of memory is kept for every length of sentence: a quarter more of it, for no time.
    options.enable_mem_pattern = False
    try:
        return onnxruntime.InferenceSession(
            str(model), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's own exceptions share no public base
        raise EngineUnavailable(
            f"this model cannot be loaded ({error})", where=str(model), remedy=remedy
        ) from error


def give_back_memory(session: Any, smallest: dict[str, Any]) -> None:
    """Free what a session keeps for texts as long as the longest so far; the model stays.

    smallest: inputs that take little, since ONNX frees memory only at the end of a go.
    """
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    session.run(None, smallest, options)


def return_freed_memory() -> None:
    """Let the C library return what was freed to the system, where it keeps it for later.

    After a run glibc holds 20 MB of freed arrays, and the 90 MB of a model that was let go.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's own
        if trim is not None:
            trim(0)


class Room:
    """Lets threads speak at once only as much as memory is meant for.

    A model's memory grows with the text; two long sentences at once would need twice that of
    the longest, and usually one of two is short.
    """

    def __init__(self, characters_per_core: int) -> None:
        self._size = characters_per_core * (os.cpu_count() or 1)
        self._used = 0.0
        self._freed = threading.Condition()

    @contextmanager
    def of(self, characters: float) -> Iterator[None]:
        """Wait until there is room; a text longer than all of it speaks alone."""
        with self._freed:
            self._freed.wait_for(lambda: self._used == 0 or self._used + characters <= self._size)
            self._used += characters
        try:
            yield
        finally:
            with self._freed:
                self._used -= characters
                self._freed.notify_all()


def model_digest(model: Path) -> str:
    """Return the first 12 hexadecimal digits of a model file's SHA-256."""
    with model.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:12]
