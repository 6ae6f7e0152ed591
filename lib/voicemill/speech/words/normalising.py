"""Numbers, dates, money, units and abbreviations written out, per language.

Only what a rule is sure of changes; everything else stays as it is written. Text that has
nothing to write out is told by one search of a pattern.
"""

from __future__ import annotations

from functools import lru_cache

from voicemill.speech.words.cleaning import clean
from voicemill.speech.words.rules import Edit, Grammar, apply


def normalise(text: str, language: str) -> str:
    """Return `text` cleaned and, for English, Vietnamese, Hindi and Chinese, written out.

    language: BCP-47 tag; its region decides the order of dates (en-GB: day first).
    """
    text = clean(text)
    return apply(edits(text, language), text)


def edits(text: str, language: str) -> list[Edit]:
    """Return the changes that write a cleaned `text` out."""
    grammar = _grammar(language)
    return grammar.edits(text) if grammar else []


@lru_cache(maxsize=64)
def _grammar(language: str) -> Grammar | None:
    name = language.replace("_", "-").partition("-")[0].lower()
    if name == "en":
        from voicemill.speech.words.english import grammar as english

        return english(language)
    if name == "vi":
        from voicemill.speech.words.vietnamese import grammar as vietnamese

        return vietnamese()
    if name == "hi":
        from voicemill.speech.words.hindi import grammar as hindi

        return hindi()
    if name in {"zh", "cmn"}:
        from voicemill.speech.words.chinese import grammar as chinese

        return chinese()
    return None
