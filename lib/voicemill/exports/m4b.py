"""M4B: a whole book in one file, with chapters, cover and tags."""

from __future__ import annotations

from pathlib import Path

from voicemill.errors import ParameterError
from voicemill.exports.labels import tags_of
from voicemill.exports.parts import title_of, whole
from voicemill.exports.placing import placing
from voicemill.exports.result import Exported
from voicemill.exports.settling import settled
from voicemill.exports.soundfiles import Press, press_pages, write_cues
from voicemill.production.narration.audiobook import Audiobook
from voicemill.production.workshop import Workshop

_LONG_S = 3600


def write_m4b(book: Audiobook, target: Path, shop: Workshop, profile: str = "m4b") -> Exported:
    """Write a book as one M4B, and its cues beside it (.srt, .vtt, .json).

    profile: one whose format is m4a.  A book without chapters is one chapter.
    Raises UnknownName, ParameterError for a profile of another format, AudioError, StoreError.
    """
    made_with = Press.of(book, shop, profile)
    if made_with.ending != "m4a":
        raise ParameterError(
            f"an M4B cannot hold {made_with.ending}",
            where=f"profile '{made_with.profile.name}'",
            remedy='Choose one whose format is m4a, such as "m4b"',
        )
    if sum(page.source.duration_s for page in book.pages) > _LONG_S:
        shop.engines.rest(deeply=True)  # the index of 11 hours takes 150 MB until it is written
    title = title_of(book)
    with placing(target.parent) as folder:
        path = folder / target.name
        pressed = press_pages(whole(book), path, made_with, tags_of(book, title), title)
        write_cues(pressed.cues, target.stem, folder)
    return Exported(target, (settled(pressed.file, target.parent),))
