"""How well expected sounds fit what a phoneme recogniser heard, and where each was heard.

The recogniser gives, every 20 ms, how likely each sound is. The best way through these that
says the expected sounds in order (connectionist temporal classification, Graves et al. 2006,
by Viterbi) tells how likely they are. A sound that is not the expected one counts in part, the
more the nearer the two are (sounds.distance).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from voicemill.review.checks.sounds import SOUNDS, Sound, distance

Likelihoods = np.ndarray[Any, np.dtype[np.float64]]

BLANK = len(SOUNDS)  # nothing, or nothing that English has
# A neighbour at 0.2 (voiced for voiceless) counts e^-2 of the sound itself.
_NEARNESS = 0.1
_LEAST = 1e-7
_NEVER = -1e30


@dataclass(frozen=True)
class Aligned:
    """cost: per expected sound, 0 when all are surely there.

    frames: first and last frame of each sound, −1 for one left out.
    """

    cost: float
    frames: tuple[tuple[int, int], ...]
    costs: tuple[float, ...]


def with_neighbours(heard: Likelihoods) -> Likelihoods:
    """Return log-likelihoods (frames × sounds and blank) that forgive neighbouring sounds."""
    near = heard[:, :BLANK] @ _kernel()
    return np.asarray(np.log(np.maximum(np.column_stack([near, heard[:, BLANK:]]), _LEAST)))


def align(heard: Likelihoods, expected: Sequence[Sound]) -> Aligned:
    """Find the expected sounds (at least one that is not optional) in what was heard.

    heard: probabilities, shape (frames, sounds + 1), the blank last.
    """
    logs = with_neighbours(heard)
    labels = [BLANK] + [label for one in expected for label in (_number(one.letter), BLANK)]
    before, ends = _ways(expected, labels)
    emitted = logs[:, labels]
    scores, came_from = _forward(emitted, before)
    last = max(ends, key=lambda state: float(scores[state]))
    path = _back(came_from, last)
    needed = max(1, sum(not one.optional for one in expected))
    costs, frames = _of_sounds(path, emitted, expected)
    return Aligned(-float(scores[last]) / needed, frames, costs)


def heard_letters(heard: Likelihoods) -> tuple[str, tuple[int, ...]]:
    """Return the likeliest sounds in order, and the frame each begins at."""
    letters: list[str] = []
    places: list[int] = []
    last = BLANK
    for frame, label in enumerate(heard.argmax(axis=1)):
        if label not in (last, BLANK):
            letters.append(SOUNDS[label])
            places.append(frame)
        last = label
    return "".join(letters), tuple(places)


@cache
def _kernel() -> Likelihoods:
    table = [[np.exp(-distance(one, other) / _NEARNESS) for one in SOUNDS] for other in SOUNDS]
    return np.array(table, np.float64)


def _number(letter: str) -> int:
    return SOUNDS.index(letter)


def _ways(
    expected: Sequence[Sound], labels: Sequence[int]
) -> tuple[np.ndarray[Any, Any], list[int]]:
    """Return for each state those it may come from, padded with one that never is; the ends.

    States are blanks (even) and sounds (odd) in turn. An optional sound may be left out.
    """
    count = len(labels)
    ways: list[list[int]] = []
    for state in range(count):
        from_states = [state] + ([state - 1] if state else [])
        other = state - 2
        while other >= -1:
            if other >= 0 and (labels[other] != labels[state] or state % 2 == 0):
                from_states += [other] if state % 2 or _skippable(expected, other, state) else []
            left_out = (other if other % 2 else other + 1) // 2
            if other < 0 or not expected[left_out].optional:
                break
            if state % 2 and other >= 1:
                from_states.append(other - 1)
            other -= 2
        ways.append(sorted(set(from_states)))
    widest = max(map(len, ways))
    before = np.full((count, widest), count)
    for state, from_states in enumerate(ways):
        before[state, : len(from_states)] = from_states
    ends = [count - 1]
    for state in range(count - 2, 0, -2):
        ends.append(state)
        if not expected[state // 2].optional:
            break
        ends.append(state - 1)
    return before, ends


def _skippable(expected: Sequence[Sound], earlier: int, later: int) -> bool:
    return all(one.optional for one in expected[earlier // 2 : later // 2])


def _forward(
    emitted: Likelihoods, before: np.ndarray[Any, Any]
) -> tuple[Likelihoods, np.ndarray[Any, Any]]:
    frames, states = emitted.shape
    scores = np.where((before == 0).any(axis=1), emitted[0], _NEVER)
    came_from = np.zeros((frames, states), np.int32)
    rows = np.arange(states)
    for frame in range(1, frames):
        candidates = np.append(scores, _NEVER)[before]
        best = candidates.argmax(axis=1)
        came_from[frame] = before[rows, best]
        scores = candidates[rows, best] + emitted[frame]
    return scores, came_from


def _back(came_from: np.ndarray[Any, Any], last: int) -> list[int]:
    path = [last]
    for frame in range(len(came_from) - 1, 0, -1):
        path.append(int(came_from[frame, path[-1]]))
    return path[::-1]


def _of_sounds(
    path: Sequence[int], emitted: Likelihoods, expected: Sequence[Sound]
) -> tuple[tuple[float, ...], tuple[tuple[int, int], ...]]:
    places: dict[int, list[int]] = {}
    for frame, state in enumerate(path):
        if state % 2:
            places.setdefault(state // 2, []).append(frame)
    costs, frames = [], []
    for number, one in enumerate(expected):
        found = places.get(number, [])
        frames.append((found[0], found[-1]) if found else (-1, -1))
        likely = max((float(emitted[frame, 2 * number + 1]) for frame in found), default=0.0)
        costs.append(0.0 if one.optional else -likely)
    return tuple(costs), tuple(frames)
