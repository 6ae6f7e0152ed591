"""Fixtures of the tests of production."""

import pytest

from processes.fixtures import catalog_url, nursery, postgres
from troubles import HELD

__all__ = ["catalog_url", "nursery", "postgres"]


@pytest.fixture
def two_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many workers as there are words that wait."""
    monkeypatch.setenv("VOICEMILL_PRODUCTION__WORKERS", str(len(HELD)))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A project that waits only a moment for what went away."""
    monkeypatch.setenv("VOICEMILL_PRODUCTION__PATIENCE_S", "0.3")
