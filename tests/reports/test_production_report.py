"""The production report as people get it: one page, its tables, its clips."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import html5lib
import openpyxl
import pypdfium2
from playwright.sync_api import Browser, Page
from report_browser import opened_page, too_wide
from report_samples import FORMULA, SCRIPT, Told

from browsers import PICTURES, shot, violations


class References(HTMLParser):
    """Collects whatever a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        names = ("src", "srcset", "poster", "data", "action")
        self.fetched += [value or "" for name, value in attrs if name in names]
        self.fetched += [value or "" for name, value in attrs if tag == "link" and name == "href"]


def test_it_asks_nothing_of_anybody(told: Told) -> None:
    references = References()
    references.feed(told.html)
    assert "script" not in references.tags
    outside = [src for src in references.fetched if not src.startswith("data:audio/")]
    assert outside
    assert all(re.fullmatch(r"told_audio/[0-9a-f]{16}\.mp3", src) for src in outside)
    assert all((told.page.parent / unquote(src)).is_file() for src in outside)
    styles = "".join(re.findall(r"<style.*?</style>", told.html, re.DOTALL))
    assert "url(" not in styles
    assert "@import" not in styles
    assert "studio.report" not in told.html  # no code


def test_it_is_valid_and_says_what_there_is(told: Told) -> None:
    parser = html5lib.HTMLParser(strict=False)
    document = parser.parse(told.html)
    assert {code for _place, code, _data in parser.errors} == set()
    text = " ".join("".join(document.itertext()).split())
    for words in (
        "19 items in 2 collections: 84 % have audio, 3 are missing, 2 failed when last tried",
        "2 items failed when last tried",
        "Engine unavailable",
        "there is nothing to say in this text",
        "nothing is heard",
        "2 people judged",
        "they agreed in 83 % of the cases",
        "the time limit of 30 min was reached in cell 9",
        "the one before it still ran",
        "times real time".capitalize(),
        "CC BY 4.0",
        "Anna Example",
        "GPL-3.0-or-later",
    ):
        assert words in text, words
    assert "Traceback" not in text


def test_the_sound_in_it_keeps_its_limit(told: Told) -> None:
    inside = sum(len(found) for found in re.findall(r"data:audio/[^\"]+", told.html))
    assert 0 < inside <= 50_000 * 1.02
    assert "This page carries up to 0.05 MB of sound" in told.html
    assert sorted(file.suffix for file in told.clips.iterdir()) == [".mp3"] * told.html.count(
        'src="told_audio/'
    )
    assert told.page.stat().st_size < 200_000


def test_what_tables_say_is_shown_and_not_run(told: Told, browser: Browser) -> None:
    assert "<script" not in told.html
    with opened_page(browser, told.page) as page:
        assert page.title() == "Production report"
        shown = page.locator("main").inner_text()
        assert SCRIPT in shown
        assert FORMULA in shown
        assert page.locator(f"th:has-text({FORMULA!r})").count() >= 1


def test_tables_open_in_spreadsheets_and_run_nothing(told: Told) -> None:
    files = sorted(file.name for file in told.tables.iterdir())
    assert "all_tables.xlsx" in files
    assert not [name for name in files if name.startswith(".")]
    clips = _csv(told, "clips.csv")
    keys = {row["key"] for row in clips}
    assert {"xin chào", "ʃuː", SCRIPT, f"'{FORMULA}"} <= keys
    for name in files:
        if name.endswith(".csv"):
            cells = [cell for row in _csv(told, name) for cell in row.values()]
            assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))], name
    book = openpyxl.load_workbook(told.tables / "all_tables.xlsx")
    assert [f"{name}.csv" for name in sorted(book.sheetnames)] == [f for f in files if "csv" in f]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    values = {cell.value for cell in cells}
    assert {"xin chào", "ʃuː", f"'{FORMULA}", f"'{FORMULA} too fast"} <= values


