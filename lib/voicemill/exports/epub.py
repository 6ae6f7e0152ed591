"""A narrated book as an EPUB that is read aloud: a file of sound for each chapter inside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from voicemill.audio import Cue
from voicemill.exports.folders import stem_of
from voicemill.exports.labels import readers_of
from voicemill.exports.naming import one_line
from voicemill.exports.parts import Part, chapter_parts, title_of
from voicemill.exports.placing import placing
from voicemill.exports.readalong import (
    ReadBook,
    ReadChapter,
    ReadPage,
    TimedSentence,
    weave_readalong,
    write_readalong,
)
from voicemill.exports.result import Exported
from voicemill.exports.soundfiles import Press, Pressed, press
from voicemill.production.narration.audiobook import Audiobook, NarratedPage
from voicemill.production.workshop import Workshop


def write_epub(
    book: Audiobook,
    target: Path,
    shop: Workshop,
    profile: str = "",
    *,
    source: Path | None = None,
) -> Exported:
    """Write an EPUB 3 with media overlays.

    profile: one whose format is mp3 or m4a, "" for the project's own.  source: the book's own
    EPUB, whose layout and pictures then stay.
    Raises UnknownName, BookError, AudioError, StoreError; then an earlier EPUB is as it was.
    """
    made_with = Press.of(book, shop, profile, covers=False)
    notes: tuple[str, ...] = ()
    with placing(target.parent) as folder:
        sounds = folder / "sounds"
        sounds.mkdir()
        parts = chapter_parts(book)
        pressed = [press(part, stem_of(part), sounds, made_with) for part in parts]
        read = _read_book(book, parts, pressed)
        if source is None:
            write_readalong(read, folder / target.name)
        else:
            woven = weave_readalong(read, source, folder / target.name)
            notes = (f"{woven.placed} of {woven.sentences} sentences found in {source.name}",)
    files = tuple(replace(one.file, path=Path(one.file.path.name)) for one in pressed)
    return Exported(target, files, notes)


def _read_book(book: Audiobook, parts: Sequence[Part], pressed: Sequence[Pressed]) -> ReadBook:
    return ReadBook(
        title=title_of(book),
        author=one_line(book.author),
        language=book.language,
        identifier="",
        cover=book.cover,
        narrator=readers_of(book),
        licence="; ".join(map(one_line, book.licences)),
        chapters=tuple(
            ReadChapter(
                part.title,
                tuple(_read_page(page, one.cues) for page in part.pages),
                one.file.path,
                one.file.duration_s,
            )
            for part, one in zip(parts, pressed, strict=True)
        ),
    )


def _read_page(page: NarratedPage, cues: Sequence[Cue]) -> ReadPage:
    heard = [cue for cue in cues if cue.kind == "sentence" and cue.item == page.key]
    sentences = tuple(_timed(page, heard))
    return ReadPage(page.key, one_line(page.label), page.text, page.language, sentences)


def _timed(page: NarratedPage, heard: Sequence[Cue]) -> Iterator[TimedSentence]:
    """Yield when each sentence is heard; a page a person recorded is heard as a whole."""
    if not page.sentences:
        for cue in heard[:1]:
            yield TimedSentence(0, len(page.text), cue.start_s, heard[-1].end_s)
        return
    waiting = list(heard)
    for start, end in page.sentences:
        if waiting and waiting[0].text == page.text[start:end]:
            cue = waiting.pop(0)
            yield TimedSentence(start, end, cue.start_s, cue.end_s)
