"""Wrong tables: every problem at once, each with its row, its column and what to do."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from voicemill.errors import TableError
from voicemill.tables import read_table

Refusal = Callable[..., list[str]]
Table = Callable[[str], Path]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    def write(text: str) -> Path:
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_every_problem_is_listed_at_once_in_the_order_of_the_file(
    table: Table, refusal: Refusal
) -> None:
    source = table(
        "symbol,exampel_word,text,locked,order,language,example_ipa\n"
        "iː,tree,tree,maybe,1,en-GB,triː\n"
        "i:,sea,sea,no,first,English,siː\n"
        ",car,car,,,,kɑː\n"
        "ə,about,,,2.5,,'baut1\n"
        "ә,x,x,,,,\n"
    )

    assert refusal(source, "phonemes") == [
        "row 1, column 'exampel_word': the heading looks like a misspelt 'example_word'. "
        "Rename it to 'example_word', or to something less alike if it is your own",
        "row 2, column 'locked': 'maybe' is neither yes nor no. "
        "Write yes or no, or leave it empty",
        "row 3, column 'symbol': symbol 'i:' means 'iː' and is already in row 2. "
        "Change or delete one of the two",
        "row 3, column 'order': 'first' is not a whole number. "
        "Write 1, 2, 3 … or leave it empty",
        "row 3, column 'language': 'English' is not a language tag. "
        "Write a tag such as en-GB, vi-VN, hi-IN, zh-CN or ar",
        "row 4, column 'symbol': the symbol is empty. Fill it in or delete the row",
        "row 5, column 'text': there is no example_word and no text. "
        "Write a word that contains the sound",
        "row 5, column 'example_ipa': ''baut1' contains '1', not IPA. "
        "Write it in IPA letters, or leave it out",
        "row 5, column 'order': '2.5' is not a whole number. "
        "Write 1, 2, 3 … or leave it empty",
        "row 6, column 'symbol': 'ә' contains 'ә' (U+04D9 CYRILLIC SMALL LETTER SCHWA), not IPA. "
        "Write 'ə' for 'ә'",
    ]  # fmt: skip


def test_a_misspelt_required_column_is_one_problem(table: Table, refusal: Refusal) -> None:
    assert refusal(table("symbl,example_word\np,pig\n"), "phonemes") == [
        "row 1, column 'symbl': the heading looks like a misspelt 'symbol'. "
        "Rename it to 'symbol', or to something less alike if it is your own"
    ]


def test_missing_columns_are_named_with_what_is_there(table: Table, refusal: Refusal) -> None:
    assert refusal(table("text,phrase_key\na,b\n")) == [
        "column 'key' is missing. Rename 'phrase_key' if that is it, or add it; "
        "columns found: 'text', 'phrase_key'",
    ]
    assert refusal(table("cat\ndog\n"))[0] == (
        "column 'key' is missing. Name the columns in a row above the data; columns found: 'cat'"
    )
    assert refusal(table("symbol,category\np,plosive\n"), "phonemes") == [
        "column 'example_word' or 'text' is missing. Add it; columns found: 'symbol', 'category'"
    ]


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("key,text,text", "columns B and C both mean 'text'"),
        ("key,word,phrase", "columns B and C both mean 'text' ('word' and 'phrase')"),
        ("key,text,KEY", "columns A and C both mean 'key' ('key' and 'KEY')"),
        ("key,text,note,Note", "columns C and D both mean 'Note' ('note' and 'Note')"),
    ],
)
def test_duplicate_columns(header: str, problem: str, table: Table, refusal: Refusal) -> None:
    (found,) = refusal(table(f"{header}\na,b,c\n"))

    assert found.startswith("row 1")
    assert f"{problem}. Keep one of them, or rename the other" in found


def test_a_column_without_heading_is_refused_unless_it_only_counts(
    table: Table, refusal: Refusal
) -> None:
    assert len(read_table(table(",key,text\n0,a,x\n4,b,y\n"), "words")) == 2
    assert refusal(table("key,,text\na,note,x\n")) == [
        "row 2: column B has data and no heading. Write a heading into row 1 or clear the column"
    ]


def test_duplicate_keys_name_the_other_row(table: Table, refusal: Refusal) -> None:
    source = table("key,text\nvi\u1ec7t,a\n\nb,b\nvie\u0323\u0302t,c\n")

    assert refusal(source) == [
        "row 5, column 'key': key 'việt' is already in row 2. Change or delete one of the two"
    ]


def test_keys_that_differ_in_case_are_different(table: Table) -> None:
    assert len(read_table(table("key,text\nPolish,a\npolish,b\n"), "words")) == 2


def test_unreadable_and_unseen_characters(table: Table, refusal: Refusal) -> None:
    source = table(
        'key,text,note\na\u202eb,x,\nb,one\x00two,\nc,y,nai\ufffdve\n"d\ne",z,\nf,\x85g\x07,\n'
    )

    assert refusal(source) == [
        "row 2, column 'key': the key 'a\\u202eb' contains U+202E RIGHT-TO-LEFT OVERRIDE, "
        "which nobody sees. Type it again without that",
        "row 3, column 'text': the cell contains U+0000 a control character, which cannot be "
        "spoken or shown. Delete it; it comes after 'one'",
        "row 4, column 'note': the cell contains '�', left where a character was lost. "
        "Type the lost character; if there are many, save the source again as UTF-8",
        "row 5, column 'key': the key 'd\\ne' contains U+000A a control character, "
        "which nobody sees. Type it again without that",
        "row 6, column 'text': the cell contains U+0007 a control character, which cannot be "
        "spoken or shown. Delete it; it comes after 'g'",
    ]


def test_half_a_character_from_json_is_refused(tmp_path: Path, refusal: Refusal) -> None:
    path = tmp_path / "words.json"
    path.write_text('[{"key": "a", "text": "\\ud800x"}]')

    assert refusal(path)[0].startswith("row 2, column 'text': the cell contains U+D800")


def test_a_key_may_have_200_characters(table: Table, refusal: Refusal) -> None:
    assert len(read_table(table(f"key,text\n{'ế' * 200},a\n"), "words")) == 1
    assert refusal(table(f"key,text\n{'ế' * 201},a\n")) == [
        "row 2, column 'key': the key has 201 characters, more than 200. Shorten it"
    ]


def test_symbols_lost_by_plain_csv_get_the_remedy_for_that(table: Table, refusal: Refusal) -> None:
    assert refusal(table("symbol,word\n??,tree\nT,think\n"), "phonemes") == [
        "row 2, column 'symbol': '??' contains '?', not IPA. "
        "Excel's plain CSV turns IPA into '?': save as 'CSV UTF-8' or XLSX instead",
        "row 3, column 'symbol': 'T' contains 'T', not IPA. "
        "Write it in IPA letters, or leave it out",
    ]


def test_three_thousand_problems_show_twenty_and_say_how_many_more(table: Table) -> None:
    source = table("key,text\n" + "same,x\n" * 3001)

    with pytest.raises(TableError) as caught:
        read_table(source, "words")

    lines = str(caught.value).splitlines()
    assert len(caught.value.problems) == 3000
    assert lines[0] == f"{source}: 3000 problems in this table; nothing was spoken"
    assert len(lines) == 22
    assert lines[-1] == "  … and 2980 more"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_missing_file_names_its_neighbours(tmp_path: Path, refusal: Refusal) -> None:
    (tmp_path / "phonemes.csv").write_text("x")
    (tmp_path / "notes.md").write_text("x")

    assert refusal(tmp_path / "phonems.csv") == [
        f"there is no such file in {tmp_path}. Did you mean 'phonemes.csv'?"
    ]
    assert refusal(str(tmp_path / "q.xlsx")) == [
        f"there is no such file in {tmp_path}. Tables in it: 'phonemes.csv'"
    ]
    assert refusal(tmp_path / "dta" / "x.csv") == [
        f"there is no folder {tmp_path / 'dta'}. Check the path"
    ]
    assert refusal(tmp_path) == [
        "this is a folder, not a file. Tables in it: 'phonemes.csv'"
    ]  # fmt: skip


def test_a_file_one_may_not_read(table: Table, refusal: Refusal) -> None:
    source = table("key,text\na,b\n")
    source.chmod(0)
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(65534)  # nobody: nothing is closed to the superuser
    try:
        assert refusal(source) == [
            "you may not read this file. Ask for permission or copy it elsewhere"
        ]
    finally:
        if superuser:
            os.seteuid(0)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty. Write a header row and rows below"),
        (b"\xef\xbb\xbf \r\n\r\n", "the file is empty. Write a header row and rows below"),
        (b"key,text\r\n", "there is a header and no row below it. Write one row per item"),
        (b"key,text\n,\n \t,\n", "there is a header and no row below it. Write one row per item"),
        (b"%PDF-1.7\nkey,text\n", "the file is a PDF document, not a table we read. "
         "Copy its table into a spreadsheet and save that as XLSX or CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "the file is an old Excel file (.xls) "
         "or one protected by a password, not a table we read. "
         "Open it in Excel or LibreOffice and save it as XLSX without a password"),
        (bytes(range(256)) * 20, "the file is not a table: it holds binary data. "
         "Give a CSV, TSV, TXT, XLSX, Parquet or JSON file"),
        (b"\x01\x02\x03\x04" * 50, "the file is not a table: it holds binary data. "
         "Give a CSV, TSV, TXT, XLSX, Parquet or JSON file"),
        (b"\xff\xfek\x00e\x00y\x00,", "the file starts like UTF-16-LE text and is damaged at "
         "byte 6. Save it again as 'CSV UTF-8' (Excel: Save As; LibreOffice: Character set)"),
        (b"<html><table><tr><td>key</td></tr></table></html>", "the file is a web page or XML, "
         "not a table. Open it in a spreadsheet and save it as XLSX or CSV UTF-8"),
        (b"PAR1 and then nothing", "the Parquet file is damaged. Write it again from its source"),
    ],
)  # fmt: skip
def test_files_that_are_no_tables_get_one_clear_sentence(
    content: bytes, problem: str, tmp_path: Path, refusal: Refusal
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)

    assert [found for found in refusal(path) if "is missing" not in found] == [problem]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[{'key'}]", "the file is not valid JSON at line 1, column 3"),
        ("", "the file is not valid JSON at line 1, column 1"),
        ("[]", "the table is empty"),
        ("{}", "the table is empty"),
        ("[" * 100_000, "the JSON is nested too deeply"),
        ('[{"key": ' + "9" * 5000 + "}]", "the JSON holds a number that is far too long"),
        ('"key"', "the JSON holds one str. Give a list of objects"),
        ('{"a": 1, "b": 2}', "the JSON object holds 'a', 'b'. Give a list of objects"),
        ('[{"key": "a", "text": "b"}, 7]', "row 3: the entry is not an object. Write"),
        ('{"key": ["a", "b"], "text": ["x"]}', "the columns differ in length: 'key' 2, 'text' 1"),
        ('[{"key": "a", "text": ["b"]}]', "row 2, column 'text': the cell holds a list, not one"),
    ],
)
def test_json_that_is_no_table(
    content: str, problem: str, tmp_path: Path, refusal: Refusal
) -> None:
    path = tmp_path / "table.json"
    path.write_text(content)

    (found,) = refusal(path)

    assert found.startswith(problem)


def test_things_that_are_no_source(refusal: Refusal) -> None:
    assert refusal([["key", "text"]]) == [
        "a list is not a table. Give the path of a file or a pandas DataFrame"
    ]
    assert refusal("key,text\n" + "a,b\n" * 2000)[0].endswith("Check the path")
    assert refusal(pd.DataFrame()) == ["the table is empty. Write a header row and rows below"]
    two_levels = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")]))
    assert refusal(two_levels)[0].startswith("the columns have two or more levels. Flatten them")
