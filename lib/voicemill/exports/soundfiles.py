"""One file of a book: joined, tagged, measured, with its cues beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicemill.audio import (
    Check,
    Cue,
    Profile,
    Tags,
    apply_tags,
    measure_file,
    profile_named,
    to_json,
    to_srt,
    to_webvtt,
)
from voicemill.audio.sniffing import picture_mime
from voicemill.errors import BookError
from voicemill.exports.labels import credit, tags_of
from voicemill.exports.parts import Part
from voicemill.exports.result import ExportedFile
from voicemill.production.narration.audiobook import Audiobook
from voicemill.production.narration.joining import JoinedPage, join
from voicemill.production.workshop import Workshop

_WRITERS: dict[str, Callable[[Iterable[Cue]], str]] = {
    "srt": to_srt,
    "vtt": to_webvtt,
    "json": to_json,
}
CUE_ENDINGS = tuple(_WRITERS)


@dataclass(frozen=True)
class Press:
    """What all files of an export are made with.

    plain: no tags but title, artist and album.  covers: whether each file carries the cover.
    """

    book: Audiobook
    shop: Workshop
    profile: Profile
    plain: bool = False
    covers: bool = True

    @classmethod
    def of(
        cls, book: Audiobook, shop: Workshop, profile: str = "", *, covers: bool = True
    ) -> Press:
        """Take a profile by name, "" for the project's own.

        Raises UnknownName, and BookError for a cover that no file of sound can carry.
        """
        if covers and book.cover and picture_mime(book.cover) is None:
            remedy = "Keep the book once more with a cover of that kind: studio.books.keep"
            what = "its cover is neither PNG nor JPEG"
            raise BookError(what, where=f"book '{book.collection}'", remedy=remedy)
        name = profile or shop.settings.audio.profile
        return cls(book, shop, profile_named(name, shop.profiles), covers=covers)

    @property
    def ending(self) -> str:
        """The ending of its files, without the dot."""
        return self.profile.encoding.format

    def tags(self, part: Part, title: str = "") -> Tags:
        """Return the tags of a part."""
        if not self.plain:
            return tags_of(self.book, title or part.title, part.number, part.total)
        usual = tags_of(self.book, title or part.title)
        return Tags(title=usual.title, artist=usual.artist, album=usual.album)


@dataclass(frozen=True)
class Pressed:
    """A file and what is heard in it when."""

    file: ExportedFile
    cues: tuple[Cue, ...]


def press(part: Part, stem: str, folder: Path, made_with: Press, title: str = "") -> Pressed:
    """Write a part as one file. Raises AudioError, StoreError, StoreUnavailable."""
    path = folder / f"{stem}.{made_with.ending}"
    return press_pages(part.joined, path, made_with, made_with.tags(part, title), part.title)


def press_pages(
    pages: Sequence[JoinedPage], path: Path, made_with: Press, tags: Tags, title: str
) -> Pressed:
    """Write pages as one file with these tags."""
    cover = made_with.book.cover if made_with.covers else None
    ahead = made_with.shop.workers
    joined = join(pages, path, made_with.profile, tags, cover=cover, ahead=ahead)
    if not made_with.plain:
        credit(path, made_with.book)
    keys = tuple(page.key for page in pages)
    cues = tuple(sorted(joined.cues, key=lambda cue: (cue.start_s, cue.kind)))
    return Pressed(_file(path, title, keys, joined.measures.duration_s, joined.checks), cues)


def copied(part: Part, stem: str, folder: Path, made_with: Press) -> Pressed:
    """Write the own sound of a part's only page as it is, with the tags of a book."""
    [page] = part.pages
    path = folder / f"{stem}.{page.source.format}"
    data = made_with.shop.store.read(page.source.file)
    path.write_bytes(apply_tags(data, page.source.format, made_with.tags(part)))
    credit(path, made_with.book)
    measures, checks = measure_file(path, made_with.profile)
    return Pressed(_file(path, part.title, (page.key,), measures.duration_s, checks), page.cues)


def write_cues(cues: Iterable[Cue], stem: str, folder: Path) -> None:
    """Write cues as SubRip, WebVTT and JSON, called as the sound is."""
    listed = list(cues)
    for ending, text_of in _WRITERS.items():
        (folder / f"{stem}.{ending}").write_text(text_of(listed), encoding="utf-8", newline="")


def _file(
    path: Path, title: str, pages: tuple[str, ...], duration_s: float, checks: tuple[Check, ...]
) -> ExportedFile:
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return ExportedFile(path, title, pages, duration_s, path.stat().st_size, checksum, checks)
