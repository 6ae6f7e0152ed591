from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import numpy as np
import pytest
from audio_signals import noise, tone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voicemill.audio import (
    Clip,
    Tags,
    concat,
    finish,
    loudness_lufs,
    master,
    measure_file,
    read_clip,
    silence,
    speech_bounds,
    true_peak_dbtp,
)
from voicemill.audio.peaks import block_peaks, limiter_curve
from voicemill.errors import MasteringError

PROFILES = ("web", "classic", "librivox", "acx", "archive", "opus")
FRESH = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_every_word_on_the_web_keeps_every_rule(words, profiles):
    for word, clip in words.items():
        finished = finish(clip, profiles["web"], Tags(title=word))
        assert finished.passed, [check.sentence for check in finished.checks if not check.passed]
        assert finished.measures.loudness_lufs == pytest.approx(-16, abs=0.5), word
        assert len(finished.data) == finished.measures.size_bytes
        assert finished.duration_s == read_clip(finished.data).duration_s
        assert (finished.extension, finished.mime) == ("mp3", "audio/mpeg")


def test_a_sentence_keeps_every_rule_of_every_profile(words, profiles):
    long = concat([words["sentence"]] * 3)
    for name in PROFILES:
        finished = finish(long, profiles[name])
        assert finished.passed, (name, [c.sentence for c in finished.checks if not c.passed])


def test_checks_are_sentences_and_measures_are_json(words, profiles):
    finished = finish(words["cat"], profiles["web"])
    sentences = [check.sentence for check in finished.checks]
    assert "sample rate 24000 Hz is 24000" in sentences
    assert any(s.startswith("loudness −1") and s.endswith("is within −17…−15") for s in sentences)
    assert json.loads(json.dumps(asdict(finished.measures)))["channels"] == 1


def test_measuring_the_file_again_gives_the_same(words, profiles, tmp_path):
    finished = finish(words["leg"], profiles["web"], Tags(title="ɡ", artwork=None))
    path = tmp_path / "ɡ.mp3"
    path.write_bytes(finished.data)
    assert measure_file(path, profiles["web"]) == (finished.measures, finished.checks)
    assert measure_file(finished.data, profiles["web"])[0] == finished.measures


def test_a_file_that_breaks_a_rule_is_told_so(words, profiles):
    quiet = finish(words["cat"].amplified(-30), profiles["archive"])
    _, checks = measure_file(quiet.data, profiles["web"])
    failed = {check.rule.measure: check.sentence for check in checks if not check.passed}
    assert {"loudness_lufs", "rate_hz", "bitrate_kbps"} <= set(failed)
    assert failed["loudness_lufs"].endswith("is below −17")


@FRESH
@given(gain_db=st.floats(-25, 0))
def test_the_level_of_the_input_does_not_matter(words, profiles, gain_db):
    loud, soft = words["father"], words["father"].amplified(gain_db)
    first, second = master(loud, profiles["web"]), master(soft, profiles["web"])
    assert len(first) == len(second)
    assert np.abs(first.samples - second.samples).max() < 1e-3


@FRESH
@given(
    word=st.sampled_from(["fan", "cup", "she", "see", "sentence"]),
    target=st.floats(-30, -10),
    ceiling=st.floats(-9, -0.5),
)
def test_the_ceiling_holds_and_the_level_is_reached_or_the_limit_is(
    words, profiles, word, target, ceiling
):
    profile = replace(profiles["web"], target=target, ceiling_dbtp=ceiling)
    made = master(words[word], profile)
    assert true_peak_dbtp(made) <= ceiling + 1e-3
    assert loudness_lufs(made) <= target + 0.3
    if loudness_lufs(made) < target - 0.3:
        # Not reached only where peaks had to be turned down as far as is allowed: the same
        # word without a ceiling has its peak that far above.
        free = master(words[word], replace(profile, ceiling_dbtp=None))
        assert true_peak_dbtp(free) - ceiling > 4


@FRESH
@given(lead_s=st.floats(0, 2), trail_s=st.floats(0, 2), name=st.sampled_from(["hair", "thin"]))
def test_silence_around_a_word_changes_nothing(words, profiles, lead_s, trail_s, name):
    plain = finish(words[name], profiles["web"]).measures
    padded = finish(words[name].padded(lead_s, trail_s), profiles["web"]).measures
    assert padded.duration_s == pytest.approx(plain.duration_s, abs=0.06)
    assert padded.loudness_lufs == pytest.approx(plain.loudness_lufs, abs=0.5)


def test_trimming_keeps_the_speech(words, profiles):
    for word, clip in words.items():
        made = master(clip, replace(profiles["archive"], trim=True))
        kept = float(np.dot(made.samples, made.samples))
        assert kept > 0.9999 * float(np.dot(clip.samples, clip.samples)), word
        assert made.duration_s < clip.duration_s - 0.03, word


@pytest.mark.parametrize("onset_db", [-30, -34])
def test_a_soft_consonant_is_not_taken_for_silence(profiles, onset_db):
    word = concat([noise(onset_db - 12, 0.12, 24_000), tone(-9, 0.2, 24_000, 200)])
    recording = word.padded(0.5, 0.5)
    start, stop = speech_bounds(recording)
    assert start / 24_000 == pytest.approx(0.5, abs=0.015)
    assert stop / 24_000 == pytest.approx(0.82, abs=0.015)


