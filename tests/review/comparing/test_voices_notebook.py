"""04_voices as cron runs it: clips, figures, chart and grid on a page that works offline."""

from __future__ import annotations

from pathlib import Path

import pytest
from comparing_samples import ESPEAKS

from workbench import voicemill


def test_the_report_holds_everything_and_asks_nobody(project: Path) -> None:
    words = ["-p", f"voices={','.join(ESPEAKS)}", "-p", "limit=3", "-p", "title=three"]
    ended = voicemill("run", "04_voices", *words, cwd=project)
    assert ended.returncode == 0, ended.stderr
    [report] = (project / "output" / "reports").glob("04_voices*.html")
    page = report.read_text(encoding="utf-8")
    assert page.count("<audio") == 9
    assert "Nobody has voted yet" in page
    assert "Pitch range, semitones" in page
    assert "Deterding (1997)" in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    [folder] = (project / "output" / "comparisons").iterdir()
    assert sorted(file.name for file in folder.iterdir()) == ["measures.csv", "vowels.csv"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("voices=espeak:en-gb", "at least 2 items"),
        ("reopen=never", "there is no comparison 'never'"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_spoken(
    project: Path, word: str, message: str
) -> None:
    ended = voicemill("run", "04_voices", "-p", word, cwd=project)
    assert ended.returncode != 0
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (project / "output" / "audio").exists()
