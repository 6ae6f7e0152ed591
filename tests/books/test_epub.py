"""EPUBs become books: title, chapters, pages, notes and languages as the file says."""

from __future__ import annotations

import pytest
from bookmaking import (
    CONTAINER,
    SAMPLES,
    Sample,
    blocks,
    epub,
    epub_of,
    lines_of,
    nav,
    opf,
    said,
    toc,
    xhtml,
    zipped,
)
from hypothesis import given
from hypothesis import strategies as st

from voicemill.books.book import Book
from voicemill.books.epub.reading import read_epub
from voicemill.errors import BookError
from workbench import ROOT

CORPUS = ROOT.parent / "shared" / "corpus"


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=list(SAMPLES))
def test_a_book_in_each_language_is_read_as_it_was_written(sample: Sample) -> None:
    book = read_epub(epub_of(sample), "book.epub")
    assert (book.title, book.author, book.language) == (
        sample.title, sample.author, sample.language,
    )  # fmt: skip
    assert said(book) == lines_of(sample)
    assert [chapter.title for chapter in book.chapters] == [name for name, _ in sample.chapters]
    assert [chapter.page for chapter in book.chapters] == [1, 2]
    assert book.notes == ()


def real(name: str) -> Book:
    path = CORPUS / name
    if not path.exists():
        pytest.skip("the corpus is not here")
    return read_epub(path.read_bytes(), name)


def test_the_poem_keeps_its_stanzas_notes_and_languages() -> None:
    book = real("wasteland.epub")
    assert (book.title, book.author, book.language) == ("The Waste Land", "T.S. Eliot", "en-US")
    assert len(book.chapters) == 6
    assert book.chapters[0].title.startswith("I. THE BURIAL")
    first = book.pages[book.chapters[0].page - 1].blocks[1]
    assert first.text.startswith("April is the cruellest month, breeding Lilacs")
    # The number beside the tenth line is no part of the poem.
    assert "Hofgarten, And drank" in first.text
    assert "Hofgarten,10 And drank" in first.raw
    assert {"de", "fr", "it"} <= {block.language for block in blocks(book)}
    assert len(blocks(book, "footnote")) > 50
    assert not any("*" in block.text for block in blocks(book, "paragraph"))
    assert book.cover is not None
    assert book.cover.startswith(b"\xff\xd8")


def test_the_textbook_keeps_its_printed_pages() -> None:
    book = real("childrens-literature.epub")
    assert book.title == "Children's Literature"
    assert book.author == "Charles Madison Curry, Erle Elsworth Clippinger"
    labels = [page.label for page in book.pages if page.label]
    assert labels == [str(number) for number in range(169, 261)]
    assert len(book.chapters) == 18
    assert book.chapters[3].title == "190 A FOUR-LEAVED CLOVER"
    page = next(page for page in book.pages if page.label == "171")
    assert page.blocks[0].text == "INTRODUCTORY"
    assert page.blocks[1].text.startswith("The difficulties of classification")
    assert blocks(book, "contents")
    # A word that carries a note stays a word.
    assert any('"The Emperor\'s New Clothes"' in block.text for block in blocks(book))


def test_notes_leave_the_text_and_stand_behind_it() -> None:
    body = """<h1>One</h1><p>The tide turned<a epub:type="noteref" href="#n1">1</a> at noon.</p>
    <aside epub:type="footnote" id="n1"><p>By the harbour clock.</p></aside>
    <p>It was 10<sup>2</sup> metres<sup><a href="notes.xhtml#n2">2</a></sup> away.</p>"""
    notes = '<p id="n2"><a href="a.xhtml#r2">[2]</a> As the crow flies.</p>'
    book = read_epub(epub({"a.xhtml": xhtml(body), "notes.xhtml": xhtml(notes)}), "b.epub")
    assert said(book) == [
        ("heading", "One"),
        ("paragraph", "The tide turned at noon."),
        ("footnote", "By the harbour clock."),
        ("paragraph", "It was 10² metres away."),
        ("footnote", "As the crow flies."),
    ]
    assert blocks(book)[1].raw == "The tide turned1 at noon."


def test_contents_and_copyright_pages_are_known_by_landmarks_guide_and_type() -> None:
    guide = '<guide><reference type="copyright-page" href="rights.xhtml"/></guide>'
    landmarks = '<nav epub:type="landmarks"><ol><li><a epub:type="toc" href="list.xhtml">List</a>'
    documents = {
        "rights.xhtml": xhtml("<p>All rights with the author.</p>"),
        "list.xhtml": xhtml("<h1>In this book</h1><p>One</p>"),
        "one.xhtml": xhtml("<h1>One</h1><p>The tide turned.</p>"),
        "end.xhtml": xhtml('<section epub:type="colophon"><p>Set in Garamond.</p></section>'),
    }
    navigation = nav(toc(("one.xhtml", "One")) + landmarks + "</li></ol></nav>")
    book = read_epub(epub(documents, navigation, guide=guide), "b.epub")
    assert said(book) == [
        ("copyright", "All rights with the author."),
        ("contents", "In this book"),
        ("contents", "One"),
        ("heading", "One"),
        ("paragraph", "The tide turned."),
        ("copyright", "Set in Garamond."),
    ]


def test_a_paragraph_over_a_page_break_stays_whole() -> None:
    body = """<p><span epub:type="pagebreak" aria-label="xi"/>The tide turned.</p>
    <p>The boats <span role="doc-pagebreak" title="xii"/>came home.</p><p>All of them.</p>"""
    book = read_epub(epub({"a.xhtml": xhtml(body)}), "b.epub")
    pages = [(page.label, [block.text for block in page.blocks]) for page in book.pages]
    assert pages == [
        ("xi", ["The tide turned.", "The boats came home."]),
        ("xii", ["All of them."]),
    ]


