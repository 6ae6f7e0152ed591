"""Books made from our own sentences, in five languages and every format."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from voicemill.books.book import Block, Book


@dataclass(frozen=True)
class Sample:
    """A short book: what a chapter is called, and the paragraphs of each."""

    language: str
    title: str
    author: str
    chapters: tuple[tuple[str, tuple[str, ...]], ...]


SAMPLES = {
    sample.language: sample
    for sample in (
        Sample(
            "en",
            "The Harbour Lamp",
            "Maren Oakley",
            (
                (
                    "Chapter 1",
                    (
                        "The lamp in the harbour window had been burning since the storm began.",
                        "Nobody in the village slept much that night, and 3 boats were missing.",
                    ),
                ),
                ("Chapter 2", ("In the morning the children found a strange oar on the beach.",)),
            ),
        ),
        Sample(
            "vi",
            "Ngọn đèn bến cảng",
            "Lê Thu Hà",
            (
                (
                    "Chương 1",
                    (
                        "Ngọn đèn trong cửa sổ nhà người trông bến đã cháy sáng từ khi bão về.",
                        "Đêm ấy trong làng chẳng ai ngủ được nhiều, và 3 chiếc thuyền chưa về.",
                    ),
                ),
                ("Chương 2", ("Sáng hôm sau lũ trẻ tìm thấy một mái chèo lạ trên bãi biển.",)),
            ),
        ),
        Sample(
            "hi",
            "बंदरगाह का दीया",
            "मीरा जोशी",
            (
                (
                    "अध्याय 1",
                    (
                        "बंदरगाह की खिड़की में दीया तूफ़ान शुरू होने के बाद से जल रहा था।",
                        "उस रात गाँव में कोई ठीक से नहीं सोया और 3 नावें नहीं लौटीं।",
                    ),
                ),
                ("अध्याय 2", ("सुबह बच्चों को किनारे पर एक अजनबी चप्पू मिला।",)),
            ),
        ),
        Sample(
            "zh",
            "港口的灯",
            "林海",
            (
                (
                    "第一章",
                    (
                        "暴风雨开始以后，港口窗前的那盏灯就一直亮着，谁也没有去熄灭它。",
                        "那天夜里村里没有几个人睡着，还有3条船没有回来。",
                    ),
                ),
                ("第二章", ("第二天早上，孩子们在海滩上发现了一支陌生的船桨。",)),
            ),
        ),
        Sample(
            "ar",
            "مصباح الميناء",
            "سلمى حداد",
            (
                (
                    "الفصل 1",
                    (
                        "كان المصباح في نافذة الميناء مضاءً منذ أن بدأت العاصفة تلك الليلة.",
                        "لم ينم أحد في القرية كثيراً، ولم تعد 3 قوارب إلى الشاطئ.",
                    ),
                ),
                ("الفصل 2", ("وفي الصباح وجد الأطفال مجدافاً غريباً على الرمل.",)),
            ),
        ),
    )
}

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>"""


def lines_of(sample: Sample) -> list[tuple[str, str]]:
    """Return kind and text of each piece of a sample, in order."""
    lines = []
    for heading, paragraphs in sample.chapters:
        lines.append(("heading", heading))
        lines += [("paragraph", paragraph) for paragraph in paragraphs]
    return lines


def blocks(book: Book, *kinds: str) -> list[Block]:
    """Return the blocks of a book, of some kinds or all."""
    return [
        block for page in book.pages for block in page.blocks if not kinds or block.kind in kinds
    ]


def said(book: Book) -> list[tuple[str, str]]:
    """Return kind and text of every block of a book."""
    return [(block.kind, block.text) for block in blocks(book)]


def zipped(files: dict[str, str | bytes]) -> bytes:
    """Return a ZIP archive of files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def xhtml(body: str, language: str = "", head: str = "") -> str:
    """Return an XHTML document of a body."""
    lang = f' xml:lang="{language}"' if language else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml"'
        f' xmlns:epub="http://www.idpf.org/2007/ops"{lang}><head><title>t</title>{head}</head>'
        f"<body>{body}</body></html>"
    )


def nav(body: str) -> str:
    """Return a navigation document."""
    return xhtml(body)


def toc(*entries: tuple[str, str]) -> str:
    """Return the table of contents of a navigation document."""
    items = "".join(f'<li><a href="{place}">{title}</a></li>' for place, title in entries)
    return f'<nav epub:type="toc"><ol>{items}</ol></nav>'


def opf(
    documents: list[str],
    metadata: str = "<dc:title>The Harbour Lamp</dc:title><dc:language>en</dc:language>",
    items: str = "",
    guide: str = "",
    spine: str = "",
) -> str:
    """Return a package whose spine is these documents."""
    manifest = "".join(
        f'<item id="d{number}" href="{name}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(documents)
    )
    refs = "".join(f'<itemref idref="d{number}"/>' for number in range(len(documents)))
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{metadata}</metadata>'
        f"<manifest>{manifest}{items}</manifest><spine {spine}>{refs}</spine>{guide}</package>"
    )


NAV_ITEM = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'


def epub(
    documents: dict[str, str],
    navigation: str = "",
    extra: dict[str, str | bytes] | None = None,
    **package: str,
) -> bytes:
    """Return an EPUB of documents in reading order, with a navigation document if given."""
    items = package.pop("items", "") + (NAV_ITEM if navigation else "")
    files: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": opf(list(documents), items=items, **package),
        **{f"OPS/{name}": document for name, document in documents.items()},
    }
    if navigation:
        files["OPS/nav.xhtml"] = navigation
    return zipped({**files, **(extra or {})})


def epub_of(sample: Sample) -> bytes:
    """Return a sample as an EPUB 3 with a table of contents."""
    documents = {
        f"c{number}.xhtml": xhtml(
            f"<h1>{heading}</h1>" + "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs),
            sample.language,
        )
        for number, (heading, paragraphs) in enumerate(sample.chapters)
    }
    places = zip(documents, (heading for heading, _paragraphs in sample.chapters), strict=True)
    metadata = (
        f"<dc:title>{sample.title}</dc:title><dc:creator>{sample.author}</dc:creator>"
        f"<dc:language>{sample.language}</dc:language>"
    )
    return epub(documents, nav(toc(*places)), metadata=metadata)
