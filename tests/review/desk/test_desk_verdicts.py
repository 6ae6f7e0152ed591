"""Verdicts as tables of people: out, in, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from desk_clips import with_clips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voicemill import Studio
from voicemill.errors import TableError, UnknownName
from voicemill.review.desk.session import Session
from voicemill.review.verdicts import _armed, _defused, export_verdicts, import_verdicts
from workbench import opened


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_verdicts_travel_to_another_catalog(
    studio: Studio, desk: Session, tmp_path_factory: pytest.TempPathFactory, ending: str
) -> None:
    rows = {row["key"]: row for row in desk.rows()}
    for key, word, comment in (
        ("ship", "approved", "=HYPERLINK(1)"),
        ("cat", "rejected", "tiếng Việt, “quoted”"),
    ):
        desk.judge(rows[key]["id"], rows[key]["checksum"], word, rating=3, comment=comment)
    file = export_verdicts(studio.catalog, studio.settings.output / f"v.{ending}", "words")
    before = studio.catalog.reviews.table()
    other = tmp_path_factory.mktemp("other")
    (other / "voicemill.toml").touch()
    elsewhere = opened(other, studio.shop.engines)
    with_clips(elsewhere)
    assert str(import_verdicts(elsewhere.catalog, file)) == "2 verdicts added, 0 known already"
    assert str(import_verdicts(elsewhere.catalog, file)) == "0 verdicts added, 2 known already"
    names = ("key", "checksum", "reviewer", "verdict", "rating", "comment", "created_at")
    assert [[row[name] for name in names] for row in elsewhere.catalog.reviews.table()] == [
        [row[name] for name in names] for row in before
    ]
    elsewhere.close()


def test_an_approval_that_comes_in_keeps_the_audio(
    studio: Studio, desk: Session, tmp_path: Path
) -> None:
    row = desk.rows()[0]
    file = tmp_path / "binh.csv"
    file.write_text(
        "collection,key,checksum,reviewer,verdict\n"
        f"words,{row['key']},{row['checksum']},binh,approved\n",
        encoding="utf-8",
    )
    import_verdicts(studio.catalog, file)
    assert desk.clip(row["id"])[0]["sources"][0]["approved"]


def test_no_cell_of_a_workbook_is_a_formula(studio: Studio, desk: Session) -> None:
    row = desk.rows()[0]
    desk.judge(row["id"], row["checksum"], "flagged", comment="=1+1")
    file = export_verdicts(studio.catalog, studio.settings.output / "v.xlsx")
    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert all(cell.data_type != "f" for cell in cells)
    assert "'=1+1" in [cell.value for cell in cells]


def test_everything_wrong_is_told_at_once(studio: Studio, desk: Session, tmp_path: Path) -> None:
    good = "c" * 64
    file = tmp_path / "wrong.csv"
    file.write_text(
        "collection,key,checksum,reviewer,verdict,rating,created_at\n"
        f"words,shipp,{good},anna,approved,,\n"
        f"wrods,ship,{good},anna,good,9,yesterday\n"
        "words,cat,123,,rejected,2,\n",
        encoding="utf-8",
    )
    with pytest.raises(TableError) as caught:
        import_verdicts(studio.catalog, file)
    text = str(caught.value)
    for part in (
        "row 2, column 'key': there is no item 'shipp'. Did you mean 'ship'?",
        "row 3, column 'collection': there is no collection 'wrods'",
        "row 3, column 'verdict': 'good' is not a verdict",
        "row 3, column 'rating': '9' is not a rating",
        "row 3, column 'created_at': 'yesterday' is not a moment",
        "row 4, column 'reviewer': the cell is empty",
        "row 4, column 'checksum': '123' is not a checksum",
    ):
        assert part in text
    assert studio.catalog.reviews.table(history=True) == []
    with pytest.raises(UnknownName, match="no kind of table 'pdf'"):
        export_verdicts(studio.catalog, tmp_path / "v.pdf")


def test_an_older_verdict_does_not_overrule_a_newer_one(
    studio: Studio, desk: Session, tmp_path: Path
) -> None:
    row = desk.rows()[0]
    desk.judge(row["id"], row["checksum"], "rejected")
    file = tmp_path / "old.csv"
    file.write_text(
        "collection;key;checksum;reviewer;verdict;created_at\n"
        f"words;{row['key']};{row['checksum']};anna;approved;2020-01-01T00:00:00\n",
        encoding="utf-8",
    )
    assert import_verdicts(studio.catalog, file).added == 1
    assert desk.rows()[0]["status"] == "rejected"
    assert not desk.clip(row["id"])[0]["sources"][0]["approved"]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_defusing_can_be_undone_whatever_was_written(text: str) -> None:
    assert _armed(_defused(text)) == text
    assert not _defused(text).lstrip().startswith(("=", "+", "-", "@"))
