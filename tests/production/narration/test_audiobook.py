"""A narrated book joined from what the catalog keeps."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from voicemill import Studio
from voicemill.audio import Clip, Tags, loudness_lufs, read_clip
from voicemill.catalog.audio_source import PART
from voicemill.errors import BookError, ItemUnknown
from voicemill.production.narration.joining import Joined, join
from workbench import ESPEAK

PAGES = pd.DataFrame(
    {
        "page": ["1", "2", "3", "4"],
        "chapter": ["", "The Hill", "The Hill", "The Sea"],
        "text": [
            "For Ada.",
            "# The Hill\n\nTom went up the hill. It was late in the evening.",
            "* * *",
            "# The Sea\n\nHe saw the sea. It was far away and very calm.",
        ],
        "language": "en",
    }
)


@pytest.fixture
def hill(studio: Studio) -> Studio:
    pages = studio.read(PAGES, kind="book", collection="hill")
    studio.books.keep(pages, title="Hills")
    run = studio.produce(studio.plan(pages, voices=[ESPEAK]))
    assert not run.errors
    return studio


def joined(studio: Studio, path: Path, profile: str = "m4b") -> tuple[Joined, Clip]:
    book = studio.books.open("hill")
    pages = [page.joined for page in book.pages]
    made = join(pages, path, studio.shop.profiles[profile], Tags(title="Hills"), ahead=2)
    return made, read_clip(path.read_bytes())


def test_a_page_of_stars_is_no_gap_in_the_book(hill: Studio) -> None:
    status = hill.books.status("hill")
    assert (status.audio_ready, status.pages_with_audio, status.total_pages) == (True, 3, 4)
    assert [page.key for page in hill.books.open("hill").pages] == ["1", "2", "4"]


def test_chapters_begin_where_their_first_word_is_heard(hill: Studio, tmp_path: Path) -> None:
    made, clip = joined(hill, tmp_path / "book.m4b")
    assert [title for title, _pages in hill.books.open("hill").chapters] == [
        "Hills",
        "The Hill",
        "The Sea",
    ]
    # What precedes the first titled chapter is the opening; its mark is the book's own title.
    for start_s in made.file.chapter_starts_s:
        assert level_db(clip, start_s - 0.5, start_s - 0.02) < -60
        assert level_db(clip, start_s + 0.05, start_s + 0.3) > -40


def test_between_chapters_is_the_pause_of_a_chapter(hill: Studio, tmp_path: Path) -> None:
    made, _clip = joined(hill, tmp_path / "book.m4b")
    sentences = [cue for cue in made.cues if cue.kind == "sentence"]
    assert [cue.text for cue in sentences][:3] == ["For Ada.", "The Hill", "Tom went up the hill."]
    gaps = {b.text: round(b.start_s - a.end_s, 2) for a, b in pairwise(sentences)}
    assert gaps == {
        "The Hill": 2.5,
        "Tom went up the hill.": 2.5,
        "It was late in the evening.": 0.6,
        "The Sea": 2.5,
        "He saw the sea.": 2.5,
        "It was far away and very calm.": 0.6,
    }


def test_where_a_sentence_is_gone_the_file_of_its_page_is_joined(
    hill: Studio, tmp_path: Path
) -> None:
    before, _clip = joined(hill, tmp_path / "before.m4b")
    for source in hill.catalog.sources.all():
        if source.source_type == PART and source.metadata["text"] == "He saw the sea.":
            hill.store.delete(source.file)
    after, clip = joined(hill, tmp_path / "after.m4b")
    assert after.file.duration_s == pytest.approx(before.file.duration_s, abs=0.5)
    starts = [cue.start_s for cue in after.cues if cue.kind == "sentence"]
    assert len(starts) == len([cue for cue in before.cues if cue.kind == "sentence"])
    for start_s in starts:
        assert level_db(clip, start_s - 0.3, start_s - 0.1) < -45
        assert level_db(clip, start_s + 0.05, start_s + 0.3) > -40


def test_a_page_read_by_a_person_is_as_loud_as_the_others(hill: Studio, tmp_path: Path) -> None:
    from voicemill.audio import Encoding, encode_clip

    quiet = read_clip(BytesIO(hill.store.read(hill.best_audio("hill", "2").file))).amplified(-25)
    folder = hill.settings.root / "data" / "native"
    folder.mkdir(parents=True, exist_ok=True)
    padded = quiet.padded(1.5, 1.5)
    (folder / "4.wav").write_bytes(encode_clip(padded, Encoding("wav").complete(quiet.rate_hz)))
    matches = hill.upkeep.match_recordings("data/native", "hill")
    assert len(hill.upkeep.import_recordings(matches, "hill", speaker="Anna")) == 1
    book = hill.books.open("hill")
    assert book.pages[-1].source.source_type == "native"
    made, clip = joined(hill, tmp_path / "book.m4b")
    last = [cue for cue in made.cues if cue.kind == "sentence"][-1]
    assert "#" not in last.text
    rate = clip.rate_hz
    said = clip.between(round(last.start_s * rate), round(last.end_s * rate))
    assert loudness_lufs(said) == pytest.approx(-16, abs=1.5)
    assert level_db(clip, last.start_s + 0.05, last.start_s + 0.3) > -40  # its silence went


def test_a_book_with_missing_pages_is_refused_unless_asked_for(hill: Studio) -> None:
    pages = hill.read(PAGES.assign(text=PAGES["text"] + "\n\nMore."), kind="book", collection="new")
    hill.books.keep(pages)
    with pytest.raises(BookError, match="4 of 4 pages have no audio: 1, 2, 3, 4"):
        hill.books.open("new", partial_book=True)
    hill.produce(hill.plan(pages, voices=[ESPEAK], limit=2))
    with pytest.raises(BookError, match="2 of 4 pages have no audio: 3, 4"):
        hill.books.open("new")
    assert hill.books.open("new", partial_book=True).missing == ("3", "4")
    with pytest.raises(ItemUnknown, match="there is no collection 'none'"):
        hill.books.open("none")


def level_db(clip: Clip, start_s: float, end_s: float) -> float:
    part = clip.samples[round(start_s * clip.rate_hz) : round(end_s * clip.rate_hz)]
    return 10 * float(np.log10(np.mean(part.astype(np.float64) ** 2) + 1e-12))