def test_tables_are_whole(told: Told) -> None:
    coverage = _csv(told, "coverage_items.csv")
    by_key = {row["key"]: row for row in coverage}
    assert len(coverage) == 19
    voices = ("espeak:en-gb (tts)", "espeak:en-us (tts)", "Anna (native)")
    assert [by_key["lamp"][voice] for voice in voices] == ["yes", "no", "yes"]
    assert [by_key["owl"][voice] for voice in voices] == ["no", "no", "no"]
    things = [row for row in _csv(told, "coverage.csv") if row["category"] == "things"]
    assert {(row["voice"], row["with_audio"], row["missing"]) for row in things} == {
        ("espeak:en-gb", "6", "0"),
        ("espeak:en-us", "3", "3"),
        ("Anna", "1", "5"),
    }
    [agreement] = _csv(told, "agreement.csv")
    assert (agreement["both_judged"], agreement["agreed"]) == ("6", "5")
    assert {row["status"] for row in _csv(told, "executions.csv")} >= {
        "completed",
        "failed",
        "skipped",
    }


def test_clips_play_inside_and_beside_the_page(told: Told, browser: Browser) -> None:
    with opened_page(browser, told.page) as page:
        assert _plays(page, "audio[src^='data:']") > 0.1
        assert _plays(page, "audio[src^='told_audio/']") > 0.1


def test_everybody_can_read_it(told: Told, browser: Browser) -> None:
    for name, width, dark in (("wide", 1280, False), ("narrow_dark", 360, True)):
        with opened_page(browser, told.page, width, dark=dark) as page:
            shot(page, f"report_{name}", whole=True)
            assert too_wide(page) == 0, name
            assert violations(page) == [], name


def test_it_can_be_looked_at_by_day_and_night(told: Told, browser: Browser) -> None:
    papers = set()
    for name, width, dark in (("dark", 1280, True), ("narrow", 360, False)):
        with opened_page(browser, told.page, width, dark=dark) as page:
            shot(page, f"report_{name}", whole=True)
            assert too_wide(page) == 0, name
            papers.add(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))
    assert len(papers) == 2


def test_headings_and_tables_are_named(told: Told, browser: Browser) -> None:
    with opened_page(browser, told.page) as page:
        assert page.locator("h1").count() == 1
        targets = page.locator("nav a").evaluate_all("links => links.map(a => a.hash)")
        assert len(targets) >= 10
        assert all(page.locator(target).count() == 1 for target in targets)
        assert page.locator("table").count() == page.locator("table > caption").count()
        assert page.locator("th:not([scope])").count() == 0
        assert page.locator("svg[role=img]:not([aria-label])").count() == 0


def test_it_prints_with_names_in_place_of_players(told: Told, browser: Browser) -> None:
    target = PICTURES / "report_print.pdf"
    with opened_page(browser, told.page) as page:
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.pdf(path=target, format="A4")
        page.emulate_media(media="print")
        assert page.locator("audio:visible").count() == 0
        rows = page.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => getComputedStyle(row).breakInside)"
        )
        assert set(rows) == {"avoid"}
        heads = page.locator("thead").evaluate_all(
            "heads => heads.map(head => getComputedStyle(head).display)"
        )
        assert set(heads) == {"table-header-group"}
    document = pypdfium2.PdfDocument(target)
    try:
        texts = [sheet.get_textpage().get_text_bounded() for sheet in document]
        for number, sheet in enumerate(document):
            sheet.render(scale=1).to_pil().save(PICTURES / f"report_print_{number + 1}.png")
    finally:
        document.close()
    assert 3 <= len(texts) <= 20
    together = "".join("".join(texts).split())
    assert "♪" in together
    assert re.search(r"lamp_anna_[0-9a-f]{8}\.flac", together)
    waveforms = [text for text in texts if "Waveform" in text]  # the long table's heading
    assert len(waveforms) >= 2


def _plays(page: Page, selector: str) -> float:
    """Play a player for a moment, and return how long its sound is in seconds."""
    return float(
        page.locator(selector).first.evaluate(
            """player => new Promise((done, fail) => {
                player.ontimeupdate = () => player.currentTime > 0.1 && done(player.duration);
                player.onerror = () => fail(new Error(player.error.message));
                player.play().catch(fail);
            })"""
        )
    )


def _csv(told: Told, name: str) -> list[dict[str, str]]:
    data = (told.tables / name).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), name  # else Excel shows xin chÃ o
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
