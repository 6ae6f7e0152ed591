from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from audio_signals import tone
from hypothesis import given, settings
from hypothesis import strategies as st

from voicemill.audio import Clip, concat, silence, waveform
from voicemill.errors import AudioError


def test_channels_become_one_by_their_mean():
    stereo = np.array([[0.5, 0.1], [0.2, -0.2], [1.0, 0.0]], np.float32)
    assert Clip(stereo, 24_000).samples.tolist() == pytest.approx([0.3, 0.0, 0.5])
    assert Clip(np.ones((4, 6), np.float32), 48_000).samples.tolist() == [1, 1, 1, 1]


def test_integers_become_full_scale_floats():
    assert Clip(np.array([-32768, 0, 16384], np.int16), 8000).samples.tolist() == [-1, 0, 0.5]


def test_a_clip_cannot_be_changed_by_accident():
    clip = tone(-6, 0.1)
    with pytest.raises(ValueError, match="read-only"):
        clip.samples[0] = 1
    source = np.zeros(10, np.float32)
    _ = Clip(source, 24_000)
    source[0] = 1  # the caller's own array stays the caller's


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_broken_samples_are_refused_with_their_place(bad):
    samples = np.zeros(1000, np.float32)
    samples[321] = bad
    with pytest.raises(AudioError, match="sample 321 is not a number"):
        Clip(samples, 24_000)


@pytest.mark.parametrize("rate_hz", [0, -1, 4000, 400_000])
def test_impossible_rates_are_refused(rate_hz):
    with pytest.raises(AudioError, match="sample rate"):
        Clip(np.zeros(10, np.float32), rate_hz)


@given(
    length=st.integers(0, 5000),
    rate_hz=st.sampled_from([8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 192_000]),
    wanted_hz=st.sampled_from([8_000, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000]),
)
@settings(max_examples=60, deadline=None)
def test_resampling_keeps_the_duration_to_the_sample(length, rate_hz, wanted_hz):
    clip = Clip(np.zeros(length, np.float32), rate_hz).resampled(wanted_hz)
    expected = max(1, round(length * wanted_hz / rate_hz)) if length else 0
    assert (len(clip), clip.rate_hz) == (expected, wanted_hz)


def test_clips_join_only_at_one_rate():
    joined = concat([tone(-6, 0.5, 24_000), silence(0.25, 24_000), tone(-6, 0.5, 24_000)])
    assert joined.duration_s == 1.25
    with pytest.raises(AudioError, match="clip 2 has 48000 Hz, the first 24000 Hz"):
        concat([tone(-6, 0.5, 24_000), tone(-6, 0.5, 48_000)])
    with pytest.raises(AudioError, match="nothing to join"):
        concat([])


def test_pydub_and_back_is_exact_to_the_sample():
    samples = np.arange(-32768, 32768, dtype=np.int16)
    clip = Clip(samples, 22_050)
    segment = clip.to_audiosegment()
    assert (segment.frame_rate, segment.channels, segment.sample_width) == (22_050, 1, 2)
    assert np.array_equal(np.array(segment.get_array_of_samples()), samples)
    assert np.array_equal(Clip.from_audiosegment(segment).samples, clip.samples)


def test_pydub_in_stereo_and_other_widths():
    segment = tone(-6, 0.2, 24_000).to_audiosegment()
    for variant in (segment.set_channels(2), segment.set_sample_width(4)):
        back = Clip.from_audiosegment(variant)
        assert np.abs(back.samples - Clip.from_audiosegment(segment).samples).max() < 1e-4


def test_pydub_brings_no_warning_and_only_when_used(tmp_path):
    code = (
        "import sys, voicemill.audio as a\n"
        "heavy = {'pydub', 'scipy', 'av', 'mutagen', 'pyloudnorm'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "a.silence(0.1, 24000).to_audiosegment()\n"
        "assert 'pydub' in sys.modules\n"
    )
    # Without PATH there is no ffmpeg, which pydub warns about.
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=False,
        env={"PATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_waveform_shows_the_extremes_of_each_stretch():
    samples = np.zeros(1000, np.float32)
    samples[[5, 250, 999]] = [0.5, -0.25, 1.0]
    drawn = waveform(Clip(samples, 24_000), 4)
    assert drawn.shape == (4, 2)
    assert drawn[:, 0].tolist() == [0, -0.25, 0, 0]
    assert drawn[:, 1].tolist() == [0.5, 0, 0, 1.0]


@given(length=st.integers(0, 50), points=st.integers(1, 120))
def test_a_waveform_has_as_many_points_as_asked(length, points):
    assert waveform(Clip(np.ones(length, np.float32), 8000), points).shape == (points, 2)
