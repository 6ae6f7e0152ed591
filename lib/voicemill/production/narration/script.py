"""The script of a page: which words are said in which voice, and how long is silent between."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache

from voicemill.books.spoken.clauses import pieces
from voicemill.books.spoken.dialogue import Cast, Part, cast_from, parts, within
from voicemill.books.spoken.pauses import Pauses
from voicemill.books.spoken.sentences import Sentence, split


@dataclass(frozen=True)
class Narration:
    """How a book is narrated: how long its pauses are, and who speaks what is in quotes.

    cast: rows of a cast table, name and voice; without any, the page's voice says it all.
    """

    pauses: Pauses = field(default_factory=Pauses)
    cast: tuple[tuple[str, str], ...] = ()

    @property
    def voices(self) -> Cast:
        """Who speaks what; "" is the page's own voice."""
        return cast_from(({"name": name, "voice": voice} for name, voice in self.cast), "")

    def as_text(self) -> str:
        """Return it as JSON, the same for the same narration."""
        values = {"pauses": asdict(self.pauses), "cast": self.cast}
        return json.dumps(values, ensure_ascii=False, sort_keys=True)

    @classmethod
    @lru_cache(maxsize=64)
    def from_text(cls, text: str) -> Narration:
        """Read it back; of one written by an older Voicemill, what is missing is usual."""
        values = json.loads(text)
        known = {name: values["pauses"].get(name) for name in Pauses.__dataclass_fields__}
        pauses = Pauses(**{name: value for name, value in known.items() if value is not None})
        return cls(pauses, tuple((name, voice) for name, voice in values["cast"]))


def cast_rows(rows: Iterable[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the rows of a cast table for a Narration. Raises BookError for one that is wrong."""
    listed = list(rows)
    cast_from(listed, "")
    named = ((str(row["name"]).strip(), str(row["voice"]).strip()) for row in listed)
    return tuple(dict.fromkeys(named))


@dataclass(frozen=True)
class Line:
    """What is said in one go: a sentence, or a part of one.

    sentence: its number on the page, from 0.  voice: of the cast, "" for the page's own.
    pause_s: the silence from its last sound to the first of the next line.
    """

    text: str
    sentence: int
    voice: str
    pause_s: float


@dataclass(frozen=True)
class Script:
    """A page as it is to be said. sentences: those that are spoken, as places in its text."""

    lines: tuple[Line, ...]
    sentences: tuple[Sentence, ...]


def script_of(
    text: str, language: str, narration: Narration, longest: Callable[[str], int]
) -> Script:
    """Part a page into lines.

    longest: how many characters a voice can say in one go; "" asks for the page's own voice.
    """
    cast = narration.voices
    one_voice = not cast.named and cast.speaker == cast.narrator
    spoken = [] if one_voice else parts(text, language)
    lines: list[Line] = []
    sentences: list[Sentence] = []
    for sentence in split(text, language):
        if not _audible(sentence.text):
            _pause(lines, narration.pauses.after(sentence.ends, sentence.text))
            continue
        turns = list(_turns(sentence, spoken, cast))
        for turn, (voice, said) in enumerate(turns):
            clauses = [
                clause for clause in pieces(said, language, longest(voice)) if _audible(clause)
            ]
            for number, clause in enumerate(clauses):
                last = number == len(clauses) - 1
                ends = "clause" if not last else "turn" if turn < len(turns) - 1 else sentence.ends
                pause_s = narration.pauses.after(ends, sentence.text)
                lines.append(Line(_said(clause), len(sentences), voice, pause_s))
        sentences.append(sentence)
    return Script(tuple(lines), tuple(sentences))


def is_silent(text: str) -> bool:
    """Whether nothing on a page can be said, such as of one with three stars."""
    return not _audible(text)


def pause_before(text: str, new_chapter: bool, pauses: Pauses) -> float:
    """Return the least silence before a page that begins like this."""
    if new_chapter or text.startswith("# "):
        return pauses.chapter
    return pauses.heading if text.startswith("##") else 0.0


def _turns(sentence: Sentence, spoken: list[Part], cast: Cast) -> Iterator[tuple[str, str]]:
    """Yield the voices of a sentence in turn, each with what it says."""
    found: list[tuple[str, str]] = []
    for part in within(spoken, sentence.start, sentence.end) or [Part(sentence.text, "narrator")]:
        voice = cast.voice_of(part)
        if found and (found[-1][0] == voice or not _audible(part.text)):
            found[-1] = (found[-1][0], found[-1][1] + part.text)
        elif found and not _audible(found[-1][1]):
            found[-1] = (voice, found[-1][1] + part.text)
        else:
            found.append((voice, part.text))
    yield from found


def _pause(lines: list[Line], pause_s: float) -> None:
    """Let the last line be followed by at least that much silence."""
    if lines and lines[-1].pause_s < pause_s:
        lines[-1] = replace(lines[-1], pause_s=pause_s)


def _audible(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _said(text: str) -> str:
    """Return the text in one line, without the backslash of a paragraph that begins with #."""
    said = " ".join(text.split())
    return said[1:] if said.startswith(("\\#", "\\\\#")) else said
