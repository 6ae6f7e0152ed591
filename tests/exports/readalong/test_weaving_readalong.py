"""A reading woven into EPUBs of others: valid, their text unchanged, each sentence in its place."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readalong_samples import XHTML, book, chapter, epub, page, parsed, played, png

from voicemill.books.reading import read_book
from voicemill.books.table import pages_table
from voicemill.errors import BookError
from voicemill.exports.readalong import Unplaced, weave_readalong, write_readalong
from voicemill.exports.readalong.matching import place

MODERN = {
    "OPS/book.opf": """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:x:1</dc:identifier>
<dc:title>The Ferry</dc:title><dc:language>en</dc:language>
<meta property="dcterms:modified">2020-01-01T00:00:00Z</meta></metadata>
<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="css" href="book.css" media-type="text/css"/>
<item id="vm-1" href="%C3%B6ne.xhtml" media-type="application/xhtml+xml"/>
<item id="two" href="text/two.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="nav"/><itemref idref="vm-1"/><itemref idref="two"/></spine></package>""",
    "OPS/book.css": "p { color: #123 }",
    "OPS/nav.xhtml": """<html xmlns="http://www.w3.org/1999/xhtml"
 xmlns:epub="http://www.idpf.org/2007/ops"><head><title>Contents</title></head><body>
<nav epub:type="toc"><ol><li><a href="%C3%B6ne.xhtml">The Ferry</a></li>
<li><a href="text/two.xhtml">The Other Shore of the River</a></li></ol></nav></body></html>""",
    "OPS/öne.xhtml": """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en"
 xml:lang="en"><head><title>One</title><link rel="stylesheet" href="book.css" type="text/css"/>
</head><body><h1 id="vm-1-1">The Ferry</h1>
<p>The <i>old</i> ferry came late<a epub:type="noteref" href="#n1"><sup>1</sup></a>. <b>It was
\u201craining</b> hard,\u201d said Ana\u2014twice. The of\ufb01ce was shut; no\u00adbody minded
it.<br/>“Yes,” said <em>Tom. And</em> then he left.</p>
<table><tr><td>Wind</td><td>Fog</td></tr></table>
<div class="stanza"><div>The river runs beneath the moon,</div>
<div>and nobody will cross it soon.</div></div>
<aside epub:type="footnote" id="n1"><p>1. It always did.</p></aside></body></html>""",
    "OPS/text/two.xhtml": """<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head><title>Two</title></head><body>
<h1>The Other Shore of the River</h1><p>Here nothing had changed&#160;at all.</p><p>* * *</p>
<p>“Is it far?” “No.” They walked on until the evening came.</p></body></html>""",
}
OLD_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" version="-//W3C//DTD XHTML 1.1//EN">
<head><meta http-equiv="Content-Type" content="application/xhtml+xml; charset=utf-8"/>"""
OLD = {
    "OPS/book.opf": """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" version="2.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">
<dc:identifier id="id" opf:scheme="UUID">urn:x:2</dc:identifier><dc:title>The Ferry</dc:title>
<dc:creator opf:role="aut" opf:file-as="Oakley, Maren">Maren Oakley</dc:creator>
<dc:date opf:event="creation">2009</dc:date><dc:date opf:event="publication">2010</dc:date>
<dc:language>en</dc:language><dc:subject></dc:subject><meta name="cover" content="pic"/></metadata>
<manifest><item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
<item id="pic" href="cover.png" media-type="image/png"/>
<item id="one" href="one.html" media-type="application/xhtml+xml"/>
<item id="two" href="two.html" media-type="application/xhtml+xml"/></manifest>
<spine toc="ncx"><itemref idref="one"/><itemref idref="two" linear="yes"/></spine>
<guide><reference type="text" title="Start" href="one.html"/>
<reference type="other.wrong" title="?" href="one.html"/></guide></package>""",
    "OPS/toc.ncx": """<?xml version="1.0"?>
<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1" xml:lang="en"><head>
<meta name="dtb:uid" content="urn:x:2"/></head><docTitle><text>The Ferry</text></docTitle>
<navMap><navPoint id="a" playOrder="1"><navLabel><text>Part &amp; one</text></navLabel>
<content src="one.html#start"/><navPoint id="b" playOrder="2"><navLabel><text>Later</text>
</navLabel><content src="two.html"/></navPoint></navPoint></navMap>
<pageList><navInfo><text>Pages</text></navInfo><pageTarget id="p" type="normal" value="7"
 playOrder="3"><navLabel><text>7</text></navLabel><content src="two.html#p7"/></pageTarget>
</pageList></ncx>""",
    "OPS/cover.png": png(),
    "OPS/one.html": OLD_HEAD
    + """<title></title><meta name="a" content="b" scheme="c"/></head>
