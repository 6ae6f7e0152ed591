"""Several texts spoken in one go, cut apart again in the pauses between them.

Between the last word of a text and the first word of the next the longest quiet stretch of
the audio itself is looked for, and cut in its middle. What cannot be told for sure is not cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from voicemill.speech.engine import Cue, Speech
from voicemill.speech.word_places import letters, words_by_ends

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FRAME_S = 0.01
# So much later than told a word may be heard: MP3 decoders keep the encoder's delay.
_LATE_S = 0.05
# A pause is at least this long; where it must be looked for in the second half of a word,
# because the service lets words last until the next, longer than any stop within a word.
_PAUSE_S = 0.08
_PAUSE_IN_WORD_S = 0.2
# Against the loud tenth of the frames: what is always quiet, and what the quietest must reach.
_QUIET = 10 ** (-50 / 20)
_QUIET_ENOUGH = 10 ** (-30 / 20)
_BREATH = 2.0  # a pause with a breath in it is quiet up to this many times its quietest frame
# More sound than this between two words, louder than this, is a word that was not told of.
_UNTOLD_S = 0.08
_SOUND = 10 ** (-25 / 20)


@dataclass(frozen=True)
class _Cut:
    """Where a piece begins: at this sample, with this cue."""

    sample: int
    cue: int


def apart(texts: Sequence[str], speech: Speech, speed: float = 1.0) -> list[Speech | None]:
    """Cut the speech of several texts into one for each, with cues from its own start.

    texts: in the order spoken; speech: of all, with a cue of kind "word" for each word;
    speed: how many times as fast as usual it was spoken.
    None for a text whose beginning or end cannot be told for sure: words are missing there,
    told twice, out of order or written in another way, or nothing there is quiet. None also
    where more is heard than the words told of.
    """
    cues = [cue for cue in speech.cues if cue.kind == "word"]
    if not texts or not _in_order(cues):
        return [None] * len(texts)
    # Of punctuation some services tell as of words, others do not.
    words = [number for number, cue in enumerate(cues) if letters(cue.text)]
    loud = _loud(speech.samples, speech.rate_hz)
    cuts: list[_Cut | None] = [_Cut(0, 0)]
    for count in words_by_ends(texts, [cues[number].text for number in words]):
        if count is None:
            cuts.append(None)
        else:
            last, following = words[count - 1], words[count]
            place = _quiet_place(speech, cues[last], cues[following], loud, speed)
            cuts.append(None if place is None else _Cut(place, following))
    cuts.append(_Cut(len(speech.samples), len(cues)))
    pieces = [_piece(speech, cues, *ends) for ends in pairwise(cuts)]
    return [piece if piece and _all_told(piece, loud) else None for piece in pieces]


def _in_order(words: Sequence[Cue]) -> bool:
    """Whether times ascend and no word is told twice."""
    return all(
        one.start_s < two.start_s or (one.start_s == two.start_s and one.text != two.text)
        for one, two in pairwise(words)
    )


def _piece(
    speech: Speech, cues: Sequence[Cue], start: _Cut | None, end: _Cut | None
) -> Speech | None:
    if start is None or end is None or start.sample >= end.sample:
        return None
    samples = speech.samples[start.sample : end.sample].copy()
    start_s, length_s = start.sample / speech.rate_hz, len(samples) / speech.rate_hz
    own = (_moved(cue, start_s, length_s) for cue in cues[start.cue : end.cue])
    return Speech(samples, speech.rate_hz, tuple(own))


def _moved(cue: Cue, start_s: float, length_s: float) -> Cue:
    """Count a cue's times from the start of its piece, within that piece."""
    end_s = min(max(cue.end_s - start_s, 0.0), length_s)
    return replace(cue, start_s=min(max(cue.start_s - start_s, 0.0), end_s), end_s=end_s)


def _quiet_place(
    speech: Speech, last: Cue, following: Cue, loud: float, speed: float
) -> int | None:
    """The sample in the middle of the pause between two words, None if there is no pause."""
    from_s, least_s = last.end_s, _PAUSE_S
    in_word = following.start_s - last.end_s < _PAUSE_S
    if in_word:
        from_s = (last.start_s + last.end_s) / 2
        least_s = _PAUSE_IN_WORD_S / min(speed, 1.0)
    start, end_s = int(from_s * speech.rate_hz), following.start_s + _LATE_S
    levels = _levels(speech.samples[start : int(end_s * speech.rate_hz)], speech.rate_hz)
    if not len(levels) or levels.min() > loud * _QUIET_ENOUGH:
        return None
    quiet = levels <= max(levels.min() * _BREATH, loud * _QUIET)
    first, count = _longest(quiet)
    beside = levels[first + count :] if in_word else np.delete(levels, slice(first, first + count))
    if count * _FRAME_S < least_s - _FRAME_S or _is_word(beside, loud):
        return None
    return start + int((first + count / 2) * _FRAME_S * speech.rate_hz)


def _all_told(piece: Speech, loud: float) -> bool:
    """Whether no word is heard before, between and after those told of."""
    ends = [0.0, *(cue.end_s for cue in piece.cues)]
    starts = [*(cue.start_s for cue in piece.cues), piece.duration_s]
    gaps = (
        piece.samples[int(end_s * piece.rate_hz) : int(start_s * piece.rate_hz)]
        for end_s, start_s in zip(ends, starts, strict=True)
    )
    return not any(_is_word(_levels(gap, piece.rate_hz), loud) for gap in gaps)


def _is_word(levels: NDArray[np.float64], loud: float) -> bool:
    return bool(np.count_nonzero(levels > loud * _SOUND) * _FRAME_S > _UNTOLD_S)


def _loud(samples: NDArray[np.float32], rate_hz: int) -> float:
    levels = _levels(samples, rate_hz)
    return float(np.percentile(levels, 90)) if len(levels) else 0.0


def _levels(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
    """The effective value of every whole frame."""
    size = round(_FRAME_S * rate_hz)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    levels: NDArray[np.float64] = np.sqrt(np.mean(np.square(frames, dtype=np.float64), axis=1))
    return levels


def _longest(quiet: NDArray[np.bool_]) -> tuple[int, int]:
    """Where the longest run of true values begins, and its length."""
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8), prepend=0, append=0))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    best = int(np.argmax(lengths))
    return int(starts[best]), int(lengths[best])
