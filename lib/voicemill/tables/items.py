"""From records to items: defaults filled in, every cell in the form the library works with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from voicemill.tables.ipa import normalise_symbol, normalise_transcription
from voicemill.tables.kinds import BOOK, PHONEMES, Kind
from voicemill.tables.records import Records

_YES = frozenset({"true", "yes", "1", "x", "có"})
_NO = frozenset({"false", "no", "0", "", "không"})
# 18 digits fit a 64-bit column for sure. Digits of other scripts count as well.
_WHOLE = re.compile(r"[+-]?\d{1,18}(?:\.0+)?")
# The shape of a BCP 47 tag (RFC 5646, section 2.1): two or three letters, then parts.
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*", re.ASCII | re.IGNORECASE)


def items_of(records: Records, kind: Kind) -> dict[str, Sequence[object]]:
    """Return the columns of the items of checked records, without `collection`."""
    keys = keys_of(records, kind)
    texts, ipas = _said(records, kind)
    known = set(kind.columns) - set(kind.kept)
    return {
        "key": keys,
        "order": _orders(records, kind),
        "text": texts,
        "ipa": ipas,
        "sound": keys if kind is PHONEMES else [""] * len(keys),
        "language": [
            language_tag(cell) or kind.default_language for cell in records.column("language")
        ],
        "category": records.column("category"),
        "voice": records.column("voice"),
        "locked": [yes_or_no(cell) is True for cell in records.column("locked")],
        **{name: cells for name, cells in records.columns.items() if name not in known},
    }


def keys_of(records: Records, kind: Kind) -> list[str]:
    """Return the key of each record: the symbol as IPA writes it, the page, the key."""
    cells = records.column(kind.key)
    return [normalise_symbol(cell) for cell in cells] if kind is PHONEMES else cells


def yes_or_no(cell: str) -> bool | None:
    """Return what a person means by a cell of `locked`; None when it is neither yes nor no."""
    word = cell.casefold()
    return True if word in _YES else False if word in _NO else None


def whole_number(cell: str) -> int | None:
    """Return '7' or '7.0' as 7; None when the cell is no whole number."""
    return int(cell.partition(".")[0]) if _WHOLE.fullmatch(cell) else None


# A column holds a handful of tags, thousands of times each.
@lru_cache(maxsize=1024)
def language_tag(cell: str) -> str | None:
    """Return a BCP 47 tag in its usual spelling, en_gb → en-GB; None when it is none.

    Spelling: RFC 5646, section 2.1.1.
    """
    if not cell:
        return ""
    tag = cell.replace("_", "-")
    if not _LANGUAGE.fullmatch(tag):
        return None
    language, *parts = tag.lower().split("-")
    spelt = {2: str.upper, 4: str.title}
    return "-".join([language, *(spelt.get(len(part), str.lower)(part) for part in parts)])


def _said(records: Records, kind: Kind) -> tuple[list[str], list[str]]:
    """Return the text of each item and its transcription, '' where that is not known."""
    texts = records.column("text")
    ipas = [normalise_transcription(cell) for cell in records.column("ipa")]
    if kind is not PHONEMES:
        return texts, ipas
    said = list(zip(texts, records.column("example_word"), strict=True))
    # The example's transcription says nothing about another text.
    by_example = [
        normalise_transcription(ipa) if text.casefold() in {"", word.casefold()} else ""
        for (text, word), ipa in zip(said, records.column("example_ipa"), strict=True)
    ]
    return (
        [text or word for text, word in said],
        [ipa or other for ipa, other in zip(ipas, by_example, strict=True)],
    )


def _orders(records: Records, kind: Kind) -> list[int]:
    """Return the place of each item: as given, else the page number, else the row's position.

    Page numbers count only when every page has one: 'ii' must not come between 1 and 3.
    """
    positions = list(range(1, len(records.rows) + 1))
    given = [whole_number(cell) for cell in records.column("order")]
    pages = [whole_number(cell) for cell in records.column("page")] if kind is BOOK else []
    if pages and None not in pages:
        positions = [page for page in pages if page is not None]
    return [
        position if number is None else number
        for number, position in zip(given, positions, strict=True)
    ]
