"""Books as PDF and as pictures, made from our own sentences."""

from __future__ import annotations

import io
import itertools
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

# Distinct sentences, so that nothing repeats unless a test wants it.
WHO = ("The baker", "A tired clerk", "Her aunt", "The ferryman", "An old teacher", "My neighbour")
DID = ("counted", "carried", "painted", "forgot", "repaired", "described", "hid", "borrowed")
WHAT = ("a wooden box", "three letters", "the garden gate", "a blue lamp", "several coins")
WHEN = ("before the rain came", "on the last day of March", "without saying why", "in 1984")


def sentences(count: int, begin: int = 0) -> list[str]:
    """Return sentences that are all different."""
    made = itertools.product(DID, WHAT, WHEN, WHO)
    texts = (f"{who} {did} {what} {when}." for did, what, when, who in made)
    return list(itertools.islice(itertools.cycle(texts), begin, begin + count))


def font_file(package: str, *parts: str) -> Path:
    """Return a file inside an installed package."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent.joinpath(*parts)


def dejavu() -> Path:
    return font_file("matplotlib", "mpl-data", "fonts", "ttf", "DejaVuSans.ttf")


class Book(FPDF):
    """A PDF with points as its unit, and text set where it is told."""

    def __init__(self, size: tuple[float, float] = (420, 595)) -> None:
        super().__init__(unit="pt", format=size)
        self.set_auto_page_break(False)
        self.set_margin(0)
        self.set_font("Times", size=11)

    def at(
        self, left: float, baseline: float, text: str, size: float = 11, style: str = ""
    ) -> None:
        self.set_font(self.font_family, style=style, size=size)
        self.text(left, baseline, text)

    def column(
        self, text: str, left: float, top: float, width: float, size: float = 11, indent: float = 0
    ) -> float:
        """Set a ragged paragraph; returns where the next one begins."""
        self.set_font(self.font_family, style="", size=size)
        line, room, place = "", width - indent, left + indent
        for word in text.split():
            longer = f"{line} {word}".strip()
            if self.get_string_width(longer) > room and line:
                self.text(place, top + size, line)
                top += size * 1.3
                line, room, place = word, width, left
            else:
                line = longer
        self.text(place, top + size, line)
        return top + size * 1.3

    def done(self) -> bytes:
        return bytes(self.output())


def novel(pages: int = 8, *, mirrored: bool = True, per_page: int = 14) -> bytes:
    """Return a book with headers that alternate, page numbers and indented paragraphs."""
    book = Book()
    book.set_title("The Wooden Box")
    book.set_author("Ann Writer")
    book.set_lang("en")
    for page in range(pages):
        book.add_page()
        left = mirrored and page % 2
        book.at(50, 40, f"{page + 1}" if left else "The Wooden Box", 9)
        book.at(330, 40, "Ann Writer" if left else f"{page + 1}", 9)
        top = 70.0
        if page % 4 == 0:
            title = f"Chapter {page // 4 + 1}"
            book.start_section(title)
            book.at(150, 90, title, 18, "B")
            top = 120.0
        told = sentences(per_page, page * per_page)
        for first in range(0, per_page, 3):
            top = book.column(" ".join(told[first : first + 3]), 50, top, 320, indent=15)
    return book.done()


def words_of(count: int, begin: int = 0) -> list[str]:
    return " ".join(sentences(count, begin)).split()


def shaped_arabic(text: str) -> str:
    """Return Arabic as old programs write it into a PDF: shaped letters, from left to right."""
    forms = _arabic_forms()
    shaped = []
    for place, letter in enumerate(text):
        before = text[place - 1] if place else " "
        after = text[place + 1] if place + 1 < len(text) else " "
        joins_before = "<initial>" in forms.get(before, {})
        joins_after = "<initial>" in forms.get(letter, {}) and after in forms
        kind = {
            (True, True): "<medial>",
            (True, False): "<final>",
            (False, True): "<initial>",
            (False, False): "<isolated>",
        }[joins_before, joins_after]
        shaped.append(forms.get(letter, {}).get(kind, letter))
    return "".join(reversed(shaped))


@cache
def _arabic_forms() -> dict[str, dict[str, str]]:
    forms: dict[str, dict[str, str]] = {}
    for code in range(0xFE80, 0xFEFD):
        kind, *letters = unicodedata.decomposition(chr(code)).split()
        if len(letters) == 1:
            forms.setdefault(chr(int(letters[0], 16)), {})[kind] = chr(code)
    return forms


def picture(
    lines: list[str], font: Path | None = None, size: int = 34, width: int = 1240
) -> Image.Image:
    """Return a page as a scanner at 150 dots per inch would see it."""
    image = Image.new("L", (width, 120 + len(lines) * int(size * 1.8)), 255)
    draw = ImageDraw.Draw(image)
    face = ImageFont.truetype(str(font or dejavu()), size)
    for number, line in enumerate(lines):
        draw.text((90, 60 + number * int(size * 1.8)), line, fill=0, font=face)
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    into = io.BytesIO()
    image.save(into, kind, **options)
    return into.getvalue()


def scanned(pages: list[Image.Image], language: str = "") -> bytes:
    """Return a PDF that holds pictures only, and may declare its language."""
    book = Book()
    if language:
        book.set_lang(language)
    for page in pages:
        book.add_page()
        book.image(page, 0, 0, 420)
    return book.done()
