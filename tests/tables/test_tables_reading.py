"""What read_table returns, whatever the source."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.errors import UnknownName
from voicemill.tables import ITEM_COLUMNS, read_table

ROOT = Path(__file__).parents[2]


def words(**columns: list[object]) -> pd.DataFrame:
    return read_table(pd.DataFrame(columns), "words")


def test_a_phoneme_row_says_its_example_word_and_keeps_the_help_for_learners() -> None:
    items = read_table(ROOT / "data" / "phonemes.csv", "phonemes")

    first = items.iloc[0]
    assert tuple(items.columns[: len(ITEM_COLUMNS)]) == ITEM_COLUMNS
    assert list(items.columns[len(ITEM_COLUMNS) :]) == [
        "example_word",
        "example_ipa",
        "vietnamese_approx",
    ]
    assert (first.collection, first.key, first.sound, first.order) == ("phonemes", "iː", "iː", 1)
    assert (first.text, first.ipa) == (first.example_word, first.example_ipa)
    assert items.index.equals(pd.RangeIndex(44))
    assert items["order"].dtype == "int64"
    assert items["locked"].dtype == "bool"


def test_a_text_of_its_own_replaces_the_example_and_its_transcription() -> None:
    table = pd.DataFrame(
        {
            "symbol": ["p", "b", "t"],
            "example_word": ["pig", "bag", "ten"],
            "example_ipa": ["pɪɡ", "bæɡ", "ten"],
            "text": ["pigs can fly", "", "Ten"],
        }
    )

    items = read_table(table, "phonemes")

    assert items["text"].tolist() == ["pigs can fly", "bag", "Ten"]
    assert items["ipa"].tolist() == ["", "bæɡ", "ten"]


def test_symbols_are_read_as_people_type_them() -> None:
    table = pd.DataFrame({"symbol": ["/i:/", "[ g ]", "dʒ", "a\u0303"], "word": list("abcd")})

    assert read_table(table, "phonemes")["key"].tolist() == ["iː", "ɡ", "dʒ", "ã"]


def test_an_apostrophe_in_a_transcription_marks_stress() -> None:
    assert words(key=["a"], text=["again"], ipa=["/ə'gen/"])["ipa"].tolist() == ["əˈɡen"]


def test_book_pages_are_ordered_by_number_and_keep_their_chapter() -> None:
    table = pd.DataFrame(
        {"page": [3, 1], "chapter": ["Two", "One"], "text": ["b", "a"], "voice": ["", "espeak:vi"]}
    )

    items = read_table(table, "book", collection="tales")

    assert items["collection"].tolist() == ["tales", "tales"]
    assert items["key"].tolist() == ["3", "1"]
    assert items["order"].tolist() == [3, 1]
    assert items["chapter"].tolist() == ["Two", "One"]
    assert items["category"].tolist() == ["", ""]
    assert items["voice"].tolist() == ["", "espeak:vi"]
    assert items["language"].tolist() == ["", ""]


def test_pages_stay_in_their_order_when_some_have_no_number() -> None:
    table = pd.DataFrame({"page": ["i", "ii", "1", "2"], "text": list("abcd")})

    assert read_table(table, "book")["order"].tolist() == [1, 2, 3, 4]


def test_missing_columns_and_cells_get_defaults() -> None:
    items = words(key=["a", "b"], text=["one", None], order=[np.nan, 7], language=[None, "vi_vn"])

    assert items["order"].tolist() == [1, 7]
    assert items["text"].tolist() == ["one", ""]
    assert items["language"].tolist() == ["en", "vi-VN"]
    assert items["locked"].tolist() == [False, False]
    assert not items.isna().any().any()


@pytest.mark.parametrize("yes", ["true", "YES", "1", "x", "Có", True, 1, 1.0, "co\u0301"])
def test_locked_is_understood(yes: object) -> None:
    assert words(key=["a"], text=["a"], locked=[yes])["locked"].tolist() == [True]


@pytest.mark.parametrize("no", ["false", "No", "0", "", "KHÔNG", False, 0, None])
def test_unlocked_is_understood(no: object) -> None:
    assert words(key=["a"], text=["a"], locked=[no])["locked"].tolist() == [False]


def test_headings_may_differ_in_case_spaces_and_hyphens() -> None:
    table = pd.DataFrame(
        {" Example-Word\u00a0": ["pig"], "IPA Symbol": ["p"], "Ví dụ": ["con lợn"]}
    )

    items = read_table(table, "phonemes")

    assert items.loc[0, "key"] == "p"
    assert items.loc[0, "text"] == "pig"
    assert items.loc[0, "Ví dụ"] == "con lợn"


def test_stray_characters_are_trimmed_and_joiners_inside_words_kept() -> None:
    hindi = "क्\u200dष"
    keys = ["\u00a0 a\u200b", "\ufeffb\u2060", f"\u200e{hindi} ", "c\u200d"]

    assert words(key=keys, text=keys)["key"].tolist() == ["a", "b", hindi, "c"]


def test_empty_rows_are_dropped_and_not_counted() -> None:
    items = words(key=["a", None, "\u00a0", "b"], text=["one", "", "\u200b", "two"])

    assert items["key"].tolist() == ["a", "b"]
    assert items["order"].tolist() == [1, 2]


def test_typed_cells_become_what_a_person_sees() -> None:
    items = words(
        key=[7.0, 2.5, "007", dt.date(2025, 3, 1), pd.Timestamp("2025-03-01 08:30")],
        text=[True, np.int64(12), np.float32(0.5), 1e20, pd.NA],
    )

    assert items["key"].tolist() == ["7", "2.5", "007", "2025-03-01", "2025-03-01T08:30:00"]
    assert items["text"].tolist() == ["true", "12", "0.5", "100000000000000000000", ""]


@pytest.mark.parametrize("word", ["NA", "nan", "None", "no", "null", "007", "1e5", "TRUE", "1.50"])
def test_words_that_look_like_values_stay_words(word: str, tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text(f"key,text\n{word},{word}\n", encoding="utf-8")

    items = read_table(path, "words")

    assert items.loc[0, ["key", "text"]].tolist() == [word, word]


def test_keys_of_all_scripts() -> None:
    items = read_table(ROOT / "data" / "words.csv", "words")

    assert items["key"].tolist()[2:] == (
        ["xin chào", "cảm ơn", "नमस्ते", "धन्यवाद", "你好", "谢谢", "مرحبا", "شكرا"]
    )
    assert set(items["language"]) == {"en-GB", "vi-VN", "hi-IN", "zh-CN", "ar"}


def test_keys_that_mean_something_to_a_file_system_are_only_keys() -> None:
    keys = ["../../x", "CON", "a/b", "C:\\x", ".", "=1+1"]

    assert words(key=keys, text=keys)["key"].tolist() == keys


def test_decomposed_letters_are_composed() -> None:
    decomposed = unicodedata.normalize("NFD", "tiếng Việt")

    items = words(key=[decomposed], text=[decomposed], note=[decomposed])

    assert items.loc[0, ["key", "text", "note"]].tolist() == ["tiếng Việt"] * 3


def test_exported_items_can_be_read_again(tmp_path: Path) -> None:
    items = read_table(ROOT / "data" / "phonemes.csv", "phonemes")
    items.to_csv(tmp_path / "phonemes.csv")

    again = read_table(tmp_path / "phonemes.csv", "phonemes")

    pd.testing.assert_frame_equal(again, items)


def test_a_named_index_counts_as_a_column() -> None:
    table = pd.DataFrame({"key": ["a", "b"], "text": ["one", "two"]}).set_index("key")

    assert read_table(table, "words")["key"].tolist() == ["a", "b"]


@pytest.mark.parametrize("orient", ["records", "list", "columns", "table"])
def test_json_in_the_shapes_people_have(orient: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"key": ["một", "hai"], "text": ["one", "two"], "page": [1, 2]})
    path = tmp_path / "words.json"
    if orient == "list":
        path.write_text(json.dumps(table.to_dict("list")), encoding="utf-8")
    else:
        table.to_json(path, orient=orient, index=False if orient == "table" else None)

    items = read_table(path, "words")

    assert items["key"].tolist() == ["một", "hai"]
    assert items["page"].tolist() == ["1", "2"]


def test_json_records_may_lack_fields(tmp_path: Path) -> None:
    path = tmp_path / "words.json"
    path.write_text('{"version": 1, "items": [{"key": "a"}, {"key": 7.0, "text": null}, '
                    '{"text": "x", "key": "c"}]}', encoding="utf-8-sig")  # fmt: skip

    items = read_table(path, "words")

    assert items["key"].tolist() == ["a", "7", "c"]
    assert items["text"].tolist() == ["", "", "x"]


def test_parquet_keeps_whole_numbers_whole(tmp_path: Path) -> None:
    big = 2**53 + 1
    table = pd.DataFrame({"key": pd.array([big, 8], dtype="Int64"), "text": ["a", "b"],
                          "order": pd.array([None, 3], dtype="Int64")}, index=[5, 9])  # fmt: skip
    table.to_parquet(tmp_path / "words.parquet")

    items = read_table(tmp_path / "words.parquet", "words")

    assert items["key"].tolist() == [str(big), "8"]
    assert items["order"].tolist() == [1, 3]
    assert list(items.columns) == list(ITEM_COLUMNS)


_visible = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Z"]), min_size=1)
_rows = st.lists(st.tuples(_visible, _visible), min_size=1, max_size=8, unique_by=lambda r: r[0])


@given(rows=_rows)
def test_any_text_survives_every_typed_source(
    rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [(unicodedata.normalize("NFC", a), b) for a, b in rows if "\ufffd" not in a + b]
    table = pd.DataFrame(dict(rows).items(), columns=["key", "text"])
    table = table[~table["key"].str.len().gt(200)].reset_index(drop=True)
    if table.empty:
        return
    folder = tmp_path_factory.mktemp("typed")
    table.to_parquet(folder / "t.parquet")
    table.to_json(folder / "t.json", orient="records")

    expected = table.map(lambda cell: unicodedata.normalize("NFC", cell))

    for source in (table, folder / "t.parquet", folder / "t.json"):
        items = read_table(source, "words")
        assert items["key"].tolist() == expected["key"].tolist()
        assert items["text"].tolist() == expected["text"].tolist()


def test_an_unknown_kind_names_the_one_that_was_meant() -> None:
    with pytest.raises(UnknownName, match=r"no table kind 'phoneme'. Did you mean 'phonemes'"):
        read_table("x.csv", "phoneme")
