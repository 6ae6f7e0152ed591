"""Lines of a plain text → its paragraphs, whichever way they were set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from voicemill.books.text.headings import is_chapter_line

# Text wrapped by hand is at most this wide; editors that do not wrap write longer lines.
_WIDEST_WRAPPED = 120
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_ENDS_SENTENCE = re.compile(r"""[.!?…。！？।؟:][\"'”’»」』)\]]*$""")
_CUT_WORD = re.compile(r"([^\W\d_]{2,})-$")
_GOES_ON = re.compile(r"([^\W\d_]{2,})")


@dataclass(frozen=True)
class Setting:
    """How a text was set. width: of its lines, in columns, a Chinese sign being two.

    wrapped: lines end where the width ends, not where paragraphs do.  words: all its words,
    to tell words cut at a line's end from words with a hyphen.
    """

    width: int
    wrapped: bool
    blank_lines: bool
    words: frozenset[str]


def setting_of(text: str) -> Setting:
    """Find out how the paragraphs of a text are set."""
    groups = _groups(text.replace("\f", "\n\n").split("\n"))
    inner = [_columns(line) for group in groups for line in group[:-1]]
    widths = sorted(inner) or [0]
    width = widths[min(len(widths) * 95 // 100, len(widths) - 1)]
    full = sum(columns > width * 0.7 for columns in inner)
    wrapped = bool(inner) and width <= _WIDEST_WRAPPED and full * 2 >= len(inner)
    blank_lines = len(groups) > 1 and len(inner) < len(groups) * 60
    words = frozenset(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower()))
    return Setting(width, wrapped and width >= 30, blank_lines, words)


def paragraphs_of(text: str, setting: Setting) -> list[str]:
    """Return the paragraphs of a part of a text, each without line ends."""
    paragraphs = []
    for group in _groups(text.split("\n")):
        for lines in _parted(group, setting):
            paragraphs.append(_joined(lines, setting.words))
    return paragraphs


def _groups(lines: Iterable[str]) -> list[list[str]]:
    """Return the runs of lines between blank ones."""
    runs = groupby(lines, key=lambda line: bool(line.strip()))
    return [list(run) for filled, run in runs if filled]


def _parted(group: list[str], setting: Setting) -> list[list[str]]:
    """Part the lines between two blank ones into paragraphs."""
    if setting.wrapped:
        return _part_wrapped(group, setting)
    sentences = sum(bool(_ENDS_SENTENCE.search(line.rstrip())) for line in group)
    if setting.width > _WIDEST_WRAPPED or sentences * 2 > len(group):
        return [[line] for line in group]
    # Short lines that are no sentences of their own: a stanza, an address.
    return _part_wrapped(group, setting)


def _part_wrapped(group: list[str], setting: Setting) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for line in group:
        before = parts[-1][-1] if parts[-1] else ""
        if before and _parts(before, line, setting):
            parts.append([])
        parts[-1].append(line)
    return parts


def _parts(before: str, line: str, setting: Setting) -> bool:
    """Tell whether a paragraph ends between two lines."""
    if is_chapter_line(before) or is_chapter_line(line):
        return True
    if _indent(line) > _indent(before):
        return True
    short = _columns(before) < setting.width * 0.7
    return not setting.blank_lines and short and bool(_ENDS_SENTENCE.search(before.rstrip()))


def _joined(lines: Sequence[str], words: frozenset[str]) -> str:
    text = " ".join(lines[0].split())
    for line in lines[1:]:
        added = " ".join(line.split())
        cut, on = _CUT_WORD.search(text), _GOES_ON.match(added)
        if cut and on and on[1][0].islower():
            # The hyphen goes where the book writes the word without it elsewhere.
            whole = (cut[1] + on[1]).lower()
            text = (text[:-1] if whole in words else text) + added
        elif _CJK.match(text[-1:]) and _CJK.match(added[:1]):
            text += added
        else:
            text = f"{text} {added}"
    return text


def _columns(line: str) -> int:
    stripped = line.rstrip()
    return len(stripped) + len(_CJK.findall(stripped))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
