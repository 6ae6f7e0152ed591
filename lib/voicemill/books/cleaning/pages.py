"""Pages a listener does not want to hear: tables of contents, copyright."""

from __future__ import annotations

import re
from collections.abc import Sequence

LEADER = re.compile(r"(\.\s?){4,}|…{2,}|(·\s?){4,}|(_\s?){4,}")
LEADER_LINE = re.compile(r".*?((\.\s?){4,}|…{2,}|(·\s?){4,}|(_\s?){4,}).*\w\W*\Z")
ENDS_IN_NUMBER = re.compile(r".*\D\s*(\d{1,4}|\b[ivxlc]{1,7})\W*\Z", re.IGNORECASE)
CONTENTS = frozenset(
    ("contents", "table of contents", "mục lục", "目录", "目錄", "目次", "विषय सूची", "विषयसूची",
     "विषय-सूची", "अनुक्रमणिका", "المحتويات", "فهرس", "الفهرس", "فهرس المحتويات", "inhalt",
     "inhaltsverzeichnis", "sommaire", "table des matières", "índice", "contenido", "indice")
)  # fmt: skip
COPYRIGHT = re.compile(
    r"©|\(c\)\s*\d{4}|copyright|bản quyền|版权|版權|कॉपीराइट|सर्वाधिकार|حقوق", re.IGNORECASE
)
IMPRINT = re.compile(
    r"isbn|all rights reserved|published by|first published|publisher|printed (in|by)|library of "
    r"congress|no part of this|licen[cs]e|edition|nhà xuất bản|出版|प्रकाशक|प्रकाशन|الناشر|محفوظة",
    re.IGNORECASE,
)
LONGEST = 300  # characters of an entry; longer lines are none
MOST_WORDS = 400  # of a copyright page
NEAR_COVER = 12  # pages from the front, and a quarter as many from the back


def is_contents(lines: Sequence[str]) -> bool:
    """Tell whether these lines of a page are a table of contents, wholly."""
    shown = [line for line in lines if line.strip()]
    leaders = sum(map(is_contents_line, shown))
    if leaders >= 3 and leaders * 2 >= len(shown):
        return True
    if not any(_bare(line) in CONTENTS for line in shown[:2]) or len(shown) < 4:
        return False
    numbered = sum(_ends_in_number(line) for line in shown)
    return numbered >= 3 and numbered >= 0.6 * (len(shown) - 1)


def is_contents_line(line: str) -> bool:
    """Tell whether a line is an entry with dots that lead to a page number."""
    return len(line) < LONGEST and bool(LEADER_LINE.match(line)) and _ends_in_number(line)


def _ends_in_number(line: str) -> bool:
    return len(line) < LONGEST and bool(ENDS_IN_NUMBER.match(line))


def is_contents_heading(line: str) -> bool:
    """Tell whether a heading is the one of a table of contents."""
    return _bare(line) in CONTENTS


def _bare(line: str) -> str:
    return " ".join(line.casefold().split()).strip(" .:")


def is_copyright(text: str, number: int, count: int) -> bool:
    """Tell whether a page is the copyright page. number: from 1, of count pages."""
    near = number <= NEAR_COVER or number > count - NEAR_COVER // 4
    if not near or len(text.split()) > MOST_WORDS or len(text) > MOST_WORDS * 10:
        return False
    return bool(COPYRIGHT.search(text)) and bool(IMPRINT.search(text))


def rights_line(text: str) -> str:
    """Return the sentence of a copyright page that says who has the rights, "" without one."""
    found = re.search(r"[^.\n]*(©|\(c\)\s*\d{4}|copyright)[^.\n]*", text, re.IGNORECASE)
    return " ".join(found[0].split())[:300] if found else ""
