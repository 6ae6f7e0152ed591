"""What a language's normalisation is made of: patterns, and how to say what they match."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Edit:
    """Characters of a text, from `start` up to `end`, and what stands for them."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Rule:
    """A pattern and how its match is said.

    say: returns the words, or None where the match is something else after all; returning
    the match itself protects it from the rules below.
    A group named `said` is the only part to be replaced; the rest is context.
    """

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str | None]


@dataclass(frozen=True)
class Grammar:
    """The rules of one language, first ones first, and a quick test for anything to do."""

    guard: re.Pattern[str]
    rules: tuple[Rule, ...]

    def edits(self, text: str) -> list[Edit]:
        """Return every change, in order and apart; each place is looked at once."""
        if self.guard.search(text) is None:
            return []
        edits: list[Edit] = []
        place = 0
        while (found := self._any.search(text, place)) is not None:
            place = self._apply(text, found.start(), edits) or max(found.end(), place + 1)
        return edits

    def _apply(self, text: str, start: int, edits: list[Edit]) -> int | None:
        """Add the change that the first fitting rule makes at `start`; return where it ends."""
        for rule in self.rules:
            match = rule.pattern.match(text, start)
            said = rule.say(match) if match else None
            if match is None or said is None:
                continue
            group = "said" if "said" in rule.pattern.groupindex else 0
            if said != match[group]:
                edits.append(Edit(match.start(group), match.end(group), said))
            return match.end()
        return None

    @cached_property
    def _any(self) -> re.Pattern[str]:
        # Group names may be used once in a pattern; they are of no use in this one.
        patterns = (re.sub(r"\(\?P<\w+>", "(?:", rule.pattern.pattern) for rule in self.rules)
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def apply(edits: list[Edit], text: str) -> str:
    """Return `text` with the changes made."""
    parts: list[str] = []
    place = 0
    for edit in edits:
        parts += (text[place : edit.start], edit.text)
        place = edit.end
    return "".join([*parts, text[place:]])
