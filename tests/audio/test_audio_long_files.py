"""Long files measured while they are read: the same numbers as all at once, in little memory."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from audio_signals import noise
from hypothesis import given, settings
from hypothesis import strategies as st

from voicemill.audio import (
    FORMATS,
    Clip,
    Encoding,
    Profile,
    Tags,
    assemble,
    concat,
    encode_clip,
    loudness_lufs,
    master,
    measure_file,
    noise_db,
    peak_dbfs,
    read_clip,
    rms_db,
    silence,
    speech_bounds,
    true_peak_dbtp,
)
from voicemill.audio.joining import for_parts, part_peaks_dbfs
from voicemill.audio.metering import Meter
from voicemill.errors import UnreadableAudio

LEVELS = {
    "loudness_lufs": loudness_lufs,
    "peak_dbtp": true_peak_dbtp,
    "peak_dbfs": peak_dbfs,
    "rms_db": rms_db,
    "noise_db": noise_db,
}


@pytest.fixture(scope="module")
def speech(words) -> Clip:
    """Half a minute of words and a sentence, in a soft room, with pauses between."""
    pause = silence(0.7, words["sentence"].rate_hz)
    dry = concat([clip for said in words.values() for clip in (said, pause)] * 2)
    return Clip(dry.samples + noise(-75, dry.duration_s, dry.rate_hz).samples, dry.rate_hz)


def as_one_piece(clip: Clip) -> dict[str, float]:
    first, last = speech_bounds(clip) or (len(clip), len(clip))
    ends = {"head_s": first / clip.rate_hz, "tail_s": (len(clip) - last) / clip.rate_hz}
    return {name: measure(clip) for name, measure in LEVELS.items()} | ends


def agree(found: object, clip: Clip) -> None:
    for name, value in as_one_piece(clip).items():
        allowed = 0.001 if name.endswith("_s") else 0.01
        assert getattr(found, name) == pytest.approx(value, abs=allowed), name


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_measures_as_its_decoded_whole(speech, profiles, name):
    data = encode_clip(speech, Encoding(name))
    whole = read_clip(data)
    measures, _ = measure_file(data, profiles["web"])
    assert (measures.duration_s, measures.rate_hz) == (whole.duration_s, whole.rate_hz)
    agree(measures, whole)


@given(
    start=st.integers(0, 200_000),
    length=st.integers(1, 450_000),
    cuts=st.lists(st.integers(0, 450_000), max_size=5),
    rate_hz=st.sampled_from([8_000, 22_050, 44_100, 96_000]),
)
@settings(max_examples=40)
def test_levels_do_not_depend_on_where_pieces_end(speech, start, length, cuts, rate_hz):
    clip = Clip(speech.between(start, start + length).samples, rate_hz)
    edges = sorted({0, len(clip), *(cut for cut in cuts if cut < len(clip))})
    meter = Meter(rate_hz)
    for edge in pairwise(edges):
        meter.hear(clip.between(*edge))
    levels = meter.levels()
    assert levels.length == len(clip)
    agree(levels, clip)


@pytest.mark.parametrize("place", [(1 << 17) - 1, 1 << 17, 16_384 - 128, 16_384, 3 * 44_100])
def test_a_peak_between_two_pieces_is_seen(place):
    # The crest lies between the samples on both sides of the border.
    steps = np.arange(-400, 400) + 0.5
    samples = np.zeros(400_000, np.float32)
    samples[place - 400 : place + 400] = 0.9 * np.sinc(steps) * np.hanning(800)
    meter, clip = Meter(44_100), Clip(samples, 44_100)
    for edge in pairwise([0, place, len(clip)]):
        meter.hear(clip.between(*edge))
    found = meter.levels().peak_dbtp
    assert found == pytest.approx(true_peak_dbtp(clip), abs=0.01)
    assert found - peak_dbfs(clip) > 3


def test_a_damaged_file_is_refused_as_it_is_when_read(speech, profiles):
    for name in ("wav", "flac"):
        data = encode_clip(speech, Encoding(name))
        with pytest.raises(UnreadableAudio, match="damaged or breaks off"):
            measure_file(data[: len(data) // 2], profiles["web"])
    for data in (b"", b"<html>not found</html>", b"\x00" * 500):
        with pytest.raises(UnreadableAudio):
            measure_file(data, profiles["web"])


MEASURING = """
import sys
from pathlib import Path
from voicemill.audio import load_profiles, measure_file
import av, soundfile
profile = load_profiles()["web"]
measure_file(Path(sys.argv[1]), profile)
import resource
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
measures, _ = measure_file(Path(sys.argv[2]), profile)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(measures.duration_s, (after - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB only there")
@pytest.mark.parametrize("name", ["librivox", "m4b"])
def test_a_long_file_is_measured_in_little_memory(speech, profiles, tmp_path, name):
    part = speech.resampled(profiles[name].encoding.rate_hz)
    short, long = tmp_path / "short", tmp_path / "long"
    for path, seconds in ((short, 30), (long, 300)):
        parts = (part for _ in range(int(seconds / part.duration_s)))
        assemble(parts, path, profile=profiles[name], tags=Tags())
    command = [sys.executable, "-c", MEASURING, str(short), str(long)]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    assert float(said[0]) > 250
    assert float(said[1]) < 20  # all at once it would be four bytes for each of 13 million samples


def joined(clips, profile: Profile, pause_s: float, path):
    """Join clips with pauses between them and silence around, as a chapter is."""
    pauses_s = [profile.head_s, *[pause_s] * (len(clips) - 1), max(profile.tail_s, 1.0)]
    close = for_parts(profile, [clip.duration_s for clip in clips], pauses_s)
    parts = [pauses_s[0]]
    for clip, after_s in zip(clips, pauses_s[1:], strict=True):
        parts += [master(clip, close), after_s]
    return assemble(parts, path, profile=profile, tags=Tags())


@pytest.mark.parametrize("pause_s", [0.2, 0.6, 2.0])
@pytest.mark.parametrize("name", ["web", "librivox", "acx", "m4b"])
def test_a_file_of_sentences_and_pauses_keeps_the_rules_of_its_profile(
    words, profiles, tmp_path, name, pause_s
):
    profile, path = profiles[name], tmp_path / "chapter"
    joined([words["sentence"]] * 6, profile, pause_s, path)
    measures, checks = measure_file(path, profile)
    assert [check.sentence for check in checks if not check.passed] == []
    assert getattr(measures, profile.level) == pytest.approx(profile.target, abs=0.3)


def test_the_peak_of_each_part_is_found_in_the_finished_file(speech, profiles, tmp_path):
    path = tmp_path / "parts.m4b"
    gains_db = [-6.0, -30.0, -12.0]
    parts = [part for gain_db in gains_db for part in (speech.amplified(gain_db), 0.5)]
    made = assemble(parts, path, profile=profiles["m4b"], tags=Tags())
    peaks = part_peaks_dbfs(path, made.starts_s)
    told = [round(peaks[0] - peak, 0) for peak in (peaks[2], peaks[4])]
    assert told == [24.0, 6.0]
    assert max(peaks[1::2]) < -40
