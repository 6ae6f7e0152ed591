"""The judge of takes understands a word that is said, and not another."""

from __future__ import annotations

import pytest

from voicemill.audio import Clip
from voicemill.production.judging import Said
from voicemill.review.judging import PhonemeJudge
from voicemill.speech.engine import Delivery, Utterance
from voicemill.speech.engines import Engines
from workbench import ESPEAK


def spoken(engines: Engines, text: str) -> Clip:
    said = Utterance(text=text, delivery=Delivery(rate_percent=-30))
    speech = engines.speak(said, engines.voice(ESPEAK))
    return Clip(speech.samples, speech.rate_hz)


@pytest.mark.parametrize(("text", "ipa"), [("ship", "ʃɪp"), ("desk", ""), ("good morning", "")])
def test_the_right_word_scores_above_another(engines: Engines, text: str, ipa: str) -> None:
    judge, said = PhonemeJudge(), Said(text, ipa, "en-GB")
    assert judge.why_not(said) == ""
    right, wrong = (judge.hear(spoken(engines, word), said) for word in (text, "yellow"))
    assert 1 >= right.score > 10 * wrong.score > 0
    assert not wrong.good
    assert right.sounds != wrong.sounds


def test_it_says_what_it_cannot_judge() -> None:
    judge = PhonemeJudge()
    assert judge.why_not(Said("chào", "", "vi")) == "there is no recogniser for vi"
    assert judge.why_not(Said("…", "", "en")) == "the recogniser knows none of its sounds"
    assert judge.version == PhonemeJudge().version
