"""Files made to harm, and damaged ones: a sentence within seconds, and little memory."""

from __future__ import annotations

import io
import resource
import stat
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from bookmaking import CONTAINER, SAMPLES, blocks, epub, epub_of, nav, opf, said, xhtml, zipped
from hypothesis import given, settings
from hypothesis import strategies as st

from voicemill.books.book import Book
from voicemill.books.reading import read_book
from voicemill.errors import BookError

LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 50}">' for n in range(10)
)  # fmt: skip

pytestmark = pytest.mark.timeout(20)


@pytest.fixture(autouse=True)
def _little_memory() -> Iterator[None]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 400


def read(folder: Path, data: bytes, name: str = "book.epub") -> Book:
    path = folder / name
    path.write_bytes(data)
    return read_book(path)


def with_entry(name: str, mode: int = 0) -> bytes:
    made = io.BytesIO(epub_of(SAMPLES["en"]))
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr(info, "x")
    return made.getvalue()


@pytest.mark.parametrize("name", ["../../evil.xhtml", "/etc/passwd", "C:/evil", "a\\..\\..\\evil"])
def test_paths_that_leave_the_archive_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BookError, match="points outside"):
        read(tmp_path, with_entry(name))


def test_links_in_an_archive_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="link to another file"):
        read(tmp_path, with_entry("OPS/link.xhtml", stat.S_IFLNK | 0o777))


def test_a_file_that_grows_a_thousand_times_is_refused(tmp_path: Path) -> None:
    data = epub({"a.xhtml": xhtml("<p>A.</p>")}, extra={"OPS/zeros.xhtml": bytes(40 * 1024**2)})
    with pytest.raises(BookError, match="would grow"):
        read(tmp_path, data)


def test_an_archive_that_declares_gigabytes_is_refused(tmp_path: Path) -> None:
    made = bytearray(epub_of(SAMPLES["en"]))
    for name in (b"OPS/c0.xhtml", b"OPS/c1.xhtml"):
        entry = made.rfind(name) - 46
        assert made[entry : entry + 4] == b"PK\x01\x02"
        # Both sizes, so that the ratio looks harmless.
        struct.pack_into("<II", made, entry + 20, 900 * 1024**2, 900 * 1024**2)
    with pytest.raises(BookError, match="would unpack to"):
        read(tmp_path, bytes(made))


def test_a_size_that_lies_is_found_out(tmp_path: Path) -> None:
    made = bytearray(epub_of(SAMPLES["en"]))
    entry = made.rfind(b"OPS/c0.xhtml") - 46
    struct.pack_into("<I", made, entry + 24, 10)
    with pytest.raises(BookError, match="damaged"):
        read(tmp_path, bytes(made))


def test_tens_of_thousands_of_files_are_refused(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(20_001):
            archive.writestr(f"{number}", "")
    with pytest.raises(BookError, match="more than 20,000 files"):
        read(tmp_path, made.getvalue())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_different_files_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="two different files"):
        read(tmp_path, with_entry("OPS/c0.xhtml"))


@pytest.mark.parametrize("where", ["OPS/a.xhtml", "OPS/book.opf", "META-INF/container.xml"])
def test_entities_that_unpack_without_end_are_refused(tmp_path: Path, where: str) -> None:
    files: dict[str, str | bytes] = {
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": opf(["a.xhtml"]),
        "OPS/a.xhtml": xhtml("<p>&l9;</p>"),
    }
    text = str(files[where])
    start = text.find("?>") + 2 if "?>" in text else 0
    files[where] = f"{text[:start]}<!DOCTYPE x [{LAUGHS}]>{text[start:]}"
    with pytest.raises(BookError, match="entities"):
        read(tmp_path, zipped(files))


def test_entities_that_read_other_files_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    document = f'<!DOCTYPE html [<!ENTITY s SYSTEM "{secret.as_uri()}">]>' + xhtml("<p>&s;</p>")
    for name in ("book.html", "book.xhtml"):
        with pytest.raises(BookError, match="entities"):
            read(tmp_path, document.encode(), name)


def test_text_outside_the_archive_is_not_read(tmp_path: Path) -> None:
    outside = tmp_path / "outside.xhtml"
    outside.write_text(xhtml("<p>the secret</p>"))
    for href in ("../../outside.xhtml", outside.as_uri(), str(outside)):
        with pytest.raises(BookError, match="none of the files"):
            read(tmp_path, epub_with_spine(href))


def epub_with_spine(href: str) -> bytes:
    return zipped({"META-INF/container.xml": CONTAINER, "OPS/book.opf": opf([href])})


@pytest.mark.parametrize("depth", [300, 1_000])
def test_untidy_nesting_is_read(tmp_path: Path, depth: int) -> None:
    body = "<div>" * depth + "Deep down." + "</div>" * depth
    book = read(tmp_path, epub({"a.xhtml": xhtml(body)}))
    assert said(book) == [("paragraph", "Deep down.")]


