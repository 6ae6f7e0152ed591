"""Long texts in parts, and whether all of a part was spoken.

edge-tts cuts at the last space before 4096 bytes, in the middle of a sentence, or of a word
in languages without spaces. The parts made here end with a sentence where there is one, each
is one request that counts against the limit, and its cues start from the decoded samples.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from voicemill.speech.engine import Cue
from voicemill.speech.word_places import letters

# The service counts time in 100 ns and its counter overflows after 2³¹ of them, 214 s (said
# in edge-tts's source). Slow languages need about 13 bytes of text for a second.
MAX_BYTES = 2000
_SENTENCE_END = re.compile(r"(?<=[.!?…।؟])[\"'”’)\]]*\s+|(?<=[。！？])|\n+")
_CLAUSE_END = re.compile(r"(?<=[,;:،])\s+|(?<=[，、；：])")
_SPACE = re.compile(r"\s+")
# The last cue may end this much after the audio: MP3 decoders drop the encoder's delay.
_AUDIO_TOLERANCE_S = 0.15
# A symbol or two at the end may be spoken without a cue of their own (m², ①).
_UNHEARD_LETTERS = 2


def parts(text: str, speed: float) -> list[str]:
    """Cut a text into pieces of at most MAX_BYTES, fewer for slow speech.

    Each ends with a sentence if possible, else a clause, a word, a letter.
    """
    limit = int(MAX_BYTES * min(speed, 1.0))
    packed = (part.strip() for part in _pack(text.strip(), limit))
    return [part for part in packed if any(char.isalnum() for char in part)]


def _pack(text: str, limit: int) -> Iterator[str]:
    pending = ""
    for piece in _pieces(text, limit, (_SENTENCE_END, _CLAUSE_END, _SPACE)):
        if pending and escaped_bytes(pending + piece) > limit:
            yield pending
            pending = ""
        pending += piece
    yield pending


def _pieces(text: str, limit: int, ends: Sequence[re.Pattern[str]]) -> Iterator[str]:
    """Cut at the first kind of end; what is still too long, at the next kind."""
    if escaped_bytes(text) <= limit:
        yield text
    elif ends:
        start = 0
        for match in ends[0].finditer(text):
            yield from _pieces(text[start : match.end()], limit, ends[1:])
            start = match.end()
        yield from _pieces(text[start:], limit, ends[1:])
    else:
        yield from _byletters(text, limit)


def _byletters(text: str, limit: int) -> Iterator[str]:
    letters = ""
    for char in text:
        # A mark belongs to the letter before it.
        if escaped_bytes(letters + char) > limit and not unicodedata.category(char).startswith("M"):
            yield letters
            letters = ""
        letters += char
    yield letters


def escaped_bytes(text: str) -> int:
    """Return how many bytes a text takes in a request, where it is XML."""
    return len(escape(text).encode())


def missing(text: str, cues: Sequence[Cue], duration_s: float) -> str:
    """Say what is missing from the speech of a part, "" when it is whole.

    cues: the words the service says it spoke; duration_s: how long its audio really is.
    """
    if not cues:
        return "no timing came with the audio, so it may be cut off"
    last_s = max(cue.end_s for cue in cues)
    if last_s > duration_s + _AUDIO_TOLERANCE_S:
        return f"the audio is cut off: {duration_s:.1f} s came of {last_s:.1f} s"
    unheard, skipped = _unheard([cue.text for cue in cues if cue.kind == "word"], text)
    if unheard > _UNHEARD_LETTERS + skipped:
        return f"the end was not spoken: {unheard} letters are missing"
    return ""


def _unheard(words: Sequence[str], text: str) -> tuple[int, int]:
    """Count the letters after the last word spoken, and those passed over before it.

    Where the service writes words in its own way (numbers, symbols) letters are passed over;
    then its last word says less about the end.
    """
    if not words:
        return 0, 0
    whole, place, skipped = letters(text), 0, 0
    for word in words:
        spoken = letters(word)
        found = whole.find(spoken, place) if spoken else -1
        if found >= 0:
            skipped += found - place
            place = found + len(spoken)
    return len(whole) - place, skipped
