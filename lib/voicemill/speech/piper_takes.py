"""The ways in which a Piper voice says a short text: take 0 as usual, and others to choose among.

Noise makes a voice differ from time to time, and nobody can repeat it; without noise another
mark or another length does as well (docs/takes.md). So take 1 and those after it have none, and
are the same every time.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """A way to say a short text.

    end: the mark after it.  lead: a mark before it, whose pause gives the first consonant room.
    length: times as long as the rate asks for.  noise, width_noise: Piper's noise_scale and
    noise_w_scale.
    """

    end: str
    lead: str = ""
    length: float = 1.0
    noise: float = 0.0
    width_noise: float = 0.0


# A neural voice guesses at a lone word; a semicolon and little noise keep it steady. The 44
# carrier words at -30 %, as understood by whisper tiny.en / phoneme error of hama
# (benchmarks/intelligibility.py): full stop and noise 0.3, 0.8: 24 / 0.34; colon without
# noise: 31 / 0.29; semicolon with noise 0.3, 0.8: 33 / 0.31; with 0.1, 0.2: 34 / 0.25; without
# noise: 35 / 0.24. Stretching normal-speed audio instead: 0.38 at best.
USUAL = Way(";", noise=0.1, width_noise=0.2)
# In the order in which they help most, by the same words and 42 others (docs/takes.md). A full
# stop before the word does more than anything after it.
TAKES = (
    Way(";", "."),
    Way(";", ".", length=0.9),
    Way(";", ".."),
    Way(":", "."),
    Way(";", ".", length=1.15),
    Way(";"),
    Way(";", ","),
    Way(",", "."),
    Way(".", "."),
    Way(";", length=1.2),
    Way(";", ".", length=1.08),
    Way(":", length=1.15),
    Way(";", ".,"),
    Way(";", ",", length=1.15),
    Way(";", ";"),
    Way(","),
)


def way_of(take: int) -> Way:
    """Return the way of a take; beyond the last one it begins again."""
    return TAKES[(take - 1) % len(TAKES)] if take else USUAL
