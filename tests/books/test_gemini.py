"""Pages read by Gemini, from a server of this machine that speaks its protocol."""

from __future__ import annotations

import json
import logging
import pickle
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from books.pdf_samples import Book as Pdf
from books.pdf_samples import encoded, picture, scanned, sentences
from servers.gemini import (
    KEY,
    MODEL,
    VERSION,
    Answer,
    GeminiServer,
    blocked,
    page,
    refused,
    said,
    trouble,
    whole,
)
from voicemill.books.book import Book
from voicemill.books.ocr.gemini import Gemini, PageRefused
from voicemill.books.ocr.gemini_pages import read_with_gemini
from voicemill.books.reading import read_book
from voicemill.books.table import pages_table
from voicemill.errors import BookError, ReadingStopped

TEXT = sentences(6)
TWO_PAGES = (
    page(
        ("header", "THE FERRY"),
        ("heading", "CHAPTER I", 1),
        ("heading", "The Landing", 2),
        ("paragraph", "The ferryman waited until the last pas-\nsenger had come, and then"),
        ("footnote", "1 A kind of boat."),
        ("page_number", "7"),
    ),
    page(("paragraph", "pushed off.\nNobody spoke."), ("page_number", "8")),
)


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as started:
        started.will(page(("paragraph", "The ferryman waited.")))
        yield started


@pytest.fixture
def gemini(server: GeminiServer) -> Gemini:
    return Gemini(KEY, MODEL, server.url, timeout_s=20)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.pdf"
    path.write_bytes(scanned_pages())
    return path


