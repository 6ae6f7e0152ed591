"""The rows of a plan, column by column: a dict a row would take ten times the memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


class PlanRows:
    """Plain values of a plan; each row is put together when it is asked for."""

    def __init__(self, plan: pd.DataFrame) -> None:
        self._columns: dict[str, list[Any]] = {
            str(name): plan[name].tolist() for name in plan.columns
        }
        self._length = len(plan)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: int) -> dict[str, Any]:
        return {name: values[place] for name, values in self._columns.items()}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[place] for place in range(self._length))

    def column(self, name: str) -> list[Any]:
        """Return one value a row."""
        return self._columns[name]

    def add(self, name: str, values: Sequence[Any]) -> None:
        """Add a column, one value a row."""
        self._columns[name] = list(values)

    def acting(self, action: str) -> Iterator[dict[str, Any]]:
        """Return the rows with that action."""
        places = (place for place, found in enumerate(self.column("action")) if found == action)
        return (self[place] for place in places)
