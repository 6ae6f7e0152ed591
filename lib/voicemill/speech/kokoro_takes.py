"""The ways in which Kokoro says a short text: take 0 as usual, and others to choose among.

The model is without chance: the same phonemes in the same style sound the same. Its speed is
left alone, which garbles lone words; what is longer or shorter is stretched afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """A way to say a short text.

    end: the mark after it.  style: how many phonemes longer the text is taken to be; a voice
    has a style for every length, and few of its texts were short.  length: times as long as
    the rate asks for.
    """

    end: str = ""
    style: int = 0
    length: float = 1.0


USUAL = Way()
# Few, and the gentle ones: with jf_alpha, saying 43 English words, the best of eleven ways had a
# phoneme error of 0.32 instead of 0.41, and Whisper understood no more of them (docs/takes.md).
TAKES = (
    Way(),
    Way(length=1.15),
    Way("."),
    Way(style=8),
    Way(length=0.9),
    Way(";"),
)


def way_of(take: int) -> Way:
    """Return the way of a take; beyond the last one it begins again."""
    return TAKES[(take - 1) % len(TAKES)] if take else USUAL
