"""A folder as ACX takes it: files of at most two hours, and a sample, all by its rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from voicemill.audio import Clip, Profile, Rule
from voicemill.exports.folders import export_folder
from voicemill.exports.manifest import checks_of
from voicemill.exports.naming import ascii_stem, numbered
from voicemill.exports.parts import chapter_parts, title_of
from voicemill.exports.report import report_of
from voicemill.exports.result import Exported, ExportedFile
from voicemill.exports.soundfiles import Press, press, press_pages
from voicemill.production.narration.audiobook import Audiobook
from voicemill.production.narration.joining import JoinedPage, Piece
from voicemill.production.workshop import Workshop

_SOURCE = "ACX audio submission requirements"
_LONGEST_S = 120 * 60.0
_SAMPLE_S = 5 * 60.0
# Mastering moves ends by milliseconds; what is planned stays this far from a limit.
_MARGIN_S = 10.0
_COVER_PIXELS = 2400
_NOTES = """\
What a person still has to do

- ACX wants books narrated by a human unless it authorised otherwise; unauthorised synthesised
  speech is prohibited (https://help.acx.com, ACX audio submission requirements). This folder is
  for books whose pages people recorded, for an authorised voice, or for other shops that ask
  for the same form.
- Opening credits (title, author, narrator) and closing credits ("The End") are not added:
  record each as a file of its own.
- The sample is the beginning of the book. It must hold nothing explicit.
- {cover}
"""


def write_acx(book: Audiobook, folder: Path, shop: Workshop, profile: str = "acx") -> Exported:
    """Write a file for each chapter, a retail sample, a report of every rule, and a README.

    192 kbps CBR, 44.1 kHz, RMS −23 to −18 dB, peaks at most −3 dB, noise at most −60 dB, silence
    of 0.5 to 1 s before and 1 to 5 s after, at most 120 minutes each, the sample at most 5
    (https://help.acx.com, "What are the ACX audio submission requirements?"). Longer chapters
    are divided between pages.
    Raises UnknownName, AudioError, StoreError. A rule that is not kept raises nothing.
    """
    usual = Press.of(book, shop, profile, covers=False)
    made_with = replace(usual, profile=_lasting(usual.profile, _LONGEST_S))

    def write(making: Path) -> Iterator[ExportedFile]:
        parts = chapter_parts(book, _LONGEST_S - _MARGIN_S, made_with.profile)
        for part in parts:
            name = ascii_stem(part.title, "chapter")
            stem = f"{numbered(part.number, part.total)}_{name}"
            yield press(part, stem, making, made_with).file
        yield _sample(book, making, replace(usual, profile=_lasting(usual.profile, _SAMPLE_S)))

    def texts(files: Sequence[ExportedFile]) -> Mapping[str, str]:
        notes = _NOTES.format(cover=_about_cover(book.cover))
        return {"README.txt": report_of("ACX", book, files, notes), "checks.csv": checks_of(files)}

    return export_folder(book, folder, made_with.profile, write, texts)


def _lasting(profile: Profile, longest_s: float) -> Profile:
    """Return the profile with a rule on how long a file may be."""
    rule = Rule("duration_s", None, longest_s, _SOURCE)
    return replace(profile, rules=(*profile.rules, rule))


def _sample(book: Audiobook, making: Path, made_with: Press) -> ExportedFile:
    """Write the beginning of the book, up to the last sentence that fits."""
    profile = made_with.profile
    pages = beginning(book, _SAMPLE_S - _MARGIN_S - profile.head_s - profile.tail_s)
    title = f"{title_of(book)}, retail sample"
    path = making / f"retail_sample.{made_with.ending}"
    tags = replace(made_with.tags(chapter_parts(book)[0], title), track=None, track_total=None)
    return press_pages(pages, path, made_with, tags, title).file


def beginning(book: Audiobook, longest_s: float) -> tuple[JoinedPage, ...]:
    """Return the first sentences of a book, as many as last no longer than this together."""
    pages: list[JoinedPage] = []
    left_s = longest_s
    for page in (one.joined for one in book.pages):
        left_s -= page.pause_before_s if pages else 0.0
        fitting: list[Piece] = []
        for piece in page.pieces:
            if piece.duration_s > left_s:
                break
            fitting.append(piece)
            left_s -= piece.duration_s + piece.pause_s
        if fitting:
            pages.append(replace(page, pieces=tuple(fitting), chapter=""))
        if len(fitting) < len(page.pieces):
            break
    return tuple(pages) or (_cut(book.pages[0].joined, longest_s),)


def _cut(page: JoinedPage, longest_s: float) -> JoinedPage:
    """Return a page whose first piece alone lasts too long, such as a recording, cut off."""
    whole = page.pieces[0]

    def load() -> Clip:
        clip = whole.load()
        return clip.between(0, min(len(clip), round(longest_s * clip.rate_hz)))

    cues = tuple(cue for cue in whole.cues if cue.end_s <= longest_s)
    piece = replace(whole, load=load, duration_s=longest_s, cues=cues)
    return replace(page, pieces=(piece,), chapter="")


def _about_cover(cover: bytes | None) -> str:
    wanted = f"a square JPEG or PNG of at least {_COVER_PIXELS} × {_COVER_PIXELS} pixels"
    if cover is None:
        return f"The cover is uploaded apart: {wanted}. This book has none."
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(cover)) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError):
        return f"The cover is uploaded apart: {wanted}. This book's is no picture."
    fits = width == height >= _COVER_PIXELS
    verdict = "which will do" if fits else "which will not do"
    return f"The cover is uploaded apart: {wanted}. This book's has {width} × {height}, {verdict}."
