"""Text without what cannot be said: control characters, invisible junk, stray spaces."""

from __future__ import annotations

import re
import unicodedata

_ANY_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
# Invisible characters: soft hyphen, zero-width space, word joiner, byte order mark, direction
# marks, variation selectors for text style, interlinear notes, and lone surrogates, which no
# file or engine can encode. The zero-width (non-)joiners are looked at one by one.
_JUNK = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe0e\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)
_JOINERS = re.compile("[\u200c\u200d]+")
_SUSPECT = re.compile(
    r"[^\S ]|  |^ | $|[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe0e\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
# Scripts in which a zero-width (non-)joiner changes the letters: Arabic and Persian, Syriac,
# N'Ko, the Indic scripts to Malayalam and Sinhala, Khmer, Mongolian.
_JOINING = re.compile(
    "[\u0600-\u077f\u07c0-\u07ff\u08a0-\u08ff\u0900-\u0dff\u1780-\u17ff\u1800-\u18af]"
)
_EMOJI = re.compile("[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]")


def clean(text: str) -> str:
    """Return `text` in NFC, without control and invisible characters, single spaces inside.

    Zero-width joiners stay between letters of scripts that need them, and in emoji.
    """
    if text.isascii() and text.isprintable() and "  " not in text and text == text.strip(" "):
        return text  # nearly all English text, told without a pattern
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    if _SUSPECT.search(text) is None:
        return text
    text = _JUNK.sub("", text)
    text = _JOINERS.sub(_needed_joiner, text)
    # What was taken out may have kept a letter and its mark apart.
    return unicodedata.normalize("NFC", _ANY_BLANK.sub(" ", text).strip())


def _needed_joiner(match: re.Match[str]) -> str:
    text = match.string
    before, after = text[: match.start()][-1:], text[match.end() :][:1]
    if _JOINING.match(before) or (_EMOJI.match(before) and _EMOJI.match(after)):
        return match[0][0]
    return ""
