"""Who hears which two voices when: balanced, in random order, and the same again by the seed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Pair:
    """Two voices saying one item, at one place of a listener's order."""

    place: int
    item_key: str
    category: str
    first_voice: str
    second_voice: str


def pairs_for(
    listener: str,
    seed: int,
    voices: Sequence[str],
    spoken: Mapping[str, Sequence[str]],
    categories: Mapping[str, str],
) -> list[Pair]:
    """Return all pairs that one listener hears, in order.

    spoken: key of each item → the voices that said it.  categories: key → category.
    The order comes in rounds: each round has every two voices once, in random order, with a
    random item, so that whoever stops early has heard all voices equally often. From round to
    round two voices change sides; which begins is chance.
    """
    chance = random.Random(f"{seed} {listener}")  # to be repeated by anybody, not to be secret
    rounds: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for one, other in combinations(voices, 2):
        items = [key for key, said in spoken.items() if one in said and other in said]
        chance.shuffle(items)
        swapped = chance.random() < 0.5
        rounds[one, other] = [
            (key, one, other) if (number % 2 == 0) != swapped else (key, other, one)
            for number, key in enumerate(items)
        ]
    found: list[Pair] = []
    for number in range(max(map(len, rounds.values()), default=0)):
        heard = [each[number] for each in rounds.values() if number < len(each)]
        chance.shuffle(heard)
        for key, first, second in heard:
            found.append(Pair(len(found), key, categories.get(key, ""), first, second))
    return found
