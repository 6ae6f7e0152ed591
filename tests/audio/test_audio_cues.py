from __future__ import annotations

import html
import unicodedata
from datetime import timedelta
from io import StringIO

import pytest
import srt
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from voicemill.audio.cues import Cue, from_json, shifted, to_json, to_srt, to_webvtt
from voicemill.errors import AudioError

# As a book gives them: one after the other, some of them hardly longer than nothing.
_lengths = st.lists(
    st.tuples(st.floats(0, 9), st.floats(0, 30), st.text(max_size=200)), min_size=1, max_size=20
)
_LATEST_S = 200 * 3600


@st.composite
def narrations(draw):
    at_s, cues = draw(st.floats(0, _LATEST_S)), []
    for pause_s, length_s, text in draw(_lengths):
        at_s += pause_s
        cues.append(Cue(at_s, at_s + length_s, text, page=draw(st.none() | st.integers(1, 999))))
        at_s += length_s
    return cues


def _said(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def test_srt_is_written_exactly():
    cues = [Cue(0, 1.2344, "Hello."), Cue(1.2344, 2.5, "A --> B"), Cue(360_000.001, 360_001, "3")]
    assert to_srt(cues) == (
        "1\n00:00:00,000 --> 00:00:01,234\nHello.\n\n"
        "2\n00:00:01,234 --> 00:00:02,500\nA → B\n\n"
        "3\n100:00:00,001 --> 100:00:01,000\n3\n\n"
    )


def test_webvtt_is_written_exactly_and_shows_markup_as_text():
    cues = [Cue(0.5, 2, "<b>Tom & Jerry</b> --> \n\n now"), Cue(3600, 3601.5, "ठीक है।")]
    assert to_webvtt(cues) == (
        "WEBVTT\n\n"
        "00:00:00.500 --> 00:00:02.000\n&lt;b&gt;Tom &amp; Jerry&lt;/b&gt; --&gt; now\n\n"
        "01:00:00.000 --> 01:00:01.500\nठीक है।\n\n"
    )


def test_long_cues_are_broken_between_words_and_chinese_before_no_closing_mark():
    english = "The boy who lived by the sea would often look at ships far away from the shore."
    chinese = "从前有一个住在海边的男孩他常常看着远处的船，" * 3
    lines = to_webvtt([Cue(0, 1, english), Cue(1, 2, chinese)]).split("\n")
    first, second = lines[3:5], [line for line in lines[7:] if line]
    assert " ".join(first) == english
    assert all(len(line) <= 42 for line in first)
    assert "".join(second) == chinese
    assert all(len(line) <= 22 and line[0] != "，" for line in second)


def test_sentences_and_words_are_not_mixed_in_one_file():
    cues = [Cue(0, 2, "Two words."), Cue(0, 1, "Two", kind="word"), Cue(1, 2, "words", "word")]
    assert [cue.text for cue in webvtt.from_string(to_webvtt(cues))] == ["Two words."]
    assert [cue.content for cue in srt.parse(to_srt(cues, "word"))] == ["Two", "words"]


@given(narrations())
def test_another_parser_reads_the_same_srt(cues):
    found = list(srt.parse(to_srt(cues)))
    _agree(cues, [(f.start, f.end, f.content.replace("→", "-->")) for f in found])
    assert [f.index for f in found] == list(range(1, len(found) + 1))


@given(narrations())
def test_another_parser_reads_the_same_webvtt(cues):
    found = webvtt.from_buffer(StringIO(to_webvtt(cues)))
    times = [(_delta(f.start), _delta(f.end), html.unescape(f.raw_text)) for f in found]
    _agree(cues, times)


def _agree(cues, found):
    ends_before = timedelta(0)
    spoken = [cue for cue in cues if cue.text.strip() and _visible(cue.text)]
    assert len(found) == len(spoken)
    for number, (cue, (start, end, text)) in enumerate(zip(spoken, found, strict=True)):
        assert ends_before <= start < end
        # 0.5 ms of rounding, and 1 ms for each before that had no length.
        assert abs(start.total_seconds() - cue.start_s) <= 0.0006 + 0.001 * number
        assert _said(text) == _said(cue.text)
        ends_before = end


def _visible(text: str) -> bool:
    return any(not c.isspace() and unicodedata.category(c) not in ("Cc", "Cs") for c in text)


def _delta(clock: str) -> timedelta:
    hours, minutes, seconds = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes), milliseconds=float(seconds) * 1000)


@given(narrations())
def test_json_gives_back_the_same_cues(cues):
    assert from_json(to_json(cues)) == tuple(cues)
    assert from_json(to_json(cues).encode()) == tuple(cues)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("WEBVTT", "no JSON"),
        ("[]", "no list of cues"),
        ('{"cues": [3]}', "cue 1 is no object"),
        ('{"cues": [{"start_s": 0, "end_s": 1}]}', "'text' of cue 1 is not text"),
        ('{"cues": [{"start_s": "0", "end_s": 1, "text": ""}]}', "'start_s' of cue 1"),
        ('{"cues": [{"start_s": NaN, "end_s": 1, "text": ""}]}', "cannot be"),
        ('{"cues": [{"start_s": 2, "end_s": 1, "text": "x"}]}', "cannot be"),
    ],
)
def test_json_that_holds_no_cues_is_refused_with_a_reason(text, told):
    with pytest.raises(AudioError, match=told):
        from_json(text)


def test_cues_move_with_their_sound_but_not_before_the_beginning():
    moved = shifted([Cue(0.5, 1, "a", page=3)], 2)
    assert moved == (Cue(2.5, 3, "a", page=3),)
    with pytest.raises(AudioError, match="begin at 0 or later"):
        shifted(moved, -3)
