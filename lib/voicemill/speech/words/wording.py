"""From text as written to text as spoken: cleaned, the lexicon applied, numbers written out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicemill.speech import ipa as notation
from voicemill.speech.engine import Pronunciation
from voicemill.speech.words.cleaning import clean
from voicemill.speech.words.entries import Entry, Lexicon
from voicemill.speech.words.matching import Found, find
from voicemill.speech.words.normalising import edits
from voicemill.speech.words.rules import Edit


@dataclass(frozen=True)
class Wording:
    """What an engine is given for a text, and what the lexicon had to do with it.

    pronunciations: parts of `text` to be said by IPA; empty for engines that do not speak it.
    used: entries that were applied.  unusable: entries in the text that this engine cannot
    use, because they have only IPA; the text is left as written there.
    """

    text: str
    pronunciations: tuple[Pronunciation, ...] = ()
    used: tuple[Entry, ...] = ()
    unusable: tuple[Entry, ...] = ()


def wording(text: str, language: str, lexicon: Lexicon, *, speaks_ipa: bool) -> Wording:
    """Return `text` as an engine is to say it.

    language: BCP-47 tag of the text.  speaks_ipa: whether the engine does.
    """
    text = clean(text)
    found = find(text, language, lexicon) if lexicon.entries else []
    if not found:
        changes = edits(text, language)
        return _written(text, changes, []) if changes else Wording(text)
    changes = edits(_masked(text, found), language)
    usable = [match for match in found if match.entry.respelling or speaks_ipa]
    if speaks_ipa:
        spoken = [_with_possessive(match, text, language) for match in usable if match.entry.ipa]
    else:
        spoken = []
    by_ipa = {match.start for match in spoken}
    respelled = [
        Edit(match.start, match.end, match.entry.respelling)
        for match in usable
        if match.start not in by_ipa
    ]
    written = _written(text, sorted([*changes, *respelled], key=lambda edit: edit.start), spoken)
    unusable = [match for match in found if match not in usable]
    return Wording(
        written.text,
        written.pronunciations,
        used=_entries(usable),
        unusable=_entries(unusable),
    )


def _entries(found: list[Found]) -> tuple[Entry, ...]:
    return tuple(dict.fromkeys(match.entry for match in found))


def _written(text: str, changes: list[Edit], spoken: list[Found]) -> Wording:
    """Make the changes and return where the spoken terms then stand."""
    parts: list[str] = []
    pronunciations: list[Pronunciation] = []
    place = length = 0
    kept = [Edit(match.start, match.end, text[match.start : match.end]) for match in spoken]
    ipa = {match.start: match.entry.ipa for match in spoken}
    for edit in sorted([*changes, *kept], key=lambda edit: edit.start):
        before = text[place : edit.start]
        start = length + len(before)
        length = start + len(edit.text)
        parts += (before, edit.text)
        place = edit.end
        if edit.start in ipa:
            pronunciations.append(Pronunciation(start, length, ipa[edit.start]))
    return Wording("".join([*parts, text[place:]]), tuple(pronunciations))


# A term is for its entry alone: letters that no rule speaks of stand in for it, Latin ones
# for Latin ones, so that its neighbours are still seen to be next to a word.
_LATIN, _OTHER = "q", "ꙮ"


def _masked(text: str, found: list[Found]) -> str:
    for match in found:
        term = text[match.start : match.end]
        mask = "".join(_LATIN if char.isascii() and char.isalnum() else _OTHER for char in term)
        text = text[: match.start] + mask + text[match.end :]
    return text


_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)
_SIBILANTS = ("s", "z", "ʃ", "ʒ")
_VOICELESS = ("p", "t", "k", "f", "θ")


def _with_possessive(match: Found, text: str, language: str) -> Found:
    """Take an English 's to the term it follows: said apart, it would be a letter."""
    suffix = _POSSESSIVE.match(text, match.end)
    if suffix is None or not language.lower().startswith("en"):
        return match
    ipa = notation.normal(match.entry.ipa)
    # The three forms of the English suffix, chosen by the sound before it.
    ending = "ɪz" if ipa.endswith(_SIBILANTS) else "s" if ipa.endswith(_VOICELESS) else "z"
    entry = match.entry
    said = Entry(entry.term, entry.language, entry.respelling, ipa + ending, entry.part_of_speech)
    return Found(match.start, suffix.end(), said)
