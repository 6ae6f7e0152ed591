"""Synthetic signals whose measures are known beforehand."""

from __future__ import annotations

import numpy as np

from voicemill.audio import Clip


def tone(
    level_db: float, duration_s: float, rate_hz: int = 48_000, frequency_hz: float = 1000.0
) -> Clip:
    steps = np.arange(round(duration_s * rate_hz))
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * frequency_hz / rate_hz * steps)
    return Clip(wave.astype(np.float32), rate_hz)


def noise(level_db: float, duration_s: float, rate_hz: int = 48_000, seed: int = 0) -> Clip:
    wave = np.random.default_rng(seed).standard_normal(round(duration_s * rate_hz))
    return Clip((10 ** (level_db / 20) * wave).astype(np.float32), rate_hz)
