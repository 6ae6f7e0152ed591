"""The order in which pairs are heard: fair to every voice, wherever a listener stops."""

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from voicemill.review.comparing.pairs import Pair, pairs_for

names = st.lists(st.sampled_from("abcdef"), min_size=2, max_size=5, unique=True)
whole = st.tuples(names, st.integers(1, 12), st.integers(0, 99), st.sampled_from(["Anna", "Bình"]))


def order(voices: list[str], items: int, seed: int, listener: str) -> list[Pair]:
    spoken = {f"i{number}": list(voices) for number in range(items)}
    return pairs_for(listener, seed, voices, spoken, {"i0": "vowel"})


@given(whole)
def test_every_two_voices_are_heard_once_with_every_item(
    case: tuple[list[str], int, int, str],
) -> None:
    voices, items, seed, listener = case
    pairs = order(voices, items, seed, listener)
    assert [pair.place for pair in pairs] == list(range(len(pairs)))
    heard = Counter((frozenset((p.first_voice, p.second_voice)), p.item_key) for p in pairs)
    expected = [frozenset(two) for two in combinations(voices, 2)]
    assert heard == {(two, f"i{number}"): 1 for two in expected for number in range(items)}
    assert {p.category for p in pairs if p.item_key == "i0"} == {"vowel"}


@given(whole, st.integers(0, 60))
def test_whoever_stops_early_has_heard_all_voices_alike_and_on_both_sides(
    case: tuple[list[str], int, int, str], stop: int
) -> None:
    voices, items, seed, listener = case
    heard = order(voices, items, seed, listener)[:stop]
    two = Counter(frozenset((p.first_voice, p.second_voice)) for p in heard)
    counts = [two[frozenset(each)] for each in combinations(voices, 2)]
    assert max(counts) - min(counts) <= 1
    sides = Counter((p.first_voice, p.second_voice) for p in heard)
    for one, other in combinations(voices, 2):
        assert abs(sides[one, other] - sides[other, one]) <= 1


@given(whole)
def test_the_seed_brings_the_same_order_again(case: tuple[list[str], int, int, str]) -> None:
    assert order(*case) == order(*case)


def test_listeners_and_seeds_hear_different_orders() -> None:
    voices = ["a", "b", "c"]
    heard = {tuple(order(voices, 10, seed, name)) for seed in (1, 2) for name in ("Anna", "Bình")}
    assert len(heard) == 4


def test_sides_and_items_are_chance_over_many_listeners() -> None:
    begins = [order(["a", "b", "c"], 8, 1, f"listener {number}")[0] for number in range(600)]
    first = Counter(pair.first_voice for pair in begins)
    items = Counter(pair.item_key for pair in begins)
    assert all(150 <= first[voice] <= 250 for voice in "abc")
    assert all(45 <= items[f"i{number}"] <= 110 for number in range(8))


def test_what_a_voice_cannot_say_is_not_paired() -> None:
    spoken = {"i0": ["a", "b"], "i1": ["a", "b", "c"]}
    pairs = pairs_for("Anna", 1, ["a", "b", "c"], spoken, {})
    assert len(pairs) == 4
    assert {p.item_key for p in pairs if "c" in (p.first_voice, p.second_voice)} == {"i1"}
