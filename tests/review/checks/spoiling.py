"""Clips spoiled on purpose, to see which faults the checks find: what goes wrong in real life.

Each fault takes the speech as its engine gave it and a source of chance, and returns a finished
clip. What goes wrong while speaking is done before mastering, which hides it; what goes wrong
in a recording or a file is done after, and encoded once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np

from voicemill.audio import (
    Clip,
    encode_clip,
    finish,
    load_profiles,
    profile_named,
    read_clip,
    speech_bounds,
)

WEB = profile_named("web", load_profiles({}))

Fault = Callable[[Clip, Random], Clip]


def finished(clip: Clip) -> Clip:
    """Return the clip as it is after mastering and encoding for the web."""
    return read_clip(finish(clip, WEB).data)


def encoded(samples: np.ndarray, rate_hz: int) -> Clip:
    """Return samples as they are after being encoded for the web."""
    return read_clip(encode_clip(Clip(np.clip(samples, -1, 1), rate_hz), WEB.encoding))


def _speech(clip: Clip) -> tuple[int, int]:
    return speech_bounds(clip) or (0, len(clip))


def _cut_s(clip: Clip, chance: Random) -> float:
    """A third of a word, a quarter to half a second of a sentence."""
    start, stop = _speech(clip)
    spoken_s = (stop - start) / clip.rate_hz
    return chance.uniform(0.3, 0.45) * spoken_s if spoken_s < 1.2 else chance.uniform(0.3, 0.6)


def cut_start(clip: Clip, chance: Random) -> Clip:
    """The engine or the microphone began too late."""
    start, _stop = _speech(clip)
    return finished(clip.between(start + int(_cut_s(clip, chance) * clip.rate_hz), len(clip)))


def cut_end(clip: Clip, chance: Random) -> Clip:
    """The engine or the microphone stopped too early."""
    _start, stop = _speech(clip)
    return finished(clip.between(0, stop - int(_cut_s(clip, chance) * clip.rate_hz)))


def cut_file(clip: Clip, chance: Random) -> Clip:
    """The file itself ends in the middle of the speech."""
    whole = finished(clip)
    _start, stop = _speech(whole)
    kept = whole.between(0, stop - int(_cut_s(whole, chance) * whole.rate_hz))
    return encoded(kept.samples, whole.rate_hz)


def muted(clip: Clip, _chance: Random) -> Clip:
    """Nothing is heard."""
    whole = finished(clip)
    return encoded(whole.samples * 0.0005, whole.rate_hz)


def dropout(clip: Clip, chance: Random) -> Clip:
    """Nothing is heard for a while in the middle of the speech."""
    whole = finished(clip)
    start, stop = _speech(whole)
    length = int(max(0.12 * whole.rate_hz, min(0.3 * whole.rate_hz, 0.35 * (stop - start))))
    loud = _loud_place(whole, start + length // 4, stop - length, length, chance)
    samples = whole.samples.copy()
    samples[loud : loud + length] = 0
    return encoded(samples, whole.rate_hz)


def _loud_place(clip: Clip, first: int, last: int, length: int, chance: Random) -> int:
    # A pause that is muted is no fault.
    places = [chance.randint(first, max(first, last)) for _ in range(8)]
    return max(places, key=lambda p: float(np.square(clip.samples[p : p + length]).mean()))


def clipped(clip: Clip, chance: Random) -> Clip:
    """Recorded with the level 8 to 14 dB too high, then mastered."""
    hot = clip.samples / max(np.abs(clip.samples).max(), 1e-9) * 10 ** (chance.uniform(8, 14) / 20)
    return finished(Clip(np.clip(hot, -1, 1), clip.rate_hz))


def clicks(clip: Clip, chance: Random) -> Clip:
    """One to three clicks, of 1 to 4 samples."""
    whole = finished(clip)
    samples = whole.samples.copy()
    for _ in range(chance.randint(1, 3)):
        place = chance.randint(0, len(samples) - 5)
        size = chance.uniform(0.5, 0.9) * chance.choice((-1, 1))
        samples[place : place + chance.randint(1, 4)] += size
    return encoded(samples, whole.rate_hz)


def hum(clip: Clip, chance: Random) -> Clip:
    """Mains hum with its harmonics, 20 to 30 dB under the voice."""
    whole = finished(clip)
    line_hz = chance.choice((50, 60))
    times = np.arange(len(whole)) / whole.rate_hz
    tone = sum(
        level * np.sin(2 * np.pi * line_hz * n * times + n)
        for n, level in ((1, 1.0), (2, 0.6), (3, 0.5), (5, 0.2))
    )
    return _under(whole, np.asarray(tone), chance.uniform(20, 30))


def noise(clip: Clip, chance: Random) -> Clip:
    """Steady noise, 14 to 24 dB under the voice."""
    whole = finished(clip)
    grain = np.random.default_rng(chance.randint(0, 2**31)).standard_normal(len(whole))
    return _under(whole, grain, chance.uniform(14, 24))


def _under(clip: Clip, other: np.ndarray, below_db: float) -> Clip:
    start, stop = _speech(clip)
    voice = float(np.sqrt(np.square(clip.samples[start:stop]).mean()))
    other = other / np.sqrt(np.square(other).mean()) * voice * 10 ** (-below_db / 20)
    return encoded(clip.samples + other.astype(np.float32), clip.rate_hz)


def too_fast(clip: Clip, chance: Random) -> Clip:
    """Spoken 1.7 to 2 times as fast, at the same pitch."""
    return finished(_stretched(clip, chance.uniform(1.7, 2.0)))


def too_slow(clip: Clip, chance: Random) -> Clip:
    """Spoken at 0.5 to 0.6 of its pace, at the same pitch."""
    return finished(_stretched(clip, chance.uniform(0.5, 0.6)))


def _stretched(clip: Clip, factor: float) -> Clip:
    from pedalboard import time_stretch

    stretched = time_stretch(clip.samples, clip.rate_hz, stretch_factor=factor)
    return replace(clip, samples=np.asarray(stretched[0], np.float32))


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        cut_start,
        cut_end,
        cut_file,
        muted,
        dropout,
        clipped,
        clicks,
        hum,
        noise,
        too_fast,
        too_slow,
    )
}


def swapped_word(text: str, chance: Random) -> str:
    """Say another word of the same length or so in place of one."""
    words = text.split()
    place = chance.randrange(len(words))
    others = [word for word in OTHER_WORDS if word not in text.casefold()]
    words[place] = chance.choice(others)
    return " ".join(words)


def missing_word(text: str, chance: Random) -> str:
    """Leave a word out."""
    words = text.split()
    del words[chance.randrange(len(words))]
    return " ".join(words)


def repeated_word(text: str, chance: Random) -> str:
    """Say two words twice."""
    words = text.split()
    place = chance.randrange(len(words) - 1)
    return " ".join(words[: place + 2] + words[place:])


OTHER_WORDS = (
    "orange", "candle", "river", "seven", "quickly", "window", "monkey", "table", "purple",
    "doctor", "hammer", "never", "silver", "planet", "butter", "running",
)  # fmt: skip
MISREADINGS = {misread.__name__: misread for misread in (swapped_word, missing_word, repeated_word)}