@pytest.mark.parametrize("tag", ["div", "span", "sup", "blockquote", "table"])
def test_endless_nesting_is_refused(tmp_path: Path, tag: str) -> None:
    body = f"<{tag}>" * 10_000 + "Deep down." + f"</{tag}>" * 10_000
    for data, name in (
        (epub({"a.xhtml": xhtml(body)}), "b.epub"),
        (xhtml(body).encode(), "b.html"),
    ):
        with pytest.raises(BookError, match="nested too deeply"):
            read(tmp_path, data, name)


def test_marks_in_marks_do_not_take_the_square_of_their_number(tmp_path: Path) -> None:
    body = "<span>" * 1_900 + "<sup>1</sup>" * 20_000 + "</span>" * 1_900
    assert read(tmp_path, xhtml(body).encode(), "b.html").words > 0


def test_endless_line_ends_and_cells_are_read_in_time(tmp_path: Path) -> None:
    body = "<p>a" + "<br/>b" * 50_000 + "</p><table><tr>" + "<td>c</td>" * 50_000
    book = read(tmp_path, f"<!doctype html>{body}</tr></table>".encode(), "b.html")
    assert book.words >= 100_000


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_a_cut_off_archive_is_told_damaged(tmp_path: Path, keep: float) -> None:
    data = epub_of(SAMPLES["en"])
    with pytest.raises(BookError, match="damaged"):
        read(tmp_path, data[: int(len(data) * keep)])


@settings(max_examples=100)
@given(st.data())
def test_any_changed_bytes_give_a_book_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    made = bytearray(epub_of(SAMPLES["en"]))
    for _change in range(data.draw(st.integers(1, 8))):
        made[data.draw(st.integers(4, len(made) - 1))] = data.draw(st.integers(0, 255))
    try:
        book = read(tmp_path_factory.mktemp("changed"), bytes(made))
    except BookError as error:
        told = error.remedy
    else:
        told = blocks(book)[0].text
    assert told


def test_a_broken_package_is_told(tmp_path: Path) -> None:
    for package in ("<package", "", "<package xmlns='http://www.idpf.org/2007/opf'/>"):
        files = {"META-INF/container.xml": CONTAINER, "OPS/book.opf": package}
        with pytest.raises(BookError):
            read(tmp_path, zipped(dict(files)))


def test_a_toc_with_endless_entities_does_not_stop_the_book(tmp_path: Path) -> None:
    navigation = f"<!DOCTYPE x [{LAUGHS}]>" + nav("<nav>&l9;</nav>").partition("?>")[2]
    book = read(tmp_path, epub({"a.xhtml": xhtml("<h1>One</h1><p>A.</p>")}, navigation))
    assert "cannot be read" in book.notes[0]
    assert [chapter.title for chapter in book.chapters] == ["One"]


def docx_with(document: str) -> bytes:
    import docx

    made = io.BytesIO()
    docx.Document().save(made)
    with zipfile.ZipFile(made) as archive:
        files: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    return zipped({**files, "word/document.xml": document})


def test_word_files_made_to_harm_are_refused(tmp_path: Path) -> None:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    laughing = f"<!DOCTYPE x [{LAUGHS}]><w:document {space}><w:body>&l9;</w:body></w:document>"
    bomb = " " * (20 * 1024**2)
    deep = "<w:p>" * 10_000 + "</w:p>" * 10_000
    for document, told in (
        (laughing, "entities"),
        (bomb, "would grow"),
        (f"<w:document {space}>{deep}</w:document>", "damaged"),
        ("<w:document", "damaged"),
    ):
        with pytest.raises(BookError, match=told):
            read(tmp_path, docx_with(document), "b.docx")


MARKDOWN = ["[" * 50_000, "*a " * 20_000, "> " * 20_000 + "a", "a**b" * 20_000, "![[" * 20_000]
MARKDOWN += ["\n".join(" " * depth + "- a" for depth in range(1_000)), "<a " * 30_000]


@pytest.mark.parametrize("text", MARKDOWN, ids=range(len(MARKDOWN)))
def test_markdown_made_to_take_forever_ends(tmp_path: Path, text: str) -> None:
    book = read(tmp_path, f"# One\n\nA tide.\n\n{text}".encode(), "b.md")
    assert blocks(book)[1].text == "A tide."


def test_front_matter_with_aliases_in_aliases_stays_small(tmp_path: Path) -> None:
    laughs = "a0: &a0 [ha, ha]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
    )
    book = read(tmp_path, f"---\n{laughs}title: *a9\n---\n\n# One\n\nA.".encode(), "b.md")
    assert book.title == "One"


def test_a_text_of_chapter_lines_alone_ends(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="more than 10,000 pages"):
        read(tmp_path, b"Chapter 1\n\n" * 100_000, "b.txt")
