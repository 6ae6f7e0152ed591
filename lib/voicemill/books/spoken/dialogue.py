"""Who speaks: the narrator, or a speaker between quotation marks or after a dialogue dash.

Nothing is guessed beyond the marks and the tag beside a quote ("said Anna").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from voicemill.books.spoken.ends import MARKS
from voicemill.books.spoken.quotes import Span, spans
from voicemill.books.spoken.words import SAYING, primary
from voicemill.errors import BookError

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_STOP = re.compile(rf"[{MARKS};；؛\n]")
# How much beside a quote can be its tag, in characters.
_TAG = 100


@dataclass(frozen=True)
class Part:
    """A run of text in one voice.

    speaker: "narrator" or "speaker".  tag: for a speaker, the words beside the quote that say
    who spoke, such as "said Anna", else "".  start: its place in the text.
    """

    text: str
    speaker: str
    tag: str = ""
    start: int = 0


def parts(text: str, language: str) -> list[Part]:
    """Part a text into what the narrator and what speakers say; joined they are the text.

    Best given whole pages: a quote may run over sentences, and over paragraphs if each opens
    with its mark again; one that is not closed ends with its paragraph. `within` gives the
    parts of one sentence. A word set in quotes inside a sentence (the “Blue Anchor”) is the
    narrator's: speech has a mark of its own or is announced. Two speaker's parts in a row
    are two turns. language: a BCP 47 tag.
    """
    found: list[Part] = []
    chain: list[int] = []  # places of the parts of a quote that no paragraph has closed yet
    for start, end in _paragraphs(text):
        spoken = spans(text[start:end], primary(language))
        first = len(found)
        found.extend(_parts(text[start:end], start, spoken, primary(language)))
        if chain and found[first].speaker == "speaker":
            _join(found, chain, first)
        else:
            chain = []
        if spoken and not spoken[-1].closed:
            last = max(n for n in range(first, len(found)) if found[n].speaker == "speaker")
            chain = chain if chain and chain[-1] == last else [last]
        else:
            chain = []
    return found


def _join(found: list[Part], chain: list[int], following: int) -> None:
    """Add a part to a quote over several paragraphs, which has one tag."""
    if tag := found[following].tag:
        for place in chain:
            found[place] = replace(found[place], tag=tag)
    else:
        found[following] = replace(found[following], tag=found[chain[0]].tag)
    chain.append(following)


def within(found: Iterable[Part], start: int, end: int) -> list[Part]:
    """Return the parts of text[start:end], such as a sentence, of the parts of a whole text."""
    clipped = []
    for part in found:
        low, high = max(start, part.start), min(end, part.start + len(part.text))
        if low < high:
            text = part.text[low - part.start : high - part.start]
            clipped.append(replace(part, text=text, start=low))
    return clipped


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield the paragraphs, each with the white space after it."""
    start = 0
    for match in _PARAGRAPH.finditer(text):
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _parts(paragraph: str, offset: int, spoken: list[Span], language: str) -> Iterator[Part]:
    place = 0
    for number, span in enumerate(spoken):
        if place < span.start:
            yield Part(paragraph[place : span.start], "narrator", "", offset + place)
        following = spoken[number + 1].start if number + 1 < len(spoken) else len(paragraph)
        tag = _tag(paragraph[place : span.start], paragraph[span.end : following], language)
        yield Part(paragraph[span.start : span.end], "speaker", tag, offset + span.start)
        place = span.end
    if place < len(paragraph):
        yield Part(paragraph[place:], "narrator", "", offset + place)


def _tag(before: str, after: str, language: str) -> str:
    """Return the clause beside a quote that says who speaks: the one after it, or before."""
    saying = SAYING.get(language)
    if saying is None:
        return ""
    tag_after = _STOP.split(after[:_TAG].strip(), maxsplit=1)[0]
    if saying.search(tag_after):
        return tag_after.strip()
    clauses = _STOP.split(before[-_TAG:].strip().rstrip(MARKS + ":："))
    return clauses[-1].strip() if saying.search(clauses[-1]) else ""


@dataclass(frozen=True)
class Cast:
    """Which voice speaks what: the narrator's, the speakers', and of those named in a tag."""

    narrator: str
    speaker: str
    named: Mapping[str, str] = field(default_factory=dict)

    def voice_of(self, part: Part) -> str:
        """Return the voice of a part.

        A quote is in the voice of the first name of the cast that its tag holds: "said Anna
        to Tom" is Anna's. Who is not in the cast has the speakers' voice.
        """
        if part.speaker == "narrator":
            return self.narrator
        places = {name: _place(name, part.tag) for name in self.named} if part.tag else {}
        present = [name for name, place in places.items() if place is not None]
        if not present:
            return self.speaker
        # "Anna Maria" wins over "Anna" at the same place.
        return self.named[min(present, key=lambda name: (places[name], -len(name)))]


def cast_from(rows: Iterable[Mapping[str, str]], narrator: str, speaker: str = "") -> Cast:
    """Read a cast table with the columns name and voice.

    The names "narrator" and "speaker" stand for those voices themselves; without a speaker's
    voice quotes are the narrator's. Raises BookError for a row without name or voice, and for
    a name with two voices.
    """
    voices: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        name, voice = str(row.get("name") or "").strip(), str(row.get("voice") or "").strip()
        where = f"cast, row {number}"
        if not name or not voice:
            missing = "voice" if name else "name"
            raise BookError(f"there is no {missing}", where=where, remedy="Give name and voice.")
        if voices.setdefault(name, voice) != voice:
            raise BookError(
                f"'{name}' has two voices, '{voices[name]}' and '{voice}'",
                where=where,
                remedy="Keep one of them.",
            )
    narrator = voices.pop("narrator", narrator)
    return Cast(narrator, voices.pop("speaker", speaker) or narrator, voices)


def _place(name: str, tag: str) -> int | None:
    """Where a name stands in a tag as a word of its own, and not as "Anna’s"."""
    spaced = all(ord(char) < 0x2E80 for char in name)
    around = (r"(?<![^\W_])", r"(?![^\W_]|[’']s\b)") if spaced else ("", "")
    match = re.search(around[0] + re.escape(name) + around[1], tag)
    return match.start() if match else None
