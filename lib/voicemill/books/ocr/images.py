"""Pictures of pages (PNG, JPEG, TIFF of one or many pages) → a book, by text recognition."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from voicemill.books.book import Book
from voicemill.books.language import with_language
from voicemill.books.layout.pages import bound
from voicemill.books.limits import FILE_BYTES, PAGES, PIXELS
from voicemill.books.ocr.recognising import (
    Reader,
    can_read,
    extraction_of,
    no_recogniser,
    sheet_of,
    told_of,
)
from voicemill.books.ocr.recognition import HERE, Recognition
from voicemill.errors import BookError

if TYPE_CHECKING:
    from PIL.Image import Image

    from voicemill.books.ocr.recognising import Picture

FORMATS = ("PNG", "JPEG", "TIFF")
READ_PIXELS = 12_000_000  # a page is made smaller for recognition: A4 at 200 dpi has 3.9 million
DPI = 200  # where the file says none that can be
AGAIN = "Scan or save it again as PNG, JPEG or TIFF, at 300 dots per inch"


def read_images(data: bytes, name: str, recognition: Recognition = HERE) -> Book:
    """Return the book that a picture holds; each page of a TIFF is a page.

    Raises BookError: not a picture, damaged, too big, without text, no recognition installed,
    stopped.
    """
    if len(data) > FILE_BYTES:
        raise BookError("the file is too big", where=name, remedy="Divide it into several files")
    if not can_read(recognition):
        raise no_recogniser(name)
    reader = Reader(name, recognition=recognition)
    sheets, readings = [], []
    for number, total, (picture, scale) in _pictures(data, name):
        recognition.told(number - 1, total, name)
        reading = reader.read(picture, number)
        sheets.append(sheet_of(reading, picture.shape[1], picture.shape[0], scale))
        readings.append((number, reading))
    recognition.told(len(sheets), len(sheets), name)
    pages, chapters = bound(sheets)
    book = Book(
        PurePath(name).stem,
        "",
        "",
        pages,
        chapters,
        format="images",
        notes=(*told_of(readings), *reader.notes),
        extraction=extraction_of(reading for _number, reading in readings),
    )
    if not book.words:
        raise BookError("no text was found in the picture", where=name, remedy=AGAIN)
    return with_language(book)


def _pictures(data: bytes, name: str) -> Iterator[tuple[int, int, tuple[Picture, float]]]:
    """Yield each page's grey picture and its pixels per point."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                count = getattr(image, "n_frames", 1)
                if count > PAGES:
                    raise BookError(f"has {count:,} pages", where=name, remedy="Divide it")
                for index in range(count):
                    image.seek(index)
                    _refuse_giant(image, name)
                    yield index + 1, count, _prepared(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise BookError("the picture has too many pixels", where=name, remedy=AGAIN) from None
    except UnidentifiedImageError:
        raise BookError("this is no PNG, JPEG or TIFF", where=name, remedy=AGAIN) from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, KeyError, TypeError) as error:
        what = f"the picture is damaged ({error})"
        raise BookError(what, where=name, remedy=AGAIN) from None


def _refuse_giant(image: Image, name: str) -> None:
    pixels = image.width * image.height
    if pixels > PIXELS:
        what = f"the picture has {pixels:,} pixels, more than the limit of {PIXELS:,}"
        raise BookError(what, where=name, remedy=AGAIN)


def _prepared(image: Image) -> tuple[Picture, float]:
    """Return the picture upright, grey and not larger than recognition needs."""
    import numpy as np
    from PIL import ImageOps

    shrink = max(1.0, (image.width * image.height / READ_PIXELS) ** 0.5)
    dpi = float(image.info.get("dpi", (DPI, DPI))[0])
    scale = (dpi if 50 <= dpi <= 2400 else DPI) / 72
    grey = _on_white(ImageOps.exif_transpose(image))
    if shrink > 1:
        grey = grey.resize((max(1, int(grey.width / shrink)), max(1, int(grey.height / shrink))))
    return np.asarray(grey, dtype=np.uint8), scale / shrink


def _on_white(image: Image) -> Image:
    """Return it grey; what is transparent becomes white, as paper is."""
    from PIL import Image as Images

    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return image.convert("F").point(lambda value: value / 256).convert("L")
    if "A" in image.getbands() or "transparency" in image.info:
        picture = image.convert("RGBA")
        paper = Images.new("RGBA", picture.size, "white")
        return Images.alpha_composite(paper, picture).convert("L")
    return image.convert("L")
