"""Pictures of pages → lines of text, by whichever recogniser is installed and is the surer."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from voicemill.books.book import Block
from voicemill.books.language import detect_language
from voicemill.books.layout.columns import in_order
from voicemill.books.layout.parts import Line, Sheet, runs_backwards
from voicemill.books.ocr.gemini import Gemini, PageRefused
from voicemill.books.ocr.recognition import HERE, Recognition
from voicemill.errors import BookError, ReadingStopped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

INSTALL = "pip install 'voicemill[ocr]'"
RAPIDOCR = "rapidocr"
CHECK = "Read it against the pictures before you narrate it."
LETTER = 0.75  # of a line's height: the size of its letters
# What the models in rapidocr's wheel have every letter of. Of Vietnamese it silently drops most
# accented letters; Arabic, Indian scripts, Cyrillic and Korean it has none of.
RAPIDOCR_LANGUAGES = frozenset((
    "af", "az", "bs", "ca", "cs", "cy", "da", "de", "en", "es", "et", "eu", "fi", "fr", "ga", "gl",
    "hr", "hu", "id", "is", "it", "ja", "ku", "la", "lb", "lt", "lv", "mi", "ms", "mt", "nl", "no",
    "oc", "pl", "pt", "qu", "rm", "ro", "sk", "sl", "sq", "sv", "sw", "tl", "tr", "uz", "zh",
))  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A line that was recognised. box: left, top, right, bottom in pixels; sure: 0 to 1."""

    text: str
    box: tuple[float, float, float, float]
    sure: float


@dataclass(frozen=True)
class Recogniser:
    """A way to read pictures. name: for the person; read: a grey picture → its lines."""

    name: str
    read: Callable[[Picture], list[Found]]


@dataclass(frozen=True)
class Reading:
    """What came of a picture: lines with their places, or blocks where the recogniser says.

    sure: 0 to 1, None when no text was found or it does not say.  label: the printed number.
    """

    found: tuple[Found, ...]
    sure: float | None
    by: str
    blocks: tuple[Block, ...] = ()
    label: str = ""

    @property
    def has_text(self) -> bool:
        """Whether anything was found."""
        return bool(self.found or self.blocks)


class Reader:
    """Reads the pictures of one book; settles on a recogniser with the first that has text.

    language: a BCP 47 tag; "" when it is not known: then the first text tells, or the surer
    recogniser reads.  recognition: where it has Gemini, that reads, and what is installed only
    the pages it refuses.  notes: sentences for the person, beside those of told_of.
    """

    def __init__(self, name: str, language: str = "", recognition: Recognition = HERE) -> None:
        self.notes: list[str] = []
        self._name = name
        self._language = language
        self._recognition = recognition
        self._settled: Recogniser | None = None
        self._left = recognisers(language)
        if not self._left and not recognition.gemini:
            raise no_recogniser(name)

    def read(self, picture: Picture, number: int) -> Reading:
        """Read the picture of a page, rows by columns of grey values. Raises BookError."""
        if self._recognition.gemini is None:
            return self._read_here(picture)
        try:
            return self._read_there(self._recognition.gemini, picture)
        except PageRefused as error:
            if not self._left:
                raise _at(error, self._name, number) from None
            self.notes.append(f"Page {number}: {error.what}. It was read without it.")
            return self._read_here(picture)
        except ReadingStopped:
            raise
        except BookError as error:
            raise _at(error, self._name, number) from None

    def _read_there(self, gemini: Gemini, picture: Picture) -> Reading:
        from voicemill.books.ocr.gemini_pages import read_with_gemini

        told = read_with_gemini(gemini, picture, partial(self._recognition.wait, name=self._name))
        return Reading((), None, told.by, told.blocks, told.label)

    def _read_here(self, picture: Picture) -> Reading:
        if self._settled:
            return _reading(self._settled, picture)
        readings = [_reading(recogniser, picture) for recogniser in self._left]
        best = max(range(len(readings)), key=lambda place: readings[place].sure or 0.0)
        reading = readings[best]
        if reading.sure is not None:
            self._settled = self._better(self._left[best], reading)
            if self._settled is not self._left[best]:
                reading = _reading(self._settled, picture)
        return reading

    def _better(self, chosen: Recogniser, reading: Reading) -> Recogniser:
        """Return who reads the language best, now that there is text to tell it by."""
        said = " ".join(found.text for found in reading.found)
        language = self._language or detect_language(said)
        if chosen.name != RAPIDOCR or not language or _rapidocr_reads(language):
            return chosen
        first = recognisers(language)[0]
        if first.name == RAPIDOCR:
            self.notes.append(
                f"The pictures seem to be in '{language}', of which {RAPIDOCR} does not know every "
                "letter. Install tesseract with the pack of that language and read it again."
            )
        return first


def _at(error: BookError, name: str, number: int) -> BookError:
    return type(error)(error.what, where=f"{name}, page {number}", remedy=error.remedy)


