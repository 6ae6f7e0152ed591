"""mutagen without its type hints, which cover only half of it and contradict the rest."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def untyped(module: str) -> Any:
    """Return a module of mutagen, imported on first use, as something mypy lets alone."""
    return import_module(module)
