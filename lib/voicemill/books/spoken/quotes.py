"""Which stretches of a paragraph are speech, by the quotation marks of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from voicemill.books.spoken.ends import MARKS
from voicemill.books.spoken.words import SAYING

_CLOSED_BY = {
    "“": "”", "„": "“”", "«": "»", "「": "」", "『": "』", "｢": "｣", '"': '"', "＂": "＂",
    "‹": "›", "»": "«", "”": "”", "‘": "’", "‚": "‘’", "'": "'",
}  # fmt: skip
_SINGLE = "‘'"
_STRAIGHT = "\"＂'"
# How many marks after a straight single one are looked at; apostrophes are among them.
_APOSTROPHES = 50
# Marks that open only in some languages.
_ONLY_IN = {"»": {"de", "da", "sl", "hr", "sr"}, "”": {"sv", "fi"}, "‚": {"de"}}
_QUOTE = re.compile("[“”„«»「」『』｢｣\"＂‹›‘’‚']")
# Languages in which a dash at the start of a line opens speech.
_DASHING = frozenset(
    [
        "vi",
        "es",
        "fr",
        "pt",
        "it",
        "ro",
        "ca",
        "gl",
        "pl",
        "ru",
        "uk",
        "be",
        "bg",
        "sr",
        "hr",
        "tr",
        "el",
        "hu",
        "ar",
        "hi",
    ]
)
_LINE_DASH = re.compile(r"^[^\S\n]*(?:[—–―]|-(?=\s))[^\S\n]*(?=\S)", re.MULTILINE)
_INNER_DASH = re.compile(r"(?<=\s)(?:[—–―]|-(?=\s))|(?<=\S)[—―](?=[\s.,;:])")
_LETTER = re.compile(r"[^\W\d_]")
_SPEECH_MARK = re.compile(rf"[{MARKS},،，;；:：—–-]\s*\W?$")
_ANNOUNCING = ":：,，،"


@dataclass(frozen=True)
class Span:
    """A stretch of speech: paragraph[start:end], its marks included.

    closed: False if it runs to the end of the paragraph because nothing closes it.
    """

    start: int
    end: int
    closed: bool = True


def spans(paragraph: str, language: str) -> list[Span]:
    """Return what is spoken in a paragraph, in order; language: such as "en"."""
    if language in _DASHING and _LINE_DASH.search(paragraph):
        return list(_by_dashes(paragraph, language))
    return list(_by_marks(paragraph, language))


def _by_marks(paragraph: str, language: str) -> Iterator[Span]:
    body = len(paragraph.rstrip())
    marks = [(match.start(), match[0]) for match in _QUOTE.finditer(paragraph, 0, body)]
    number, end = 0, 0
    if _closes_earlier(paragraph, marks, language):
        number, end = 1, marks[0][0] + 1
        yield Span(0, end)
    while number < len(marks):
        start, mark = marks[number]
        number += 1
        if not _opens(paragraph, start, mark, language):
            continue
        closer = _closer(paragraph, marks, number - 1)
        if closer is None and (mark in "'＇" or (mark == "‘" and start > 0)):
            continue  # an apostrophe, such as in 'tis and ‘em
        if closer is None:
            span, number = Span(start, body, closed=False), len(marks)
        else:
            span, number = Span(start, marks[closer][0] + 1), closer + 1
        if _is_speech(paragraph, span, end):
            yield span
            end = span.end


def _opens(paragraph: str, start: int, mark: str, language: str) -> bool:
    if mark not in _CLOSED_BY or language not in _ONLY_IN.get(mark, {language}):
        return False
    before, after = paragraph[max(0, start - 1) : start], paragraph[start + 1 : start + 2]
    if mark in _STRAIGHT:
        stands_apart = not before.isalnum() and before not in set(".,!?…")
        return stands_apart and not after.isspace()
    return mark not in _SINGLE or not before.isalnum()


def _closes_earlier(paragraph: str, marks: list[tuple[int, str]], language: str) -> bool:
    """Whether the first mark closes speech that was opened in an earlier sentence."""
    if not marks or not marks[0][0]:
        return False
    at, mark = marks[0]
    before = paragraph[at - 1]
    if mark == '"':
        return before in ".,!?…—"
    return mark in "”」』»" and not before.isdigit() and not _opens(paragraph, at, mark, language)


def _closer(paragraph: str, marks: list[tuple[int, str]], number: int) -> int | None:
    """Return which of the marks closes the one with this number."""
    mark = marks[number][1]
    last = number + _APOSTROPHES if mark == "'" else len(marks)
    word_end = None
    for place in range(number + 1, min(last, len(marks))):
        at, other = marks[place]
        if mark == other == "‘":
            break  # what closes this one stands before the next
        if other not in _CLOSED_BY[mark]:
            continue
        if mark not in _SINGLE:
            return place
        before, after = paragraph[at - 1], paragraph[at + 1 : at + 2]
        if after.isalnum():
            continue  # an apostrophe
        if not before.isalnum() and not before.isspace():
            return place
        if word_end is None and mark == "‘":
            word_end = place
    return word_end


def _is_speech(paragraph: str, span: Span, end: int) -> bool:
    """Tell speech from a word in quotes: it has a mark, is announced, or stands by itself."""
    inside = paragraph[span.start + 1 : span.end - 1] if span.closed else ""
    if not span.closed or _SPEECH_MARK.search(inside[-3:]):
        return True
    before = paragraph[max(end, span.start - 20) : span.start].rstrip()
    return not before or before[-1] in _ANNOUNCING + MARKS + "—–-\n"


def _by_dashes(paragraph: str, language: str) -> Iterator[Span]:
    body = len(paragraph.rstrip())
    for match in _LINE_DASH.finditer(paragraph, 0, body):
        newline = paragraph.find("\n", match.end())
        end = body if newline < 0 else newline
        yield from _turns(paragraph, match.start(), match.end(), end, language)


def _turns(paragraph: str, start: int, place: int, end: int, language: str) -> Iterator[Span]:
    """Follow the dashes of one line: speech, tag, speech, or another speaker's turn."""
    speaking = True
    for match in _INNER_DASH.finditer(paragraph, place, end):
        at = match.start()
        if not speaking:
            speaking, start = True, at
        elif _begins_tag(paragraph, at, match.end(), language):
            yield Span(start, at)
            speaking = False
        elif _last(paragraph, at) in set(MARKS):
            yield Span(start, at)
            start = at
    if speaking and start < end:
        yield Span(start, end)


def _begins_tag(paragraph: str, at: int, after: int, language: str) -> bool:
    words = paragraph[after : after + 60].lstrip()
    letter = _LETTER.search(words)
    if letter and _last(paragraph, at) in set(MARKS + ",") and letter[0].islower():
        return True
    saying = SAYING.get(language)
    return bool(saying and saying.search(" ".join(words.split()[:4])))


def _last(paragraph: str, place: int) -> str:
    """Return the last character before a place that is not a space, "" if too far away."""
    return paragraph[max(0, place - 5) : place].rstrip()[-1:]
