"""How parts must be mastered so that the file joined from them keeps its profile's rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from voicemill.audio.decoding import Sound, decode_through
from voicemill.audio.loudness import decibels, sample_peak
from voicemill.audio.profiles import Profile

# Codecs move peaks a little. What espeak and Piper say, put right under a ceiling, came out of
# MP3 at 64 kbps and more up to 0.6 dB higher, of AAC at 64 up to 0.6 dB, of AAC at 48 1.0 dB.
# In hours of AAC there are a few places with 2 dB: those are turned down while it is encoded.
_MP3_HEADROOM_DB = 0.7
_AAC_HEADROOM_DB = 0.7
_COARSE_AAC_HEADROOM_DB = 1.2
_COARSE_AAC_KBPS = 64

# Of a pause, what loudness counts. Blocks are 0.4 s long (BS.1770-4), and those with less than
# a tenth of full speech lie under the relative gate, which would leave 0.32 s. Sentences begin
# and end softly: pages of Piper's speech asked for 0.1 s, of espeak-ng's for 0.25 s.
_COUNTED_S = 0.16


def codec_headroom_db(profile: Profile) -> float:
    """Return how far under its ceiling a profile's MP3 or M4A is to be encoded."""
    encoding = profile.encoding.complete(44_100)
    if encoding.format != "m4a":
        return _MP3_HEADROOM_DB
    coarse = (encoding.bitrate_kbps or 0) < _COARSE_AAC_KBPS
    return _COARSE_AAC_HEADROOM_DB if coarse else _AAC_HEADROOM_DB


def for_parts(
    profile: Profile, spoken_s: Sequence[float] = (), pauses_s: Sequence[float] = ()
) -> Profile:
    """Return the profile with which to master the parts of a file assembled by `profile`.

    No silence around each part, and the codec's headroom already under the ceiling, so that
    the limiter makes the room for it and the part need not be turned down as a whole.
    spoken_s, pauses_s: how long the parts and the silences between and around them are. A level
    of the whole file counts some silence: RMS all of it, loudness the blocks that are half
    silent. The parts are that much louder.
    """
    changed = replace(profile, head_s=0.0, tail_s=0.0)
    if profile.ceiling_dbtp is not None:
        lowered = profile.ceiling_dbtp - codec_headroom_db(profile)
        changed = replace(changed, ceiling_dbtp=lowered)
    speech_s = math.fsum(spoken_s)
    if profile.target is not None and speech_s:
        counted = {"rms_db": math.inf, "loudness_lufs": _COUNTED_S}.get(profile.level, 0.0)
        silent_s = math.fsum(min(pause_s, counted) for pause_s in pauses_s)
        louder_db = 10 * math.log10(1 + silent_s / speech_s)
        changed = replace(changed, target=min(profile.target + louder_db, 0.0))
    return changed


def part_peaks_dbfs(path: Path, starts_s: Sequence[float]) -> list[float]:
    """Return the highest sample of each part of a file that begins at these times, in dBFS.

    Raises UnreadableAudio.
    """

    def listen(sound: Sound) -> list[float]:
        peaks = np.zeros(len(starts_s))
        borders = np.array([round(start_s * sound.rate_hz) for start_s in starts_s])
        heard = 0
        for piece in sound.pieces:
            first = max(int(np.searchsorted(borders, heard, "right")) - 1, 0)
            inside = borders[(borders > heard) & (borders < heard + len(piece))] - heard
            for place, samples in enumerate(np.split(piece.samples, inside)):
                peaks[first + place] = max(peaks[first + place], sample_peak(samples))
            heard += len(piece)
        return [decibels(peak) for peak in peaks]

    return decode_through(path, listen)
