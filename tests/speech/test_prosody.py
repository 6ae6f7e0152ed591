import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicemill.speech import prosody
from voicemill.speech.engine import Cue, Speech


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One ship. Two ships!", ["One ship.", "Two ships!"]),
        ('He said "Yes." Then he left.', ['He said "Yes."', "Then he left."]),
        ("It is 3.5 metres", ["It is 3.5 metres"]),
        ("你好。再见！", ["你好。", "再见！"]),
        ("नमस्ते। आप कैसे हैं?", ["नमस्ते।", "आप कैसे हैं?"]),
        ("Wait… what?", ["Wait…", "what?"]),
        ("  ", []),
        ("Yes. … !", ["Yes."]),
    ],
)
def test_a_text_is_parted_into_its_sentences(text: str, parts: list[str]) -> None:
    assert prosody.sentences(text) == parts


@given(st.text("ab .!?。\"'”)", max_size=30))
def test_parting_loses_no_letter(text: str) -> None:
    together = "".join(prosody.sentences(text))
    assert [char for char in together if char.isalnum()] == [
        char for char in text if char.isalnum()
    ]


@pytest.mark.parametrize("speed", [0.5, 0.7, 1.5, 2.0])
def test_stretching_keeps_pitch_and_moves_cues(speed: float) -> None:
    time_s = np.arange(24000) / 24000
    tone = np.sin(2 * np.pi * 180 * time_s).astype(np.float32)
    slow = prosody.stretch(Speech(tone, 24000, (Cue(0.2, 0.8, "tone"),)), speed)
    assert slow.duration_s == pytest.approx(1 / speed, rel=0.01)
    assert prosody.median_f0_hz(slow.samples, 24000) == pytest.approx(180, abs=3)
    assert slow.cues == (Cue(0.2 / speed, 0.8 / speed, "tone"),)
