"""What the neural engines share: a model on one thread, and its name in fingerprints."""

from __future__ import annotations

import hashlib
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
    try:
        return onnxruntime.InferenceSession(
            str(model), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's own exceptions share no public base
        raise EngineUnavailable(
            f"this model cannot be loaded ({error})", where=str(model), remedy=remedy
        ) from error


def model_digest(model: Path) -> str:
    """Return the first 12 hexadecimal digits of a model file's SHA-256."""
    with model.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:12]
