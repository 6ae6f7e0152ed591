"""How a key, a symbol or a text may be spelt as a file name."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from voicemill.tables.ipa import LOOK_ALIKES, normalise_transcription

# Longer ones cannot be file names: file systems allow 255 bytes.
LONGEST_BYTES = 200
# As the store shortens the parts of its file names.
_KEY_BYTES, _HINT_BYTES = 80, 60
_HINT_LETTERS = 30

_REPLACEMENTS = ("", "_", "-", " ")
_SEPARATORS = re.compile(r"[\s_\-–—.]")
# What no file name may hold, and what people leave out of one.
_LEFT_OUT = re.compile(r"[<>:\"/\\|?*,;!'’‘“”«»…¡¿()\[\]{}\x00-\x1f]")
_PLAIN = re.compile(r"[^\W_]+(?:[ \-][^\W_]+)*")
_RESERVED_LETTERS = 4  # CON, LPT1: names that a file may not have

_LOOK_ALIKES = str.maketrans(LOOK_ALIKES)


def composed(text: str) -> str:
    """Return the text in composed form; macOS gives file names decomposed."""
    return unicodedata.normalize("NFC", text)


def as_word(text: str) -> str:
    """Return a word or sentence without what file names change: case, spaces, punctuation."""
    bare = _LEFT_OUT.sub("", _SEPARATORS.sub("", composed(text)))
    return composed(bare.casefold())


def as_symbol(text: str) -> str:
    """Return a symbol or transcription as IPA writes it, without separators; case stays."""
    spelt = normalise_transcription(composed(text)).translate(_LOOK_ALIKES)
    return _LEFT_OUT.sub("", _SEPARATORS.sub("", spelt))


def safe_forms(text: str) -> set[str]:
    """Return the file names that people and programs make of a text, itself included."""
    from pathvalidate import sanitize_filename

    whole = composed(text)
    if len(whole.encode()) > LONGEST_BYTES:
        return {whole, store_form(whole)}
    variants = {whole, whole.replace(" ", "-"), whole.replace(" ", "_")}
    if _needs_no_change(whole):
        return variants | {store_form(whole)}
    forms = {whole, store_form(whole)}
    for variant in variants:
        for instead in _REPLACEMENTS:
            forms.add(sanitize_filename(variant, instead, platform="universal"))
        for instead in (*_REPLACEMENTS, ":"):  # macOS keeps a slash as a colon
            forms.add(sanitize_filename(variant, instead, platform="linux"))
    return {form for form in forms | {form.strip() for form in forms} if form}


@lru_cache(maxsize=4096)
def store_form(text: str, longest_bytes: int = _KEY_BYTES) -> str:
    """Return a text as the store writes it in the names of finished files."""
    from pathvalidate import sanitize_filename

    plain = composed(text).replace(" ", "-")
    if not _needs_no_change(plain):
        plain = str(sanitize_filename(plain, platform="universal")).strip(". -_")
    return plain.encode()[:longest_bytes].decode(errors="ignore")


def store_heads(key: str, text: str) -> set[str]:
    """Return how the name of a finished file of an item begins, with its text and without."""
    head = store_form(key)
    hint = store_form(text, _HINT_BYTES) if len(text) <= _HINT_LETTERS else ""
    # Nothing may be left of a key such as ":"; the store then names the file by its text.
    return {head or hint or "item", "_".join(dict.fromkeys(filter(None, (head, hint)))) or "item"}


def _needs_no_change(name: str) -> bool:
    # Most names are fine as they are, and pathvalidate takes a while to say so.
    return len(name) > _RESERVED_LETTERS and _PLAIN.fullmatch(name) is not None
