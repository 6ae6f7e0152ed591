"""Which language a book is in, where the file does not say."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from voicemill.books.book import Book, Page

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Spread over the book, so that a foreign motto or licence at its start does not decide.
_SAMPLES = 12
_SAMPLE_CHARS = 600
_SURE = 0.9
_LETTER = re.compile(r"[^\W\d_]")
_LEAST_LETTERS = 12
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*\Z")
# ISO 639-2 and 639-3 codes that files hold, as BCP 47 wants them.
_SHORTER = {
    "eng": "en", "vie": "vi", "hin": "hi", "zho": "zh", "chi": "zh", "ara": "ar", "deu": "de",
    "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "por": "pt", "rus": "ru",
    "jpn": "ja", "kor": "ko", "nld": "nl", "dut": "nl",
}  # fmt: skip
_UNKNOWN = frozenset(("und", "mul", "zxx", "mis", "x-none"))


def with_language(book: Book) -> Book:
    """Return the book with its language: the declared one, else detected, else ''."""
    declared = language_tag(book.language)
    if declared:
        return replace(book, language=declared, language_source="declared")
    found = detect_language(_samples(book))
    return replace(book, language=found, language_source="detected" if found else "")


def language_tag(written: str) -> str:
    """Return what a file calls its language as a BCP 47 tag, '' when it is none.

    'en_us' becomes 'en-US', 'vie' becomes 'vi'; 'und' is none.
    """
    tag = written.strip().replace("_", "-")
    if not _TAG.match(tag) or tag.lower() in _UNKNOWN:
        return ""
    primary, *rest = tag.split("-")
    primary = _SHORTER.get(primary.lower(), primary.lower())
    parts = [_part(part) for part in rest]
    return "" if primary in _UNKNOWN else "-".join([primary, *parts])


def same_language(one: str, other: str) -> bool:
    """Tell whether two tags mean the same: equal, or one of them names no region or script."""
    if one.lower() == other.lower():
        return True
    short, long = sorted((one.lower(), other.lower()), key=len)
    return "-" not in short and long.startswith(short + "-")


def detect_language(text: str) -> str:
    """Return the BCP 47 tag of a text's language, '' where the text is too short or unclear."""
    if len(_LETTER.findall(text[:10_000])) < _LEAST_LETTERS:
        return ""
    language, probability = _identifier().classify(text)
    return str(language) if probability >= _SURE else ""


def _part(part: str) -> str:
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 else part.lower()


def _samples(book: Book) -> str:
    texts = [text for page in book.pages if (text := _narrated(page))]
    step = max(len(texts) // _SAMPLES, 1)
    return "\n".join(text[:_SAMPLE_CHARS] for text in texts[::step])


def _narrated(page: Page) -> str:
    texts = [block.text for block in page.blocks if block.kind in ("heading", "paragraph")]
    return " ".join(texts)


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
