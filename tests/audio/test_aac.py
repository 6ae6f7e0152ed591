"""AAC encoded in stretches: as if by one encoder, parted where nothing is heard, never too loud."""

from __future__ import annotations

import numpy as np
import pytest
from audio_signals import noise, tone

from voicemill.audio import Clip
from voicemill.audio.aac import FRAME, AacEncoder, Stretch, decoded, encoded
from voicemill.audio.encoding import Encoding
from voicemill.audio.peaks import true_peak_dbtp

RATE_HZ = 22_050
ENCODING = Encoding("m4a", rate_hz=RATE_HZ, bitrate_kbps=48)
SILENCE = np.zeros(RATE_HZ // 2, np.float32)


def encoded_in_stretches(samples: np.ndarray, ceiling_dbtp: float | None = None, step=1 << 16):
    """Encode samples as a book is; what is heard, and where its stretches were parted."""
    encoder = AacEncoder(ENCODING, ceiling_dbtp)
    packets = []
    for start in range(0, len(samples), step):
        packets += encoder.write(samples[start : start + step])
    packets += encoder.finish()
    encoder.close()
    assert [packet.pts for packet in packets] == [
        (place - 1) * FRAME for place in range(len(packets))
    ]
    return decoded(packets, ENCODING, len(samples))


def in_one_go(samples: np.ndarray) -> np.ndarray:
    """What is heard when one encoder gets all of it."""
    packets = encoded(Stretch(samples, 0, 0, None), ENCODING, None)
    return decoded(packets, ENCODING, len(samples))


def spoken(words: dict[str, Clip], count: int) -> np.ndarray:
    """Sentences and silences of different lengths, at RATE_HZ."""
    said = words["sentence"].resampled(RATE_HZ).samples
    pauses = (SILENCE[: RATE_HZ // (2 + place % 4)] for place in range(count))
    return np.concatenate([part for pause in pauses for part in (said, pause)])


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def test_stretches_sound_like_one_and_silence_stays_silent(words: dict[str, Clip]) -> None:
    samples = spoken(words, 25)
    assert len(samples) > 60 * RATE_HZ  # three stretches
    heard = encoded_in_stretches(samples)
    whole = in_one_go(samples)
    assert len(heard) == len(whole) == len(samples)
    assert rms(heard - samples) < 1.02 * rms(whole - samples)
    frames = len(samples) // FRAME
    wanted, got = (one[: frames * FRAME].reshape(frames, FRAME) for one in (samples, heard))
    silent = np.abs(wanted).max(axis=1) == 0
    inside = silent[:-2] & silent[1:-1] & silent[2:]
    assert np.abs(got[1:-1][inside]).max() < 1e-4


def test_without_any_silence_it_is_parted_where_nobody_hears_it() -> None:
    hiss = noise(-50, 130, RATE_HZ).samples
    voice = tone(-12, 130, RATE_HZ, 180).samples
    swell = (0.5 - 0.5 * np.cos(np.arange(len(voice)) / RATE_HZ * 2 * np.pi / 3)).astype(np.float32)
    samples = hiss + voice * swell
    heard = encoded_in_stretches(samples)
    whole = in_one_go(samples)
    frames = len(samples) // FRAME
    errors = [
        np.abs(one - samples)[: frames * FRAME].reshape(frames, FRAME).max(axis=1)
        for one in (heard, whole)
    ]
    assert errors[0].max() < 1.5 * errors[1].max()


def test_nothing_rises_over_the_ceiling_and_the_rest_is_left_alone(words: dict[str, Clip]) -> None:
    samples = spoken(words, 9)
    samples /= np.abs(samples).max()
    plain = encoded_in_stretches(samples)
    ceiling_dbtp = true_peak_dbtp(Clip(plain, RATE_HZ)) - 0.5
    heard = encoded_in_stretches(samples, ceiling_dbtp)
    assert true_peak_dbtp(Clip(heard, RATE_HZ)) <= ceiling_dbtp
    # A few places were turned down by a little.
    assert rms(heard - plain) < 0.05 * rms(plain)
    assert rms(heard) == pytest.approx(rms(plain), rel=0.01)


@pytest.mark.parametrize("step", [1_000, 4_321, 99_999])
def test_how_samples_arrive_makes_no_difference(step: int) -> None:
    pulse = tone(-10, 0.3, RATE_HZ, 200).samples
    samples = np.concatenate([part for _ in range(60) for part in (pulse, SILENCE)])
    assert np.array_equal(encoded_in_stretches(samples, step=step), encoded_in_stretches(samples))


@pytest.mark.parametrize("length", [1, 700, FRAME, 3 * FRAME + 1])
def test_however_short_a_sound_is(length: int) -> None:
    assert len(encoded_in_stretches(np.full(length, 0.1, np.float32))) == length
