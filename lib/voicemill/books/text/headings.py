"""Which lines of a plain text open a chapter, in the languages whose books we know."""

from __future__ import annotations

import re

_LONGEST_HEADING = 80
_ROMAN = r"[IVXLCDM]{1,8}"
_WORDS = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty(?:-\w+)?"
    r"|thirty(?:-\w+)?|forty(?:-\w+)?|first|second|third|fourth|fifth|last|the first|the last"
    r"|một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười(?: \w+)?|nhất|cuối"
    r"|un|une|premier|première|deux|trois|quatre|eins|zwei|drei|vier|uno|dos|tres|cuatro"
)
# After a word for chapter stands its number, then nothing or a title behind a sign or a space.
_NUMBERED = re.compile(
    r"(?:chapter|part|book|section|volume|act|scene|letter|canto"
    r"|chương|phần|hồi|quyển|tập|bài"
    r"|chapitre|partie|livre|kapitel|teil|buch|capítulo|capitulo|parte|libro|capitolo"
    r"|hoofdstuk|deel|rozdział|глава|часть|розділ|частина|bölüm)"
    rf"\s+(?:\d{{1,4}}|{_ROMAN}|{_WORDS})(?:\.?|\s*[.:—–-]\s*\S.*|\s+[^\s.].*)",
    re.IGNORECASE,
)
_HINDI = re.compile(
    r"(?:अध्याय|भाग|परिच्छेद|खंड|खण्ड|प्रकरण|सर्ग)\s*[-:–—]?\s*"
    r"(?:\d{1,4}|एक|दो|तीन|चार|पाँच|पांच|छह|सात|आठ|नौ|दस|पहला|दूसरा|तीसरा)(?:\s*[:.–—-].*|\s+.*)?"
    r"|(?:पहला|दूसरा|तीसरा|चौथा|पाँचवाँ|छठा|सातवाँ|आठवाँ|नौवाँ|दसवाँ)\s+(?:अध्याय|भाग)(?:\s*[:–—-].*)?"
)
_CHINESE = re.compile(
    r"第\s*[0-9０-９一二三四五六七八九十百千零〇两兩]{1,7}\s*[章回节節卷部篇集话話](?:[\s：:、—-]*.{0,40})?"
)
_ARABIC = re.compile(
    r"(?:الفصل|الباب|الجزء|القسم)\s+(?:\d{1,4}|ال\w+(?:\s+عشر)?)(?:\s*[:.،–—-].*|\s+.*)?"
)
_ALONE = re.compile(
    r"prologue|epilogue|preface|introduction|foreword|afterword|conclusion|appendix"
    r"|lời mở đầu|mở đầu|lời nói đầu|lời tựa|lời kết|kết luận|phần kết"
    r"|प्रस्तावना|भूमिका|उपसंहार|आमुख"
    r"|序|序章|序言|前言|楔子|引子|尾声|尾聲|后记|後記|跋"
    r"|مقدمة|المقدمة|تمهيد|خاتمة|الخاتمة|prologo|épilogue|vorwort|nachwort",
    re.IGNORECASE,
)
# A chapter's number without its title: "II.", "Chapter 2", "第二章", "الفصل الثاني عشر".
_BARE = re.compile(rf"\d{{1,4}}|{_ROMAN}|第[^\s章回节節卷部篇集话話]{{1,7}}[章回节節卷部篇集话話]")
_TITLED = re.compile("[.:،—–]")
_ENDS_SENTENCE = '.!?…。！？।؟"”’»,;:，；：'


def is_chapter_line(line: str) -> bool:
    """Tell whether a line that stands alone opens a chapter: 'Chapter 1', '第一章', ….

    "Chapter one was long and dull." is a sentence and does not.
    """
    line = line.strip().strip("*_=#—–- ").strip()
    if not line or len(line) > _LONGEST_HEADING:
        return False
    if _ALONE.fullmatch(line.rstrip(".:")):
        return True
    named = any(pattern.fullmatch(line) for pattern in (_HINDI, _CHINESE, _ARABIC))
    if not named and not _NUMBERED.fullmatch(line):
        return False
    return not _reads_on(line)


def is_bare_number(heading: str) -> bool:
    """Tell whether a heading has only a chapter's number, so that the next one is its title."""
    heading = heading.strip().rstrip(" .:—–-")
    if _BARE.fullmatch(heading):
        return True
    if _ALONE.fullmatch(heading) or _CHINESE.fullmatch(heading) or _TITLED.search(heading):
        return False
    most = 3 if _ARABIC.fullmatch(heading) else 2
    return len(heading.split()) <= most and is_chapter_line(heading)


def is_title_line(line: str) -> bool:
    """Tell whether a line below 'Chapter 1' can be the chapter's title."""
    line = line.strip()
    return 0 < len(line) <= 60 and len(line.split()) <= 9 and line[-1] not in _ENDS_SENTENCE


def _reads_on(line: str) -> bool:
    """Tell whether the line is a sentence: more than a title's words and a sentence's end."""
    words = line.rstrip(".").split()
    return line[-1] in ".,;。，।،" and len(words) > 2