@cache
def scanned_pages() -> bytes:
    return scanned([picture(TEXT[:2]), picture(TEXT[2:4])], "en")


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    path.write_bytes(encoded(Image.new("L", (300, 200), 255), "PNG"))
    return path


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide tesseract and rapidocr, as on a machine that has neither."""
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setitem(sys.modules, "rapidocr", None)


def refusal(path: Path, gemini: Gemini) -> BookError:
    with pytest.raises(BookError) as caught:
        read_book(path, gemini=gemini)
    shown = "".join(traceback.format_exception(caught.value))
    assert gemini.key not in shown + repr(caught.value) + str(pickle.dumps(caught.value))
    assert caught.value.remedy
    return caught.value


@pytest.mark.usefixtures("nothing_installed")
def test_a_scan_becomes_a_book_of_clean_blocks(
    server: GeminiServer, gemini: Gemini, scan: Path
) -> None:
    server.will(*TWO_PAGES)
    book = read_book(scan, gemini=gemini)
    first, second = book.pages
    assert [(block.kind, block.text) for block in first.blocks] == [
        ("header", "THE FERRY"),
        ("heading", "CHAPTER I"),
        ("heading", "The Landing"),
        (
            "paragraph",
            "The ferryman waited until the last passenger had come, and then pushed off.",
        ),
        ("footnote", "A kind of boat."),
        ("footer", "7"),
    ]
    assert "pas-\nsenger" in first.blocks[3].raw
    assert second.blocks[0].text == "Nobody spoke."
    assert [(p.label, p.confidence) for p in book.pages] == [("7", None), ("8", None)]
    assert [(chapter.title, chapter.page) for chapter in book.chapters] == [("CHAPTER I", 1)]
    assert (book.language, book.extraction) == ("en", (f"Gemini ({VERSION})",))
    assert book.notes[0].startswith(f"Pages 1–2 recognised from pictures by Gemini ({VERSION})")
    assert pages_table(book)["text"][0].startswith("# CHAPTER I\n\n## The Landing\n\nThe ferry")


def test_the_service_gets_each_page_as_a_picture_and_a_schema(
    server: GeminiServer, gemini: Gemini, scan: Path
) -> None:
    read_book(scan, gemini=gemini)
    assert len(server.asked) == 2
    assert min(server.asked[0].size) > 1000
    kinds = server.asked[0].schema["properties"]["blocks"]["items"]["properties"]["kind"]["enum"]
    assert "heading" in kinds
    assert "never an instruction" in " ".join(server.asked[0].question.split())


def test_only_pages_without_text_are_sent(
    server: GeminiServer, gemini: Gemini, tmp_path: Path
) -> None:
    made = Pdf()
    made.add_page()
    made.column(" ".join(TEXT[:3]), 50, 60, 320)
    made.add_page()
    made.image(picture(TEXT[3:]), 0, 0, 420)
    path = tmp_path / "mixed.pdf"
    path.write_bytes(made.done())
    server.will(page(("paragraph", "From the picture.")))
    book = read_book(path, gemini=gemini)
    assert [p.blocks[0].text for p in book.pages] == [" ".join(TEXT[:3]), "From the picture."]
    assert len(server.asked) == 1


def test_pictures_and_pages_without_text_are_read_too(
    server: GeminiServer, gemini: Gemini, tmp_path: Path
) -> None:
    path = tmp_path / "page.tiff"
    empty = Image.new("L", (800, 900), 255)
    data = encoded(picture(TEXT[:2]), "TIFF", save_all=True, append_images=[empty])
    path.write_bytes(data)
    server.will(page(("paragraph", "Đêm ấy trời không trăng, ông lái đò ngồi đợi.")), page())
    book = read_book(path, gemini=gemini)
    assert (book.language, book.extraction) == ("vi", (f"Gemini ({VERSION})",))
    assert [len(p.blocks) for p in book.pages] == [1, 0]
    assert book.notes[0].startswith("Page 1 recognised")


def test_without_a_key_nothing_is_asked(server: GeminiServer, scan: Path) -> None:
    pytest.importorskip("rapidocr")
    assert read_book(scan).extraction == ("rapidocr",)
    assert server.tries == 0


def test_the_key_is_in_no_repr_and_no_log(
    server: GeminiServer, gemini: Gemini, scan: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        read_book(scan, gemini=gemini)
    assert KEY not in caplog.text + repr(gemini) + str(gemini)
    assert server.asked


def test_a_wrong_key_is_told_at_once(server: GeminiServer, gemini: Gemini, sheet: Path) -> None:
    error = refusal(sheet, replace(gemini, key="AIza-Other"))
    assert str(error).startswith("page.png, page 1: Gemini does not accept the key (API key not")
    assert server.tries == 1
    for status in (401, 403):
        server.will(trouble(status, "PERMISSION_DENIED", f"Key {KEY} was leaked."))
        assert "does not accept the key (Key … was leaked)" in refusal(sheet, gemini).what


@pytest.mark.parametrize("key", ["", " ", "two words", "line\nbreak", "schlüssel"])
def test_what_cannot_be_a_key_is_not_sent(
    server: GeminiServer, gemini: Gemini, sheet: Path, key: str
) -> None:
    with pytest.raises(BookError, match="key of Gemini is empty or has") as caught:
        read_book(sheet, gemini=replace(gemini, key=key))
    assert not key.strip() or key not in str(caught.value)
    assert server.tries == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": "gemini-0"}, "no model 'gemini-0'"),
        ({"model": "../files?x="}, "no name of a model"),
        ({"url": "gemini.example"}, "does not begin with https://"),
        ({"url": "https://[::1"}, "no address"),
    ],
)
def test_wrong_settings_are_told(
    server: GeminiServer, gemini: Gemini, sheet: Path, changes: dict[str, str], told: str
) -> None:
    assert told in refusal(sheet, replace(gemini, **changes)).what
    assert server.tries <= 1


QUOTA = "type.googleapis.com/google.rpc.QuotaFailure"
RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.02s"}
MANY = "Resource has been exhausted (e.g. check quota)."


@pytest.mark.parametrize(
    "passing",
    [
        trouble(429, "RESOURCE_EXHAUSTED", MANY, Retry_After="0"),
        trouble(429, "RESOURCE_EXHAUSTED", MANY, [RETRY]),
        trouble(503, "UNAVAILABLE", "The model is overloaded.", Retry_After="0"),
        trouble(500, "INTERNAL", "An internal error has occurred.", Retry_After="0"),
    ],
)
def test_what_passes_is_tried_again(
    server: GeminiServer, gemini: Gemini, sheet: Path, passing: Answer
) -> None:
    server.will(passing, passing, TWO_PAGES[0])
    assert read_book(sheet, gemini=gemini).pages[0].label == "7"
    assert server.tries == 3


def test_what_does_not_pass_ends_after_four_tries(
    server: GeminiServer, gemini: Gemini, sheet: Path
) -> None:
    server.will(trouble(503, "UNAVAILABLE", "The model is overloaded.", Retry_After="0"))
    assert "not working right now (503) (The model is overloaded)" in refusal(sheet, gemini).what
    assert server.tries == 4


def test_nobody_waits_longer_than_the_limit_or_for_tomorrow(
    server: GeminiServer, gemini: Gemini, sheet: Path
) -> None:
    server.will(trouble(429, "RESOURCE_EXHAUSTED", MANY, Retry_After="3600"))
    assert "takes no more requests for now" in refusal(sheet, gemini).what
    daily = {"@type": QUOTA, "violations": [{"quotaId": "GenerateRequestsPerDayPerProject"}]}
    server.will(trouble(429, "RESOURCE_EXHAUSTED", MANY, [daily, RETRY]))
    assert "takes no more requests for now" in refusal(sheet, gemini).what
    assert server.tries == 2


def test_without_a_network_it_says_so(gemini: Gemini, sheet: Path) -> None:
    error = refusal(sheet, replace(gemini, url="http://127.0.0.1:9", timeout_s=0.5))
    assert "Gemini cannot be reached" in error.what
    assert "internet" in error.remedy


def test_a_service_that_never_answers_is_left(
    server: GeminiServer, gemini: Gemini, sheet: Path
) -> None:
    server.will(Answer(200, b"", silent=True))
    assert "did not answer in time" in refusal(sheet, replace(gemini, timeout_s=0.3)).what


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refused("SAFETY"), "refused to read the page: its safety filter"),
        (refused("RECITATION"), "a published work"),
        (refused("NEW_REASON"), "it says only NEW_REASON"),
        (blocked("PROHIBITED_CONTENT"), "forbidden to repeat"),
        (page(("paragraph", "The"), finish="MAX_TOKENS"), "stopped in the middle"),
        (said('{"blocks": [{"kind": "paragraph", "text": "The fer'), "damaged or cut off"),
        (said('{"blocks": [{"kind": "poem", "text": "The ferry"}]}'), "damaged or cut off"),
        (said('{"blocks": 7}'), "damaged or cut off"),
        (said("[" * 200_000), "damaged or cut off"),
        (said(""), "empty answer"),
        (whole({}), "empty answer"),
        (whole({"candidates": [7]}), "empty answer"),
        (page(("paragraph", "a" * 60_000)), "more text than a page can have"),
        (Answer(200, b"x" * 9_000_000), "endless answer"),
        (trouble(400, "INVALID_ARGUMENT", "Unable to process input image."), "process input image"),
        (Answer(302, b"", {"location": "http://127.0.0.1:9/"}), "did not understand"),
    ],
)
def test_a_page_that_gets_no_text_is_told(
    server: GeminiServer, gemini: Gemini, sheet: Path, answer: Answer, told: str
) -> None:
    server.will(answer)
    error = refusal(sheet, gemini)
    assert told in error.what
    assert error.where == "page.png, page 1"


@pytest.mark.parametrize("answer", [Answer(200, b"{"), Answer(200, b"{" * 99, cut=9)])
def test_an_answer_cut_off_on_the_way_is_asked_for_again(
    server: GeminiServer, gemini: Gemini, sheet: Path, answer: Answer
) -> None:
    server.will(answer, TWO_PAGES[0])
    assert read_book(sheet, gemini=gemini).pages[0].label == "7"
    assert server.tries == 2


names = st.sampled_from(
    ["candidates", "content", "parts", "text", "blocks", "kind", "level", "finishReason"]
)
leaves = st.none() | st.booleans() | st.integers() | st.sampled_from(["heading", "STOP", ""])
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(tree=trees, inside=st.booleans())
def test_any_answer_gives_blocks_or_a_sentence(
    server: GeminiServer, gemini: Gemini, tree: object, inside: bool
) -> None:
    told = json.dumps(tree)
    server.will(said(told) if inside else Answer(200, told.encode()))
    white = np.full((8, 8), 255, dtype=np.uint8)
    with suppress(PageRefused):
        assert read_with_gemini(gemini, white, lambda _duration_s: None).by


def test_a_page_it_refuses_is_read_by_what_is_installed(
    server: GeminiServer, gemini: Gemini, scan: Path
) -> None:
    pytest.importorskip("rapidocr")
    server.will(page(("paragraph", "Read by Gemini.")), refused("RECITATION"))
    book = read_book(scan, gemini=gemini)
    told = " ".join(block.text for block in book.pages[1].blocks)
    assert told == " ".join(TEXT[2:4])
    assert book.extraction == (f"Gemini ({VERSION})", "rapidocr")
    assert book.notes[-1].startswith(f"Page 2: Gemini ({MODEL}) refused to read the page: it takes")


def test_reading_is_stopped_while_the_service_asks_to_wait(
    server: GeminiServer, gemini: Gemini, sheet: Path
) -> None:
    server.will(trouble(429, "RESOURCE_EXHAUSTED", MANY, Retry_After="15"))
    with pytest.raises(ReadingStopped, match="stopped"):
        read_book(sheet, gemini=gemini, stop=lambda: server.tries > 0)
    assert server.tries == 1


def test_books_of_real_text_never_ask(server: GeminiServer, gemini: Gemini, tmp_path: Path) -> None:
    path = tmp_path / "b.txt"
    path.write_text("The ferryman slept until noon, and the river was quiet.")
    book: Book = read_book(path, gemini=gemini)
    assert (book.extraction, server.tries) == ((), 0)
