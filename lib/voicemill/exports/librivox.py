"""A folder as LibriVox takes it: one section for each chapter, named, tagged and levelled so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from voicemill.audio import Rule
from voicemill.exports.folders import export_folder
from voicemill.exports.manifest import checks_of
from voicemill.exports.naming import ascii_stem, numbered, surname
from voicemill.exports.parts import chapter_parts, title_of
from voicemill.exports.report import report_of
from voicemill.exports.result import Exported, ExportedFile
from voicemill.exports.soundfiles import Press, press
from voicemill.production.narration.audiobook import Audiobook
from voicemill.production.workshop import Workshop

_TAIL = Rule("tail_s", 4.5, 6.0, "LibriVox: about 5 s of silence at the end")
_ARTICLES = ("the ", "a ", "an ", "der ", "die ", "das ", "le ", "la ", "les ", "el ")
_NOTES = """\
What a person still has to do

- LibriVox takes readings of human volunteers only; synthesised voices are not accepted
  (https://wiki.librivox.org/index.php?title=LibriVox_and_Artificial_Intelligence_(AI)).
  This folder is for books whose pages people recorded, or for other places that ask for the
  same form.
- The spoken introduction of each section, and "End of ..." after it, are not added: record
  them with the first and last page of each chapter. The words are in the project's first post.
- That post may also give names and tags that differ from these; it counts.
"""


def write_librivox(
    book: Audiobook, folder: Path, shop: Workshop, profile: str = "librivox"
) -> Exported:
    """Write a section for each chapter, a report of every rule as measured, and a README.

    128 kbps CBR, 44.1 kHz, mono, about 89 dB, ID3v2 with title, artist and album only
    (https://wiki.librivox.org/index.php/Tech_Specs); 0.5 to 1 s of silence before and about
    5 s after the reading, as readers are asked in the project's first post.
    Raises UnknownName, AudioError, StoreError. A rule that is not kept raises nothing.
    """
    usual = Press.of(book, shop, profile, covers=False)
    rules = (*(rule for rule in usual.profile.rules if rule.measure != "tail_s"), _TAIL)
    made_with = replace(usual, profile=replace(usual.profile, rules=rules), plain=True)

    def write(making: Path) -> Iterator[ExportedFile]:
        for part in chapter_parts(book):
            number = numbered(part.number, part.total)
            title = f"{number} - {part.title}"
            yield press(part, _stem(book, number), making, made_with, title).file

    def texts(files: Sequence[ExportedFile]) -> Mapping[str, str]:
        report = report_of("LibriVox", book, files, _NOTES)
        return {"README.txt": report, "checks.csv": checks_of(files)}

    return export_folder(book, folder, made_with.profile, write, texts)


def _stem(book: Audiobook, number: str) -> str:
    """Return title_01_author in small letters, without the article, the surname only."""
    title = title_of(book).lower()
    article = next((word for word in _ARTICLES if title.startswith(word)), "")
    name = ascii_stem(title.removeprefix(article), joint="") or ascii_stem(book.collection, "book")
    words = [name[:30], number, surname(book.author)]
    return "_".join(word for word in words if word)
