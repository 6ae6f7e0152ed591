"""A little book of two chapters and three pages."""

from __future__ import annotations

import pandas as pd

from voicemill import Studio
from voicemill.audio import Clip

PAGES = {
    "1": "# The Hill\n\nTom went up the hill. It was late.\n\nThe sun went down behind the trees.",
    "2": "He looked for his dog. It was late.\n\nNobody came.",
    "3": "# The Dog\n\nIn the morning the dog was back. Tom gave it all his bread.",
}
CHAPTERS = ["The Hill", "The Hill", "The Dog"]


def narrated_book(
    studio: Studio,
    voice: str,
    *,
    title: str = "Up the Hill",
    author: str = "Ann Hillé",
    chapters: list[str] | None = None,
    narrated: int = 3,
) -> None:
    """Keep the book as collection hill, and narrate so many of its pages."""
    table = pd.DataFrame({"page": PAGES.keys(), "text": PAGES.values(), "language": "en"})
    table["chapter"] = CHAPTERS if chapters is None else chapters
    pages = studio.read(table, kind="book", collection="hill")
    cover = "cover.png" if (studio.settings.root / "cover.png").exists() else ""
    studio.books.keep(pages, title=title, author=author, cover=cover)
    run = studio.produce(studio.plan(pages, voices=[voice], limit=narrated))
    assert run.summary.completed == narrated, run.errors


def level_db(clip: Clip, start_s: float, end_s: float) -> float:
    """The RMS level of a stretch."""
    import numpy as np

    part = clip.samples[round(start_s * clip.rate_hz) : round(end_s * clip.rate_hz)]
    return 10 * float(np.log10(np.mean(part.astype(np.float64) ** 2) + 1e-12))
