"""A book to read along: what is shown on its pages and when each sentence is heard."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from voicemill.errors import AudioError, BookError

# Encoders and clocks differ by a little; a sentence may end this much after its chapter.
_TOLERANCE_S = 0.5


@dataclass(frozen=True)
class TimedSentence:
    """A sentence: text[start:end] of its page, heard from start_s to end_s of the chapter's audio.

    One that takes no time (end_s equal to start_s) is shown but not marked.
    """

    start: int
    end: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class ReadPage:
    """A page. key: its number in the table; label: what is printed on it, "" for its key.

    text: as books.table.pages_table makes it: paragraphs parted by blank lines, headings begin
    with "# " or "## ". language: a BCP 47 tag, "" for the book's.
    """

    key: str
    label: str
    text: str
    language: str
    sentences: tuple[TimedSentence, ...] = ()

    @property
    def printed(self) -> str:
        """What is printed on the page, or its key."""
        return " ".join(self.label.split()) or self.key


@dataclass(frozen=True)
class ReadChapter:
    """A chapter. audio: an MP3 or M4A (AAC) file of duration_s seconds, None for text only."""

    title: str
    pages: tuple[ReadPage, ...]
    audio: Path | None = None
    duration_s: float = 0.0


@dataclass(frozen=True)
class ReadBook:
    """A book. language: a BCP 47 tag; identifier: such as "urn:isbn:…", "" for one of its own.

    cover: the bytes of a PNG or JPEG.  licence: what may be done with it, in words.
    """

    title: str
    author: str
    language: str
    identifier: str
    cover: bytes | None = field(repr=False)
    narrator: str
    licence: str
    chapters: tuple[ReadChapter, ...]


@dataclass(frozen=True)
class Unplaced:
    """A sentence that was not found in the book's own text. page: its page's key."""

    page: str
    text: str


@dataclass(frozen=True)
class Woven:
    """What weaving did: how many of the sentences are marked in the text, and which are not.

    Those that are not are heard all the same, while the sentence before them stays marked.
    """

    sentences: int
    placed: int
    unplaced: tuple[Unplaced, ...]


def refuse_disorder(book: ReadBook) -> None:
    """Raise BookError or AudioError where text and times cannot be: overlaps, beyond the end."""
    if not book.chapters:
        remedy = "Give it at least one chapter with a page"
        raise BookError("the book has no chapters", where=book.title, remedy=remedy)
    for number, chapter in enumerate(book.chapters, start=1):
        where = f"chapter {number}" + (f" '{chapter.title}'" if chapter.title else "")
        if not any(page.text.strip() for page in chapter.pages):
            remedy = "Leave the chapter out, or give it a page with text"
            raise BookError("the chapter has no text", where=where, remedy=remedy)
        for page in chapter.pages:
            _refuse_places(page, where)
        if chapter.audio is not None:
            _refuse_times(chapter, where)


def _refuse_places(page: ReadPage, where: str) -> None:
    ends = [0, *(sentence.end for sentence in page.sentences)]
    for before, sentence in zip(ends, page.sentences, strict=False):
        if not before <= sentence.start < sentence.end <= len(page.text):
            what = f"a sentence at {sentence.start} to {sentence.end} of its text cannot be"
            remedy = "Give the sentences in order, without overlaps, as places in the page's text"
            raise BookError(what, where=f"{where}, page {page.key}", remedy=remedy)


def _refuse_times(chapter: ReadChapter, where: str) -> None:
    if not (math.isfinite(chapter.duration_s) and chapter.duration_s > 0):
        what = f"its audio cannot last {chapter.duration_s} s"
        raise AudioError(what, where=where, remedy="Give the duration of the file in seconds")
    sentences = [sentence for page in chapter.pages for sentence in page.sentences]
    if not any(sentence.end_s > sentence.start_s for sentence in sentences):
        remedy = "Give the times of its sentences, or leave its audio out"
        raise AudioError("none of its sentences is heard", where=where, remedy=remedy)
    last_s = chapter.duration_s + _TOLERANCE_S
    for sentence in sentences:
        if not 0 <= sentence.start_s <= sentence.end_s <= last_s:
            what = f"a sentence from {sentence.start_s} s to {sentence.end_s} s cannot be"
            remedy = f"Its audio lasts {chapter.duration_s} s; give times inside it"
            raise AudioError(what, where=where, remedy=remedy)
    for before, after in pairwise(sentences):
        if after.start_s < before.start_s:
            what = f"a sentence at {after.start_s} s comes after one at {before.start_s} s"
            remedy = "Give the sentences in the order in which they are heard"
            raise AudioError(what, where=where, remedy=remedy)
