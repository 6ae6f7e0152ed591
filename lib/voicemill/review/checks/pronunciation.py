"""Whether English is pronounced as expected, by a phoneme recogniser."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from voicemill.audio import Clip
from voicemill.review.checks.aligning import Aligned, Likelihoods, align, heard_letters
from voicemill.review.checks.expecting import Expectation, Piece, transcription
from voicemill.review.checks.finding import Finding, Limit, Place, judged, not_made
from voicemill.review.checks.recognisers import (
    AROUND_S,
    LONGEST_S,
    Recognisers,
    for_listening,
    hear_phonemes,
)
from voicemill.review.checks.sounds import Sound, expected_sounds, shown

# The mean cost of a sound. In a sentence most sounds are right even where a word is not.
_WORD, _SENTENCE = 3.3, 1.5
_WORD_SOUNDS, _SENTENCE_SOUNDS = 8, 20
_CERTAIN = 2.0  # times the threshold


def pronunciation_finding(clip: Clip, expected: Expectation, there: Recognisers) -> Finding:
    """Judge the stretch of a clip that is farthest from the sounds it should have."""
    why_not = there.without_phonemes(expected.language)
    if expected.lone_sound:
        why_not = "pronunciation was not checked: the recogniser knows words, not lone sounds"
    elif expected.by_lexicon:
        why_not = "pronunciation was not checked: the lexicon has words said in its own way"
    judgements = [] if why_not else [_judged(clip, one, expected) for one in expected.pieces]
    made = [one for one in judgements if one is not None]
    if not made:
        return not_made(
            "pronunciation",
            why_not or "pronunciation was not checked: no stretch of it is short enough",
        )
    return max(made, key=lambda finding: finding.doubt)


def sounds_of(text: str, ipa: str, language: str) -> tuple[Sound, ...]:
    """Return the sounds that a text should have: by its IPA, or espeak-ng's where it has none."""
    sounds = expected_sounds(ipa) if ipa else ()
    if any(not sound.optional for sound in sounds):
        return sounds
    return expected_sounds(transcription(text, language))


def listened(clip: Clip, sounds: Sequence[Sound]) -> tuple[Aligned, Likelihoods, float]:
    """Return how well the sounds fit a clip, what was heard in it, and the seconds of a frame."""
    heard, frame_s = hear_phonemes(for_listening(clip))
    if len(heard) < len(sounds):
        heard = np.repeat(heard, 1 + len(sounds) // max(1, len(heard)), axis=0)
    return align(heard, sounds), heard, frame_s


def _judged(clip: Clip, piece: Piece, expected: Expectation) -> Finding | None:
    part = cut(clip, piece)
    sounds = sounds_of(piece.text, expected.ipa, expected.language)
    if not sounds or not len(part) or part.duration_s > LONGEST_S:
        return None
    aligned, heard, frame_s = listened(part, sounds)
    words = [shown("".join(s.letter for s in word)) for word in _words(sounds)]
    place, said = _farthest(aligned, sounds, heard, frame_s, piece.start_s)
    if len(words) <= 2:
        said = shown(heard_letters(heard)[0])
        bad = f"it should sound like /{' '.join(words)}/ and sounds like /{said}/"
    else:
        bad = f"the pronunciation is far from the text, most around {place.start_s:.1f} s"
        bad += f" (/{said}/ is expected there)"
    needed = sum(not sound.optional for sound in sounds)
    limit = limit_of(needed).of_worst(len(expected.pieces))
    return judged("pronunciation", aligned.cost, limit, "it sounds as expected", bad, place)


def cut(clip: Clip, piece: Piece) -> Clip:
    """Return the stretch of a clip in which a piece is said."""
    stop = len(clip) if piece.end_s is None else round(piece.end_s * clip.rate_hz)
    return clip.between(round(piece.start_s * clip.rate_hz), stop)


def limit_of(sounds: int) -> Limit:
    """Return the limit of the cost of a stretch with that many sounds."""
    share = (sounds - _WORD_SOUNDS) / (_SENTENCE_SOUNDS - _WORD_SOUNDS)
    threshold = round(_WORD - (_WORD - _SENTENCE) * min(1.0, max(0.0, share)), 3)
    return Limit(threshold, _CERTAIN * threshold)


def _words(sounds: Sequence[Sound]) -> list[list[Sound]]:
    said = (sound for sound in sounds if not sound.optional)
    return [list(word) for _number, word in groupby(said, key=lambda sound: sound.word)]


def _farthest(
    aligned: Aligned, sounds: Sequence[Sound], heard: Likelihoods, frame_s: float, start_s: float
) -> tuple[Place, str]:
    """Return where the word with the dearest sounds is heard, and that word."""
    by_word: dict[int, list[int]] = {}
    for number, sound in enumerate(sounds):
        if not sound.optional:
            by_word.setdefault(sound.word, []).append(number)

    def cost(numbers: list[int]) -> float:
        # A short word costs much by one sound alone.
        return sum(aligned.costs[n] for n in numbers) / max(3, len(numbers))

    worst = max(by_word.values(), key=cost)
    frames = [aligned.frames[n] for n in worst if aligned.frames[n][0] >= 0] or [(0, len(heard))]
    first, last = frames[0][0] * frame_s, (frames[-1][1] + 1) * frame_s
    begins_s = max(0.0, first - AROUND_S) + start_s
    ends_s = max(begins_s, last - AROUND_S + start_s)
    return Place(begins_s, ends_s), shown("".join(sounds[n].letter for n in worst))
