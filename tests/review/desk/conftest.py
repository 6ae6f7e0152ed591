"""Desks with clips to judge."""

from __future__ import annotations

import pytest
from desk_clips import with_clips

from voicemill import Studio
from voicemill.review.desk.session import Session


@pytest.fixture
def desk(studio: Studio) -> Session:
    """Anna's desk, with six clips and an item that has none."""
    with_clips(studio)
    return Session(studio.shop, "words", "anna")
