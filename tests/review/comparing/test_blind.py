"""What reaches the browser tells nothing of who speaks, until the ranking is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comparing_samples import ESPEAKS

from voicemill import Studio
from voicemill.audio import loudness_lufs, read_clip
from voicemill.review.comparing import Comparison
from voicemill.review.comparing.blind import BlindListening

TELLING = ("espeak", "en-gb", "en-us", "scotland", "output", "audio/", ".mp3", "ID3", "LAME")


class Browser:
    """Takes what the widget sends, as the browser's side of it would."""

    def __init__(self, widget: BlindListening, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        self._widget = widget
        monkeypatch.setattr(
            widget, "send", lambda content, buffers=None: self.sent.append((content, buffers or []))
        )

    def tell(self, **content: Any) -> dict[str, Any]:
        self._widget._handle_custom_msg(content, [])
        return self.sent[-1][0]


@pytest.fixture
def browser(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> Browser:
    return Browser(comparison.blind("Anna"), monkeypatch)


def test_nothing_that_is_sent_names_a_voice(
    browser: Browser, comparison: Comparison, studio: Studio
) -> None:
    shown = browser.tell(kind="ready")
    while shown["kind"] == "pair":
        shown = browser.tell(kind="vote", place=shown["place"], choice="first", elapsed_s=1)
    pairs = [(content, sounds) for content, sounds in browser.sent if content["kind"] == "pair"]
    assert len(pairs) == 12
    for content, sounds in pairs:
        assert set(content) == {"kind", "place", "done", "total", "text"}
        whole = json.dumps(content).encode() + b"".join(sounds)
        assert not [word for word in TELLING if word.encode() in whole]
        for sound in sounds:
            assert sound[:4] == b"RIFF"
            assert sound[36:40] == b"data"  # nothing before the samples but their format
            assert len(sound) == 44 + int.from_bytes(sound[40:44], "little")  # nor behind
        formats = {sound[8:36] for sound in sounds}
        assert len(formats) == 1
    assert len(studio.catalog.comparisons.votes(comparison.id)) == 12


def test_what_the_widget_is_made_of_names_no_voice_either(comparison: Comparison) -> None:
    widget = comparison.blind("Anna")
    state = json.dumps(widget.get_state(), default=str) + repr(widget)
    assert not [name for name in ESPEAKS if name in state or name.partition(":")[2] in state]
    assert "Anna" in repr(widget)


def test_both_sounds_of_a_pair_are_equally_loud(browser: Browser) -> None:
    browser.tell(kind="ready")
    for place in range(5):
        browser.tell(kind="vote", place=place, choice="tie", elapsed_s=1)
    for _content, sounds in browser.sent:
        one, other = (read_clip(sound) for sound in sounds)
        assert abs(loudness_lufs(one) - loudness_lufs(other)) < 0.1
        assert np.abs(one.samples).max() < 1


def test_a_vote_is_in_the_catalog_before_the_next_pair_is_sent(
    comparison: Comparison, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget, kept = comparison.blind("Anna"), []
    monkeypatch.setattr(
        widget,
        "send",
        lambda content, buffers=None: kept.append(
            (content["place"], len(studio.catalog.comparisons.votes(comparison.id)))
        ),
    )
    widget._handle_custom_msg({"kind": "ready"}, [])
    for place in range(4):
        vote = {"kind": "vote", "place": place, "choice": "tie", "elapsed_s": 0.5}
        widget._handle_custom_msg(vote, [])
    assert kept == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)]
    assert sum(source.plays for source in studio.catalog.sources.all()) == 8


def test_going_back_and_coming_again_lose_nothing(
    browser: Browser, comparison: Comparison, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.tell(kind="ready")
    browser.tell(kind="vote", place=0, choice="first", elapsed_s=1)
    browser.tell(kind="vote", place=1, choice="first", elapsed_s=1)
    assert browser.tell(kind="back", place=2)["place"] == 1
    assert browser.tell(kind="back", place=1)["place"] == 0
    assert browser.tell(kind="vote", place=0, choice="tie", elapsed_s=1)["place"] == 2
    again = Browser(comparison.blind("Anna"), monkeypatch)
    assert again.tell(kind="ready")["place"] == 2
    votes = studio.catalog.comparisons.votes(comparison.id, "Anna")
    assert [vote.choice for vote in votes] == ["tie", "first"]


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "vote", "place": 99, "choice": "first", "elapsed_s": 1},
        {"kind": "vote", "place": 0, "choice": "third", "elapsed_s": 1},
        {"kind": "default", "number": 0},
        {"kind": "shout"},
    ],
)
def test_what_makes_no_sense_changes_nothing(
    browser: Browser, comparison: Comparison, studio: Studio, project: Path, content: dict[str, Any]
) -> None:
    settings = (project / "voicemill.toml").read_bytes()
    browser._widget._handle_custom_msg(content, [])
    assert browser.sent == []
    assert studio.catalog.comparisons.votes(comparison.id) == []
    assert (project / "voicemill.toml").read_bytes() == settings


def test_a_problem_is_told_and_the_pair_stays(
    browser: Browser, studio: Studio, project: Path
) -> None:
    shown = browser.tell(kind="ready")
    for file in (project / "output" / "audio").rglob("*.mp3"):
        file.unlink()
    told = browser.tell(kind="vote", place=shown["place"], choice="first", elapsed_s=1)
    assert told["kind"] == "problem"
    assert "Traceback" not in told["text"]


def test_the_ranking_gives_names_and_makes_one_the_default(browser: Browser, project: Path) -> None:
    browser.tell(kind="ready")
    browser.tell(kind="vote", place=0, choice="first", elapsed_s=1)
    shown = browser.tell(kind="ranking")
    assert {row["voice"] for row in shown["rows"]} == set(ESPEAKS)
    assert (shown["votes"], shown["done"], shown["total"]) == (1, 1, 12)
    told = browser.tell(kind="default", number=0)
    assert shown["rows"][0]["voice"] in told["text"]
    line = f'voices = ["{shown["rows"][0]["voice"]}", "piper:en_US-joe-medium"'
    assert line in (project / "voicemill.toml").read_text()
