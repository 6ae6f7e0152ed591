"""The sample books in data/books: table and EPUB say the same, and EPUB readers take them."""

from __future__ import annotations

import runpy

import pandas as pd
import pytest

from voicemill.books.reading import read_book
from voicemill.books.spoken.sentences import split
from voicemill.books.table import pages_table
from voicemill.tables.kinds import BOOK
from workbench import ROOT

BOOKS = ROOT / "data" / "books"
LANGUAGES = ("en", "hi", "vi")


@pytest.mark.parametrize("language", LANGUAGES)
def test_table_and_epub_say_the_same(language):
    table = pd.read_csv(BOOKS / f"sample_{language}.csv", dtype=str, keep_default_na=False)
    assert set(table.columns) <= set(BOOK.columns)
    read = pages_table(read_book(BOOKS / f"sample_{language}.epub"))
    pd.testing.assert_frame_equal(read[list(table.columns)], table, check_dtype=False)
    assert list(read["label"]) == [str(number) for number in range(1, 9)]
    assert table["chapter"].nunique() == 3


def test_the_epubs_are_what_the_script_makes(tmp_path):
    runpy.run_path(str(BOOKS / "make_epubs.py"))["main"](tmp_path)
    for language in LANGUAGES:
        made, kept = (folder / f"sample_{language}.epub" for folder in (tmp_path, BOOKS))
        # The cover's bytes depend on the version of what packs pictures.
        assert pages_table(read_book(made)).equals(pages_table(read_book(kept)))
        assert kept.stat().st_size < 60_000


def test_an_epub_is_valid(epubcheck):
    # One, for the seconds it takes: all come from the same script.
    epubcheck(BOOKS / "sample_hi.epub")


def test_the_story_is_the_same_in_all_languages():
    tables = [pd.read_csv(BOOKS / f"sample_{language}.csv", dtype=str) for language in LANGUAGES]
    counts = [
        [[len(paragraph) > 0 for paragraph in text.split("\n\n")] for text in table["text"]]
        for table in tables
    ]
    assert counts[0] == counts[1] == counts[2]
    for table, language in zip(tables, LANGUAGES, strict=True):
        for text in table["text"]:
            assert 3 <= len(split(text, language)) <= 20
            assert 60 <= len(text.split()) <= 110
