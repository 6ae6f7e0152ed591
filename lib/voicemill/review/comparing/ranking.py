"""Which voice is liked best, how sure that is, and how many more votes it takes to be surer.

Model: Bradley and Terry (1952): one voice is preferred to another with the probability
π_i ÷ (π_i + π_j). A tie counts as half a vote for each, as is usual where ties are few
(Glickman 1999, "Parameter estimation in large dynamic paired comparison experiments"; Davidson
1970 models them explicitly, which ranks the same way). Strengths are fitted by the MM algorithm
of Hunter (2004), "MM algorithms for generalized Bradley-Terry models", Ann. Statist. 32.

Every two voices begin with half a vote for each, so that a voice which never, or always, was
chosen has a finite strength (Jeffreys' prior, were there only these two).

Intervals are by the Bayesian bootstrap (Rubin 1981): each vote, and each half vote to begin
with, gets a random weight, thousands of times; the interval holds the middle 95 % of what comes
out. The plain bootstrap would be sure of a voice that never won in five votes; this one is not.
Votes count as independent: the intervals are about these listeners, not about all people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import ceil
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np

from voicemill.catalog import Vote

Matrix: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

PRIOR = 0.5  # votes for each of two voices before anybody voted
DRAWS = 4000
CONFIDENCE = 0.95
MOST_VOTES = 100_000  # more than this: the two are alike, as far as people can hear
_STEPS, _EXACT = 500, 1e-7


@dataclass(frozen=True)
class Standing:
    """How one voice stands.

    liked: the probability that it is preferred to another of these voices, each being as
    likely; low and high: the interval of that.  better_than: the voices it is significantly
    better than, see `ranked`.
    """

    voice: str
    liked: float
    low: float
    high: float
    votes: int
    won: int
    tied: int
    lost: int
    better_than: tuple[str, ...]


@dataclass(frozen=True)
class Undecided:
    """Two neighbours that are not told apart yet.

    better, worse: as they stand now.  votes: how many more, between these two or of a whole
    comparison as it is, would decide it if they are as different as they seem now; None when
    more than MOST_VOTES.
    """

    better: str
    worse: str
    votes: int | None


@dataclass(frozen=True)
class Ranking:
    """Voices, best first, and what is not decided yet."""

    standings: tuple[Standing, ...]
    undecided: tuple[Undecided, ...]
    votes: int
    listeners: int

    @property
    def best(self) -> str:
        """The voice that stands first, "" when there is none."""
        return self.standings[0].voice if self.standings else ""


def ranked(votes: Sequence[Vote], voices: Sequence[str], seed: int = 0) -> Ranking:
    """Rank voices by votes between them; votes on other voices are left out.

    One voice is significantly better than another when it comes out better in so many of the
    draws that the risk of being wrong anywhere in the table is at most 5 % (Holm 1979).
    """
    known = {voice: place for place, voice in enumerate(voices)}
    counted = [v for v in votes if v.first_voice in known and v.second_voice in known]
    wins, ties = _counts(counted, known)
    strengths = fitted(wins + ties / 2 + _prior(len(voices)))
    draws = _draws(wins, ties, np.random.default_rng(seed))
    better = _significant(draws)
    order = sorted(range(len(voices)), key=lambda place: -strengths[place])
    shown = _liked(strengths)
    low, high = np.quantile(_liked(draws), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    standings = tuple(
        Standing(
            voice=voices[place],
            liked=float(shown[place]),
            low=float(low[place]),
            high=float(high[place]),
            votes=int(wins[place].sum() + wins[:, place].sum() + ties[place].sum()),
            won=int(wins[place].sum()),
            tied=int(ties[place].sum()),
            lost=int(wins[:, place].sum()),
            better_than=tuple(voices[other] for other in order if better[place, other]),
        )
        for place in order
    )
    undecided = tuple(
        Undecided(voices[one], voices[other], _votes_needed(draws, one, other, len(counted)))
        for one, other in pairwise(order)
        if not better[one, other]
    )
    return Ranking(standings, undecided, len(counted), len({vote.listener for vote in counted}))


def fitted(wins: Matrix) -> Matrix:
    """Return the logarithm of each strength, with mean 0.

    wins: shape (…, voices, voices), how often the row was preferred to the column; every two
    voices must be connected by wins in both directions.
    """
    count = wins.shape[-1]
    games = wins + np.swapaxes(wins, -1, -2)
    total = wins.sum(axis=-1)
    strengths = np.ones(wins.shape[:-1])
    if count < 2:
        return np.zeros_like(strengths)
    for _step in range(_STEPS):
        pairs = strengths[..., :, None] + strengths[..., None, :]
        new = total / (games / pairs).sum(axis=-1)
        new /= np.exp(np.log(new).mean(axis=-1, keepdims=True))
        done = np.allclose(new, strengths, rtol=_EXACT, atol=0)
        strengths = new
        if done:
            break
    return np.log(strengths)


def _counts(votes: Sequence[Vote], known: dict[str, int]) -> tuple[Matrix, Matrix]:
    wins, ties = np.zeros((2, len(known), len(known)))
    for vote in votes:
        first, second = known[vote.first_voice], known[vote.second_voice]
        if vote.choice == "tie":
            ties[first, second] += 1
            ties[second, first] += 1
        elif vote.choice == "first":
            wins[first, second] += 1
        else:
            wins[second, first] += 1
    return wins, ties


def _prior(count: int) -> Matrix:
    return PRIOR * (1 - np.eye(count))


def _draws(wins: Matrix, ties: Matrix, chance: np.random.Generator) -> Matrix:
    """Return strengths of shape (DRAWS, voices): what votes weighted at random would say.

    The weights of n votes, each drawn from Exponential(1), add up to Gamma(n).
    """
    count = len(wins)
    weighted = chance.gamma(wins + _prior(count), size=(DRAWS, count, count))
    upper = chance.gamma(np.triu(ties), size=(DRAWS, count, count))
    tied = upper + np.swapaxes(upper, 1, 2)
    return fitted(np.maximum(weighted, 1e-9 * (1 - np.eye(count))) + tied / 2)


def _liked(strengths: Matrix) -> Matrix:
    """Return the mean probability of being preferred to each other voice."""
    count = strengths.shape[-1]
    if count < 2:
        return np.ones_like(strengths)
    apart = strengths[..., :, None] - strengths[..., None, :]
    chances = 1 / (1 + np.exp(-apart))
    return np.asarray((chances.sum(axis=-1) - 0.5) / (count - 1))


def _significant(draws: Matrix) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return whether the row is better than the column, all pairs together at CONFIDENCE."""
    count = draws.shape[1]
    better = np.zeros((count, count), bool)
    risks = []
    for one, other in combinations(range(count), 2):
        above = float((draws[:, one] > draws[:, other]).mean())
        winner, loser = (one, other) if above >= 0.5 else (other, one)
        # One draw more, so that no risk is ever exactly nothing.
        wrong = (min(above, 1 - above) * DRAWS + 1) / (DRAWS + 1)
        risks.append((2 * wrong, winner, loser))
    for left, (risk, winner, loser) in zip(range(len(risks), 0, -1), sorted(risks), strict=True):
        if risk > (1 - CONFIDENCE) / left:
            break
        better[winner, loser] = True
    return better


def _votes_needed(draws: Matrix, one: int, other: int, votes: int) -> int | None:
    """Return how many more votes of this comparison tell two voices apart.

    By formula: the spread of a difference shrinks with the root of the number of votes, so
    n votes must become n × (z × spread ÷ difference)², z being that of the strictest test.
    """
    apart = draws[:, one] - draws[:, other]
    pairs = max(draws.shape[1] * (draws.shape[1] - 1) // 2, 1)
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2 / pairs)
    difference, spread = abs(float(apart.mean())), float(apart.std())
    if difference < 1e-6 or not votes:
        return None
    more = ceil(votes * ((z * spread / difference) ** 2 - 1))
    return max(more, 1) if more <= MOST_VOTES else None
