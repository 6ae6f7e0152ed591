"""Workbooks as people make them: merged titles, numbers as keys, formulas, stray sheets."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from voicemill.tables import read_table

Refusal = Callable[..., list[str]]


@pytest.fixture
def sheet() -> Worksheet:
    sheet = openpyxl.Workbook().active
    assert isinstance(sheet, Worksheet)
    return sheet


def saved(sheet: Worksheet, folder: Path, name: str = "words.xlsx") -> Path:
    assert sheet.parent is not None
    sheet.parent.save(folder / name)
    return folder / name


def fill(sheet: Worksheet, *rows: tuple[object, ...]) -> None:
    for row in rows:
        sheet.append(row)


def test_numbers_as_keys_are_what_the_author_sees(sheet: Worksheet, tmp_path: Path) -> None:
    fill(sheet, ("key", "text"))
    shown = [(7, "000", "007"), ("007", "@", "007b"), (7.0, "General", "7"), (2.5, "0.0", "2.5"),
             (12, '"P-"000', "P-012"), (0.1 + 0.2, "General", "0.3"), (True, "General", "true"),
             (dt.datetime(2025, 3, 1), "DD/MM/YYYY", "2025-03-01"), (-5, "000", "-5"),
             (dt.time(8, 30), "HH:MM", "08:30:00"), (1234, "#,##0", "1234")]  # fmt: skip
    for row, (value, number_format, _) in enumerate(shown, start=2):
        cell = sheet.cell(row, 1, value if value != "007" else "007b")
        cell.number_format = number_format

    items = read_table(saved(sheet, tmp_path), "words")

    assert items["key"].tolist() == [seen for _, _, seen in shown]


def test_text_keys_keep_their_zeros(sheet: Worksheet, tmp_path: Path) -> None:
    fill(sheet, ("key", "text"), ("007", "Bond"), ("NA", "nan"))

    items = read_table(saved(sheet, tmp_path), "words")

    assert items["key"].tolist() == ["007", "NA"]
    assert items["text"].tolist() == ["Bond", "nan"]


def test_titles_merged_over_the_table_are_skipped(
    sheet: Worksheet, tmp_path: Path, refusal: Refusal
) -> None:
    fill(sheet, ("English sounds",), (None,), ("symbol", "example word", "locked"))
    fill(sheet, ("p", "pig", None), ("b", "bag", "maybe"))
    sheet.merge_cells("A1:C1")

    assert refusal(saved(sheet, tmp_path), "phonemes") == [
        "row 5, column 'locked': 'maybe' is neither yes nor no. Write yes or no, or leave it empty"
    ]


def test_a_header_merged_over_two_rows_is_read(sheet: Worksheet, tmp_path: Path) -> None:
    fill(
        sheet,
        ("symbol", "English", None, "Help"),
        (None, "example word", "example IPA", "Vietnamese"),
        ("p", "pig", "pɪɡ", "như “p” trong “pin”"),
    )
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("B1:C1")

    (item,) = read_table(saved(sheet, tmp_path), "phonemes").to_dict("records")

    assert (item["key"], item["text"], item["ipa"]) == ("p", "pig", "pɪɡ")
    assert item["vietnamese_approx"] == "như “p” trong “pin”"


def test_a_complete_upper_header_gives_way_to_the_row_it_is_merged_into(
    sheet: Worksheet, tmp_path: Path
) -> None:
    fill(sheet, ("key", "text", "Help", None), (None, None, "Vietnamese", "Hindi"))
    fill(sheet, ("a", "one", "một", "एक"))
    for area in ("A1:A2", "B1:B2", "C1:D1"):
        sheet.merge_cells(area)

    items = read_table(saved(sheet, tmp_path), "words")

    assert items.loc[0, ["key", "text", "Vietnamese", "Hindi"]].tolist() == [
        "a",
        "one",
        "một",
        "एक",
    ]


def test_a_heading_merged_over_two_columns_of_data_is_refused(
    sheet: Worksheet, tmp_path: Path, refusal: Refusal
) -> None:
    fill(sheet, ("key", "text", None), ("a", "one", "uno"))
    sheet.merge_cells("B1:C1")

    assert refusal(saved(sheet, tmp_path)) == [
        "row 2: column C has data and no heading, because B1:C1 are merged. "
        "Write a heading into row 1 or clear the column"
    ]


def test_merged_data_cells_are_named_with_their_range(
    sheet: Worksheet, tmp_path: Path, refusal: Refusal
) -> None:
    fill(sheet, ("key", "text", "category"), ("a", "one", "x"), ("b", "two"), ("c", "three"))
    sheet.merge_cells("C2:C4")
    sheet.merge_cells("A9:B9")

    assert refusal(saved(sheet, tmp_path)) == [
        "row 2, column 'category': cells C2:C4 are merged. "
        "Unmerge them and fill in each cell of its own"
    ]


def test_a_formula_counts_with_its_result_and_is_refused_without(
    sheet: Worksheet, tmp_path: Path, refusal: Refusal
) -> None:
    fill(sheet, ("key", "text"), ("a", '="one"'), ("b", "two"))
    path = saved(sheet, tmp_path)

    assert refusal(path) == [
        "row 2: cell B2 holds a formula without its result. "
        "Open the file in a spreadsheet and save it there, or type the value"
    ]

    _rewrite(path, b"<v></v>", b"<v>one</v>", b"<v/>", b"<v>one</v>", b"<v />", b"<v>one</v>")
    _rewrite(path, b'<c r="B2">', b'<c r="B2" t="str">')
    assert read_table(path, "words")["text"].tolist() == ["one", "two"]


def test_error_values_are_refused(sheet: Worksheet, tmp_path: Path, refusal: Refusal) -> None:
    fill(sheet, ("key", "text"), ("a", "#REF!"))

    assert refusal(saved(sheet, tmp_path)) == [
        "row 2: cell B2 shows #REF!. Mend its formula or type the value"
    ]


def test_the_first_visible_sheet_with_content_is_read(sheet: Worksheet, tmp_path: Path) -> None:
    book = sheet.parent
    assert book is not None
    fill(book.create_sheet("hidden"), ("key", "text"), ("hidden", "x"))
    book["hidden"].sheet_state = "hidden"
    fill(book.create_sheet("data"), ("key", "text"), ("seen", "x"))

    assert read_table(saved(sheet, tmp_path), "words")["key"].tolist() == ["seen"]


def test_a_cell_far_away_costs_nothing_but_a_problem(
    sheet: Worksheet, tmp_path: Path, refusal: Refusal
) -> None:
    fill(sheet, ("key", "text"), ("a", "one"))
    sheet["XFD200000"] = "stray"

    assert refusal(saved(sheet, tmp_path)) == [
        "row 200000: column XFD has data and no heading. "
        "Write a heading into row 1 or clear the column",
        "row 200000, column 'key': the key is empty. Fill it in or delete the row",
    ]


def test_a_wrong_size_in_the_file_loses_no_rows(sheet: Worksheet, tmp_path: Path) -> None:
    fill(sheet, ("key", "text"), ("a", "one"), ("b", "two"))
    path = saved(sheet, tmp_path)
    _rewrite(path, b'<dimension ref="A1:B3"', b'<dimension ref="A1:A1"')

    assert read_table(path, "words")["key"].tolist() == ["a", "b"]


def test_a_workbook_called_csv_is_read_as_what_it_is(sheet: Worksheet, tmp_path: Path) -> None:
    fill(sheet, ("key", "text"), ("a", "one"))

    assert len(read_table(saved(sheet, tmp_path, "words.csv"), "words")) == 1


def test_a_damaged_workbook_is_one_clear_problem(
    sheet: Worksheet, tmp_path: Path, refusal: Refusal
) -> None:
    fill(sheet, ("key", "text"), *((f"k{n}", "text") for n in range(50)))
    path = saved(sheet, tmp_path)
    whole = path.read_bytes()

    for cut in (30, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:cut])
        (problem,) = refusal(path)
        assert problem.startswith("the Excel file is damaged and cannot be read")
        assert problem.endswith("save it again as XLSX")
    path.write_bytes(whole)
    _rewrite(path, b"</sheetData>", b"<oops>")
    assert refusal(path)[0].startswith("the Excel file is damaged")


def test_other_archives_and_bombs_are_refused(tmp_path: Path, refusal: Refusal) -> None:
    path = tmp_path / "words.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(path) == [
        "the file is an archive or document of another kind, not an XLSX workbook. "
        "Open it in a spreadsheet and save it as XLSX or CSV UTF-8"
    ]

    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/workbook.xml", "w", force_zip64=True) as bomb,
    ):
        for _ in range(501):
            bomb.write(bytes(1_000_000))
    assert refusal(path) == ["the file unpacks to more than 500 MB. Split the table"]


def test_an_empty_workbook(sheet: Worksheet, tmp_path: Path, refusal: Refusal) -> None:
    assert refusal(saved(sheet, tmp_path)) == [
        "the workbook is empty. Write a header row and rows below"
    ]


def _rewrite(path: Path, *swaps: bytes) -> None:
    """Replace bytes in the first sheet of a workbook, as other programs would write them."""
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    for old, new in zip(swaps[::2], swaps[1::2], strict=True):
        sheet = "xl/worksheets/sheet1.xml"
        entries[sheet] = entries[sheet].replace(old, new)
    with zipfile.ZipFile(path, "w") as target:
        for name, content in entries.items():
            target.writestr(name, content)
