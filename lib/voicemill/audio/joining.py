"""How parts must be mastered so that the file joined from them keeps its profile's rules."""

from __future__ import annotations

import math
from dataclasses import replace

from voicemill.audio.profiles import Profile
from voicemill.errors import AudioError

# Codecs move peaks a little. What espeak and Piper say, put right under a ceiling, came out of
# MP3 at 64 kbps and more up to 0.3 dB higher, of AAC at 64 up to 0.6 dB, of AAC at 48 1.0 dB.
_MP3_HEADROOM_DB = 0.5
_AAC_HEADROOM_DB = 0.7
_COARSE_AAC_HEADROOM_DB = 1.2
_COARSE_AAC_KBPS = 64


def codec_headroom_db(profile: Profile) -> float:
    """Return how far under its ceiling a profile's MP3 or M4A is to be encoded."""
    encoding = profile.encoding.complete(44_100)
    if encoding.format != "m4a":
        return _MP3_HEADROOM_DB
    coarse = (encoding.bitrate_kbps or 0) < _COARSE_AAC_KBPS
    return _COARSE_AAC_HEADROOM_DB if coarse else _AAC_HEADROOM_DB


def for_parts(profile: Profile, pause_share: float = 0.0) -> Profile:
    """Return the profile with which to master the parts of a file assembled by `profile`.

    No silence around each part, and the codec's headroom already under the ceiling, so that
    the limiter makes the room for it and the part need not be turned down as a whole.
    pause_share: how much of the file will be pauses, 0 to 0.9; an RMS level counts them, so
    the parts must be louder by it. Loudness (BS.1770) leaves pauses out by itself.
    Raises AudioError for a share out of range.
    """
    if not 0 <= pause_share <= 0.9:
        raise AudioError(
            f"a file cannot be {pause_share:.0%} pauses", remedy="Give a share from 0 to 0.9."
        )
    changed = replace(profile, head_s=0.0, tail_s=0.0)
    if profile.ceiling_dbtp is not None:
        lowered = profile.ceiling_dbtp - codec_headroom_db(profile)
        changed = replace(changed, ceiling_dbtp=lowered)
    if profile.level == "rms_db" and profile.target is not None:
        louder = profile.target - 10 * math.log10(1 - pause_share)
        changed = replace(changed, target=min(louder, 0.0))
    return changed
