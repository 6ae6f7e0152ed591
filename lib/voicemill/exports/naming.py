"""Names of exported files: from titles that may hold anything, for every file system and player."""

from __future__ import annotations

import hashlib
import re
import unicodedata

# File systems allow 255 bytes; a number before the title and an ending come on top.
_LONGEST_BYTES = 120
# Playlists are read as lists of addresses, in which these mean something else.
_ADDRESS = str.maketrans(dict.fromkeys("#%?&;~$`", "-"))
# They let a name be read in another order than it is written.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
# Letters that are no letter with an accent, so that Unicode does not take them apart.
_PLAIN = str.maketrans(
    {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}
)


def one_line(text: str) -> str:
    """Return text in one line, without control characters, as titles and tags need it."""
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cs")).strip()


def file_stem(text: str, fallback: str) -> str:
    """Return a name without ending: one part of a path, in the letters of its language.

    fallback: what it is called when nothing of the text is left.
    """
    from pathvalidate import sanitize_filename

    plain = _BIDI.sub("", unicodedata.normalize("NFC", one_line(text))).translate(_ADDRESS)
    clean = str(sanitize_filename(plain, platform="universal")).lstrip(".=+-@ ").rstrip(". ")
    clean = clean.encode(errors="ignore")[:_LONGEST_BYTES].decode(errors="ignore").rstrip(". ")
    return clean or fallback


def folder_name(text: str) -> str:
    """Return a folder's name that is another one for another text."""
    stem = file_stem(text, "book")
    if stem == text:
        return stem
    return f"{stem} {hashlib.sha256(text.encode()).hexdigest()[:8]}"


def ascii_stem(text: str, fallback: str = "", joint: str = "_") -> str:
    """Return text in a to z and 0 to 9, as hosts abroad want it; accents go, other scripts too."""
    apart = unicodedata.normalize("NFKD", text.lower().translate(_PLAIN))
    letters = "".join(c for c in apart if not unicodedata.combining(c) and c not in "'’")
    words = re.findall(r"[a-z0-9]+", letters)
    return joint.join(words)[:60].strip(joint or None) or fallback


def numbered(number: int, total: int) -> str:
    """Return a number with as many digits as the last one has, and at least two."""
    return f"{number:0{max(2, len(str(total)))}}"


def surname(author: str) -> str:
    """Return the last name of the first author in small ASCII letters, "" when there is none."""
    first = re.split(r";|&| and ", one_line(author))[0]
    before, _comma, _after = first.partition(",")
    # "Austen, Jane" names one person; "Jane Austen, Walter Scott" two.
    return ascii_stem(before.strip().rpartition(" ")[2], joint="")
