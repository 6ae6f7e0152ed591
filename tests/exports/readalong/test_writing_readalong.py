"""EPUBs made from pages: valid for epubcheck, read back as the same book."""

from __future__ import annotations

import resource
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readalong_samples import XHTML, book, chapter, page, parsed, played, png

from voicemill.books.reading import read_book
from voicemill.books.table import pages_table
from voicemill.errors import AudioError, BookError, StoreUnavailable
from voicemill.exports.readalong import TimedSentence, write_readalong

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FIRST = (
    "# The Ferry & the <Fog>\n\nThe ferry came late. Nobody minded!\n\n"
    "\\# was painted on its side; “Why?” asked Ana."
)


@pytest.fixture
def ferry(mp3):
    return replace(
        book(
            chapter(
                "The Ferry & the <Fog>",
                page("1", FIRST, label="xii"),
                page("2", "## A lower heading\n\nÇa va? Oui, 😀 merci.", "fr"),
                audio=mp3,
            ),
            chapter("\x07 ", page("3", "وصلت العبّارة متأخرة. لم ينزعج أحد.", "ar"), audio=mp3),
            chapter("Only to read", page("4", "Nothing is heard here.")),
        ),
        title="Fog & <Ferry> \x00🚢",
        cover=png(),
    )


def test_a_book_of_pages_is_valid_and_reads_back_the_same(ferry, tmp_path, epubcheck):
    target = tmp_path / "ferry.epub"
    write_readalong(ferry, target, modified=WHEN)
    epubcheck(target)
    read = read_book(target)
    table = pages_table(read)
    pages = [page for chapter in ferry.chapters for page in chapter.pages]
    assert list(table["text"]) == [page.text for page in pages]
    assert list(table["label"]) == ["xii", "2", "3", "4"]
    assert list(table["language"]) == ["en", "fr", "ar", "en"]
    assert next(iter(table["chapter"])) == "The Ferry & the <Fog>"
    assert (read.title, read.author, read.cover) == ("Fog & <Ferry> 🚢", "Maren Oakley", png())


def test_each_sentence_is_marked_while_it_is_heard(ferry, tmp_path):
    target = tmp_path / "ferry.epub"
    write_readalong(ferry, target)
    heard = played(target)
    assert [text for document, text, *_ in heard if document.endswith("01.xhtml")] == [
        "The Ferry & the <Fog>",
        "The ferry came late.",
        "Nobody minded!",
        "# was painted on its side; “Why?” asked Ana.",
        "A lower heading",
        "Ça va?",
        "Oui, 😀 merci.",
    ]
    for before, after in pairwise(heard):
        if before[2] == after[2]:
            assert before[4] == after[3], "the pause between two sentences is not played"
    whole_s = {sound: end_s for *_, sound, _begin_s, end_s in heard}
    assert list(whole_s.values()) == pytest.approx(
        [chapter.duration_s for chapter in ferry.chapters[:2]], abs=0.001
    )


def test_its_package_tells_durations_narrator_and_what_is_accessible(ferry, tmp_path):
    target = tmp_path / "ferry.epub"
    write_readalong(ferry, target, modified=WHEN)
    metas = [
        (meta.get("property"), meta.text)
        for meta in parsed(target, "EPUB/package.opf").iter("{*}meta")
    ]
    durations_s = [
        float(text.rpartition(":")[2]) for name, text in metas if "duration" in str(name)
    ]
    assert durations_s[2] == pytest.approx(durations_s[0] + durations_s[1])
    for expected in (
        ("media:narrator", "Joe"),
        ("media:active-class", "-epub-media-overlay-active"),
        ("schema:accessMode", "auditory"),
        ("schema:accessibilityFeature", "synchronizedAudioText"),
        ("dcterms:modified", "2026-01-02T03:04:05Z"),
    ):
        assert expected in metas
    with zipfile.ZipFile(target) as archive:
        assert "-epub-media-overlay-active" in archive.read("EPUB/style.css").decode()


def test_languages_and_directions_are_said_where_they_differ(ferry, tmp_path):
    target = tmp_path / "ferry.epub"
    write_readalong(ferry, target)
    pages = [
        (div.get("lang"), div.get("dir"))
        for name in ("EPUB/chapter01.xhtml", "EPUB/chapter02.xhtml")
        for div in parsed(target, name).iter(f"{XHTML}div")
        if div.get("class") == "page"
    ]
    assert pages == [(None, None), ("fr", None), ("ar", "rtl")]
    arabic = book(chapter("", page("1", "وصلت العبّارة.", "ar")), language="ar")
    write_readalong(arabic, target)
    spine = next(parsed(target, "EPUB/package.opf").iter("{*}spine"))
    assert spine.get("page-progression-direction") == "rtl"


