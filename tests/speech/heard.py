"""What tells speech from silence, noise and a hum."""

from __future__ import annotations

import numpy as np

from voicemill.speech.engine import Speech
from voicemill.speech.prosody import median_f0_hz


def is_speech(speech: Speech, least_s: float) -> bool:
    """Whether it is long enough, voiced at a person's pitch, and changes as it goes on."""
    frames = speech.samples[: len(speech.samples) // 480 * 480].reshape(-1, 480)
    levels = np.sqrt(np.mean(frames**2, axis=1))
    pitch_hz = median_f0_hz(speech.samples, speech.rate_hz)
    return (
        speech.duration_s > least_s
        and pitch_hz is not None
        and 60 < pitch_hz < 400
        and float(levels.max()) > 0.05
        and float(np.std(levels)) > 0.1 * float(np.mean(levels))
    )