def no_recogniser(name: str) -> BookError:
    """Return the error for a book of pictures where nothing can read them."""
    return BookError(
        "its pages are pictures without text, and no text recognition (OCR) is installed",
        where=name,
        remedy=f"Run {INSTALL}, or install tesseract with the language's pack, and read it again",
    )


def can_read(recognition: Recognition) -> bool:
    """Tell whether pictures can be read: here, or by a service."""
    return (
        recognition.gemini is not None or _has_rapidocr() or shutil.which("tesseract") is not None
    )


def recognisers(language: str) -> list[Recogniser]:
    """Return what is installed and can read the language, the first choice first.

    Where none is known to read it, all that are installed.
    """
    from voicemill.books.ocr.tesseract import pack_of, packs, tesseract

    rapid = [Recogniser(RAPIDOCR, _read_with_rapidocr)] if _has_rapidocr() else []
    installed = packs()
    pack = pack_of(language, installed) if language else ""
    if rapid and _rapidocr_reads(language):
        return rapid
    if pack:
        return [tesseract(pack)]
    general = "+".join(pack for pack in installed[:6] if pack != "osd")
    return [*rapid, *([tesseract(general)] if general else [])]


def _rapidocr_reads(language: str) -> bool:
    return language.split("-", maxsplit=1)[0].casefold() in RAPIDOCR_LANGUAGES


def _has_rapidocr() -> bool:
    try:
        return importlib.util.find_spec(RAPIDOCR) is not None
    except ValueError:  # what stands for it among the modules is no module
        return False


def _reading(recogniser: Recogniser, picture: Picture) -> Reading:
    found = [line for line in recogniser.read(picture) if line.text.strip()]
    letters = sum(len(line.text) for line in found)
    sure = sum(line.sure * len(line.text) for line in found) / letters if letters else None
    return Reading(tuple(found), sure, recogniser.name)


def _read_with_rapidocr(picture: Picture) -> list[Found]:
    import numpy as np

    result = _rapidocr()(np.repeat(picture[:, :, None], 3, axis=2))
    if result.txts is None or result.boxes is None:
        return []
    found = []
    for text, corners, sure in zip(result.txts, result.boxes, result.scores, strict=True):
        across, down = corners[:, 0], corners[:, 1]
        box = (float(across.min()), float(down.min()), float(across.max()), float(down.max()))
        found.append(Found(text, box, float(sure)))
    return found


@cache
def _rapidocr() -> Callable[[Picture], Any]:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "error"})


def sheet_of(reading: Reading, width_px: int, height_px: int, scale: float) -> Sheet:
    """Return a reading as a page. scale: pixels per point."""
    if reading.blocks:
        size = (width_px / scale, height_px / scale)
        return Sheet(*size, (), reading.label, blocks=reading.blocks)
    lines = [_line(found, scale) for found in reading.found]
    backwards = runs_backwards("".join(found.text for found in reading.found))
    ordered = in_order(lines, backwards=backwards)
    return Sheet(width_px / scale, height_px / scale, tuple(ordered), confidence=reading.sure)


def _line(found: Found, scale: float) -> Line:
    left, top, right, bottom = (side / scale for side in found.box)
    return Line(found.text.strip(), left, top, right, bottom, round((bottom - top) * LETTER, 1))


def told_of(readings: Sequence[tuple[int, Reading]]) -> list[str]:
    """Return sentences on which pages were recognised, by what, and how surely."""
    notes = []
    for name in dict.fromkeys(reading.by for _number, reading in readings):
        texts = [n for n, r in readings if r.by == name and r.has_text]
        sure = [(n, r.sure) for n, r in readings if r.by == name and r.sure is not None]
        if texts and not sure:
            notes.append(f"{_recognised(texts, name)}, which does not say how sure it is. {CHECK}")
        if not sure:
            continue
        mean = sum(value for _number, value in sure) / len(sure)
        least, worst = min((value, number) for number, value in sure)
        text = f"{_recognised(texts, name)}, {int(mean * 100)}% sure"
        worse = f"; least sure of page {worst}, {int(least * 100)}%" if len(sure) > 1 else ""
        notes.append(f"{text}{worse}. {CHECK}")
    return notes


def extraction_of(readings: Iterable[Reading]) -> tuple[str, ...]:
    """Return the names of what recognised text, each once."""
    return tuple(dict.fromkeys(reading.by for reading in readings if reading.has_text))


def _recognised(numbers: Sequence[int], name: str) -> str:
    return f"{shown_numbers(numbers)} recognised from pictures by {name}"


def shown_numbers(numbers: Sequence[int]) -> str:
    """Return "Page 3" or "Pages 1–4, 9" (with "and … more" when they are many)."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    shown = [f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    if len(shown) > 8:
        shown = [*shown[:8], f"and {sum(map(len, runs[8:]))} more"]
    return f"{'Pages' if len(numbers) > 1 else 'Page'} {', '.join(shown)}"
