"""Automatic checks of every clip: its sound, its pace, its pronunciation and its words."""

from voicemill.review.checks.checking import check, check_clip, check_source
from voicemill.review.checks.finding import FLAGGED, Finding, suspicion, worst
from voicemill.review.checks.recognisers import Recognisers, installed

__all__ = [
    "FLAGGED",
    "Finding",
    "Recognisers",
    "check",
    "check_clip",
    "check_source",
    "installed",
    "suspicion",
    "worst",
]
