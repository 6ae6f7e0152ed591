"""Cutting the speech of many sentences apart: every word in its sentence, whole, or no cut.

The words of these tests are sounds of a level of their own, so that what was cut tells which
of them it holds and how much of each.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicemill.speech.engine import Cue, Speech
from voicemill.speech.together import apart
from voicemill.speech.word_places import letters, words_by_ends

RATE_HZ = 2000
# Few words, so that sentences repeat and look alike; scripts with marks and without spaces.
WORDS = ["no", "Yes", "the", "dog", "dogs", "Straße", "mặt", "trời", "天", "黑了", "रात", "من", "9"]
Sentence = list[str]
Fault = Callable[[list[Cue], int], list[Cue]]


def spoken(sentences: Sequence[Sentence], pause_s: float = 0.4, late_s: float = 0.0) -> Speech:
    """Say sentences, each word louder than the one before.

    late_s: how much later than told all is heard, as after a decoder's delay.
    """
    words = [word for sentence in sentences for word in sentence]
    lasts = set(np.cumsum([len(sentence) for sentence in sentences]) - 1)
    samples, cues, time_s = [np.zeros(int((0.1 + late_s) * RATE_HZ))], [], 0.1
    for number, word in enumerate(words):
        length_s, rest_s = 0.1 + 0.03 * (number % 5), pause_s if number in lasts else 0.02
        cues.append(Cue(time_s, time_s + length_s, word))
        samples += [
            np.full(int(length_s * RATE_HZ), level(number)),
            np.zeros(int(rest_s * RATE_HZ)),
        ]
        time_s += length_s + rest_s
    return Speech(np.concatenate(samples).astype(np.float32), RATE_HZ, tuple(cues))


def level(number: int) -> float:
    return 0.2 + number / 1000


def heard(speech: Speech) -> dict[int, int]:
    """How many samples of which words are in there."""
    numbers = np.rint((speech.samples[speech.samples > 0.1] - 0.2) * 1000).astype(int)
    return {int(number): int(np.sum(numbers == number)) for number in np.unique(numbers)}


def texts_of(sentences: Sequence[Sentence]) -> list[str]:
    return [" ".join(sentence) + "." for sentence in sentences]


def right(piece: Speech, whole: Speech, sentence: Sentence) -> bool:
    """Whether it holds just these words, each to its last sample, and its cues lie in it."""
    sounds, all_sounds = heard(piece), heard(whole)
    complete = all(count == all_sounds[number] for number, count in sounds.items())
    placed = all(0 <= cue.start_s <= cue.end_s <= piece.duration_s for cue in piece.cues)
    return complete and placed and [whole.cues[number].text for number in sounds] == sentence


groups = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), min_size=1, max_size=12)


@settings(max_examples=60)
@given(groups, st.sampled_from([0.15, 0.4, 1.2]), st.sampled_from([0.0, 0.05]))
def test_every_sentence_is_cut_out_whole(
    sentences: list[Sentence], pause_s: float, late_s: float
) -> None:
    whole = spoken(sentences, pause_s, late_s)
    pieces = apart(texts_of(sentences), whole)
    for piece, sentence in zip(pieces, sentences, strict=True):
        assert piece is not None
        assert right(piece, whole, sentence)
        assert [cue.text for cue in piece.cues] == sentence
        onset_s = np.flatnonzero(piece.samples > 0.1)[0] / RATE_HZ
        assert piece.cues[0].start_s == pytest.approx(onset_s - late_s, abs=0.001)
    assert sum(len(piece.samples) for piece in pieces if piece) == len(whole.samples)


def dropped(cues: list[Cue], number: int) -> list[Cue]:
    return cues[:number] + cues[number + 1 :]


def told_twice(cues: list[Cue], number: int) -> list[Cue]:
    return cues[: number + 1] + cues[number:]


def merged(cues: list[Cue], number: int) -> list[Cue]:
    if number + 1 >= len(cues):
        return cues
    one, two = cues[number : number + 2]
    both = Cue(one.start_s, two.end_s, f"{one.text} {two.text}")
    return [*cues[:number], both, *cues[number + 2 :]]


def spelled_out(cues: list[Cue], number: int) -> list[Cue]:
    return [*cues[:number], replace(cues[number], text="quix"), *cues[number + 1 :]]


def split(cues: list[Cue], number: int) -> list[Cue]:
    cue, middle_s = cues[number], (cues[number].start_s + cues[number].end_s) / 2
    halves = replace(cue, end_s=middle_s, text="vier"), replace(cue, start_s=middle_s, text="zig")
    return [*cues[:number], *halves, *cues[number + 1 :]]


def punctuated(cues: list[Cue], number: int) -> list[Cue]:
    cue = cues[number]
    mark = Cue(cue.end_s, cue.end_s + 0.01, ".")
    return [*cues[: number + 1], mark, *cues[number + 1 :]]


def until_the_next(cues: list[Cue], number: int) -> list[Cue]:
    if number + 1 >= len(cues):
        return cues
    longer = replace(cues[number], end_s=cues[number + 1].start_s)
    return [*cues[:number], longer, *cues[number + 1 :]]


def names_swapped(cues: list[Cue], number: int) -> list[Cue]:
    if number + 1 >= len(cues):
        return cues
    one, two = cues[number : number + 2]
    swapped = replace(one, text=two.text), replace(two, text=one.text)
    return [*cues[:number], *swapped, *cues[number + 2 :]]


def times_swapped(cues: list[Cue], number: int) -> list[Cue]:
    return [*cues[:number], *reversed(cues[number : number + 2]), *cues[number + 2 :]]


FAULTS = [dropped, told_twice, merged, spelled_out, split, punctuated, until_the_next]


def with_faults(data: st.DataObject, whole: Speech, faults: Sequence[Fault]) -> Speech:
    cues = list(whole.cues)
    for fault in faults:
        if cues:
            cues = fault(cues, data.draw(st.integers(0, len(cues) - 1)))
    return replace(whole, cues=tuple(cues))


@settings(max_examples=60)
@given(groups, st.lists(st.sampled_from(FAULTS), max_size=4), st.data())
def test_whatever_is_told_wrong_no_cut_is_wrong(
    sentences: list[Sentence], faults: list[Fault], data: st.DataObject
) -> None:
    whole = spoken(sentences)
    pieces = apart(texts_of(sentences), with_faults(data, whole, faults))
    for piece, sentence in zip(pieces, sentences, strict=True):
        assert piece is None or right(piece, whole, sentence)


@given(groups, st.sampled_from([names_swapped, times_swapped]), st.data())
def test_words_in_another_order_make_no_wrong_cut(
    sentences: list[Sentence], fault: Fault, data: st.DataObject
) -> None:
    whole = spoken(sentences)
    pieces = apart(texts_of(sentences), with_faults(data, whole, [fault]))
    for piece, sentence in zip(pieces, sentences, strict=True):
        assert piece is None or right(piece, whole, sentence)


@pytest.mark.parametrize("fault", [dropped, merged, spelled_out, names_swapped])
def test_only_the_sentences_beside_a_fault_are_left_out(fault: Fault) -> None:
    sentences = [
        ["a", "cold", "wind", "rose"],
        ["the", "lamp", "went", "out"],
        ["no", "one", "spoke"],
    ]
    sentences += [["nobody", "moved"], ["so", "we", "waited"]]
    whole = spoken(sentences)
    last_of_the_second = 7
    told = replace(whole, cues=tuple(fault(list(whole.cues), last_of_the_second)))
    pieces = apart(texts_of(sentences), told)
    assert [piece is not None for piece in pieces] == [True, False, False, True, True]


@pytest.mark.parametrize(
    ("texts", "words", "counts"),
    [
        (["I saw New York.", "York saw me."], ["I", "saw", "New York", "York", "saw", "me"], [3]),
        (["I saw York.", "York saw me."], ["I", "saw", "York York", "saw", "me"], [None]),
        (
            ["It cost 5 pounds.", "He paid.", "Then 7 came to dinner.", "All ate."],
            [
                "It",
                "cost",
                "five",
                "pounds",
                "He",
                "paid",
                "Then",
                "seven",
                "came",
                "to",
                "dinner",
                "All",
                "ate",
            ],
            [4, 6, 11],
        ),
        (["Salt & pepper, please!", "— 😀 Yes?"], ["Salt", "pepper", "please", "Yes"], [3]),
        (["No.", "No.", "No."], ["No", "No", "No"], [1, 2]),
        (["No.", "No.", "No."], ["No", "No"], [None, None]),
        (["dog dog.", "The end."], ["dog", "The", "end"], [None]),
        (["The dog.", "No.", "No.", "An end."], ["The", "dog", "No", "An", "end"], [None] * 3),
        (["A hot dog.", "The end."], ["A", "catdog", "The", "end"], [None]),
        (["Cafe\u0301 Stra\u00dfe.", "Ende."], ["Caf\u00e9", "STRASSE", "Ende"], [2]),
        (["他走了。", "天黑了。"], ["他", "走了", "天黑", "了"], [2]),
        (["रात हुई।", "दीपक बुझ गया।"], ["रात", "हुई।", "दीपक", "बुझ", "गया।"], [2]),
    ],
)
def test_words_are_counted_by_what_every_spelling_shares(
    texts: list[str], words: list[str], counts: list[int | None]
) -> None:
    assert words_by_ends(texts, words) == counts


@given(st.lists(st.text(min_size=1).filter(letters), min_size=1, max_size=8))
def test_texts_told_as_they_were_written_are_all_known(texts: list[str]) -> None:
    assert words_by_ends(texts, texts) == list(range(1, len(texts)))


def test_a_word_nobody_told_of_keeps_the_cut_away() -> None:
    sentences = [["it", "grew", "five", "percent"], ["he", "left"]]
    whole = spoken(sentences)
    told = replace(whole, cues=whole.cues[:3] + whole.cues[4:])
    assert apart(["It grew five%.", "He left."], told) == [None, None]


def test_a_word_nobody_told_of_at_the_end_leaves_its_sentence_out() -> None:
    whole = spoken([["it", "grew"], ["he", "left", "home"]])
    pieces = apart(["It grew.", "He left."], replace(whole, cues=whole.cues[:-1]))
    assert [piece is not None for piece in pieces] == [True, False]


def test_words_that_run_on_are_not_cut() -> None:
    whole = spoken([["it", "grew"], ["he", "left"]], pause_s=0.03)
    assert apart(["It grew.", "He left."], whole) == [None, None]


def test_a_breath_does_not_hide_the_pause() -> None:
    sentences = [["it", "grew"], ["he", "left"]]
    whole = spoken(sentences, pause_s=0.6)
    noise = np.random.default_rng(7).normal(0, 0.002, len(whole.samples)).astype(np.float32)
    quiet = whole.samples < 0.1
    breathing = replace(whole, samples=np.where(quiet, noise, whole.samples))
    for piece, words in zip(apart(["It grew.", "He left."], breathing), sentences, strict=True):
        assert piece is not None
        assert right(piece, whole, words)
