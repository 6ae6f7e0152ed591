"""04_voices as cron runs it: clips, figures, chart and grid on a page that works offline."""

from __future__ import annotations

from pathlib import Path

import pytest
from comparing_samples import ESPEAKS

from voicemill.errors import ParameterError
from voicemill.headless import checked_parameters
from voicemill.settings import Settings
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


def test_what_is_wrong_is_said_before_anything_is_spoken(project: Path) -> None:
    with pytest.raises(ParameterError, match="at least 2 items"):
        checked_parameters("04_voices", {"voices": "espeak:en-gb"}, Settings(root=project))
    ended = voicemill("run", "04_voices", "-p", "reopen=never", cwd=project)
    assert ended.returncode != 0
    assert "there is no comparison 'never'" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (project / "output" / "audio").exists()