<body bgcolor="#ffffff" text="black"><h1 align="center"><a name="start"></a>The Ferry</h1>
<center><font size="5" color="red" face="Times">The ferry</font> came <big>late</big>.</center>
<p align="right"><tt>Nobody</tt> <strike>minded</strike> the rain &nbsp;there.</p>
<p><img src="cover.png" alt="" align="left" border="0" hspace="3" width="50%"/>
<acronym title="x">ABC</acronym> was <a name="z" href="two.html">written</a> on it.</p>
<table border="1" cellpadding="2" cellspacing="0" width="90%" summary="s"><tr><td valign="top"
 nowrap="nowrap" bgcolor="#eee">Wind and fog.</td></tr></table><hr size="1" noshade="noshade"/>
<ul type="square" compact="compact"><li>Rain came.</li></ul><br clear="all"/></body></html>""",
    "OPS/two.html": OLD_HEAD
    + """<title>Two</title></head><body><p><a id="p7" name="p7"></a>The other shore was near.</p>
<div><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/>
</svg></div></body></html>""",
}


def reading(path, audio):
    """The book in a file, read aloud with made-up times."""
    read = read_book(path)
    rows = pages_table(read).to_dict("records")
    chapters = (
        chapter(
            title,
            *(page(r["page"], r["text"], r["language"], r["label"]) for r in own),
            audio=audio,
        )
        for title, own in groupby(rows, key=lambda row: row["chapter"])
    )
    return replace(book(*chapters), title=read.title)


def text_of(path, name):
    return "".join(parsed(path, name).find(f"{XHTML}body").itertext())


def test_weaving_into_an_epub_3_keeps_its_text_and_marks_every_sentence(mp3, tmp_path, epubcheck):
    source, target = epub(tmp_path / "source.epub", MODERN), tmp_path / "woven.epub"
    made = reading(source, mp3)
    woven = weave_readalong(made, source, target)
    assert (woven.placed, woven.unplaced) == (woven.sentences, ())
    epubcheck(target)
    for name in ("OPS/öne.xhtml", "OPS/text/two.xhtml"):
        assert text_of(target, name) == text_of(source, name)
    assert [text for _document, text, *_ in played(target)] == [
        "The Ferry",
        "The old ferry came late1.",
        "It was “raining hard,” said Ana—twice.",
        "The ofﬁce was shut; no\u00adbody minded it.",
        "“Yes,” said",
        "Tom.",
        "And",
        "then he left.",
        "Wind",
        "Fog",
        "The river runs beneath the moon,",
        "and nobody will cross it soon.",
        "The Other Shore of the River",
        "Here nothing had changed at all.",
        "* * *",
        "“Is it far?”",
        "“No.”",
        "They walked on until the evening came.",
    ]
    with zipfile.ZipFile(target) as archive:
        assert archive.read("OPS/book.css") == MODERN["OPS/book.css"].encode()
        assert archive.read("OPS/nav.xhtml") == MODERN["OPS/nav.xhtml"].encode()


def test_weaving_again_replaces_the_earlier_reading(mp3, encoded, tmp_path):
    source, target = epub(tmp_path / "source.epub", MODERN), tmp_path / "woven.epub"
    weave_readalong(reading(source, mp3), source, target)
    again = weave_readalong(reading(source, encoded("a.m4a", "aac")), target, tmp_path / "2.epub")
    assert again.placed == again.sentences
    with zipfile.ZipFile(tmp_path / "2.epub") as archive:
        names = archive.namelist()
    assert sum(name.endswith(".m4a") for name in names) == 2
    assert not [name for name in names if name.endswith(".mp3")]
    assert len(played(tmp_path / "2.epub")) == len(played(target))


def test_an_epub_2_becomes_a_valid_epub_3_that_looks_the_same(mp3, tmp_path, epubcheck):
    source, target = epub(tmp_path / "old.epub", OLD), tmp_path / "woven.epub"
    woven = weave_readalong(reading(source, mp3), source, target)
    assert (woven.placed, woven.unplaced) == (woven.sentences, ())
    epubcheck(target)
    for name in ("OPS/one.html", "OPS/two.html"):
        assert text_of(target, name).split() == text_of_old(name).split()
    styles = [each.get("style") for each in parsed(target, "OPS/one.html").iter("{*}*")]
    assert "font-size: x-large; color: red; font-family: Times" in styles
    assert "text-align: right" in styles
    read = read_book(target)
    assert [chapter.title for chapter in read.chapters] == ["Part & one", "Later"]
    assert (read.author, read.cover, read.pages[-1].label) == ("Maren Oakley", png(), "7")


def text_of_old(name):
    import re

    body = str(OLD[name]).partition("<body")[2].partition(">")[2]
    return re.sub(r"<[^>]*>", "", body).replace("&nbsp;", "\u00a0")


def test_what_is_not_in_the_book_is_told_and_heard_all_the_same(mp3, tmp_path):
    source, target = epub(tmp_path / "source.epub", MODERN), tmp_path / "woven.epub"
    spoken = page(
        "7",
        "Welcome to this reading! Here nothing has changed at all. I add this remark myself."
        "\n\nIs it far? No. They walked on until evening came.",
    )
    closing = page("8", "Thank you for listening.")
    made = book(chapter("", spoken, audio=mp3), chapter("", closing, audio=mp3))
    woven = weave_readalong(made, source, target)
    assert (woven.sentences, woven.placed) == (7, 4)
    assert woven.unplaced == (
        Unplaced("7", "Welcome to this reading!"),
        Unplaced("7", "I add this remark myself."),
        Unplaced("8", "Thank you for listening."),
    )
    heard = played(target)
    assert {document for document, *_ in heard} == {"OPS/text/two.xhtml"}
    for sound, duration_s in zip(sorted({p[2] for p in heard}), made.chapters, strict=True):
        whole_s = sum(p[4] - p[3] for p in heard if p[2] == sound)
        assert whole_s == pytest.approx(duration_s.duration_s, abs=0.001)


def test_books_that_cannot_be_woven_into_are_refused(mp3, tmp_path):
    source, target = epub(tmp_path / "source.epub", MODERN), tmp_path / "woven.epub"
    made = reading(source, mp3)
    other = book(chapter("", page("1", "This is quite another book, you see."), audio=mp3))
    with pytest.raises(BookError, match="none of the sentences"):
        weave_readalong(other, source, target)
    with pytest.raises(BookError, match="audio"):
        weave_readalong(reading(source, None), source, target)
    locked = {
        **MODERN,
        "META-INF/encryption.xml": '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#">'
        '<e:EncryptedData><e:EncryptionMethod Algorithm="urn:drm"/></e:EncryptedData></encryption>',
    }
    with pytest.raises(BookError, match="DRM"):
        weave_readalong(made, epub(tmp_path / "locked.epub", locked), target)
    (tmp_path / "half.epub").write_bytes(source.read_bytes()[:900])
    for name in ("half.epub", "none.epub"):
        with pytest.raises(BookError):
            weave_readalong(made, tmp_path / name, target)
    assert not target.exists()


def test_a_damaged_picture_in_the_source_is_told(mp3, tmp_path):
    source, target = epub(tmp_path / "old.epub", OLD), tmp_path / "woven.epub"
    made = reading(source, mp3)
    # Pictures are packed here as they are.
    source.write_bytes(source.read_bytes().replace(png()[40:60], bytes(20)))
    with pytest.raises(BookError, match="damaged"):
        weave_readalong(made, source, target)
    assert [path.name for path in tmp_path.iterdir()] == ["old.epub"]


def test_untidy_documents_are_woven_into(mp3, tmp_path):
    untidy = "<html><body><p>The first <b>line</B> is here<br>and the second one.<p>Third & last."
    source = epub(tmp_path / "untidy.epub", {**MODERN, "OPS/öne.xhtml": untidy})
    woven = weave_readalong(reading(source, mp3), source, tmp_path / "woven.epub")
    assert woven.placed == woven.sentences
    assert "Third & last." in [text for _document, text, *_ in played(tmp_path / "woven.epub")]


def test_our_own_epubs_can_be_woven_into(mp3, tmp_path):
    plain, target = tmp_path / "plain.epub", tmp_path / "woven.epub"
    write_readalong(book(chapter("One", page("1", "# One\n\nA cat. A dog. A cat."))), plain)
    woven = weave_readalong(reading(plain, mp3), plain, target)
    assert (woven.placed, woven.sentences) == (4, 4)
    assert [text for _, text, *_ in played(target)] == ["One", "A cat.", "A dog.", "A cat."]


WORDS = st.sampled_from(
    [
        "the",
        "a",
        "boat",
        "river",
        "no",
        "yes",
        "Ana’s",
        "fo\xadg",
        "ﬁre",
        "đi",
        "bộ",
        "नदी",
        "rain",
        "7",
        "café",
    ]
)
SENTENCES = st.lists(
    st.lists(WORDS, min_size=1, max_size=8).map(lambda words: " ".join(words) + "."), max_size=12
)


@settings(max_examples=80, deadline=None)
@given(sentences=SENTENCES, glue=st.sampled_from([" ", "\n", " \u00a0"]))
def test_sentences_that_are_there_are_all_found_in_order(sentences, glue):
    text = glue.join(sentences)
    expected, at = [], 0
    for sentence in sentences:
        expected.append((at, at + len(sentence)))
        at += len(sentence) + len(glue)
    said = [sentence.replace("\u00ad", "").replace("ﬁ", "fi") for sentence in sentences]
    assert place(said, text) == expected


@settings(max_examples=80, deadline=None)
@given(sentences=SENTENCES, shown=SENTENCES)
def test_places_are_in_order_and_do_not_overlap(sentences, shown):
    text = " ".join(shown)
    ends = 0
    for found in place(sentences, text):
        if found:
            assert ends <= found[0] < found[1] <= len(text)
            ends = found[1]
