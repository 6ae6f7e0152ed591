"""Checks of the sound itself, whatever it says. Thresholds and their origin: docs/checks.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from voicemill.audio import Clip, rms_db, speech_bounds
from voicemill.audio.clip import Samples
from voicemill.review.checks.expecting import Expectation
from voicemill.review.checks.finding import Finding, Limit, Place, judged

Values = np.ndarray[Any, np.dtype[np.float64]]

SILENCE = Limit(1.0, 1.0)
DROPOUT = Limit(0.11, 0.3)  # seconds
CLIPPING = Limit(0.0155, 0.05)  # share of the samples near the peak
CLICKS = Limit(3.7, 7.0)  # times as sharp as what is around
START = Limit(57.5, 62.0)  # dB over −60 dB of the clip's level
END = Limit(56.0, 62.0)
NOISE = Limit(23.0, 40.0)  # dB over −60 dB of the clip's level
HUM = Limit(21.0, 36.0)  # dB over −60 dB of the whole
RULES = Limit(0.5, 4.0)  # rules that are not kept

_SHORTEST_S = 0.05
_SILENT_DB = -50.0  # of full scale
_GAP_DB = -50.0  # under the louder moments
_ABRUPT_DB = -17.0
_WORD_S = 1.2  # what is shorter has no pauses
_HOP_S = 0.005
_UNDER_DB = -60.0  # from here on levels relative to the clip's own are counted
_SOUND_FROM_DB = -70.0
_EDGE_HOPS = 7  # an MP3 spreads an edge over a granule, 24 ms at 24 kHz
_HUM_S = 30  # it is heard from the beginning on


def signal_findings(clip: Clip, expected: Expectation) -> Iterator[Finding]:
    """Yield what is found in the sound of a clip, and in the rules that its profile made."""
    silence = _silence(clip)
    yield from (silence, _rules(expected))
    if not silence.passed:
        return
    yield from (_dropout(clip, expected), _clipping(clip), _clicks(clip))
    yield from _edges(clip)
    yield from (_noise(clip), _hum(clip))


def _silence(clip: Clip) -> Finding:
    level_db = rms_db(clip)
    too_short = clip.duration_s < _SHORTEST_S
    silent = speech_bounds(clip) is None or level_db < _SILENT_DB or too_short
    bad = f"nothing is heard: its level is {level_db:.0f} dB"
    if too_short:
        bad = f"nothing is heard: it lasts {clip.duration_s:.3f} s"
    return judged("silence", float(silent), SILENCE, "something is heard", bad)


def _rules(expected: Expectation) -> Finding:
    broken = [sentence for _measure, passed, sentence in expected.rules if not passed]
    good = f"all {len(expected.rules)} rules of its profile are kept"
    return judged("rules", float(len(broken)), RULES, good, "; ".join(broken))


def _dropout(clip: Clip, expected: Expectation) -> Finding:
    """Find the longest silence in a word, or that begins and ends abruptly in a sentence."""
    start, stop = speech_bounds(clip) or (0, 0)
    word = stop - start < _WORD_S * clip.rate_hz and not expected.lone_sound
    abrupt_db = _UNDER_DB if word else _ABRUPT_DB
    powers_db = _decibels(_hops(clip.samples[start:stop], clip.rate_hz))
    levels = powers_db - np.percentile(powers_db, 90)
    longest, place = 0.0, None
    meant = tuple(expected.pauses_s(clip.duration_s))
    for first, last in _runs(levels < _GAP_DB):
        before = levels[max(0, first - _EDGE_HOPS) : first].max(initial=-99.0)
        after = levels[last : last + _EDGE_HOPS].max(initial=-99.0)
        length_s = (last - first) * _HOP_S
        begins_s = start / clip.rate_hz + first * _HOP_S
        found = Place(begins_s, begins_s + length_s)
        if min(before, after) > abrupt_db and length_s > longest and not _within(found, meant):
            longest, place = length_s, found
    bad = f"the sound is gone for {longest:.2f} s in the middle of the speech"
    return judged("dropout", longest, DROPOUT, "the sound does not drop out", bad, place)


def _within(place: Place, stretches_s: Iterable[tuple[float, float]]) -> bool:
    return any(start_s <= place.start_s and place.end_s <= end_s for start_s, end_s in stretches_s)


def _clipping(clip: Clip) -> Finding:
    """Measure how much of the speech is near its peak: speech rarely is, cut tops are."""
    start, stop = speech_bounds(clip) or (0, 0)
    heights = np.abs(clip.samples[start:stop])
    near = heights > 0.85 * np.percentile(heights, 99.9)
    share = float(near.mean())
    place = None
    if share >= CLIPPING.threshold:
        at_s = (start + np.flatnonzero(near)) / clip.rate_hz
        place = Place(float(at_s[0]), float(at_s[-1]))
    bad = f"it is clipped: {share:.1%} of the samples are at the top"
    return judged("clipping", share, CLIPPING, "its tops are round", bad, place)


def _clicks(clip: Clip) -> Finding:
    """Compare the sharpest edge of each 0.5 ms with those 1.5 to 12 ms around it."""
    step = max(1, round(0.0005 * clip.rate_hz))
    edges = np.abs(np.diff(clip.samples.astype(np.float64), 3))
    sharpest = edges[: len(edges) // step * step].reshape(-1, step).max(axis=1)
    if len(sharpest) < 50:
        return judged("clicks", 0.0, CLICKS, "it is too short to click", "")
    padded = np.pad(sharpest, 24)
    around = np.zeros(len(sharpest))
    for away in (*range(-24, -3), *range(4, 25)):
        np.maximum(around, padded[24 + away : 24 + away + len(sharpest)], out=around)
    # The floor keeps steps of 16 bits in silence from being clicks.
    ratios = sharpest / (around + 6e-3)
    worst = int(ratios.argmax())
    place = Place(worst * 0.0005, (worst + 1) * 0.0005)
    bad = f"there is a click at {place.start_s:.2f} s"
    return judged("clicks", float(ratios[worst]), CLICKS, "it does not click", bad, place)


def _edges(clip: Clip) -> Iterator[Finding]:
    """Measure how loud the sound is right where it begins and ends.

    Speech rises and dies away; what is cut is loud at its edge.
    """
    powers = _hops(clip.samples, clip.rate_hz)
    smooth = np.convolve(powers, np.ones(10) / 10, "valid") if len(powers) >= 10 else powers
    powers = powers / max(float(smooth.max()), 1e-12)
    sounding = np.flatnonzero(_decibels(powers) > _SOUND_FROM_DB)
    first, last = int(sounding[0]), int(sounding[-1])
    at_start = _over(powers[first + 2 : first + 6])
    at_end = _over(powers[max(0, last - 5) : max(1, last - 1)])
    begins_s, ends_s = first * _HOP_S, (last + 1) * _HOP_S
    yield judged(
        "start",
        at_start,
        START,
        "it begins softly",
        "it begins in the middle of a sound: its start may be cut off",
        Place(begins_s, begins_s + 0.05),
    )
    yield judged(
        "end",
        at_end,
        END,
        "it dies away",
        "it stops in the middle of a sound: its end may be cut off",
        Place(max(0.0, ends_s - 0.05), ends_s),
    )


def _noise(clip: Clip) -> Finding:
    width = max(1, clip.rate_hz // 40)
    windows = np.sort(_powers(clip.samples, width))
    quiet = windows[min(1, len(windows) - 1)]
    below_db = float(_decibels(np.percentile(windows, 90)) - _decibels(quiet))
    bad = f"it is noisy: its quietest moment is only {below_db:.0f} dB under the voice"
    good = "there is quiet around the voice"
    return judged("noise", max(0.0, -_UNDER_DB - below_db), NOISE, good, bad)


def _hum(clip: Clip) -> Finding:
    """Measure a lone line at 50 or 60 Hz, below any voice, against what is beside it."""
    samples = clip.samples[: _HUM_S * clip.rate_hz]
    size = 1 << int(np.ceil(np.log2(max(len(samples), 2 * clip.rate_hz))))
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), size)) ** 2
    frequencies = np.fft.rfftfreq(size, 1 / clip.rate_hz)
    wide_hz = max(1.5, 1.5 * clip.rate_hz / len(samples))
    strongest, line = 0.0, 50
    for line_hz in (50, 60):
        inside = np.abs(frequencies - line_hz) <= wide_hz
        beside = (frequencies >= line_hz - 10 - wide_hz) & (frequencies < line_hz - wide_hz - 1)
        stands_out = _decibels(spectrum[inside].max()) - _decibels(spectrum[beside].mean())
        level = _decibels(spectrum[inside].sum() / max(float(spectrum.sum()), 1e-12))
        over = float(level) - _UNDER_DB
        if stands_out > 15 and over > strongest:
            strongest, line = over, line_hz
    bad = f"mains hum at {line} Hz, {-_UNDER_DB - strongest:.0f} dB under the whole"
    return judged("hum", strongest, HUM, "there is no mains hum", bad)


def _over(powers: Values) -> float:
    level_db = float(_decibels(powers.mean())) if len(powers) else 0.0
    return max(0.0, level_db - _UNDER_DB)


def _hops(samples: Samples, rate_hz: int) -> Values:
    return _powers(samples, round(_HOP_S * rate_hz))


def _powers(samples: Samples, width: int) -> Values:
    whole = samples[: len(samples) // width * width].astype(np.float64)
    powers: Values = np.square(whole).reshape(-1, width).mean(axis=1)
    return powers if len(powers) else np.zeros(1)


def _decibels(powers: Any) -> Any:
    return 10 * np.log10(np.maximum(powers, 1e-12))


def _runs(wanted: np.ndarray[Any, np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    steps = np.diff(wanted.astype(np.int8), prepend=0, append=0)
    starts, stops = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [(int(a), int(b)) for a, b in zip(starts, stops, strict=True)]
