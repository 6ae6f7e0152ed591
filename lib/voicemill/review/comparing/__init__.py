"""Comparing voices: side by side, blind, by measurement."""

from voicemill.review.comparing.comparison import Comparing, Comparison
from voicemill.review.comparing.ranking import Ranking, Standing, ranked

__all__ = ["Comparing", "Comparison", "Ranking", "Standing", "ranked"]