def test_room_noise_is_trimmed_from_a_recording(words, profiles):
    clip = words["father"].padded(1, 1)
    noisy = Clip(
        clip.samples + noise(-60, clip.duration_s + 1, clip.rate_hz).samples[: len(clip)],
        clip.rate_hz,
    )
    assert master(noisy, profiles["web"]).duration_s < 1.1


def test_head_and_tail_are_the_profiles(words, profiles):
    measures = finish(words["see"], profiles["acx"]).measures
    assert measures.head_s == pytest.approx(0.57, abs=0.03)
    assert measures.tail_s == pytest.approx(1.08, abs=0.03)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "clip",
    [silence(1, 24_000), silence(0, 24_000), noise(-95, 1, 24_000)],
    ids=["silence", "empty", "hiss"],
)
def test_silence_is_refused_in_words(profiles, profile, clip):
    with pytest.raises(MasteringError, match=r"silent|empty"):
        finish(clip, profiles[profile])


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "archive"])
def test_a_constant_is_silence(profiles, profile):
    with pytest.raises(MasteringError, match="silent"):
        finish(Clip(np.full(24_000, 0.25, np.float32), 24_000), profiles[profile])


@pytest.mark.parametrize(
    "rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000]
)
def test_any_rate_comes_out_at_the_profiles(profiles, rate_hz):
    clip = concat([tone(-12, 0.3, rate_hz, 300), tone(-20, 0.301, rate_hz, 500)])
    for name, expected in (("web", 24_000), ("acx", 44_100), ("opus", 48_000)):
        finished = finish(clip, profiles[name])
        assert finished.measures.rate_hz == expected
        assert finished.measures.peak_dbtp <= profiles[name].ceiling_dbtp
    assert finish(clip, profiles["archive"]).measures.rate_hz == rate_hz


@pytest.mark.parametrize("length", [1, 10, 100, 1000, 2400])
def test_the_shortest_clips_are_mastered(profiles, length):
    click = Clip(
        np.full(length, 0.5, np.float32) * (-1) ** np.arange(length, dtype=np.float32), 24_000
    )
    for name in ("web", "classic", "opus", "archive"):
        finished = finish(click, profiles[name])
        assert finished.duration_s >= (length - 1) / 24_000
        ceiling = profiles[name].ceiling_dbtp
        assert ceiling is None or finished.measures.peak_dbtp <= ceiling


def test_an_impulse_stays_under_the_ceiling(profiles):
    samples = noise(-40, 1, 24_000).samples.copy()
    samples[12_000] = 1.0
    measures = finish(Clip(samples, 24_000), profiles["web"]).measures
    assert measures.peak_dbtp <= -1


def test_a_constant_offset_is_removed(words, profiles):
    shifted = Clip(words["cat"].samples * 0.5 + 0.2, words["cat"].rate_hz)
    plain = master(words["cat"], profiles["web"])
    made = master(shifted, profiles["web"])
    assert abs(float(made.samples.mean())) < 1e-3
    assert made.duration_s == pytest.approx(plain.duration_s, abs=0.03)


def test_ends_do_not_click(profiles):
    # A tone cut in the middle of its wave.
    made = master(tone(-12, 0.5, 24_000, 333), profiles["web"])
    head = round(0.05 * 24_000)
    assert not made.samples[:head].any()
    assert np.abs(np.diff(made.samples[head - 5 : head + 5])).max() < 0.003


def test_the_limiter_is_a_plain_gain_where_nothing_is_too_loud(words):
    clip = words["see"]
    curve = limiter_curve(block_peaks(clip), clip, 2.0, 12.0)
    assert curve == pytest.approx(np.full(len(clip), 10 ** (2 / 20)), rel=1e-6)


def test_archive_changes_nothing(words, profiles):
    clip = words["vision"]
    finished = finish(clip, profiles["archive"])
    assert np.abs(read_clip(finished.data).samples - clip.samples).max() <= 2**-23


def test_classic_is_pydubs_normalize(words, profiles):
    from voicemill.audio.clip import _pydub

    effects = __import__("pydub.effects", fromlist=["effects"]) if _pydub() else None
    theirs = Clip.from_audiosegment(effects.normalize(words["cat"].to_audiosegment()))
    ours = master(words["cat"], profiles["classic"]).resampled(theirs.rate_hz)
    assert len(ours) == len(theirs)
    assert np.abs(ours.samples - theirs.samples).max() < 0.01


def test_the_same_clip_gives_the_same_bytes_in_every_thread(words, profiles):
    tags = Tags(title="kæt", artist="piper:en_US-joe-medium")
    for name in ("web", "opus"):
        alone = finish(words["cat"], profiles[name], tags).data
        with ThreadPoolExecutor(4) as pool:
            made = pool.map(lambda _: finish(words["cat"], profiles[name], tags).data, range(8))  # noqa: B023
            assert set(made) == {alone}


def test_a_long_clip_is_mastered_in_pieces(words, profiles):
    minutes = concat([words["sentence"]] * 40)
    made = master(minutes, profiles["librivox"])
    assert loudness_lufs(made) == pytest.approx(-18, abs=0.3)
    assert true_peak_dbtp(made) <= -1
