"""Everything that can be made of a narrated book, by one name each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from voicemill.errors import ParameterError, UnknownName
from voicemill.exports.acx import write_acx
from voicemill.exports.epub import write_epub
from voicemill.exports.folders import write_chapters, write_pages, write_subtitles
from voicemill.exports.librivox import write_librivox
from voicemill.exports.m4b import write_m4b
from voicemill.exports.naming import file_stem, folder_name
from voicemill.exports.parts import title_of
from voicemill.exports.result import Exported
from voicemill.exports.zipped import write_zip
from voicemill.production.narration.audiobook import Audiobook
from voicemill.production.workshop import Workshop

Writer = Callable[[Audiobook, Path, Workshop, str], Exported]

_WRITERS: Mapping[str, Writer] = {
    "m4b": lambda book, target, shop, profile: write_m4b(book, target, shop, profile or "m4b"),
    "chapters": write_chapters,
    "pages": write_pages,
    "zip": write_zip,
    "librivox": lambda book, target, shop, profile: write_librivox(
        book, target, shop, profile or "librivox"
    ),
    "acx": lambda book, target, shop, profile: write_acx(book, target, shop, profile or "acx"),
    "epub": write_epub,
    "subtitles": lambda book, target, _shop, _profile: write_subtitles(book, target),
}
KINDS = tuple(_WRITERS)
FREE_KINDS = ("chapters", "pages", "zip", "epub")  # made with any profile; the rest have their own
_FILES = ("m4b", "zip", "epub")  # the others are folders


def export_book(
    book: Audiobook,
    kind: str,
    target: Path | None,
    shop: Workshop,
    *,
    profile: str = "",
    source: Path | None = None,
) -> Exported:
    """Make a file or folder of a book.

    kind: one of KINDS.  target: the file or folder itself, of a file also the folder that it
    goes into; None for usual_target.  profile: "" for what the kind is usually made with.
    source: for an EPUB, the book's own EPUB that is to be read aloud.
    Raises UnknownName for a kind or profile, ParameterError, BookError, AudioError, StoreError.
    """
    if kind not in _WRITERS:
        raise UnknownName("kind of export", kind, KINDS)
    if source is not None and kind != "epub":
        raise ParameterError(
            f"'{kind}' has no use for {source}", where="source", remedy="Give it for an EPUB only"
        )
    if profile and kind == "subtitles":
        raise ParameterError(
            "subtitles are made of no sound", where="profile", remedy="Leave the profile out"
        )
    place = usual_target(book, kind, shop) if target is None else shop.settings.resolve(target)
    if target is not None and kind in _FILES and (place.is_dir() or not place.suffix):
        place = place / usual_target(book, kind, shop).name
    if kind == "epub":
        return write_epub(book, place, shop, profile, source=source)
    return _WRITERS[kind](book, place, shop, profile)


def usual_target(book: Audiobook, kind: str, shop: Workshop, folder: Path | None = None) -> Path:
    """Return where an export goes: into a folder of the book's own below output/books.

    folder: instead of that folder.
    """
    base = folder or shop.settings.output / "books" / folder_name(book.collection)
    return base / (f"{file_stem(title_of(book), 'book')}.{kind}" if kind in _FILES else kind)
