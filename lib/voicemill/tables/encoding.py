"""Bytes of a text file → text, for the encodings that spreadsheets and editors leave behind."""

from __future__ import annotations

import codecs
import re

from voicemill.errors import Problem, TableError

# The longer UTF-32 mark starts with the UTF-16 one, so it comes first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAVE_AS_UTF8 = "Save it again as 'CSV UTF-8' (Excel: Save As; LibreOffice: Character set)"


def decode(data: bytes, name: str) -> str:
    """Return the text of a file; raises TableError when it is not text or its encoding unclear.

    Byte order marks are believed; then comes strict UTF-8, which other encodings practically
    never pass by chance; then Vietnamese Windows-1258 and Windows-1252, each only where the
    result reads like its languages. Anything else is refused rather than guessed.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _strictly(data[len(mark) :], codec, name)
    try:
        text = data.decode(_unmarked_utf16(data) or "utf-8")
    except UnicodeDecodeError as error:
        return _legacy(data, name, error)
    if _control_share(text) > 0.05:
        raise _not_text(name)
    return text


def _strictly(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        problem = Problem(
            f"the file starts like {codec.upper()} text and is damaged at byte {error.start}",
            _SAVE_AS_UTF8,
        )
        raise TableError(name, [problem]) from error


def _unmarked_utf16(data: bytes) -> str:
    """Return the byte order of UTF-16 without a mark, '' for other data.

    Half of the bytes of Latin text are then zero, all on the same side; a header and
    delimiters leave enough of them in tables of any script.
    """
    head = data[:4096]
    zeros = [index % 2 for index, byte in enumerate(head) if byte == 0]
    if len(zeros) < len(head) / 10 or not zeros:
        return ""
    odd = sum(zeros) / len(zeros)
    return "utf-16-le" if odd > 0.95 else "utf-16-be" if odd < 0.05 else ""


def _legacy(data: bytes, name: str, error: UnicodeDecodeError) -> str:
    if re.search(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]", data):
        raise _not_text(name) from error
    vietnamese = _vietnamese(data)
    if vietnamese:
        return vietnamese
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    if text and _reads_western(text):
        return text
    line = data.count(b"\n", 0, error.start) + 1
    problem = Problem("the encoding of the file cannot be told", _SAVE_AS_UTF8, row=line)
    raise TableError(name, [problem]) from error


_TONES_1258 = "\u0300\u0301\u0303\u0309\u0323"
_VIETNAMESE_ONLY = re.compile("[ăđơưĂĐƠƯ]")
_MISPLACED_TONE = re.compile(f"(?<![aăâeêioôơuưyAĂÂEÊIOÔƠUƯY])[{_TONES_1258}]")
_VIETNAMESE_LETTERS = frozenset("àáâãèéêìíòóôõùúýăđĩũơưÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯ")


def _vietnamese(data: bytes) -> str:
    """Return the text when it is Vietnamese in Windows-1258 beyond doubt, else ''.

    That encoding writes tones after their vowel, in bytes that are Ì ì Ò ò Þ in Windows-1252;
    no western text has those only after vowels and letters like ð õ ý ã beside them.
    """
    try:
        text = data.decode("cp1258")
    except UnicodeDecodeError:
        return ""
    tones = any(tone in text for tone in _TONES_1258)
    if not tones or not _VIETNAMESE_ONLY.search(text) or _MISPLACED_TONE.search(text):
        return ""
    letters = {char for char in text if char > "\x7f" and char.isalpha()}
    return text if letters <= _VIETNAMESE_LETTERS else ""


# Words of nothing but accents, signs inside a word (a soft hyphen and Catalan's l·l apart),
# and capitals after small letters, which is how the old Macintosh encoding's é reads.
_NOT_WESTERN = re.compile(
    "(?<![A-Za-z\xa1-\xff])[\xa1-\xff]{2,}(?![A-Za-z\xa1-\xff])"
    "|[\xa1-\xff‚ƒ]{3,}"
    "|(?<=[a-z])[\xa1-\xac\xae-\xb6\xb8-\xbf](?=[a-z])"
    "|(?<=[a-z])[ŽŠŸˆ]"
)


def _reads_western(text: str) -> bool:
    """Tell whether accented letters stand among plain ones, as in western languages.

    Cyrillic, Arabic or Chinese read as Windows-1252 is runs of accents, Japanese has low
    quotes among them, Polish signs inside words.
    """
    accented = len(re.findall("[\xa1-\xff‚ƒ]", text))
    foreign = sum(len(match) for match in _NOT_WESTERN.findall(text))
    return foreign <= accented * 0.2


def _control_share(text: str) -> float:
    head = text[:4096]
    controls = sum(char < " " and char not in "\t\n\v\f\r" for char in head)
    return controls / len(head) if head else 0.0


def _not_text(name: str) -> TableError:
    remedy = "Give a CSV, TSV, TXT, XLSX, Parquet or JSON file"
    return TableError(name, [Problem("the file is not a table: it holds binary data", remedy)])
