from __future__ import annotations

import io
import wave

import numpy as np
import pytest
from audio_signals import tone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voicemill.audio import (
    FORMATS,
    Clip,
    Encoding,
    Tags,
    convert,
    encode_clip,
    read_clip,
    read_tags,
    silence,
)
from voicemill.audio.codecs import decode
from voicemill.audio.encoding import mp3_bitrates
from voicemill.audio.mp3 import mp3_bitrate_kbps
from voicemill.audio.tags import apply_tags
from voicemill.errors import AudioError, UnknownName, UnreadableAudio

RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)


@settings(max_examples=80, deadline=None)
@given(
    audio_format=st.sampled_from(FORMATS),
    rate_hz=st.sampled_from(RATES),
    length=st.integers(1, 12_000),
)
def test_decoding_gives_exactly_as_many_samples(audio_format, rate_hz, length):
    clip = Clip(tone(-12, 1.6, rate_hz, 440).samples[:length], rate_hz)
    data = encode_clip(clip, Encoding(audio_format))
    whole = Encoding(audio_format).complete(rate_hz)
    decoded = decode(data)
    assert (decoded.format, decoded.clip.rate_hz) == (audio_format, whole.rate_hz)
    assert len(decoded.clip) == len(clip.resampled(whole.rate_hz))