def test_the_same_book_gives_the_same_bytes(ferry, tmp_path):
    for name in ("one.epub", "two.epub"):
        write_readalong(ferry, tmp_path / name, modified=WHEN)
    assert (tmp_path / "one.epub").read_bytes() == (tmp_path / "two.epub").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.epub") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        sounds = [entry for entry in archive.infolist() if entry.filename.endswith(".mp3")]
        assert [sound.compress_type for sound in sounds] == [zipfile.ZIP_STORED] * 2


def test_m4a_is_taken_and_other_sounds_are_refused(ferry, encoded, mp3, tmp_path):
    m4a = encoded("tone.m4a", "aac")
    text = page("1", "One. Two.")
    write_readalong(book(chapter("", text, audio=m4a)), tmp_path / "m4a.epub")
    assert played(tmp_path / "m4a.epub")[0][2] == "EPUB/audio/chapter01.m4a"
    for wrong in (encoded("tone.wav", "pcm_s16le"), encoded("alac.m4a", "alac"), tmp_path / "no"):
        with pytest.raises(AudioError):
            write_readalong(book(chapter("", text, audio=wrong)), tmp_path / "wrong.epub")
    (tmp_path / "page.mp3").write_text("<html>404</html>")
    with pytest.raises(AudioError, match="web page"):
        write_readalong(book(chapter("", text, audio=tmp_path / "page.mp3")), tmp_path / "x.epub")
    assert not (tmp_path / "wrong.epub").exists()


def test_sound_of_many_hours_takes_no_more_memory_than_a_little(mp3, tmp_path):
    long = tmp_path / "long.mp3"
    with long.open("wb") as file:
        for _ in range(1800):  # 10 hours
            file.write(mp3.read_bytes())
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    chapters = chapter("", page("1", "One. Two."), audio=long)
    write_readalong(book(replace(chapters, duration_s=36000.0)), tmp_path / "long.epub")
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb
    assert (tmp_path / "long.epub").stat().st_size > long.stat().st_size
    assert grown_kb < 40_000 < long.stat().st_size / 1024


@pytest.mark.parametrize(
    ("sentences", "error"),
    [
        ([(0, 4, 0, 1), (3, 8, 1, 2)], BookError),
        ([(0, 99, 0, 1)], BookError),
        ([(0, 4, 2, 1)], AudioError),
        ([(0, 4, 1, 2), (5, 9, 0, 1)], AudioError),
        ([(0, 4, 0, float("nan"))], AudioError),
        ([(0, 4, 0, 99)], AudioError),
        ([], AudioError),
    ],
)
def test_times_and_places_that_cannot_be_are_refused(mp3, tmp_path, sentences, error):
    made = chapter("", page("1", "One. Two."), audio=mp3)
    wrong = replace(made.pages[0], sentences=tuple(TimedSentence(*each) for each in sentences))
    with pytest.raises(error):
        write_readalong(book(replace(made, pages=(wrong,))), tmp_path / "wrong.epub")


def test_what_no_epub_can_hold_is_refused(ferry, tmp_path):
    for wrong in (
        replace(ferry, title="\x00 "),
        replace(ferry, chapters=()),
        replace(ferry, cover=b"GIF89a"),
        replace(ferry, cover=png()[:40]),
        replace(ferry, chapters=(chapter("Empty", page("1", " \n")),)),
    ):
        with pytest.raises(BookError):
            write_readalong(wrong, tmp_path / "wrong.epub")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable):
        write_readalong(ferry, tmp_path / "file" / "book.epub")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


_TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@settings(max_examples=30, deadline=None)
@given(text=_TEXT.filter(str.strip), title=_TEXT, author=_TEXT, label=_TEXT)
def test_any_text_gives_xml_that_says_the_same(tmp_path_factory, text, title, author, label):
    target = tmp_path_factory.mktemp("any") / "any.epub"
    made = replace(book(chapter(title, page("1", text, label=label))), author=author)
    write_readalong(made, target)
    shown = "".join(parsed(target, "EPUB/chapter01.xhtml").find(f"{XHTML}body").itertext())
    kept = {letter for letter in text if letter.isalnum()}
    assert {letter for letter in shown if letter.isalnum()} == kept
