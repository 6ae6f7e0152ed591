"""Hearing: a recording as a person made it is read, decoded and judged before mastering."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from voicemill.audio import Clip, noise_db
from voicemill.audio.codecs import Decoded, decode
from voicemill.audio.loudness import decibels, sample_peak
from voicemill.errors import AudioError, StoreError, UnreadableAudio

LONGEST_S = 600.0  # of one item
# Ten minutes of the largest kind there is: 192 kHz, 24 bits, stereo.
LARGEST_BYTES = 700_000_000

# A converter out of range repeats its last value; speech within range never rests at its peak.
_FLAT_SAMPLES = 3
_FLAT_PLACES = 3
_AT_PEAK, _FLAT = 0.99, 1e-3
_HOT_PEAK = 0.9
# Under this distance a listener hears the room beside the voice. A short clip may have been
# cut so tightly that its quietest part is speech.
_LEAST_OVER_NOISE_DB = 25.0
_JUDGED_FROM_S = 1.0


def read_recording(path: Path) -> bytes:
    """Return a recording's bytes. Raises StoreError, and AudioError when it is far too large."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise AudioError(
                f"it has more than {LARGEST_BYTES // 1_000_000} MB",
                where=path.name,
                remedy="Cut it into one file for each item",
            )
        return path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"this file cannot be read ({error.strerror or error})",
            where=str(path),
            remedy="Check that it is still there and that you may read it",
        ) from error


def hear(data: bytes, where: str) -> Decoded:
    """Decode a recording. Raises UnreadableAudio, and AudioError when it is too long."""
    # What the file says of itself may be a guess; this only keeps days of sound out of memory.
    _refuse_long(_stated_s(data) / 2, where)
    try:
        decoded = decode(data)
    except UnreadableAudio as error:
        raise UnreadableAudio(error.what, where=where, remedy=error.remedy) from error
    _refuse_long(decoded.clip.duration_s, where)
    return decoded


def recording_checks(clip: Clip) -> list[dict[str, Any]]:
    """Judge what mastering cannot mend and a finished file no longer shows: clipping, noise.

    Each check is of the form that a source's metadata keeps for the rules of its profile.
    """
    flat, over_db = _flat_places(clip), _over_noise_db(clip)
    clipped = flat >= _FLAT_PLACES
    times = f"clipped in {flat} places" if clipped else "not clipped"
    checks = [_check("clipping", not clipped, f"the recording is {times}")]
    if clip.duration_s >= _JUDGED_FROM_S:
        noisy = over_db < _LEAST_OVER_NOISE_DB
        sentence = f"background noise is {'only ' if noisy else ''}{over_db:.0f} dB under the voice"
        checks.append(_check("noise", not noisy, sentence))
    return checks


def _check(measure: str, passed: bool, sentence: str) -> dict[str, Any]:
    return {"measure": measure, "passed": passed, "sentence": sentence}


def _flat_places(clip: Clip) -> int:
    peak = sample_peak(clip.samples)
    if peak < _HOT_PEAK:
        return 0
    high = np.abs(clip.samples) >= _AT_PEAK * peak
    still = np.abs(np.diff(clip.samples)) <= _FLAT * peak
    pairs = high[1:] & high[:-1] & still
    starts = np.flatnonzero(np.diff(pairs.astype(np.int8), prepend=0) == 1)
    stops = np.flatnonzero(np.diff(pairs.astype(np.int8), append=0) == -1)
    return int(np.count_nonzero(stops - starts + 2 >= _FLAT_SAMPLES))


def _over_noise_db(clip: Clip) -> float:
    width = clip.rate_hz // 20
    windows = clip.samples[: len(clip) // width * width].reshape(-1, width)
    powers = np.einsum("ij,ij->i", windows, windows) / width
    return decibels(float(np.sqrt(powers.max(initial=0.0)))) - noise_db(clip)


def _stated_s(data: bytes) -> float:
    """Return how long a file says it is in seconds, without decoding it; 0 when it does not."""
    import av
    import soundfile

    try:
        with soundfile.SoundFile(BytesIO(data)) as file:
            return float(file.frames / file.samplerate)
    except (soundfile.LibsndfileError, RuntimeError):
        pass  # not of libsndfile's kinds; FFmpeg knows the others
    try:
        with av.open(BytesIO(data), "r", metadata_errors="replace") as container:
            ends = (
                float((packet.pts + (packet.duration or 0)) * packet.time_base)
                for packet in container.demux(audio=0)
                if packet.pts is not None and packet.time_base
            )
            return max(ends, default=0.0)
    except (av.FFmpegError, IndexError):
        return 0.0  # decoding will say what is wrong with it


def _refuse_long(duration_s: float, where: str) -> None:
    if duration_s > LONGEST_S:
        raise AudioError(
            f"it lasts more than {LONGEST_S / 60:.0f} minutes",
            where=where,
            remedy="Cut it into one file for each item",
        )
