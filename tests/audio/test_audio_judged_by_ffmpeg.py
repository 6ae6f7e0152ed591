from __future__ import annotations

import numpy as np
import pytest
from audio_signals import tone

from voicemill.audio import finish, loudness_lufs, read_clip
from voicemill.audio.codecs import encode_clip
from voicemill.audio.encoding import FORMATS, Encoding

WORDS = ("fan", "hair", "thin", "see", "cat", "cup", "leg", "father", "vision", "she")


@pytest.mark.parametrize("profile", ["web", "librivox", "acx", "opus", "archive", "classic"])
def test_ffmpeg_measures_finished_words_as_we_do(words, profiles, judged, tmp_path, profile):
    for word in WORDS if profile in ("web", "opus") else WORDS[::3]:
        finished = finish(words[word], profiles[profile])
        path = tmp_path / f"{word}.{finished.extension}"
        path.write_bytes(finished.data)
        theirs, ours = judged(path), finished.measures
        samples = round(ours.duration_s * ours.rate_hz)
        assert theirs["samples"] == samples, word
        assert ours.peak_dbtp == pytest.approx(theirs["peak_dbtp"], abs=0.3), word
        assert ours.peak_dbfs == pytest.approx(theirs["peak_dbfs"], abs=0.1), word
        assert ours.rms_db == pytest.approx(theirs["rms_db"], abs=0.1), word
        if ours.duration_s >= 0.4:  # ffmpeg has no answer under one block
            assert ours.loudness_lufs == pytest.approx(theirs["loudness_lufs"], abs=0.3), word


@pytest.mark.parametrize("duration_s", [0.4, 0.45, 0.5, 0.55, 0.649, 0.75, 0.9, 1.17, 1.5])
def test_short_words_have_the_loudness_ffmpeg_says(words, judged, tmp_path, duration_s):
    # A word at the start and silence after it: where rounding the number of blocks shows.
    clip = words["cat"].padded(0, 2).resampled(48_000)
    clip = clip.between(0, round(duration_s * 48_000))
    path = tmp_path / "word.wav"
    path.write_bytes(encode_clip(clip, Encoding("wav", bit_depth=24)))
    assert loudness_lufs(clip) == pytest.approx(judged(path)["loudness_lufs"], abs=0.3)


@pytest.mark.parametrize("audio_format", FORMATS)
def test_ffmpeg_finds_the_sound_where_we_put_it(ffmpeg, tmp_path, audio_format):
    burst = tone(-6, 0.05, 24_000).padded(0.3, 0.2)
    path = tmp_path / f"burst.{audio_format}"
    path.write_bytes(encode_clip(burst, Encoding(audio_format)))
    raw = ffmpeg("-v", "error", "-i", str(path), "-ar", "24000", "-f", "f32le", "-").stdout
    theirs = np.frombuffer(raw, np.float32)
    ours = read_clip(path).resampled(24_000).samples
    assert _lag(theirs, burst.samples) == 0
    assert _lag(ours, burst.samples) == 0


def _lag(found: np.ndarray, sent: np.ndarray) -> int:
    length = len(found) + len(sent)
    spectrum = np.fft.rfft(found, length) * np.conj(np.fft.rfft(sent, length))
    lag = int(np.argmax(np.fft.irfft(spectrum, length)))
    return lag if lag < length // 2 else lag - length


def test_recordings_of_phones_and_browsers_are_read(words, ffmpeg, tmp_path):
    source = tmp_path / "said.wav"
    source.write_bytes(encode_clip(words["father"], Encoding("wav")))
    kinds = {
        "phone.m4a": ["-c:a", "aac", "-af", "pan=stereo|c0=c0|c1=c0"],
        "browser.webm": ["-c:a", "libopus"],
        "browser.mp4": ["-c:a", "aac"],
        "radio.aac": ["-c:a", "aac"],
        "variable.mp3": ["-c:a", "libmp3lame", "-q:a", "4"],
        "plain.mp3": ["-c:a", "libmp3lame", "-b:a", "48k", "-write_xing", "0"],
        "wrong-name.txt": ["-c:a", "flac", "-f", "flac"],
    }
    for name, options in kinds.items():
        path = tmp_path / name
        ffmpeg("-v", "error", "-i", str(source), *options, str(path))
        heard = read_clip(path)
        assert heard.duration_s == pytest.approx(words["father"].duration_s, abs=0.12), name
        assert loudness_lufs(heard) == pytest.approx(loudness_lufs(words["father"]), abs=1), name
