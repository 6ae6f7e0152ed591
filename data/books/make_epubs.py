"""Make the sample EPUBs of this folder from its tables: python data/books/make_epubs.py."""

from __future__ import annotations

import csv
import io
import sys
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw

from voicemill.exports.readalong import ReadBook, ReadChapter, ReadPage, write_readalong

HERE = Path(__file__).parent
TITLES = {
    "en": "The Clock That Waited",
    "hi": "इंतज़ार करती घड़ी",
    "vi": "Chiếc đồng hồ biết chờ",
}
MODIFIED = datetime(2026, 11, 21, tzinfo=UTC)


def main(folder: Path = HERE) -> None:
    """Write sample_en.epub, sample_hi.epub and sample_vi.epub into a folder."""
    for language in TITLES:
        write_readalong(sample(language), folder / f"sample_{language}.epub", modified=MODIFIED)


def sample(language: str) -> ReadBook:
    """Return the sample book in a language, as its table has it."""
    with (HERE / f"sample_{language}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    chapters = tuple(
        ReadChapter(
            title,
            tuple(ReadPage(row["page"], row["page"], row["text"], row["language"]) for row in own),
        )
        for title, own in groupby(rows, key=lambda row: row["chapter"])
    )
    return ReadBook(
        title=TITLES[language],
        author="Voicemill",
        language=language,
        identifier="",
        cover=cover(),
        narrator="",
        licence="",
        chapters=chapters,
    )


def cover() -> bytes:
    """Return the cover as PNG: the tower in the evening, and a swallow above it."""
    scale = 2  # drawn larger, then made smaller: its edges come out smooth
    picture = Image.new("RGB", (600 * scale, 800 * scale), "#f3b562")
    draw = ImageDraw.Draw(picture)

    def shape(points: list[tuple[int, int]], colour: str) -> None:
        draw.polygon([(x * scale, y * scale) for x, y in points], fill=colour)

    def disc(x: int, y: int, radius: int, colour: str) -> None:
        box = [(x - radius) * scale, (y - radius) * scale, (x + radius) * scale,
               (y + radius) * scale]  # fmt: skip
        draw.ellipse(box, fill=colour)

    shape([(0, 0), (600, 0), (600, 330), (0, 420)], "#f06b50")
    disc(470, 420, 90, "#f9e0a2")
    shape([(0, 690), (180, 640), (420, 660), (600, 620), (600, 800), (0, 800)], "#274060")
    shape([(215, 720), (225, 270), (375, 270), (385, 720)], "#1b2845")
    shape([(195, 275), (300, 110), (405, 275)], "#335c81")
    disc(300, 360, 62, "#f9e0a2")
    disc(300, 360, 54, "#fffaf0")
    shape([(300, 356), (302, 363), (324, 380), (328, 376)], "#1b2845")
    shape([(298, 357), (337, 336), (339, 341), (302, 364)], "#1b2845")
    shape([(280, 720), (280, 650), (300, 625), (320, 650), (320, 720)], "#f9e0a2")
    bird = [(185, 200), (150, 190), (95, 120), (125, 198), (50, 205), (85, 216), (55, 242),
            (130, 222), (115, 290), (158, 213)]  # fmt: skip
    shape(bird, "#1b2845")
    small = picture.resize((600, 800), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
