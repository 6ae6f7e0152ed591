"""Media overlays: which sound plays while which piece of the text is marked, as SMIL.

https://www.w3.org/TR/epub-33/#sec-media-overlays
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voicemill.exports.readalong.book import TimedSentence
from voicemill.exports.readalong.nodes import EPUB, SMIL, element, written

_NAMES = {None: SMIL, "epub": EPUB}


@dataclass(frozen=True)
class Clip:
    """A stretch of a sound file, in milliseconds."""

    begin_ms: int
    end_ms: int


@dataclass(frozen=True)
class Mark:
    """A piece of a sentence in a document: the id around it, and its part of the letters."""

    id: str
    letters: int


@dataclass(frozen=True)
class Par:
    """A sound and what is marked meanwhile. text and audio: as seen from the SMIL file."""

    text: str
    audio: str
    clip: Clip


def clips_of(sentences: Sequence[TimedSentence], duration_s: float) -> list[Clip | None]:
    """Return the clip of each sentence, None for one that takes no time.

    A clip lasts until the next begins, the first from 0 and the last to the end of the audio:
    players leave out whatever no clip covers, and the pauses are part of the reading.
    """
    heard = [i for i, sentence in enumerate(sentences) if sentence.end_s > sentence.start_s]
    begins: list[int] = []
    for index in heard:
        begin = round(sentences[index].start_s * 1000)
        # A clip of no length is an error in SMIL.
        begins.append(max(begin, begins[-1] + 1) if begins else 0)
    end = max(round(duration_s * 1000), begins[-1] + 1) if begins else 0
    clips: list[Clip | None] = [None] * len(sentences)
    for index, begin, following in zip(heard, begins, [*begins[1:], end], strict=True):
        clips[index] = Clip(begin, following)
    return clips


def shared(clip: Clip, marks: Sequence[Mark]) -> list[tuple[Mark, Clip]]:
    """Divide a clip among the pieces of its sentence by their letters; too short ones get none."""
    letters = sum(mark.letters for mark in marks) or 1
    length = clip.end_ms - clip.begin_ms
    parts: list[tuple[Mark, Clip]] = []
    done, begin = 0, clip.begin_ms
    for mark in marks:
        done += mark.letters
        end = clip.begin_ms + length * done // letters
        if mark is marks[-1]:
            end = clip.end_ms
        if end > begin:
            parts.append((mark, Clip(begin, end)))
            begin = end
    return parts


def smil(pars: Iterable[Par], document: str) -> bytes:
    """Return the overlay of a document. document: as seen from the SMIL file."""
    body = element(f"{{{SMIL}}}body", {f"{{{EPUB}}}textref": document})
    for number, par in enumerate(pars, start=1):
        sound = {
            "src": par.audio,
            "clipBegin": clock(par.clip.begin_ms),
            "clipEnd": clock(par.clip.end_ms),
        }
        body.append(
            element(
                f"{{{SMIL}}}par",
                {"id": f"par{number}"},
                element(f"{{{SMIL}}}text", {"src": par.text}),
                element(f"{{{SMIL}}}audio", sound),
            )
        )
    return written(element(f"{{{SMIL}}}smil", {"version": "3.0"}, body, names=_NAMES))


def length_ms(pars: Iterable[Par]) -> int:
    """Return how long an overlay plays."""
    return sum(par.clip.end_ms - par.clip.begin_ms for par in pars)


def clock(milliseconds: int) -> str:
    """Return a time as SMIL writes it: 1:02:03.456."""
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}.{thousandths:03}"
