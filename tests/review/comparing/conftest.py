"""A comparison of three espeak voices, small and quick."""

from __future__ import annotations

import pandas as pd
import pytest
from comparing_samples import ESPEAKS

from voicemill import Studio
from voicemill.review.comparing import Comparing, Comparison


@pytest.fixture
def items(studio: Studio) -> pd.DataFrame:
    """Four phonemes: three vowels and a consonant."""
    phonemes = studio.read("data/phonemes.csv", kind="phonemes")
    return phonemes[phonemes["key"].isin(["iː", "æ", "uː", "s"])]


@pytest.fixture
def comparing(studio: Studio) -> Comparing:
    return Comparing(studio.shop)


@pytest.fixture
def comparison(comparing: Comparing, items: pd.DataFrame) -> Comparison:
    """Three voices that say four words."""
    return comparing.start(items, ESPEAKS, title="three", seed=3)