def test_pages_of_a_page_list_are_found_by_their_ids() -> None:
    pages = '<nav epub:type="page-list"><ol><li><a href="a.xhtml#p7">7</a></li></ol></nav>'
    body = '<h1>One</h1><p>Before.</p><p id="p7">After.</p>'
    book = read_epub(epub({"a.xhtml": xhtml(body)}, nav(toc(("a.xhtml", "One")) + pages)), "b.epub")
    assert [(page.label, page.blocks[-1].text) for page in book.pages] == [
        ("", "Before."),
        ("7", "After."),
    ]


@pytest.mark.parametrize(
    ("navigation", "told"),
    [
        ("", "is missing"),
        ("<html><nav", "is missing"),
        (nav(toc(("gone.xhtml", "One"), ("a.xhtml#gone", "Two"))), "leads to places"),
    ],
)
def test_chapters_come_from_headings_where_the_toc_is_of_no_use(navigation: str, told: str) -> None:
    body = "<h1>Title</h1><h2>One</h2><p>A.</p><h2>Two</h2><p>B.</p>"
    book = read_epub(epub({"a.xhtml": xhtml(body)}, navigation), "b.epub")
    assert [chapter.title for chapter in book.chapters] == ["One", "Two"]
    assert told in book.notes[-1]


def test_an_epub_2_with_ncx_and_no_nav_has_chapters_and_parts() -> None:
    ncx = """<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "ncx.dtd">
    <ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>
    <navPoint><navLabel><text>Part One</text></navLabel><content src="a.xhtml"/>
     <navPoint><navLabel><text>The Lamp</text></navLabel><content src="a.xhtml"/></navPoint>
     <navPoint><navLabel><text>The Oar</text></navLabel><content src="b.xhtml"/></navPoint>
    </navPoint></navMap></ncx>"""
    item = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    documents = {"a.xhtml": xhtml("<p>A.</p>"), "b.xhtml": xhtml("<p>B&nbsp;&hellip;</p>")}
    data = epub(documents, items=item, spine='toc="ncx"', extra={"OPS/toc.ncx": ncx})
    book = read_epub(data, "b.epub")
    assert [chapter.title for chapter in book.chapters] == ["Part One. The Lamp", "The Oar"]
    assert blocks(book)[1].text == "B …"


def test_a_missing_document_is_told_and_the_rest_read() -> None:
    files = {
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": opf(["a.xhtml", "gone.xhtml"]),
        "OPS/a.xhtml": xhtml("<h1>One</h1>"),
    }
    book = read_epub(zipped(files), "b.epub")
    assert [block.text for block in blocks(book)] == ["One"]
    assert any("gone.xhtml" in note and "missing" in note for note in book.notes)


def test_the_package_is_believed_where_every_text_says_a_converters_language() -> None:
    documents = {f"{n}.xhtml": xhtml("<p>Ngọn đèn đã cháy.</p>", "en") for n in "ab"}
    metadata = "<dc:title>Ngọn đèn</dc:title><dc:language>vi</dc:language>"
    book = read_epub(epub(documents, metadata=metadata), "b.epub")
    assert book.language == "vi"
    assert {block.language for block in blocks(book)} == {""}
    assert "vi was taken" in book.notes[0]


def test_pictures_are_kept_by_their_description() -> None:
    body = (
        '<p>Look: <img src="x.png" alt="A lamp in a window"/> there.</p><img src="y.png" alt=""/>'
    )
    book = read_epub(epub({"a.xhtml": xhtml(body)}), "b.epub")
    assert said(book) == [("paragraph", "Look: there."), ("image", "A lamp in a window")]


def test_scrambled_fonts_are_no_copy_protection() -> None:
    font = "http://www.idpf.org/2008/embedding"
    data = epub({"a.xhtml": xhtml("<p>A.</p>")}, extra={"META-INF/encryption.xml": locked(font)})
    assert read_epub(data, "b.epub").words == 1


def test_a_copy_protected_book_is_refused() -> None:
    aes = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
    data = epub({"a.xhtml": xhtml("<p>A.</p>")}, extra={"META-INF/encryption.xml": locked(aes)})
    with pytest.raises(BookError, match="copy-protected"):
        read_epub(data, "b.epub")


def locked(method: str) -> str:
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#">'
        f'<EncryptionMethod Algorithm="{method}"/></EncryptedData></encryption>'
    )


WORDS = st.text(st.characters(categories=["Ll", "Lu", "Lo"]), min_size=1, max_size=12)
PARAGRAPHS = st.lists(st.lists(WORDS, min_size=1, max_size=30).map(" ".join), min_size=1)


@given(PARAGRAPHS, st.integers(0, 3))
def test_no_word_is_lost_and_the_order_kept(paragraphs: list[str], depth: int) -> None:
    body = "".join(
        "<div>" * depth + f"<p>{text.replace(' ', ' <b>', 1)}{'</b>' if ' ' in text else ''}</p>"
        + "</div>" * depth
        for text in paragraphs
    )  # fmt: skip
    book = read_epub(epub({"a.xhtml": xhtml(body)}), "b.epub")
    assert [block.text for block in blocks(book)] == paragraphs


@given(st.lists(st.integers(1, 900), min_size=1, max_size=12))
def test_made_pages_end_with_paragraphs_and_hold_about_300_words(lengths: list[int]) -> None:
    body = "".join(f"<p>{'tide ' * count}</p>" for count in lengths)
    book = read_epub(epub({"a.xhtml": xhtml(body)}), "b.epub")
    assert [len(block.text.split()) for block in blocks(book)] == lengths
    for page in book.pages:
        rest = sum(len(block.text.split()) for block in page.blocks[:-1])
        assert rest < 600