@pytest.mark.parametrize("rate_hz", RATES[:-1])
def test_every_mp3_bitrate_is_made_and_stated(rate_hz):
    from mutagen.mp3 import MP3, BitrateMode

    clip = tone(-12, 0.5, rate_hz, 440)
    for kbps in mp3_bitrates(rate_hz):
        data = encode_clip(clip, Encoding("mp3", rate_hz, kbps))
        info = MP3(io.BytesIO(data)).info
        assert info.bitrate == pytest.approx(kbps * 1000, rel=0.002)
        assert (mp3_bitrate_kbps(data), info.sample_rate) == (kbps, rate_hz)
        assert (info.channels, info.bitrate_mode) == (1, BitrateMode.CBR)
        assert info.length == pytest.approx(clip.duration_s, abs=1e-6)
        heard = read_clip(data)
        assert len(heard) == len(clip)
        middle = slice(len(clip) // 4, len(clip) // 2)
        difference = heard.samples[middle] - clip.samples[middle]
        assert np.abs(difference).max() < 0.02, kbps


@pytest.mark.parametrize("audio_format", ["wav", "flac"])
@pytest.mark.parametrize("bits", [16, 24])
def test_lossless_formats_lose_nothing(audio_format, bits):
    full = 2 ** (bits - 1)
    samples = np.linspace(-full, full - 1, 5001).astype(np.int32) / full
    clip = Clip(samples.astype(np.float32), 22_050)
    data = encode_clip(clip, Encoding(audio_format, bit_depth=bits))
    assert np.array_equal(read_clip(data).samples, clip.samples)


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_any_format_converts_to_any_other(tmp_path, source, target):
    clip, tags = tone(-12, 0.7, 24_000, 440), Tags(title="iː", artist="Ngọc", track=3)
    path = tmp_path / f"từ.{source}"
    path.write_bytes(apply_tags(encode_clip(clip, Encoding(source)), source, tags))
    made = convert(path, tmp_path / f"đến.{target}")
    heard = read_clip(made).resampled(24_000)
    assert abs(len(heard) - len(clip)) <= 1
    middle = slice(4000, 12_000)
    assert np.abs(heard.samples[middle] - clip.samples[middle]).max() < 0.05
    assert read_tags(made) == tags
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted({path.name, made.name})


def test_convert_says_what_is_wrong_and_leaves_nothing(tmp_path):
    source = tmp_path / "a.wav"
    source.write_bytes(encode_clip(tone(-6, 0.2), Encoding("wav")))
    with pytest.raises(UnknownName, match="wma"):
        convert(source, tmp_path / "b.wma")
    with pytest.raises(AudioError, match=r"ends in \.mp3 but the encoding is wav"):
        convert(source, tmp_path / "b.mp3", Encoding("wav"))
    with pytest.raises(AudioError, match="cannot be written"):
        convert(source, source / "b.mp3")
    assert [p.name for p in tmp_path.iterdir()] == ["a.wav"]


def test_sources_may_be_paths_bytes_and_open_files(tmp_path):
    data = encode_clip(tone(-6, 0.2), Encoding("flac"))
    path = tmp_path / "音.flac"
    path.write_bytes(data)
    with path.open("rb") as file:
        lengths = {len(read_clip(source)) for source in (path, str(path), data, file)}
    assert lengths == {9600}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b'{"error": "quota exceeded"}', "JSON"),
        (b"<?xml version='1.0'?><speak/>", "XML"),
        ("một hai ba".encode(), "plain text"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04" + bytes(100), "ZIP"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
        (bytes(4000), "nothing but zeros"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (bytes(range(256)) * 40, "damaged, incomplete, or no audio"),
    ],
)
def test_what_is_no_audio_is_named(tmp_path, content, says):
    path = tmp_path / "clip.mp3"
    path.write_bytes(content)
    with pytest.raises(UnreadableAudio) as caught:
        read_clip(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize("audio_format", ["wav", "flac", "mp3", "m4a"])
def test_audio_that_breaks_off_is_refused(audio_format):
    data = encode_clip(tone(-12, 2, 24_000, 440), Encoding(audio_format))
    with pytest.raises(UnreadableAudio, match=r"breaks off|damaged"):
        read_clip(data[: len(data) * 2 // 3])


@settings(max_examples=60, deadline=None)
@given(audio_format=st.sampled_from(FORMATS), keep=st.floats(0, 1), seed=st.integers(0, 1000))
@example(audio_format="m4a", keep=1.0, seed=75)  # a tag that is no text
def test_damaged_audio_is_read_or_refused_never_anything_else(audio_format, keep, seed):
    data = bytearray(encode_clip(tone(-12, 0.3, 24_000, 440), Encoding(audio_format)))
    random = np.random.default_rng(seed)
    for place in random.integers(0, len(data), 20):
        data[place] = random.integers(0, 256)
    try:
        clip = read_clip(bytes(data[: round(keep * len(data))]))
    except UnreadableAudio:
        return
    assert len(clip) > 0


def test_wav_from_a_pipe_has_no_length_and_is_whole():
    data = bytearray(encode_clip(tone(-6, 0.2), Encoding("wav")))
    data[4:8] = b"\xff\xff\xff\xff"
    assert len(read_clip(bytes(data))) == 9600


def test_a_file_without_sound_is_refused():
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
    with pytest.raises(UnreadableAudio, match="without any sound"):
        read_clip(target.getvalue())
    with pytest.raises(AudioError, match="empty"):
        encode_clip(silence(0, 24_000), Encoding("mp3"))


def test_broken_samples_in_a_file_are_refused():
    import soundfile

    target = io.BytesIO()
    soundfile.write(target, np.array([0, np.nan, 0]), 24_000, format="WAV", subtype="FLOAT")
    with pytest.raises(UnreadableAudio, match="sample 1 is not a number"):
        read_clip(target.getvalue())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("mp4",), "mp4"),
        (("mp3", 23_000), "23000 Hz"),
        (("mp3", 24_000, 320), "320 kbps"),
        (("wav", 24_000, 64), "no bitrate"),
        (("mp3", 24_000, 64, 16), "no bit depth"),
        (("wav", 24_000, None, 8), "bit depth of 8"),
        (("opus", 48_000, 1000), "1000 kbps"),
    ],
)
def test_impossible_encodings_are_refused(arguments, says):
    with pytest.raises((AudioError, UnknownName), match=says):
        Encoding(*arguments)
