"""How well a phoneme recogniser understands a voice: the mean share of sounds it mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from statistics import fmean
from typing import Any

from voicemill.audio import Clip
from voicemill.production.workshop import Workshop
from voicemill.review.comparing.clips import Clips
from voicemill.review.comparing.setup import Setup

_VOWELS = frozenset("12345iɪɛæɑəʊu")  # in the letters of checks.sounds


def why_not() -> str:
    """Say why no recogniser can listen here; empty when one can."""
    from voicemill.review.checks.recognisers import installed

    return installed().without_phonemes("en")


def phoneme_errors(setup: Setup, clips: Clips, shop: Workshop) -> dict[str, float]:
    """Return voice → edits from the expected to the heard phonemes, per expected one (0 … 1).

    The mean over the items in English that have IPA, each at most 1. Only what the accents of
    English share is compared, see checks.sounds. Voices without such items are left out; all
    are, where no recogniser is installed.
    """
    if why_not():
        return {}
    wanted = [
        (voice, row)
        for voice in setup.voices
        for row in setup.items
        if row["ipa"] and _is_english(row, voice, clips)
    ]
    listeners = _listeners(shop.workers)
    errors = list(listeners.map(lambda one: _error(one[0], one[1], clips, shop), wanted))
    found: dict[str, list[float]] = {}
    for (voice, _row), error in zip(wanted, errors, strict=True):
        found.setdefault(voice, []).append(error)
    return {voice: round(fmean(each), 3) for voice, each in found.items()}


def phoneme_error(clip: Clip, ipa: str) -> float:
    """Return the edits from the expected to the heard phonemes, per expected one, at most 1."""
    from rapidfuzz.distance import Levenshtein

    from voicemill.review.checks.aligning import heard_letters
    from voicemill.review.checks.recognisers import for_listening, hear_phonemes
    from voicemill.review.checks.sounds import coarse

    expected = _without_final_r(coarse(ipa))
    likelihoods, _frame_s = hear_phonemes(for_listening(clip))
    heard = _without_final_r(heard_letters(likelihoods)[0])
    return min(Levenshtein.distance(expected, heard) / max(len(expected), 1), 1.0)


@cache
def _listeners(count: int) -> ThreadPoolExecutor:
    """The same threads for all comparisons, since each loads a recogniser."""
    return ThreadPoolExecutor(count, thread_name_prefix="voicemill-listener")


def _without_final_r(sounds: str) -> str:
    """Leave out each r that no vowel follows: accents differ in whether it is said."""
    return "".join(
        sound
        for sound, following in zip(sounds, [*sounds[1:], "#"], strict=bool(sounds))
        if sound != "ɹ" or following in _VOWELS
    )


def _error(voice: str, row: Mapping[str, Any], clips: Clips, shop: Workshop) -> float:
    return phoneme_error(clips.sound(row["key"], voice, shop), row["ipa"])


def _is_english(row: Mapping[str, Any], voice: str, clips: Clips) -> bool:
    source = clips.sources.get((row["key"], voice))
    return source is not None and (row["language"] or source.language).startswith("en")
