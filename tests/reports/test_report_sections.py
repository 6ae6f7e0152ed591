"""Sections by themselves: projects that are empty, large or odd."""

from __future__ import annotations

import errno
import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import make, words

from voicemill import Studio
from voicemill.catalog import AudioSource
from voicemill.catalog.runs import Counts, Outcome
from voicemill.errors import ItemUnknown, ParameterError, StoreError
from voicemill.reporting import Reporting
from voicemill.reports.production import Section
from voicemill.reports.production.judging import kappa
from voicemill.reports.production.markup import number, percent
from voicemill.reports.production.report import SECTIONS
from voicemill.reports.production.saving import save_tables


def report(studio: Studio, collection: str = "", **wishes: object) -> dict[str, Section]:
    opened = Reporting(studio.shop).production(collection, **wishes)  # type: ignore[arg-type]
    return {name: getattr(opened, name) for name in SECTIONS}


def test_an_empty_project_is_told_so_kindly(studio: Studio, tmp_path: Path) -> None:
    told = report(studio)
    assert "Begin with “voicemill run 01_phonemes”" in str(told["counts"])
    assert all(one.sentence.endswith((".", "?")) for one in told.values())
    saved = Reporting(studio.shop).production().save_tables(tmp_path / "tables")
    assert all(file.read_bytes() for file in saved.files)


def test_an_unknown_collection_is_refused_with_those_there_are(everything: Studio) -> None:
    with pytest.raises(ItemUnknown, match="there is no collection 'wrods'") as told:
        report(everything, "wrods")
    assert "words" in told.value.remedy


def test_unknown_clips_are_refused(everything: Studio) -> None:
    with pytest.raises(ParameterError, match="'loud' are no clips"):
        report(everything, players="loud")


def test_one_collection_tells_of_itself_only(everything: Studio) -> None:
    told = report(everything, "words")
    assert "14 items in words" in str(told["counts"])
    for name in ("failures", "quality", "verdicts", "storage"):
        for table in told[name].tables.values():
            if "collection" in table:
                assert set(table["collection"]) <= {"words"}, name
    assert str(told["trend"]).startswith("3 runs in the last 90 days")


def test_in_a_notebook_clips_beyond_the_limit_are_named(everything: Studio) -> None:
    section = report(everything, players="all", audio_limit_mb=0.02)["suspicious"]
    assert "more clips are given by their file in the store" in section.body
    assert "_audio/" not in section.body
    assert not list((everything.settings.output / "reports").glob("report_*_audio"))


def test_lossless_clips_become_small(everything: Studio) -> None:
    section = report(everything, "words", audio_limit_mb=10)["suspicious"]
    assert "data:audio/mpeg" in section.body
    assert "data:audio/flac" not in section.body
    assert "lamp_anna" in section.body  # its own file's name, for paper


def test_a_clip_whose_file_is_gone_says_so(studio: Studio) -> None:
    make(studio, words({"sheep": "sheep"}), "words")
    [source] = studio.catalog.sources.table("words")
    studio.store.delete(source["file"])
    section = report(studio, players="all")["suspicious"]
    assert "<audio" not in section.body
    assert "vm-wrong" in section.body


def test_expired_audio_is_neither_there_nor_forgotten(studio: Studio) -> None:
    make(studio, words({"sheep": "sheep", "ship": "ship"}), "words")
    [first, _second] = studio.catalog.sources.of_items(studio.catalog.items.ids("words").values())
    past = datetime.now(UTC) - timedelta(days=1)
    values = {**asdict(first), "cached_until": past}
    studio.catalog.sources.record(AudioSource(**values))
    told = report(studio)
    assert "1 is missing" in str(told["counts"])
    [row] = told["coverage"].tables["coverage"].to_dict("records")
    assert (row["with_audio"], row["expired"], row["missing"]) == (1, 1, 0)
    assert told["failures"].tables["missing"]["became"].tolist() == [
        "made, and gone or expired since"
    ]


def test_what_came_about_later_is_no_failure(studio: Studio) -> None:
    make(studio, words({"sheep": "sheep"}), "words")
    _record(studio, Outcome(0, "words", "sheep", "failed", reason="cut off", error_class="X"))
    assert "1 item failed when last tried; 1 of them has" in str(report(studio)["failures"])
    _record(studio, Outcome(0, "words", "sheep", "completed"))
    assert str(report(studio)["failures"]) == "Nothing failed when it was last tried."


def test_stack_traces_and_colours_are_left_out(studio: Studio) -> None:
    make(studio, words({"sheep": "sheep"}), "words")
    trace = 'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    f()\n'
    reason = f"\x1b[31m{trace}OSError: the line was cut\x1b[0m"
    _record(studio, Outcome(0, "words", "sheep", "failed", reason=reason, error_class="OSError"))
    section = report(studio)["failures"]
    assert "OSError: the line was cut" in section.body
    assert "Traceback" not in section.body + section.tables["failures"]["reason"][0]
    assert "\x1b" not in section.body


def test_thousands_of_items_fit_on_a_small_page(studio: Studio) -> None:
    rows = [
        {
            **dict.fromkeys(("ipa", "sound"), ""),
            "collection": "many",
            "key": f"key {n}",
            "order": n,
            "text": f"word {n}",
            "language": "en",
            "category": f"chapter {n // 40}",
            "locked": False,
        }
        for n in range(4000)
    ]
    studio.catalog.items.save(rows)
    outcomes = [
        Outcome(n, "many", f"key {n}", "failed", reason="it broke off", error_class="Cut")
        for n in range(4000)
    ]
    _record(studio, *outcomes)
    told = report(studio)
    assert sum(len(one._repr_html_()) for one in told.values()) < 150_000
    assert "61 more groups" in told["coverage"].body
    assert "more in the tables beside this report" in told["failures"].body
    assert len(told["failures"].tables["failures"]) == 4000


def test_half_a_table_is_never_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_paths: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StoreError, match="No space left"):
        save_tables({"counts": pd.DataFrame({"fact": ["items"]})}, tmp_path / "tables")
    assert list((tmp_path / "tables").iterdir()) == []


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_shares_are_whole_only_when_all_is_there(part: int, more: int) -> None:
    whole = part + more
    told = percent(part, whole)
    assert (told == "100\u00a0%") == (whole > 0 and more == 0)
    assert (told == "0\u00a0%") == (whole > 0 and part == 0)


def test_numbers_are_written_for_people() -> None:
    assert number(1234567) == "1\u202f234\u202f567"
    assert number(-16.04, 1) == "−16.0"
    assert number(-0.01) == "0"
    assert number(float("nan")) == ""


# Two people, fifty grants: the usual example of how kappa is counted.
def test_kappa_is_cohens() -> None:
    counts = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    pairs = [pair for pair, count in counts.items() for _ in range(count)]
    first = {(place, ""): pair[0] for place, pair in enumerate(pairs)}
    second = {(place, ""): pair[1] for place, pair in enumerate(pairs)}
    assert kappa(first, second) == pytest.approx(0.4)
    assert kappa(first, first) == 1
    assert kappa(first, {}) is None
    assert kappa({(0, ""): "yes"}, {(0, ""): "yes"}) is None


def _record(studio: Studio, *outcomes: Outcome) -> None:
    """Keep what became of some items, as a run does."""
    run = studio.catalog.runs.start("by hand", {}, len(outcomes))
    failed = sum(one.status == "failed" for one in outcomes)
    counts = Counts(completed=len(outcomes) - failed, failed=failed)
    studio.catalog.runs.record(run, outcomes, counts)
    studio.catalog.runs.finish(run, "completed", "", 1.0)
