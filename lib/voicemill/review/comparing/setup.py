"""What is compared: plain data that a comparison is kept as, and opened again from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from voicemill.production.job import Request
from voicemill.production.planning import READ

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Setup:
    """Items, voices and how they speak.

    items: rows of a table.  request: of the delivery, profile and way of saying; its voices are
    those compared.  silent: item → voice → why that voice could not say it.
    """

    items: tuple[Mapping[str, Any], ...]
    request: Request
    silent: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, items: pd.DataFrame, request: Request) -> Setup:
        """Take the rows of a table; a voice that a row names does not matter here."""
        rows = items[list(READ)].to_dict("records")
        return cls(tuple({str(name): _plain(row[name]) for name in row} for row in rows), request)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Setup:
        """Read it back."""
        return cls(tuple(values["items"]), Request.from_dict(values["request"]), values["silent"])

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        silent = {key: dict(voices) for key, voices in self.silent.items()}
        items = [dict(row) for row in self.items]
        return {"items": items, "request": self.request.as_dict(), "silent": silent}

    @property
    def voices(self) -> tuple[str, ...]:
        """The voices compared."""
        return self.request.voices

    @cached_property
    def spoken(self) -> dict[str, list[str]]:
        """Return key of each item → the voices that say it."""
        return {
            row["key"]: [v for v in self.voices if v not in self.silent.get(row["key"], {})]
            for row in self.items
        }

    @cached_property
    def categories(self) -> dict[str, str]:
        """Return key → category."""
        return {row["key"]: row["category"] for row in self.items}


def _plain(value: Any) -> Any:
    """Return what JSON can hold: tables give numbers of numpy's own."""
    return value.item() if hasattr(value, "item") else value
