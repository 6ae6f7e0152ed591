"""Finishing: from a clip as spoken to the bytes of a finished, tagged, measured file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicemill.audio.clip import Clip
from voicemill.audio.codecs import decode, encode_clip
from voicemill.audio.leveling import levelled
from voicemill.audio.mastering import prepared
from voicemill.audio.measures import Check, Measures, checked, measured
from voicemill.audio.mp3 import mp3_bitrate_kbps
from voicemill.audio.profiles import Profile
from voicemill.audio.tags import Tags, apply_tags

# Lossy codecs move peaks a little. Mastering keeps this far under the ceiling, which suffices
# for nearly all speech; where it does not, the clip is levelled again with as much more as
# was missing.
_CODEC_HEADROOM_DB = {"mp3": 0.5, "ogg": 0.7, "opus": 0.7, "m4a": 0.5}
_MORE_HEADROOM_DB = 0.1
_MAX_ENCODINGS = 4


@dataclass(frozen=True)
class Finished:
    """A finished file: its bytes, and what they are once decoded.

    extension has no dot; checks has one entry per rule of the profile that applies.
    """

    data: bytes
    measures: Measures
    checks: tuple[Check, ...]
    duration_s: float
    extension: str
    mime: str

    @property
    def passed(self) -> bool:
        """Whether every rule of the profile is kept."""
        return all(check.passed for check in self.checks)


def finish(clip: Clip, profile: Profile, tags: Tags | None = None) -> Finished:
    """Return the clip mastered, encoded, tagged, and measured after decoding what was encoded.

    Raises MasteringError for silence and for what the profile cannot be made from. A rule that
    is not kept is no error: it is a failed check.
    """
    ready = prepared(clip, profile)
    encoding = profile.encoding.complete(ready.rate_hz)
    ceiling_dbtp = profile.ceiling_dbtp
    headroom_db = _CODEC_HEADROOM_DB.get(encoding.format, 0.0)
    for _ in range(_MAX_ENCODINGS):
        lowered = None if ceiling_dbtp is None else ceiling_dbtp - headroom_db
        encoded = encode_clip(levelled(ready, profile, lowered), encoding)
        stated_kbps = mp3_bitrate_kbps(encoded) if encoding.format == "mp3" else None
        measures = measured(decode(encoded), len(encoded), stated_kbps)
        if ceiling_dbtp is None or measures.peak_dbtp <= ceiling_dbtp:
            break
        headroom_db += measures.peak_dbtp - ceiling_dbtp + _MORE_HEADROOM_DB
    data = apply_tags(encoded, encoding.format, tags) if tags else encoded
    measures = replace(measures, size_bytes=len(data))
    return Finished(
        data=data,
        measures=measures,
        checks=checked(measures, profile),
        duration_s=measures.duration_s,
        extension=encoding.format,
        mime=encoding.mime,
    )
