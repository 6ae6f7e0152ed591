"""What the styles of a Word file mean: headings, contents, lists; in whichever language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Word names its own heading styles in English inside the file; other programs do not always.
_HEADING = re.compile(
    r"(?:heading|überschrift|ueberschrift|titre|título|titulo|titolo|encabezado|kop|rubrik"
    r"|overskrift|nagłówek|заголовок|başlık|đề mục|tiêu đề|đầu đề|शीर्षक|标题|標題|見出し|제목"
    r"|عنوان|العنوان)\s*([1-9])",
    re.IGNORECASE,
)
_CONTENTS = re.compile(r"(?:toc|contents|mục lục|verzeichnis|目录|目錄)\b.*", re.IGNORECASE)
_MOST_PARENTS = 20


@dataclass(frozen=True)
class Styles:
    """Meanings by the id of a style. levels: of headings, from 1; contents: ids."""

    levels: Mapping[str, int]
    contents: frozenset[str]
    breaks: frozenset[str]


def styles_of(root: etree._Element | None) -> Styles:
    """Return the meanings of the styles in word/styles.xml, inherited ones too."""
    styles = {} if root is None else {_value(s, "styleId"): s for s in root.iter(W + "style")}
    levels: dict[str, int] = {}
    contents, breaks = set(), set()
    for name in styles:
        line = _line_of(name, styles)
        level = next((found for style in line if (found := _level(style))), 0)
        if level:
            levels[name] = level
        if any(_CONTENTS.fullmatch(_name(style)) for style in line):
            contents.add(name)
        if any(style.find(f"{W}pPr/{W}pageBreakBefore") is not None for style in line):
            breaks.add(name)
    return Styles(levels, frozenset(contents), frozenset(breaks))


def outline_level(properties: etree._Element | None) -> int:
    """Return the heading level that a paragraph's or style's properties say, 0 for none."""
    element = None if properties is None else properties.find(W + "outlineLvl")
    value = "" if element is None else _value(element, "val")
    # 9 stands for body text.
    return int(value) + 1 if value.isdecimal() and int(value) < 9 else 0


def _line_of(name: str, styles: Mapping[str, etree._Element]) -> list[etree._Element]:
    """Return a style and those it is based on; a ring of styles ends."""
    line: list[etree._Element] = []
    while name in styles and len(line) < _MOST_PARENTS:
        line.append(styles[name])
        based = styles[name].find(W + "basedOn")
        name = "" if based is None else _value(based, "val")
    return line


def _level(style: etree._Element) -> int:
    said = outline_level(style.find(W + "pPr"))
    match = _HEADING.fullmatch(_name(style).strip())
    if said or match:
        return said or int(match[1] if match else 0)
    return 1 if _name(style).lower() == "title" else 0


def _name(style: etree._Element) -> str:
    element = style.find(W + "name")
    return "" if element is None else _value(element, "val")


def _value(element: etree._Element, name: str) -> str:
    return str(element.get(W + name) or "")
