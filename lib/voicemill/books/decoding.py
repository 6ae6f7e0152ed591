"""Bytes of a text file → its text, whatever encoding they were saved in."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from unicodedata import category

from voicemill.errors import BookError

# The longer UTF-32 mark starts with the UTF-16 one, so it comes first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What books were saved in before UTF-8; wider lists make detection guess exotic ones.
_LEGACY = ["cp1252", "cp1258", "cp1256", "gb18030", "big5", "shift_jis", "euc_kr"]
_LEGACY += ["cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255"]
_SAMPLE_BYTES = 100_000
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
_SAVE_AS_UTF8 = "Save it again as UTF-8 text"


@dataclass(frozen=True)
class Decoded:
    """Text and the encoding it was in. guessed: true when nothing but the bytes said so."""

    text: str
    encoding: str
    guessed: bool = False


def decode(data: bytes, name: str) -> Decoded:
    """Return the text of a file; raises BookError when it is no text or the encoding unclear.

    Byte order marks are believed, then strict UTF-8, which other encodings practically never
    pass by chance; only then is the encoding guessed from how the text would read.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], codec, name)
    try:
        codec = _unmarked_utf16(data) or "utf-8"
        text = data.decode(codec)
    except UnicodeDecodeError:
        return _guessed(data, name)
    if _control_share(text) > 0.05:
        raise not_text(name)
    return Decoded(text, codec)


def not_text(name: str) -> BookError:
    """Return the error for a file of no kind that can be read."""
    remedy = "Give a PDF, EPUB, DOCX, HTML, Markdown or text file, or pictures of pages"
    return BookError("it is no book file that can be read", where=name, remedy=remedy)


def _strictly(data: bytes, codec: str, name: str) -> Decoded:
    try:
        return Decoded(data.decode(codec), codec)
    except UnicodeDecodeError as error:
        what = f"it starts like {codec.upper()} text and is damaged at byte {error.start:,}"
        raise BookError(what, where=name, remedy=_SAVE_AS_UTF8) from error


def _unmarked_utf16(data: bytes) -> str:
    head = data[:4096]
    zeros = [index % 2 for index, byte in enumerate(head) if byte == 0]
    if not zeros or len(zeros) < len(head) / 10:
        return ""
    odd = sum(zeros) / len(zeros)
    return "utf-16-le" if odd > 0.95 else "utf-16-be" if odd < 0.05 else ""


def _guessed(data: bytes, name: str) -> Decoded:
    from charset_normalizer import from_bytes

    if _BINARY.search(data[:_SAMPLE_BYTES]):
        return _wide(data, name)
    best = from_bytes(_sample(data), cp_isolation=_LEGACY, threshold=0.15).best()
    try:
        if best is not None:
            return Decoded(data.decode(best.encoding), best.encoding, guessed=True)
    except UnicodeDecodeError:
        pass  # What fits the beginning does not fit the rest: as unclear as no fit.
    raise BookError("its encoding cannot be told", where=name, remedy=_SAVE_AS_UTF8)


def _wide(data: bytes, name: str) -> Decoded:
    """Return UTF-16 without a mark in a script that has no zero bytes, such as Chinese.

    Only where every sign is a letter, a mark of writing or a space, as binary data never is.
    """
    for codec in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        head = text[:4096]
        written = sum(category(char)[0] in "LMNPZ" or char in "\t\n\r\f" for char in head)
        if "\n" in head and written > 0.99 * len(head):
            return Decoded(text, codec, guessed=True)
    raise not_text(name)


def _sample(data: bytes) -> bytes:
    """Return a part that ends between lines, so that no letter of several bytes is cut."""
    if len(data) <= _SAMPLE_BYTES:
        return data
    end = data.rfind(b"\n", 0, _SAMPLE_BYTES)
    return data[: end if end > 0 else _SAMPLE_BYTES]


def _control_share(text: str) -> float:
    head = text[:4096]
    controls = sum(char < " " and char not in "\t\n\v\f\r" for char in head)
    return controls / len(head) if head else 0.0
