"""Cells that spreadsheets would take for formulas, in tables that go out to people."""

from __future__ import annotations

from typing import Any

# What spreadsheets take for the start of a formula (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet might run a cell instead of showing it."""
    # A tab or line break at the very start counts as such, and is no space before something.
    return cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA)


def defused(value: Any) -> Any:
    """Return a cell that a spreadsheet shows and does not obey; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and is_formula(value) else value
