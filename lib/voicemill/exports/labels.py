"""What exported files say about themselves: title, author, who reads, on what terms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from voicemill.audio import Tags
from voicemill.audio.mutagens import untyped
from voicemill.errors import StoreUnavailable
from voicemill.exports.naming import one_line
from voicemill.production.narration.audiobook import Audiobook

GENRE = "Audiobook"


def voices_of(book: Audiobook) -> tuple[str, ...]:
    """Return the ids of all synthesised voices, those of dialogue too, the narrator's first."""
    listed = [
        voice
        for page in book.pages
        for voice in (page.source.metadata.get("voices") or [page.source.voice])
        if voice and page.source.source_type != "native"
    ]
    return tuple(dict.fromkeys([*(v for v in book.narrators if v in listed), *listed]))


def people_of(book: Audiobook) -> tuple[str, ...]:
    """Return the people who recorded pages, by the name they want or as what they are."""
    found = (page.source for page in book.pages if page.source.source_type == "native")
    return tuple(
        dict.fromkeys(one_line(one.attribution or one.voice or "a person") for one in found)
    )


def readers_of(book: Audiobook) -> str:
    """Return everybody who is heard, in one line."""
    return ", ".join((*people_of(book), *voices_of(book)))


def remark_of(book: Audiobook) -> str:
    """Return who reads and on what terms, in words."""
    voices, people = voices_of(book), people_of(book)
    parts = [f"Read by {' and '.join(people)}."] if people else []
    if voices:
        kind = "a synthesised voice" if len(voices) == 1 else "synthesised voices"
        parts.append(f"{'Also read' if people else 'Read'} by {kind}: {', '.join(voices)}.")
    if book.licences:
        parts.append(f"Licence: {'; '.join(map(one_line, book.licences))}.")
    return " ".join([*parts, "Made with Voicemill."])


def tags_of(book: Audiobook, title: str, number: int = 0, total: int = 0) -> Tags:
    """Return the tags of a file. number, total: its place among several."""
    return Tags(
        title=one_line(title) or one_line(book.title) or book.collection,
        album=one_line(book.title) or book.collection,
        artist=one_line(book.author) or readers_of(book) or None,
        language=book.language or None,
        track=number or None,
        track_total=total or None,
        genre=GENRE,
        licence="; ".join(map(one_line, book.licences)) or None,
        comment=remark_of(book),
    )


def credit(path: Path, book: Audiobook) -> None:
    """Name the author as the album's artist and who reads as composer, as audiobook players do.

    Raises StoreUnavailable when the file cannot be rewritten.
    """
    mutagen = untyped("mutagen")
    names = {"albumartist": one_line(book.author), "composer": readers_of(book)}
    known = {name: text for name, text in names.items() if text}
    try:
        file = mutagen.File(path)
        if path.suffix in (".mp3", ".wav"):
            _credit_id3(file, known)
        else:
            atoms = {"albumartist": "aART", "composer": "\xa9wrt"}
            is_mp4 = path.suffix in (".m4a", ".m4b")
            for name, text in known.items():
                file[atoms[name] if is_mp4 else name.upper()] = [text]
            file.save(padding=lambda _info: 0)
    except mutagen.MutagenError as problem:
        remedy = "Look whether there is room, and whether you may write there"
        what = f"its tags cannot be written ({problem})"
        raise StoreUnavailable(what, where=path.name, remedy=remedy) from problem


def _credit_id3(file: Any, known: dict[str, str]) -> None:
    id3 = untyped("mutagen.id3")
    frames = {"albumartist": id3.TPE2, "composer": id3.TCOM}
    utf_16 = 1  # ID3v2.3 has no UTF-8
    for name, text in known.items():
        file.tags.add(frames[name](encoding=0 if text.isascii() else utf_16, text=[text]))
    file.save(v2_version=3, padding=lambda _info: 0)
