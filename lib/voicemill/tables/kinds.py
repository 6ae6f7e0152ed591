"""The kinds of table: which columns they have and what people also call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from voicemill.errors import UnknownName

# Every table of items starts with these columns, in this order.
ITEM_COLUMNS = (
    "collection",
    "key",
    "order",
    "text",
    "ipa",
    "sound",
    "language",
    "category",
    "voice",
    "locked",
)

# Read from any kind of table when present.
_COMMON = ("text", "ipa", "language", "category", "voice", "order", "locked")


@dataclass(frozen=True)
class Kind:
    """What a table must and may contain.

    key: the column that becomes the item's key.
    required: groups of columns; of each group at least one must be there.
    kept: columns with a meaning of their own that also stay in the result.
    synonyms: other headings people use → the column they mean; a synonym counts only
    when the column itself is absent.
    default_language: BCP 47 tag for rows that name none; '' leaves it open.
    """

    name: str
    key: str
    required: tuple[tuple[str, ...], ...]
    kept: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    default_language: str = "en"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of this kind that has a meaning."""
        return tuple(dict.fromkeys((self.key, *self.kept, *_COMMON)))


PHONEMES = Kind(
    name="phonemes",
    key="symbol",
    required=(("symbol",), ("example_word", "text")),
    kept=("example_word", "example_ipa", "vietnamese_approx"),
    synonyms=MappingProxyType(
        {
            "key": "symbol",
            "phoneme": "symbol",
            "ipa_symbol": "symbol",
            "word": "example_word",
            "example": "example_word",
            "word_ipa": "example_ipa",
            "vietnamese": "vietnamese_approx",
            "lang": "language",
        }
    ),
)

BOOK = Kind(
    name="book",
    key="page",
    required=(("page",), ("text",)),
    kept=("chapter",),
    synonyms=MappingProxyType(
        {
            "key": "page",
            "page_number": "page",
            "page_no": "page",
            "content": "text",
            "lang": "language",
        }
    ),
    # A page says what language it is in or leaves it to whoever reads the book.
    default_language="",
)

WORDS = Kind(
    name="words",
    key="key",
    required=(("key",), ("text",)),
    synonyms=MappingProxyType(
        {
            "id": "key",
            "word": "text",
            "phrase": "text",
            "sentence": "text",
            "lang": "language",
        }
    ),
)

CAST = Kind(
    name="cast",
    key="name",
    required=(("name",), ("voice",)),
    synonyms=MappingProxyType({"speaker": "name", "character": "name", "key": "name"}),
)

KINDS: Mapping[str, Kind] = MappingProxyType(
    {kind.name: kind for kind in (PHONEMES, BOOK, WORDS, CAST)}
)


def kind_named(name: str) -> Kind:
    """Return the kind of table called `name`; raises UnknownName with close matches."""
    if name not in KINDS:
        raise UnknownName("table kind", str(name), KINDS)
    return KINDS[name]
