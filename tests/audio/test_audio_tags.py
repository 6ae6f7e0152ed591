from __future__ import annotations

import io

import pytest
from audio_signals import tone
from hypothesis import given, settings
from hypothesis import strategies as st

from voicemill.audio import FORMATS, Encoding, Tags, apply_tags, encode_clip, read_clip, read_tags
from voicemill.audio.languages import iso_639_2
from voicemill.errors import AudioError, UnknownName, UnreadableAudio

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
FULL = Tags(
    title="iː · see",
    album="Tiếng Anh: âm vị",
    artist="हिन्दी वाचक",
    language="en-US",
    track=7,
    track_total=44,
    genre="Speech",
    source="https://example.org/phonemes?n=7",
    licence="https://creativecommons.org/licenses/by/4.0/",
    comment="普通话 · العربية",
    artwork=PNG,
)


@pytest.fixture(scope="module")
def encoded() -> dict[str, bytes]:
    clip = tone(-12, 0.3, 24_000, 440)
    return {name: encode_clip(clip, Encoding(name)) for name in FORMATS}


@pytest.mark.parametrize("audio_format", FORMATS)
def test_every_tag_in_every_script_comes_back(encoded, audio_format):
    tagged = apply_tags(encoded[audio_format], audio_format, FULL)
    assert read_tags(tagged) == FULL
    before, after = read_clip(encoded[audio_format]), read_clip(tagged)
    assert (before.samples == after.samples).all()


@pytest.mark.parametrize("audio_format", FORMATS)
def test_tagging_again_replaces_what_was_there(encoded, audio_format):
    once = apply_tags(encoded[audio_format], audio_format, FULL)
    again = apply_tags(once, audio_format, Tags(title="ʃ"))
    assert read_tags(again) == Tags(title="ʃ")
    assert len(again) < len(encoded[audio_format]) + 400


@settings(max_examples=30, deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40),
    audio_format=st.sampled_from(FORMATS),
)
def test_any_text_comes_back(encoded, text, audio_format):
    tags = Tags(title=text, comment=text, artist=text, licence=text)
    assert read_tags(apply_tags(encoded[audio_format], audio_format, tags)) == tags


def test_mp3_has_id3_version_2_3_in_front_and_none_behind(encoded):
    from mutagen.id3 import ID3

    tagged = apply_tags(encoded["mp3"], "mp3", FULL)
    assert tagged[:5] == b"ID3\x03\x00"
    assert tagged[-128:-125] != b"TAG"
    frames = ID3(io.BytesIO(tagged), translate=False)
    assert {"TIT2", "TALB", "TPE1", "TCON", "TRCK", "TLAN"} <= set(frames)
    assert (str(frames["TLAN"]), str(frames["TRCK"])) == ("eng", "7/44")
    assert frames["WOAS"].url == FULL.source
    # v2.3 knows Latin-1 (0) and UTF-16 (1) only.
    assert {int(frame.encoding) for frame in frames.values() if hasattr(frame, "encoding")} <= {
        0,
        1,
    }


def test_old_tags_at_both_ends_of_an_mp3_go(encoded):
    old = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + encoded["mp3"] + b"TAG" + bytes(125)
    assert apply_tags(old, "mp3", Tags()) == encoded["mp3"]


def test_a_phoneme_clip_stays_small(encoded):
    full = Tags(title="ʃ", album="English phonemes", artist="piper:en_US-joe-medium", track=1)
    assert len(apply_tags(encoded["mp3"], "mp3", full)) < len(encoded["mp3"]) + 300


def test_tags_that_cannot_be_are_refused(encoded):
    with pytest.raises(AudioError, match="no picture"):
        Tags(artwork=b"hello")
    with pytest.raises(AudioError, match="track 3 of 2"):
        Tags(track=3, track_total=2)
    with pytest.raises(UnknownName, match="mp4"):
        apply_tags(encoded["m4a"], "mp4", Tags())
    with pytest.raises(UnreadableAudio, match="no audio file"):
        read_tags(b"hello" * 100)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("en-US", "eng"),
        ("vi", "vie"),
        ("zh-CN", "zho"),
        ("hi_IN", "hin"),
        ("yue", "yue"),
        ("x-klingon", "und"),
        (None, "und"),
        ("", "und"),
    ],
)
def test_languages_have_three_letters(language, code):
    assert iso_639_2(language) == code
