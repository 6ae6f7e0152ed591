"""Faults made on purpose are found, and good clips are left alone."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
import spoiling

from voicemill.audio import Clip, silence
from voicemill.review.checks import FLAGGED, Finding, Recognisers, check_clip, suspicion, worst
from voicemill.review.checks.expecting import Expectation, Piece
from voicemill.review.checks.pace import learnt_from
from voicemill.speech.engine import Delivery, Utterance
from voicemill.speech.engines import Engines
from workbench import ESPEAK

NOBODY = Recognisers(phonemes=False, words=False)
WORDS = {
    "tree": "triː", "clock": "klɒk", "moon": "muːn", "voice": "vɔɪs", "shop": "ʃɒp",
    "measure": "ˈmeʒə", "milk": "mɪlk", "home": "həʊm", "chair": "tʃeə", "nine": "naɪn",
}  # fmt: skip
SENTENCES = (
    "The farmer counted his sheep and found one missing.",
    "Please put the heavy box next to the table.",
    "It rained all morning, but the afternoon was bright.",
)
SLOW = Delivery(rate_percent=-30)


def expected(text: str, *, ipa: str = "", language: str = "en") -> Expectation:
    delivery = str(SLOW) if text in WORDS else str(Delivery())
    return Expectation(language, ESPEAK, delivery, (Piece(text),), ipa=ipa or WORDS.get(text, ""))


def found_in(clip: Clip, text: str, there: Recognisers = NOBODY) -> tuple[Finding, ...]:
    return check_clip(clip, expected(text), there, {})


@pytest.fixture(scope="module")
def said(engines: Engines) -> object:
    @cache
    def say(text: str) -> Clip:
        delivery = SLOW if text in WORDS else Delivery()
        utterance = Utterance(text=text, language="en", delivery=delivery)
        speech = engines.speak(utterance, engines.voice(ESPEAK))
        return Clip(speech.samples, speech.rate_hz)

    return say


def test_good_clips_are_not_suspicious(said) -> None:
    # espeak-ng draws its hiss by chance, and about one "measure" in a hundred really clicks.
    findings = {
        text: found_in(spoiling.finished(said(text)), text) for text in [*WORDS, *SENTENCES]
    }
    flagged = {
        text: worst(found) for text, found in findings.items() if suspicion(found) >= FLAGGED
    }
    assert len(flagged) <= 1, flagged
    assert all(
        finding.passed for text in findings if text not in flagged for finding in findings[text]
    )


@pytest.mark.parametrize(
    ("fault", "check", "least"),
    [
        ("muted", "silence", 13),
        ("clipped", "clipping", 12),
        ("clicks", "clicks", 11),
        ("hum", "hum", 12),
        ("noise", "noise", 13),
        ("dropout", "dropout", 8),
        ("cut_start", "start", 7),
        ("too_slow", "pace", 5),
        ("too_fast", "pace", 5),
    ],
)
def test_a_fault_is_found_by_its_check(said, fault: str, check: str, least: int) -> None:
    flagged = 0
    for text in [*WORDS, *SENTENCES]:
        clip = spoiling.FAULTS[fault](said(text), Random(text))
        finding = next(one for one in found_in(clip, text) if one.check == check)
        flagged += not finding.passed
        assert finding.passed == (finding.doubt < FLAGGED)
    assert flagged >= least


def test_a_click_is_shown_where_it_is(said) -> None:
    clip = spoiling.finished(said("moon"))
    samples = clip.samples.copy()
    samples[int(0.4 * clip.rate_hz)] += 0.8
    findings = found_in(Clip(samples, clip.rate_hz), "moon")
    click = next(one for one in findings if one.check == "clicks")
    assert click.start_s == pytest.approx(0.4, abs=0.002)
    assert click.sentence == "there is a click at 0.40 s"


def test_the_pace_is_learnt_from_a_voice_s_own_clips(said) -> None:
    # As long as the usual formula allows, but nothing like this voice's other clips.
    texts = [*WORDS, "bed", "cat", "cup"]
    usual = [(expected(text), 0.45) for text in WORDS]
    paces = learnt_from(usual)
    assert paces
    assert not learnt_from(usual[:5])
    long = check_clip(said(texts[0]).padded(0, 0), expected(texts[0]), NOBODY, paces)
    pace = next(one for one in long if one.check == "pace")
    assert pace.value is not None
    assert "its text takes about" in pace.sentence


@pytest.mark.parametrize("clip", [silence(0.5, 24000), silence(0.001, 8000), Clip([0.5], 8000)])
def test_clips_with_nothing_in_them(clip: Clip) -> None:
    findings = found_in(clip, "tree")
    assert suspicion(findings) >= FLAGGED


def test_what_cannot_be_recognised_is_said_and_raises_no_doubt(said) -> None:
    clip = spoiling.finished(said("tree"))
    sentences = [one.sentence for one in found_in(clip, "tree") if one.value is None]
    assert len(sentences) == 2
    assert all("pip install 'voicemill[checks]'" in sentence for sentence in sentences)
    vietnamese = check_clip(clip, expected("cây", language="vi"), Recognisers(True, True), {})
    reasons = [one.sentence for one in vietnamese if one.value is None]
    assert reasons == [
        "pronunciation was not checked: the recogniser knows no vi",
        "words were not checked: this needs a model for vi",
    ]
