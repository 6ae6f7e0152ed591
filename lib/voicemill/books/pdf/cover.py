"""The first page of a PDF as the book's cover, where it looks like one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from voicemill.books.flow import rough_words
from voicemill.books.layout.parts import Sheet
from voicemill.books.limits import PIXELS
from voicemill.errors import BookError

if TYPE_CHECKING:
    from PIL.Image import Image

    from voicemill.books.pdf.process import PdfProcess

LONGEST_SIDE = 1400  # pixels
QUALITY = 80
MOST_WORDS = 60  # a cover has title, author, publisher and a line of praise
DRAWN = 0.3  # of the page at least; a title page of text alone has less than a tenth
WHITE = 235  # of 255: paper as scanners see it


def cover_of(pdf: PdfProcess, first: Sheet) -> tuple[bytes | None, list[str]]:
    """Return the first page as JPEG if it looks like a cover, and notes for the person.

    It does when it has few words and is mostly drawn on, and pages follow it. A page that
    cannot be drawn is no cover: the text of the book is worth more than its picture.
    """
    if pdf.page_count < 2 or _words(first) > MOST_WORDS:
        return None, []
    size = max(first.width, first.height, 1.0)
    try:
        told, pixels = pdf.render(1, LONGEST_SIDE * 72 / size, PIXELS, colour=True)
    except BookError as error:
        return None, [f"Its first page could not be drawn as a cover: {error.what}."]
    picture = _picture(told, pixels)
    return (_jpeg(picture) if _drawn(picture) >= DRAWN else None), []


def _words(first: Sheet) -> float:
    texts = [line.text for line in first.lines] + [block.text for block in first.blocks]
    return sum(map(rough_words, texts))


def _picture(told: dict[str, Any], pixels: bytes) -> Image:
    from PIL import Image

    size = (told["width"], told["height"])
    return Image.frombuffer("RGB", size, pixels, "raw", "RGB", told["stride"], 1)


def _drawn(picture: Image) -> float:
    """Return how much of the picture is not white, 0 to 1."""
    counts = picture.convert("L").histogram()
    return sum(counts[:WHITE]) / sum(counts)


def _jpeg(picture: Image) -> bytes:
    from PIL import Image

    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    into = io.BytesIO()
    picture.save(into, "JPEG", quality=QUALITY, optimize=True)
    return into.getvalue()
