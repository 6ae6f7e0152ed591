"""How well the checks find faults: a labelled set of good clips and of clips spoiled on purpose.

Recall: the share of spoiled clips that are flagged (suspicion 0.5 or more). Precision: among
flagged clips, the share of spoiled ones, if as many clips were spoiled as are good; a good clip
that any check flags counts against every fault.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from benchmarks.intelligibility import carrier_words
from benchmarks.project import ROOT, table

if TYPE_CHECKING:
    from voicemill.audio import Clip
    from voicemill.review.checks import Finding
    from voicemill.review.checks.expecting import Expectation
    from voicemill.speech.engines import Engines

RECALL, PRECISION = 0.9, 0.8
VOICES = ("piper:en_US-joe-medium", "espeak:en-gb", "espeak:en-us", "kokoro:jf_alpha")
SLOW_VOICE, FEWER = "kokoro", 4  # every so many items of the voice that takes long
PER_FAULT = 12  # of words, and as many of sentences
SEED = 2024

SENTENCES = (
    "The kettle was already singing when she came down.",
    "He carried the ladder across the wet garden.",
    "Nobody had told the baker about the second oven.",
    "My sister keeps three brown hens behind the shed.",
    "The train stopped twice before it reached the bridge.",
    "A small grey cat was asleep on the window sill.",
    "They painted the front door green last summer.",
    "Please put the heavy box next to the table.",
    "The doctor listened quietly and then shook his head.",
    "We walked along the river until it was dark.",
    "Her father repaired clocks in a narrow workshop.",
    "The children laughed because the puppet lost its hat.",
    "It rained all morning, but the afternoon was bright.",
    "The captain wrote a short letter to his mother.",
    "Fresh bread smells better than any flower.",
    "You can hear the sea from the upper rooms.",
    "The old map showed a road that no longer exists.",
    "Peter borrowed a pencil and forgot to return it.",
    "Six geese flew slowly over the frozen lake.",
    "The teacher asked a question that nobody could answer.",
    "She bought apples, cheese and a jar of honey.",
    "The lamp went out just before midnight.",
    "Our neighbour plays the violin every Sunday evening.",
    "I have never seen such a large pumpkin.",
    "The boat turned round and headed for the harbour.",
    "Bring your coat, because the wind is cold today.",
    "The farmer counted his sheep and found one missing.",
    "A stranger knocked at the gate and asked for water.",
    "The museum is closed on the first Monday of the month.",
    "He found the lost key under a flat stone.",
    "The soup was too hot, so they waited a while.",
    "Two boys were building a castle out of sand.",
    "The library smelled of dust and polished wood.",
    "Snow covered the fields from here to the hills.",
    "She answered the telephone and began to smile.",
    "The carpenter measured the shelf a second time.",
    "Our dog is afraid of thunder and loud music.",
    "The moon rose slowly behind the chimney.",
    "They missed the last bus and had to walk home.",
    "A good story needs a beginning and an end.",
)


@dataclass(frozen=True)
class Sample:
    """A clip, what it should be, and what is wrong with it (nothing: a good one)."""

    kind: str
    fault: str
    voice: str
    text: str
    expected: Expectation
    clip: Clip


@dataclass(frozen=True)
class _Thing:
    kind: str
    voice: str
    text: str
    ipa: str
    rate_percent: int


def run() -> str:
    """Measure and return the table, or a sentence where a recogniser is missing."""
    from voicemill.review.checks import installed

    there = installed()
    if not (there.phonemes and there.words):
        return "Checks: not measured; " + there.without_words("en")
    started = time.perf_counter()
    samples = labelled()
    made_s = time.perf_counter() - started
    found = checked(samples)
    each_s = (time.perf_counter() - started - made_s) / len(samples)
    results = list(zip(samples, found, strict=True))
    rows = [row for kind in ("word", "sentence") for row in _rows(kind, results)]
    rows.append(("clips, made in", f"{len(samples)}, {made_s:.0f} s", ""))
    rows.append(("checking one clip", f"{each_s:.2f} s", f"{os.cpu_count()} threads"))
    title = "checks: recall, precision (as many spoiled as good clips), flagged by"
    return table(title, rows)


def labelled() -> list[Sample]:
    """Make all good clips, and some of each fault."""
    from voicemill.settings import read_settings
    from voicemill.speech.engines import Engines

    sys.path.insert(0, str(ROOT / "tests" / "review" / "checks"))
    engines = Engines(read_settings(ROOT).speech, ROOT)
    known = {voice.id for voice in engines.voices() if voice.installed}
    things = [thing for voice in VOICES if voice in known for thing in _things(voice)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        good = list(pool.map(lambda thing: _good(engines, thing), things))
        wanted = list(_wanted(things))
        spoiled = list(pool.map(lambda wish: _spoiled(engines, things, *wish), wanted))
    return good + spoiled


def checked(samples: Sequence[Sample]) -> list[tuple[Finding, ...]]:
    """Check all clips, with the pace learnt from the good ones as it would be in a catalog."""
    from voicemill.review.checks import check_clip, installed

    there, paces = installed(), _paces(samples)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda one: check_clip(one.clip, one.expected, there, paces), samples))


def _things(voice: str) -> Iterator[_Thing]:
    step = FEWER if voice.startswith(SLOW_VOICE) else 1
    for word, ipa in carrier_words()[::step]:
        yield _Thing("word", voice, word, ipa, -30)
    for text in SENTENCES[::step]:
        yield _Thing("sentence", voice, text, "", 0)


def _wanted(things: Sequence[_Thing]) -> Iterator[tuple[str, _Thing]]:
    from spoiling import FAULTS, MISREADINGS

    for kind in ("word", "sentence"):
        # The slow voice only shows that good clips of it pass.
        some = [t for t in things if t.kind == kind and not t.voice.startswith(SLOW_VOICE)]
        faults = [*FAULTS, *(MISREADINGS if kind == "sentence" else ("swapped_word",))]
        for fault in faults:
            chosen = Random(f"{SEED} {kind} {fault}").sample(some, PER_FAULT)
            yield from ((fault, thing) for thing in chosen)


def _good(engines: Engines, thing: _Thing) -> Sample:
    from spoiling import finished

    return _sample("", thing, finished(_said(engines, thing, thing.text)))


def _spoiled(engines: Engines, things: Sequence[_Thing], fault: str, thing: _Thing) -> Sample:
    from spoiling import FAULTS, MISREADINGS, finished

    chance = Random(f"{SEED} {fault} {thing.voice} {thing.text}")
    if fault in FAULTS:
        return _sample(fault, thing, FAULTS[fault](_said(engines, thing, thing.text), chance))
    if thing.kind == "word":
        words = [other.text for other in things if other.kind == "word"]
        said = chance.choice([word for word in words if word != thing.text])
    else:
        said = MISREADINGS[fault](thing.text, chance)
    return _sample(fault, thing, finished(_said(engines, thing, said)))


def _said(engines: Engines, thing: _Thing, text: str) -> Clip:
    from voicemill.audio import Clip
    from voicemill.speech.engine import Delivery, Utterance

    delivery = Delivery(rate_percent=thing.rate_percent)
    speech = engines.speak(
        Utterance(text=text, language="en", delivery=delivery), engines.voice(thing.voice)
    )
    return Clip(speech.samples, speech.rate_hz)


def _sample(fault: str, thing: _Thing, clip: Clip) -> Sample:
    from voicemill.review.checks.expecting import Expectation, Piece

    delivery = f"{thing.rate_percent:+d}% +0Hz +0%"
    expected = Expectation("en", thing.voice, delivery, (Piece(thing.text),), ipa=thing.ipa)
    return Sample(thing.kind, fault, thing.voice, thing.text, expected, clip)


def _paces(samples: Sequence[Sample]) -> Any:
    from voicemill.audio import speech_bounds
    from voicemill.review.checks.pace import learnt_from

    def spoken_s(clip: Clip) -> float:
        start, stop = speech_bounds(clip) or (0, 0)
        return (stop - start) / clip.rate_hz

    return learnt_from((one.expected, spoken_s(one.clip)) for one in samples if not one.fault)


def _rows(
    kind: str, results: Sequence[tuple[Sample, tuple[Finding, ...]]]
) -> Iterator[tuple[str, str, str]]:
    from voicemill.review.checks import FLAGGED, suspicion

    mine = [(sample, found) for sample, found in results if sample.kind == kind]
    faults = list(dict.fromkeys(sample.fault for sample, _found in mine))
    alarms = 0.0
    for fault in sorted(faults, key=bool):
        found = [one for sample, one in mine if sample.fault == fault]
        share = sum(suspicion(one) >= FLAGGED for one in found) / len(found)
        by = Counter(finding.check for one in found for finding in one if not finding.passed)
        named = ", ".join(f"{name} {count}" for name, count in by.most_common(4))
        if not fault:
            alarms = share
            yield f"{kind}s, good: falsely flagged", f"{share:.3f} of {len(found)}", named
            continue
        precision = share / (share + alarms) if share else 0.0
        kept = share >= RECALL and precision >= PRECISION
        goal = "kept" if kept else f"goal {RECALL}, {PRECISION} MISSED"
        yield f"{kind}s, {fault}", f"{share:.2f}, {precision:.2f}", f"{goal}  ({named})"


if __name__ == "__main__":
    print(run())
