"""Whether a clip is as long as its text takes this voice.

Expected seconds of speech = scale × (0.22 + 0.068 × sounds + 0.2 × stops inside the text).
The sounds are counted in espeak-ng's transcription, so that one figure fits many languages;
where it has none, letters count. The scale is learnt from the catalog's own clips of the voice
at that delivery, short items and long ones apart, by their median.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from voicemill.audio import Clip, speech_bounds
from voicemill.catalog import AudioSource, Item
from voicemill.review.checks.expecting import Expectation, expectation, transcription
from voicemill.review.checks.finding import Finding, Limit, judged, not_made

_BEGIN_S, _SOUND_S, _STOP_S = 0.22, 0.068, 0.2
_SHORT_SOUNDS = 12
# Of English voices at their usual pace; a word alone is said quicker by this formula.
_SHORT_SCALE, _LONG_SCALE = 0.72, 0.95
_ENOUGH = 8  # clips to learn from
_MOST = 200

# Log of the ratio, at least: 1.39 times as long, or as short; 1.25 times in sentences.
_LEARNT_SHORT, _LEARNT_LONG = 0.33, 0.22
_UNLEARNT = 0.55
_SPREADS = 3.0

_STOPS = re.compile(r"[,.;:!?…—、。，！？；：](?=\s|\w)")
_MARKS = re.compile(r"[ˈˌːˑ\W_]")

Manner = tuple[str, str, bool]  # voice, delivery, whether it is short


@dataclass(frozen=True)
class Pace:
    """How a voice's durations relate to the formula: median ratio, and spread of its log."""

    scale: float
    spread: float


Paces = dict[Manner, Pace]


def learnt(clips: Iterable[tuple[Item, AudioSource]]) -> Paces:
    """Learn the pace of each voice and delivery that has enough clips, from what is known."""
    return learnt_from(
        (expectation(item, source), _spoken_s(source))
        for item, source in clips
        if source.metadata.get("measures")
    )


def learnt_from(clips: Iterable[tuple[Expectation, float]]) -> Paces:
    """Learn the pace from what clips should be and the seconds of speech in them."""
    ratios: dict[Manner, list[float]] = {}
    for expected, spoken_s in clips:
        known = ratios.setdefault(_manner(expected), [])
        if spoken_s > 0 and not expected.lone_sound and len(known) < _MOST:
            known.append(math.log(spoken_s / _usual_s(expected)))
    return {manner: _pace(logs) for manner, logs in ratios.items() if len(logs) >= _ENOUGH}


def pace_finding(clip: Clip, expected: Expectation, paces: Paces) -> Finding:
    """Compare the length of the speech in a clip with what its text takes."""
    bounds = speech_bounds(clip)
    if expected.lone_sound:
        return not_made("pace", "pace was not checked: a sound by itself may take any time")
    if bounds is None:
        return not_made("pace", "pace was not checked: nothing is heard")
    spoken_s = (bounds[1] - bounds[0]) / clip.rate_hz
    pace = paces.get(_manner(expected)) or _default(expected)
    expected_s = pace.scale * _usual_s(expected)
    least = _LEARNT_SHORT if _manner(expected)[2] else _LEARNT_LONG
    threshold = max(least, _SPREADS * pace.spread)
    value = math.log(spoken_s / expected_s)
    told = f"the speech lasts {spoken_s:.1f} s, its text takes about {expected_s:.1f} s"
    verdict = "too short" if value < 0 else "too long"
    limit = Limit(round(threshold, 4), round(2.5 * threshold, 4))
    return judged("pace", abs(value), limit, told, f"{verdict}: {told}")


def _spoken_s(source: AudioSource) -> float:
    measures = source.metadata["measures"]
    return float(source.duration_s - measures["head_s"] - measures["tail_s"])


def _pace(logs: list[float]) -> Pace:
    middle = median(logs)
    spread = 1.4826 * median(abs(one - middle) for one in logs)
    return Pace(math.exp(middle), min(spread, _UNLEARNT / _SPREADS))


def _default(expected: Expectation) -> Pace:
    scale = _SHORT_SCALE if _manner(expected)[2] else _LONG_SCALE
    found = re.match(r"([+-]\d+)%", expected.delivery)
    speed = 1 + int(found[1]) / 100 if found else 1.0
    return Pace(scale / speed, _UNLEARNT / _SPREADS)


def _manner(expected: Expectation) -> Manner:
    return expected.voice, expected.delivery, _sounds(expected) <= _SHORT_SOUNDS


def _usual_s(expected: Expectation) -> float:
    stops = len(_STOPS.findall(expected.text.strip()))
    return _BEGIN_S + _SOUND_S * _sounds(expected) + _STOP_S * stops


def _sounds(expected: Expectation) -> int:
    said = expected.ipa or transcription(expected.text, expected.language) or expected.text
    return max(1, len(_MARKS.sub("", said)))
