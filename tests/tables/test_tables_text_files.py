"""CSV, TSV and TXT in the encodings and with the delimiters people's programs write."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.tables import read_table

Refusal = Callable[..., list[str]]

DELIMITERS = [",", ";", "\t", "|"]
# With the byte order mark each program writes.
ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32": b"",
}


def encoded(
    rows: list[tuple[str, ...]], delimiter: str, encoding: str, line_end: str = "\r\n"
) -> bytes:
    text = io.StringIO()
    # The csv module leaves a line break unquoted when lines end in another one.
    quoting = csv.QUOTE_ALL if line_end == "\r" else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows(rows)
    return ENCODINGS.get(encoding, b"") + text.getvalue().encode(encoding)


_cells = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf"], exclude_characters="\ufffd")
    | st.sampled_from(',;\t|"\n')
).map(lambda cell: unicodedata.normalize("NFC", cell))
_keys = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Z"], exclude_characters="\ufffd"),
    min_size=1,
    max_size=20,
).map(lambda key: unicodedata.normalize("NFC", key))


@given(
    rows=st.lists(st.tuples(_keys, _cells), min_size=1, max_size=10, unique_by=lambda row: row[0]),
    delimiter=st.sampled_from(DELIMITERS),
    encoding=st.sampled_from(sorted(ENCODINGS)),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_text_survives_every_encoding_and_delimiter(
    rows: list[tuple[str, str]],
    delimiter: str,
    encoding: str,
    line_end: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("text") / "words.csv"
    path.write_bytes(encoded([("key", "text"), *rows], delimiter, encoding, line_end))

    items = read_table(path, "words")

    assert list(zip(items["key"], items["text"], strict=True)) == [
        # Tabs and lines inside a text stay, only spaces around it go.
        (key, cell.replace("\u2028", "\n").replace("\u2029", "\n").strip())
        for key, cell in rows
    ]


@pytest.mark.parametrize(
    "text",
    ["Café, naïve, Straße", "Señor, ¿qué tal?", "“Curly” – it’s 5 €", "Ærø på Åland",
     "più, così, può",
     "Não, são, coração",
     "À propos d’été", "þetta er íslenska, það", "L'ànima, col·legi"],
)  # fmt: skip
def test_windows_1252_is_told_from_the_bytes(text: str, tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_bytes(encoded([("key", "text"), ("a", text)], ";", "cp1252"))

    assert read_table(path, "words")["text"].tolist() == [text]


@pytest.mark.parametrize(
    "text",
    ["Tiếng Việt của chúng tôi rất đẹp", "Đường phố Hà Nội, mùa thu", "Những người bạn cũ ở quê"],
)
def test_windows_1258_is_told_from_the_bytes(text: str, tmp_path: Path) -> None:
    # This encoding has no letter ế: it is ê followed by the tone.
    letters = [unicodedata.normalize("NFD", char) for char in text]
    written = "".join(
        unicodedata.normalize("NFC", parts[:2]) + parts[2:]
        if len(parts) == 3 and parts[1] in "\u0302\u0306\u031b"
        else unicodedata.normalize("NFC", parts[0] + parts[2]) + parts[1]
        if len(parts) == 3
        else parts
        if parts[1:] in {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
        else char
        for char, parts in zip(text, letters, strict=True)
    )
    path = tmp_path / "words.csv"
    path.write_bytes(f"key,text\na,\"{written}\"\n".encode("cp1258"))  # fmt: skip

    assert read_table(path, "words")["text"].tolist() == [text]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Привет, как дела", "cp1251"),
        ("你好，很高兴认识你", "gb18030"),
        ("你", "gb18030"),
        ("こんにちは", "shift-jis"),
        ("مرحبا بكم", "cp1256"),
        ("zażółć gęślą jaźń, piłka", "cp1250"),
        ("café", "mac-roman"),
    ],
)
def test_other_encodings_are_refused_rather_than_guessed(
    text: str, encoding: str, tmp_path: Path, refusal: Refusal
) -> None:
    path = tmp_path / "words.csv"
    path.write_bytes(f"key;text\na;plain\nb;{text}\n".encode(encoding))

    assert refusal(path) == [
        "row 3: the encoding of the file cannot be told. Save it again as 'CSV UTF-8' "
        "(Excel: Save As; LibreOffice: Character set)"
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["plain", "你好，很高兴认识你。", "Tiếng Việt"])
def test_utf_16_without_a_mark(encoding: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(f"key\ttext\r\na\t{text}\r\n".encode(encoding))

    assert read_table(path, "words")["text"].tolist() == [text]


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_the_delimiter_is_found_among_the_others(delimiter: str, tmp_path: Path) -> None:
    others = " ".join(set(DELIMITERS) - {delimiter, "\t"})
    path = tmp_path / "words.csv"
    rows = [delimiter.join([f"k{n}", f"one{others}two, three, four", "yes"]) for n in range(30)]
    if delimiter == ",":
        rows = [f'k{n},"one, {others} two",yes' for n in range(30)]
    path.write_text("\n".join([delimiter.join(["key", "text", "locked"]), *rows]))

    items = read_table(path, "words")

    assert items["locked"].all()
    assert others in items.loc[29, "text"]


def test_a_text_of_several_lines_is_one_row(tmp_path: Path, refusal: Refusal) -> None:
    path = tmp_path / "words.csv"
    path.write_bytes(
        b'key,text,locked\r\na,"one\r\ntwo",\r\n\r\nb,"say ""hi"", then",\r\nc,,perhaps\r\n'
    )

    assert refusal(path) == [
        "row 5, column 'locked': 'perhaps' is neither yes nor no. Write yes or no, "
        "or leave it empty"
    ]
    path.write_bytes(path.read_bytes().replace(b"perhaps", b""))
    assert read_table(path, "words")["text"].tolist() == ["one\ntwo", 'say "hi", then', ""]


def test_excels_own_delimiter_line_is_not_a_row(tmp_path: Path, refusal: Refusal) -> None:
    path = tmp_path / "words.csv"
    path.write_text("sep=|\nkey|text\na|x, y; z\n|b\n")

    assert refusal(path) == ["row 3, column 'key': the key is empty. Fill it in or delete the row"]


def test_titles_above_the_header_are_skipped_and_rows_counted_as_in_the_file(
    tmp_path: Path, refusal: Refusal
) -> None:
    path = tmp_path / "words.csv"
    path.write_text(
        "Words of unit 3;;\n;;\nChecked by Lan, in May;;\nKey;Text;Note\na;one;\n;two;\n"
    )

    assert refusal(path) == ["row 6, column 'Key': the key is empty. Fill it in or delete the row"]


def test_a_very_long_page_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    text = "word " * 60_000 + "end"
    path.write_text(f"page,text\n1,{text}\n")

    assert read_table(path, "book").loc[0, "text"] == text


def test_an_unclosed_quote_is_named_where_it_opens(tmp_path: Path, refusal: Refusal) -> None:
    path = tmp_path / "words.csv"
    path.write_text('key,text\na,one\nb,"two\nc,three\n,\n')

    (problem,) = refusal(path)

    assert problem.startswith("row 3: a double quote is opened and never closed")
    path.write_text('key,text\na,"Hello" she said\n')
    assert refusal(path)[0].startswith("row 2: a double quote is opened and never closed, or text")


def test_a_text_split_by_its_own_comma_is_named(tmp_path: Path, refusal: Refusal) -> None:
    path = tmp_path / "words.csv"
    path.write_text("key,text\na,one\nb,two, or three\n")

    assert refusal(path) == [
        "row 3: the row has 3 cells and the header 2. Put text that contains ',' in double quotes"
    ]


def test_rows_may_end_early_and_trailing_delimiters_are_harmless(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("key,text,category,,\na,one,,,\nb\n")

    items = read_table(path, "words")

    assert items["text"].tolist() == ["one", ""]
    assert items["category"].tolist() == ["", ""]
