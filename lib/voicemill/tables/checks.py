"""What can be wrong with the cells of a table; every problem says what to do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from voicemill.errors import Problem
from voicemill.tables.ipa import LOOK_ALIKES, normalise_transcription, not_ipa
from voicemill.tables.items import keys_of, language_tag, whole_number, yes_or_no
from voicemill.tables.kinds import PHONEMES, Kind
from voicemill.tables.records import Records

LONGEST_KEY = 200

# Control characters but tab and line break, halves of a character (lone surrogates), and the
# mark that decoders leave where a character was lost.
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
# A key stands in file names and lists, so nothing in it may break lines or stay unseen.
# Joiners (U+200C, U+200D) are letters' shapes in Persian or Hindi and stay.
_UNSEEN = re.compile("[\t\n\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def problems_of(records: Records, kind: Kind) -> Iterator[Problem]:
    """Yield what is wrong with the cells of the records, column by column."""
    yield from _unreadable(records)
    yield from _keys(records, kind)
    if kind is PHONEMES:
        yield from _symbols(records)
        yield from _nothing_to_say(records)
        yield from _transcriptions(records, "example_ipa")
    yield from _transcriptions(records, "ipa")
    yield from _refused(
        records, "locked", yes_or_no, "is neither yes nor no", "Write yes or no, or leave it empty"
    )
    yield from _refused(
        records,
        "order",
        lambda cell: 0 if not cell else whole_number(cell),
        "is not a whole number",
        "Write 1, 2, 3 … or leave it empty",
    )
    yield from _refused(
        records,
        "language",
        language_tag,
        "is not a language tag",
        "Write a tag such as en-GB, vi-VN, hi-IN, zh-CN or ar",
    )


def _unreadable(records: Records) -> Iterator[Problem]:
    for name, cells in records.columns.items():
        for row, cell in zip(records.rows, cells, strict=True):
            found = _UNREADABLE.search(cell)
            if found and found[0] == "\ufffd":
                yield Problem(
                    "the cell contains '�', left where a character was lost",
                    "Type the lost character; if there are many, save the source again as UTF-8",
                    row=row,
                    column=records.labels[name],
                )
            elif found:
                yield Problem(
                    f"the cell contains {_code(found[0])}, which cannot be spoken or shown",
                    f"Delete it; it comes after {cell[: found.start()][-20:]!r}",
                    row=row,
                    column=records.labels[name],
                )


def _keys(records: Records, kind: Kind) -> Iterator[Problem]:
    if kind.key not in records.columns:
        return
    label = records.labels[kind.key]
    first: dict[str, int] = {}
    written = records.column(kind.key)
    for row, key, cell in zip(records.rows, keys_of(records, kind), written, strict=True):
        unseen = _UNSEEN.search(key)
        if not key:
            yield Problem(
                f"the {kind.key} is empty", "Fill it in or delete the row", row=row, column=label
            )
        elif len(key) > LONGEST_KEY:
            yield Problem(
                f"the {kind.key} has {len(key)} characters, more than {LONGEST_KEY}",
                "Shorten it",
                row=row,
                column=label,
            )
        elif unseen:
            yield Problem(
                f"the {kind.key} {key!r} contains {_code(unseen[0])}, which nobody sees",
                "Type it again without that",
                row=row,
                column=label,
            )
        elif first.setdefault(key, row) != row:
            same = "is" if cell == key else f"means '{key}' and is"
            yield Problem(
                f"{kind.key} '{cell}' {same} already in row {first[key]}",
                "Change or delete one of the two",
                row=row,
                column=label,
            )


def _symbols(records: Records) -> Iterator[Problem]:
    for row, symbol in zip(records.rows, keys_of(records, PHONEMES), strict=True):
        strange = [] if _UNREADABLE.search(symbol) else not_ipa(symbol)
        if strange:
            yield _not_ipa(row, records.labels[PHONEMES.key], symbol, strange)


def _transcriptions(records: Records, name: str) -> Iterator[Problem]:
    if name not in records.columns:
        return
    for row, cell in zip(records.rows, records.column(name), strict=True):
        strange = not_ipa(normalise_transcription(cell), also=" ")
        if strange and not _UNREADABLE.search(cell):
            yield _not_ipa(row, records.labels[name], cell, strange)


def _not_ipa(row: int, label: str, cell: str, strange: list[str]) -> Problem:
    named = " and ".join(_named(char) for char in strange[:5])
    likely = [f"'{LOOK_ALIKES[char]}' for '{char}'" for char in strange if char in LOOK_ALIKES]
    if likely:
        remedy = f"Write {' and '.join(likely)}"
    elif "?" in strange:
        remedy = "Excel's plain CSV turns IPA into '?': save as 'CSV UTF-8' or XLSX instead"
    else:
        remedy = "Write it in IPA letters, or leave it out"
    return Problem(f"'{cell}' contains {named}, not IPA", remedy, row=row, column=label)


def _nothing_to_say(records: Records) -> Iterator[Problem]:
    if "example_word" not in records.columns and "text" not in records.columns:
        return  # the missing column is a problem of the header
    words, texts = records.column("example_word"), records.column("text")
    for row, word, text in zip(records.rows, words, texts, strict=True):
        if not word and not text:
            yield Problem(
                "there is no example_word and no text",
                "Write a word that contains the sound",
                row=row,
                column=records.labels.get("example_word") or records.labels["text"],
            )


def _refused(
    records: Records, name: str, read: Callable[[str], object], what: str, remedy: str
) -> Iterator[Problem]:
    for row, cell in zip(records.rows, records.column(name), strict=True):
        if read(cell) is None:
            yield Problem(f"'{cell}' {what}", remedy, row=row, column=records.labels[name])


def _named(char: str) -> str:
    return f"'{char}'" if char.isascii() and char.isprintable() else f"'{char}' ({_code(char)})"


def _code(char: str) -> str:
    name = unicodedata.name(char, "a control character")
    return f"U+{ord(char):04X} {name}"
