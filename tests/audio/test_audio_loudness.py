from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
from audio_signals import noise, tone
from hypothesis import given, settings
from hypothesis import strategies as st

from voicemill.audio import (
    SILENCE_DB,
    Clip,
    concat,
    loudness_lufs,
    noise_db,
    peak_dbfs,
    rms_db,
    silence,
    true_peak_dbtp,
)
from voicemill.audio.loudness import k_weighting


def test_the_filters_at_48_khz_are_those_printed_in_bs_1770():
    (shelf_b, shelf_a), (_, pass_a) = k_weighting(48_000)
    assert shelf_b == pytest.approx((1.53512485958697, -2.69169618940638, 1.19839281085285))
    assert shelf_a == pytest.approx((1.0, -1.69065929318241, 0.73248077421585))
    assert pass_a == pytest.approx((1.0, -1.99004745483398, 0.99007225036621))


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 24_000, 44_100, 48_000, 96_000])
def test_a_tone_has_the_loudness_of_its_level(rate_hz):
    # EBU Tech 3341 case 1 has −23 LUFS for both of two channels at −23 dBFS; one is 3 LU less.
    assert loudness_lufs(tone(-23, 20, rate_hz)) == pytest.approx(-26, abs=0.15)


def test_loudness_follows_the_gates():
    # EBU Tech 3341, case 3, in one channel: what is 13 dB softer does not count.
    clip = concat([tone(-36, 10), tone(-23, 60), tone(-36, 10)])
    assert loudness_lufs(clip) == pytest.approx(-26, abs=0.1)
    # Case 4: neither do passages under −70.
    clip = concat([tone(-72, 10), clip, tone(-72, 10)])
    assert loudness_lufs(clip) == pytest.approx(-26, abs=0.1)


def test_loudness_of_what_is_no_round_number():
    # EBU Tech 3341, case 5.
    clip = concat([tone(-26, 20), tone(-20, 20.1), tone(-26, 20)])
    assert loudness_lufs(clip) == pytest.approx(-26, abs=0.1)


@pytest.mark.parametrize("rate_hz", [11_025, 24_000, 48_000])
def test_long_clips_have_the_loudness_pyloudnorm_says(rate_hz):
    steps = np.arange(30 * rate_hz)
    swell = 0.02 + 0.3 * np.sin(2 * np.pi * steps / rate_hz / 7) ** 8
    clip = Clip(noise(-12, 30, rate_hz).samples * swell, rate_hz)
    theirs = pyloudnorm.Meter(rate_hz, filter_class="DeMan").integrated_loudness(clip.samples)
    assert loudness_lufs(clip) == pytest.approx(theirs, abs=0.05)


def test_the_short_clip_rule_meets_the_standard_at_one_block():
    just_under, just = tone(-20, 0.399), tone(-20, 0.4)
    assert loudness_lufs(just_under) == pytest.approx(loudness_lufs(just), abs=0.02)


def test_half_a_block_is_heard_3_lu_softer():
    assert loudness_lufs(tone(-20, 0.2)) == pytest.approx(
        loudness_lufs(tone(-20, 0.4)) - 3, abs=0.1
    )


@given(pad_s=st.floats(0, 0.05))
@settings(max_examples=20, deadline=None)
def test_silence_within_its_block_does_not_change_a_short_clip(pad_s):
    assert loudness_lufs(tone(-20, 0.3).padded(pad_s, pad_s)) == pytest.approx(
        loudness_lufs(tone(-20, 0.3)), abs=0.05
    )


def test_nothing_is_ever_infinite():
    for clip in (silence(0, 24_000), silence(0.1, 24_000), silence(3, 24_000)):
        for measure in (loudness_lufs, true_peak_dbtp, peak_dbfs, rms_db, noise_db):
            assert measure(clip) == SILENCE_DB


@pytest.mark.parametrize("phase", [0.0, 0.25, 0.5])
@pytest.mark.parametrize("rate_hz", [24_000, 44_100, 48_000, 96_000])
def test_true_peak_sees_what_lies_between_the_samples(rate_hz, phase):
    # EBU Tech 3341, cases 15 to 18: a quarter of the rate, samples off the crests.
    steps = np.arange(rate_hz)
    wave = 0.5 * np.sin(np.pi / 2 * steps + phase * np.pi)
    fade = np.minimum(1, np.minimum(steps, steps[::-1]) / 1000)
    clip = Clip((wave * fade).astype(np.float32), rate_hz)
    assert true_peak_dbtp(clip) == pytest.approx(-6.02, abs=0.2)
    assert true_peak_dbtp(clip) >= peak_dbfs(clip)


def test_noise_floor_is_that_of_the_pauses():
    speech = concat([noise(-60, 1), noise(-20, 3), noise(-60, 1)])
    assert noise_db(speech) == pytest.approx(-60, abs=0.5)
    assert rms_db(tone(-20, 1)) == pytest.approx(-23.01, abs=0.01)
