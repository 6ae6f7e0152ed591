"""Files of people → a validated DataFrame of items (phonemes, books, word lists)."""

from __future__ import annotations

from voicemill.tables.kinds import ITEM_COLUMNS, KINDS, Kind
from voicemill.tables.reading import read_table

__all__ = ["ITEM_COLUMNS", "KINDS", "Kind", "read_table"]
