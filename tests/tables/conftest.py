from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from voicemill.errors import TableError
from voicemill.tables import read_table

Refusal = Callable[..., list[str]]


@pytest.fixture
def refusal() -> Refusal:
    """Read a table that must be refused and return its problems as a person reads them."""

    def read(source: str | Path | pd.DataFrame, kind: str = "words") -> list[str]:
        with pytest.raises(TableError) as caught:
            read_table(source, kind)
        return [str(problem) for problem in caught.value.problems]

    return read
