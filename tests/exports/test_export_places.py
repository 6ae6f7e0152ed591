"""Exports appear whole, where they belong, whatever titles and disks are like."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from little_book import PAGES, narrated_book
from typer.testing import CliRunner

from troubles import small_disk
from voicemill import Studio
from voicemill.audio import read_clip
from voicemill.cli.exports import export
from voicemill.errors import BookError, UnknownName, VoicemillError
from voicemill.exports.acx import beginning
from voicemill.exports.exporting import KINDS, export_book, usual_target
from voicemill.exports.naming import ascii_stem, file_stem, folder_name, surname
from voicemill.exports.parts import chapter_parts
from voicemill.production.narration.audiobook import Audiobook
from workbench import ESPEAK

HOSTILE = [
    ["../../x", "CON", "a\nb"],
    ["x" * 300, "🦊 狐", '=cmd("calc")'],
    ["..", " ", "#1?%41/\\"],
]


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("titles", HOSTILE)
def test_hostile_titles_stay_inside_and_are_defused(
    studio: Studio, project: Path, titles: list[str]
) -> None:
    narrated_book(studio, ESPEAK, title=titles[0], author=titles[0], chapters=titles)
    book = studio.books.open("hill")
    before = files_below(project)
    for kind in ("m4b", "chapters", "zip", "librivox"):
        done = export_book(book, kind, None, studio.shop)
        assert all(len(name.path.name.encode()) < 200 for name in done.files)
    new = files_below(project) - before
    assert all(name.startswith("output/books/hill/") for name in new)
    assert not any(name.startswith(".") for name in (Path(name).name for name in new))
    folder = project / "output" / "books" / "hill"
    [packed] = folder.glob("*.zip")
    with zipfile.ZipFile(packed) as archive:
        for name in archive.namelist():
            inside = (folder / name).resolve()
            assert inside.is_relative_to(folder)
            assert len(Path(name).parts) == 2
    table = (folder / "chapters" / "manifest.csv").read_text(encoding="utf-8-sig")
    for row in csv.DictReader(io.StringIO(table)):
        assert not any(cell.startswith(("=", "+", "@")) for cell in row.values())
    lines = (folder / "chapters" / "playlist.m3u8").read_text(encoding="utf-8").splitlines()
    for name in (line for line in lines if not line.startswith("#")):
        assert read_clip(folder / "chapters" / name).duration_s > 1


@given(st.text(max_size=400))
def test_any_title_gives_one_safe_name(title: str) -> None:
    name = file_stem(title, "book")
    assert name == Path(name).name
    assert name not in (".", "..", "")
    assert not name.startswith((".", "=", "+", "-", "@"))
    assert len(name.encode()) <= 125
    assert all(letter.isascii() and letter.isalnum() for letter in ascii_stem(title, "a", joint=""))


def test_names_a_person_recognises() -> None:
    assert file_stem("Hà Nội: mùa thu", "book") == "Hà Nội mùa thu"
    assert ascii_stem("Đường về nhà") == "duong_ve_nha"
    assert surname("Jane Austen") == surname("Austen, Jane") == "austen"
    assert surname("Charles Curry, Erle Clippinger") == "curry"
    assert folder_name("a/b") != folder_name("ab")


def test_a_missing_page_is_refused_unless_the_book_may_be_partial(
    studio: Studio, tmp_path: Path
) -> None:
    narrated_book(studio, ESPEAK, narrated=2)
    pages = studio.catalog.books.pages("hill")
    assert len(pages) == len(PAGES)
    with pytest.raises(BookError, match="1 of 3 pages have no audio: 3"):
        studio.books.open("hill")
    done = export_book(
        studio.books.open("hill", partial_book=True), "chapters", tmp_path, studio.shop
    )
    assert [file.pages for file in done.files] == [("1", "2")]
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["missing_pages"] == ["3"]


@pytest.mark.parametrize("kind", ["m4b", "chapters", "zip", "acx", "epub"])
def test_a_full_disk_leaves_nothing_half(
    shelf: Studio, book: Audiobook, tmp_path: Path, kind: str
) -> None:
    with small_disk(tmp_path / "disk", "120k") as disk:
        (disk / "mine.txt").write_text("stays")
        with pytest.raises(VoicemillError, match=r"(?i)no space|written") as told:
            export_book(book, kind, disk / "made" / "it" if kind in ("chapters", "acx") else disk,
                        shelf.shop)  # fmt: skip
        assert ".tmp" not in str(told.value)
        assert files_below(disk) == {"mine.txt"}


def test_a_later_export_replaces_what_it_made_and_nothing_else(
    studio: Studio, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    narrated_book(studio, ESPEAK)
    export_book(studio.books.open("hill"), "chapters", folder, studio.shop)
    (folder / "notes.txt").write_text("my own")
    (folder / "02 The Dog.srt").write_text("corrected by hand")
    narrated_book(studio, ESPEAK, chapters=["Up", "Up", "Up"], narrated=0)
    export_book(studio.books.open("hill"), "chapters", folder, studio.shop)
    assert files_below(folder) == {
        *(f"01 Up.{ending}" for ending in ("mp3", "srt", "vtt", "json")),
        *("manifest.json", "manifest.csv", "playlist.m3u8"),
        *("notes.txt", "02 The Dog.srt"),
    }


def test_what_a_killed_export_left_is_cleared_by_the_next(
    shelf: Studio, book: Audiobook, tmp_path: Path
) -> None:
    code = "from voicemill.catalog.processes import this_process; print(this_process(), end='')"
    dead = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    left, busy = tmp_path / ".voicemill-0.tmp", tmp_path / ".voicemill-1.tmp"
    for folder, owner in ((left, dead.stdout), (busy, "another machine 7 7")):
        folder.mkdir()
        (folder / ".owner").write_text(owner)
    export_book(book, "subtitles", tmp_path, shelf.shop)
    assert not left.exists()
    assert busy.exists()


def test_long_chapters_are_divided_between_pages(shelf: Studio, book: Audiobook) -> None:
    profile = shelf.shop.profiles["acx"]
    parts = chapter_parts(book, 12.0, profile)
    assert [(part.title, [page.key for page in part.pages]) for part in parts] == [
        ("The Hill, part 1 of 2", ["1"]),
        ("The Hill, part 2 of 2", ["2"]),
        ("The Dog", ["3"]),
    ]
    first = book.pages[0].joined
    two = first.pieces[0].duration_s + first.pieces[0].pause_s + first.pieces[1].duration_s
    assert [len(page.pieces) for page in beginning(book, two + 0.01)] == [2]
    assert [len(page.pieces) for page in beginning(book, 3600)] == [4, 3, 3]
    [cut] = beginning(book, 0.3)
    assert cut.pieces[0].load().duration_s == pytest.approx(0.3, abs=0.01)


@pytest.fixture
def typed(shelf: Studio, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("VOICEMILL_ROOT", str(shelf.settings.root))
    return CliRunner()


def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(export)
    return made


def test_the_command_line_makes_all_of_it(typed: CliRunner, tmp_path: Path) -> None:
    told = typed.invoke(app(), ["hill", "--as", "all", "--to", str(tmp_path / "out")])
    assert told.exit_code == 0, told.output
    assert [line.partition(":")[0] for line in told.output.splitlines()] == list(KINDS)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *(f"Up the Hill.{end}" for end in ("m4b", "srt", "vtt", "json", "zip", "epub")),
        *("chapters", "pages", "librivox", "acx", "subtitles"),
    }


def test_the_command_line_makes_one_file_where_it_is_told(
    typed: CliRunner, shelf: Studio, book: Audiobook, tmp_path: Path
) -> None:
    told = typed.invoke(app(), ["hill", "--to", str(tmp_path / "mine.m4b")])
    assert told.exit_code == 0, told.output
    assert (tmp_path / "mine.m4b").exists()
    usual = usual_target(book, "m4b", shelf.shop)
    assert usual == shelf.settings.root / "output" / "books" / "hill" / "Up the Hill.m4b"


def test_the_command_line_knows_what_was_meant(typed: CliRunner) -> None:
    told = typed.invoke(app(), ["hill", "--as", "libravox"])
    assert isinstance(told.exception, UnknownName)
    assert "librivox" in str(told.exception)
