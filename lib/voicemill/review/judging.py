"""The judge of takes: the phoneme recogniser, by the measure of the pronunciation check.

Every studio has one, so what it needs is imported when the first take is heard.
"""

from __future__ import annotations

import math
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING

from voicemill.audio import Clip
from voicemill.production.judging import Heard, Said

if TYPE_CHECKING:
    from voicemill.review.checks.sounds import Sound

# A take whose cost is under this share of what the check bears is good enough to stop at.
GOOD_SHARE = 0.15


class PhonemeJudge:
    """Judges by how likely the expected sounds are; English, with the extra "checks"."""

    @property
    def version(self) -> str:
        """Name the recogniser and the measure."""
        from voicemill.review.checks.expecting import CHECKS_VERSION

        return f"hama {metadata.version('hama')}, checks {CHECKS_VERSION}, {GOOD_SHARE}"

    def why_not(self, said: Said) -> str:
        """Say why it cannot judge this; empty when it can."""
        language = said.language or "this language"
        if not language.casefold().startswith("en"):
            return f"there is no recogniser for {language}"
        if find_spec("hama") is None:
            return "there is no recogniser; install it with: pip install 'voicemill[checks]'"
        return "" if _sounds(said) else "the recogniser knows none of its sounds"

    def hear(self, clip: Clip, said: Said) -> Heard:
        """Judge one take: the score is the mean chance of a sound, by the check's cost."""
        from voicemill.review.checks.aligning import heard_letters
        from voicemill.review.checks.pronunciation import limit_of, listened
        from voicemill.review.checks.sounds import shown

        sounds = _sounds(said)
        aligned, heard, _frame_s = listened(clip, sounds)
        needed = sum(not sound.optional for sound in sounds)
        good = aligned.cost <= GOOD_SHARE * limit_of(needed).threshold
        return Heard(math.exp(-aligned.cost), good, shown(heard_letters(heard)[0]))


def _sounds(said: Said) -> tuple[Sound, ...]:
    from voicemill.review.checks.pronunciation import sounds_of

    return sounds_of(said.text, said.ipa, said.language.casefold())
