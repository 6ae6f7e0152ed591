"""Books in Hindi, Vietnamese, Chinese, Arabic and English come out as speech."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pandas as pd
import pytest

from voicemill import Studio
from voicemill.audio import read_clip

STORIES = {
    "en": (
        "The Well",
        "The well was deep. Nobody had drunk from it for 30 years! Would they dare?",
    ),
    "hi": ("कुआँ", "कुआँ बहुत गहरा था। तीस साल से किसी ने उसका पानी नहीं पिया था! क्या वे हिम्मत करेंगे?"),
    "vi": ("Cái giếng", "Cái giếng rất sâu. Đã 30 năm không ai uống nước ở đó! Họ có dám không?"),
    "zh": ("古井", "这口井很深。三十年来没有人喝过井里的水！他们敢吗？"),
    "ar": (
        "البئر",
        "كانت البئر القديمة خلف بيت جدتي عميقة. لم يشرب منها أحد منذ ثلاثين سنة! هل يجرؤون؟",
    ),
}


@pytest.mark.parametrize("language", STORIES)
def test_a_page_is_heard_sentence_by_sentence(studio: Studio, language: str) -> None:
    title, text = STORIES[language]
    table = pd.DataFrame({"page": ["1"], "chapter": [title], "text": [f"# {title}\n\n{text}"]})
    pages = studio.read(table, kind="book", collection=f"tale {language}")
    assert pages["language"].tolist() == [language]  # nobody said so
    voices = [name for name in studio.books.voices_for(pages) if name.startswith("espeak")]
    run = studio.produce(studio.plan(pages, voices=voices))
    assert run.results["passed"].tolist() == [True]
    source = studio.best_audio(f"tale {language}", "1").source
    assert source is not None
    assert source.language.partition("-")[0] == language
    clip = read_clip(BytesIO(studio.store.read(source.file)))
    page = source.metadata["page"]
    assert len(page["sentences"]) == 4
    for start_s, end_s in page["heard_s"]:
        said = clip.samples[round(start_s * clip.rate_hz) : round(end_s * clip.rate_hz)]
        assert 0.3 < end_s - start_s < 8
        assert np.sqrt(np.mean(said**2)) > 0.02


def test_a_language_no_voice_here_speaks_is_said_before_anything_is_made(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pd.DataFrame(
        {"page": ["1"], "text": ["tlhIngan Hol DajatlhʼaʼǃǃǃHIja"], "language": "tlh"}
    )
    pages = studio.read(table, kind="book")
    voices = studio.books.voices_for(pages)
    assert "no voice here speaks tlh" in capsys.readouterr().out
    plan = studio.plan(pages, voices=voices)
    assert plan["action"].tolist() == ["skip"]
    assert "the text is tlh" in plan["reason"][0]
