"""Rankings: they find what is true, say how sure they are, and are right about that."""

import random
from math import exp

import numpy as np
import pytest

from voicemill.catalog import Vote
from voicemill.review.comparing.ranking import Ranking, fitted, ranked

TRUTH = {"a": 1.0, "b": 0.3, "c": -0.3, "d": -1.0}


def simulated(truth: dict[str, float], count: int, seed: int, ties: float = 0.0) -> list[Vote]:
    chance = random.Random(seed)
    votes = []
    for place in range(count):
        one, other = chance.sample(list(truth), 2)
        likely = 1 / (1 + exp(truth[other] - truth[one]))
        choice = "first" if chance.random() < likely else "second"
        choice = "tie" if chance.random() < ties else choice
        votes.append(Vote("Anna", place, "i", "", one, other, choice))
    return votes


def between(first: str, second: str, choice: str, times: int) -> list[Vote]:
    return [Vote("Anna", n, "i", "", first, second, choice) for n in range(times)]


def liked(truth: dict[str, float]) -> dict[str, float]:
    return {
        one: sum(1 / (1 + exp(truth[other] - truth[one])) for other in truth if other != one)
        / (len(truth) - 1)
        for one in truth
    }


def order(ranking: Ranking) -> list[str]:
    return [one.voice for one in ranking.standings]


def test_many_votes_find_the_true_order_and_are_sure_of_it() -> None:
    ranking = ranked(simulated(TRUTH, 2500, seed=1), list(TRUTH))
    assert order(ranking) == ["a", "b", "c", "d"]
    assert ranking.best == "a"
    assert ranking.standings[0].better_than == ("b", "c", "d")
    assert not ranking.undecided
    truth = liked(TRUTH)
    assert all(abs(one.liked - truth[one.voice]) < 0.04 for one in ranking.standings)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    truth, held = liked(TRUTH), []
    for seed in range(30):
        ranking = ranked(simulated(TRUTH, 100, seed), list(TRUTH), seed)
        held += [one.low <= truth[one.voice] <= one.high for one in ranking.standings]
    assert 0.90 <= np.mean(held) <= 0.995


def test_alike_voices_are_rarely_told_apart() -> None:
    alike = dict.fromkeys("abc", 0.0)
    wrong = [
        any(one.better_than for one in ranked(simulated(alike, 60, seed), list(alike)).standings)
        for seed in range(40)
    ]
    assert np.mean(wrong) <= 0.1


def test_fits_what_the_reference_library_fits() -> None:
    choix = pytest.importorskip("choix")
    wins = np.array([[0, 9.5, 12, 7], [4.5, 0, 8, 9], [2, 5, 0, 6.5], [3, 1, 4.5, 0]])
    assert fitted(wins) == pytest.approx(choix.ilsr_pairwise_dense(wins), abs=1e-5)


def test_a_voice_that_is_never_chosen_is_last_but_not_beyond_doubt() -> None:
    votes = [*between("a", "b", "first", 6), *between("c", "b", "first", 6)]
    ranking = ranked([*votes, *between("a", "c", "first", 3)], ["a", "b", "c"])
    last = ranking.standings[-1]
    assert (last.voice, last.won, last.lost) == ("b", 0, 12)
    assert 0 < last.low < last.liked < last.high < 0.5
    assert last.high - last.low > 0.05


def test_ties_make_voices_alike_and_count_half() -> None:
    tied = ranked(between("a", "b", "tie", 30), ["a", "b"])
    assert [one.liked for one in tied.standings] == pytest.approx([0.5, 0.5])
    assert tied.standings[0].tied == 30
    assert not tied.standings[0].better_than
    [open_point] = tied.undecided
    assert open_point.votes is None or open_point.votes > 1000
    halves = [*between("a", "b", "first", 10), *between("a", "b", "tie", 10)]
    whole = [*between("a", "b", "first", 15), *between("a", "b", "second", 5)]
    shares = [ranked(votes, ["a", "b"]).standings[0].liked for votes in (halves, whole)]
    assert shares[0] == pytest.approx(shares[1])


def test_the_votes_said_to_be_needed_are_about_enough() -> None:
    truth = {"a": 0.35, "b": -0.35}
    needed, enough = [], []
    for seed in range(30):
        votes = simulated(truth, 40, seed)
        ranking = ranked(votes, list(truth), seed)
        if order(ranking) == ["a", "b"] and ranking.undecided:
            more = ranking.undecided[0].votes
            assert more is not None
            if more < 2000:
                needed.append(more)
                later = simulated(truth, 40 + more, seed)
                enough.append(bool(ranked(later, list(truth), seed).standings[0].better_than))
    assert len(needed) >= 8
    assert np.mean(enough) >= 0.5


def test_without_votes_nothing_is_claimed() -> None:
    ranking = ranked([], ["a", "b", "c"])
    assert ranking.votes == 0
    assert all(one.high - one.low > 0.8 and not one.better_than for one in ranking.standings)
    assert all(pair.votes is None for pair in ranking.undecided)


def test_the_same_votes_give_the_same_figures() -> None:
    votes = simulated(TRUTH, 50, seed=3, ties=0.2)
    assert ranked(votes, list(TRUTH), 5) == ranked(votes, list(TRUTH), 5)
