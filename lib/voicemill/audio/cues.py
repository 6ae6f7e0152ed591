"""Cues: when each sentence or word of a file is heard, as SRT, WebVTT and JSON."""

from __future__ import annotations

import html
import json
import math
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from voicemill.errors import AudioError

KINDS = ("sentence", "word")

# Subtitle guidelines (BBC, Netflix) put the longest line at 37 to 42 Latin letters; Chinese and
# Japanese ones, which take two columns each here, come out at 21.
_LINE_COLUMNS = 42
# What may not begin a line in Chinese and Japanese.
_CLOSING = frozenset("。，、；：？！）」』】》…—ー,.;:?!)]}%")


@dataclass(frozen=True, slots=True)  # a book has one for every word
class Cue:
    """When a piece of text is heard, in seconds from the start of the file.

    kind: one of KINDS. page: the book's page it stands on, from 1. item: the key of the row it
    comes from. Raises AudioError for times that are no times.
    """

    start_s: float
    end_s: float
    text: str
    kind: str = "sentence"
    page: int | None = None
    item: str | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.end_s) and 0 <= self.start_s <= self.end_s):
            raise AudioError(
                f"a cue from {self.start_s} s to {self.end_s} s cannot be",
                where=self.text[:40],
                remedy="Let it begin at 0 or later and end no earlier than it begins.",
            )
        if self.kind not in KINDS:
            raise AudioError(
                f"a cue cannot be a '{self.kind}'", remedy="Use " + " or ".join(KINDS) + "."
            )


def shifted(cues: Iterable[Cue], by_s: float) -> tuple[Cue, ...]:
    """Return the cues `by_s` seconds later (earlier when negative, but never before 0)."""
    return tuple(replace(c, start_s=c.start_s + by_s, end_s=c.end_s + by_s) for c in cues)


def to_srt(cues: Iterable[Cue], kind: str = "sentence") -> str:
    """Return the cues of one kind as SubRip (.srt), numbered from 1.

    In the order of time, without overlaps, each for at least 1 ms; those without text are left
    out. SubRip cannot escape: an arrow like its own is written as →.
    """
    blocks = [
        f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{_lines(text.replace('-->', '→'))}"
        for number, (start, end, text) in enumerate(_timed(cues, kind), start=1)
    ]
    return "".join(f"{block}\n\n" for block in blocks)


def to_webvtt(cues: Iterable[Cue], kind: str = "sentence") -> str:
    """Return the cues of one kind as WebVTT (.vtt); text like markup is shown, not obeyed.

    In the order of time, without overlaps, each for at least 1 ms; those without text are left
    out.
    """
    blocks = [
        f"{_clock(start, '.')} --> {_clock(end, '.')}\n{html.escape(_lines(text), quote=False)}"
        for start, end, text in _timed(cues, kind)
    ]
    return "".join(f"{block}\n\n" for block in ["WEBVTT", *blocks])


def to_json(cues: Iterable[Cue]) -> str:
    """Return all cues as JSON: {"version": 1, "cues": [{"start_s": …, "end_s": …, …}, …]}.

    What is not known is left out. `from_json` gives back the same cues.
    """
    known = [{k: v for k, v in asdict(cue).items() if v is not None} for cue in cues]
    return json.dumps({"version": 1, "cues": known}, ensure_ascii=False, indent=1)


def from_json(text: str | bytes) -> tuple[Cue, ...]:
    """Return the cues that `to_json` wrote; keys it does not know are ignored.

    Raises AudioError saying which cue is wrong.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise _no_cues("it is no JSON") from problem
    entries = found.get("cues") if isinstance(found, dict) else None
    if not isinstance(entries, list):
        raise _no_cues("it holds no list of cues")
    return tuple(_cue(number, entry) for number, entry in enumerate(entries, start=1))


def _cue(number: int, entry: Any) -> Cue:
    if not isinstance(entry, dict):
        raise _no_cues(f"cue {number} is no object")
    for key, (types, wanted) in _TYPES.items():
        value = entry.get(key)
        if value is None and key not in _REQUIRED:
            continue
        if isinstance(value, bool) or not isinstance(value, types):
            raise _no_cues(f"'{key}' of cue {number} is not {wanted}")
    known = {field.name for field in fields(Cue)}
    return Cue(**{k: v for k, v in entry.items() if k in known and v is not None})


_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "start_s": ((int, float), "a number"),
    "end_s": ((int, float), "a number"),
    "text": ((str,), "text"),
    "kind": ((str,), "text"),
    "page": ((int,), "a whole number"),
    "item": ((str,), "text"),
}
_REQUIRED = ("start_s", "end_s", "text")


def _no_cues(what: str) -> AudioError:
    return AudioError(what, where="cues", remedy="Write them again with to_json.")


def _timed(cues: Iterable[Cue], kind: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, text) in ms: in order, without overlaps, each lasting 1 ms or more."""
    chosen = [(cue, _plain(cue.text)) for cue in cues if cue.kind == kind]
    said = sorted(
        ((cue, text) for cue, text in chosen if text), key=lambda s: (s[0].start_s, s[0].end_s)
    )
    starts: list[int] = []
    for cue, _ in said:
        start = round(cue.start_s * 1000)
        # Players and parsers drop what begins and ends in the same millisecond.
        starts.append(max(start, starts[-1] + 1) if starts else start)
    for number, ((cue, text), start) in enumerate(zip(said, starts, strict=True), start=1):
        end = max(round(cue.end_s * 1000), start + 1)
        yield start, min([end, *starts[number : number + 1]]), text


def _plain(text: str) -> str:
    # An empty line would end the cue, and both formats forbid control characters.
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cs")).strip()


def _clock(milliseconds: int, point: str) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}{point}{thousandths:03}"


def _lines(text: str) -> str:
    """Return the text broken into lines that fit a screen, without losing a letter."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and _columns(lines[-1]) + 1 + _columns(word) <= _LINE_COLUMNS:
            lines[-1] += f" {word}"
        else:
            lines += _cut(word)
    return "\n".join(lines)


def _cut(word: str) -> list[str]:
    # Chinese and Japanese have no spaces; a break may stand before most letters.
    pieces = [""]
    for letter in word:
        wide = _columns(pieces[-1]) + _columns(letter) > _LINE_COLUMNS
        if wide and letter not in _CLOSING and not unicodedata.category(letter).startswith("M"):
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _columns(text: str) -> int:
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
        if not unicodedata.category(letter).startswith(("M", "Cf"))
    )
