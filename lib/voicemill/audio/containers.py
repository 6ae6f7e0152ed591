"""AAC and WebM through PyAV: what phones and browsers record, and what M4A needs."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from voicemill.audio.clip import Samples
from voicemill.audio.encoding import Encoding
from voicemill.errors import UnreadableAudio

# Containers that libsndfile does not know but whose sound it would be wrong to refuse.
_NAMES = {"mov,mp4,m4a,3gp,3g2,mj2": "m4a", "matroska,webm": "webm", "aac": "aac"}


def decode_container(
    source: Path | BinaryIO, where: str
) -> tuple[np.ndarray[Any, np.dtype[np.float32]], int, str]:
    """Return (samples of shape (n, channels), rate in Hz, format name) of any file FFmpeg reads.

    Raises UnreadableAudio naming `where` when there is no sound in it or it breaks off.
    """
    import av

    try:
        with av.open(str(source) if isinstance(source, Path) else source) as container:
            if not container.streams.audio:
                raise UnreadableAudio(
                    "it holds no sound", where=where, remedy="Choose a file with an audio track."
                )
            if not getattr(container.streams.audio[0], "rate", 0):
                # A stream whose header is damaged has no codec, and then no rate either.
                raise UnreadableAudio(
                    "its sound track is damaged", where=where, remedy="Fetch or record it again."
                )
            samples, rate_hz = _audio(container)
            return samples, rate_hz, _NAMES.get(container.format.name, container.format.name)
    except av.FFmpegError as problem:
        raise UnreadableAudio(
            f"it is damaged, incomplete, or no audio ({problem.strerror})",
            where=where,
            remedy="Fetch or record it again.",
        ) from problem


def encode_m4a(samples: Samples, encoding: Encoding) -> bytes:
    """Return mono samples as AAC in an M4A file; encoding must be complete."""
    import av

    target = BytesIO()
    # The lead-in is noted on the clock of the whole file, which would be in milliseconds.
    options = {"movie_timescale": str(encoding.rate_hz)}
    with av.open(target, "w", format="ipod", options=options) as container:
        stream = container.add_stream("aac", rate=encoding.rate_hz, layout="mono")
        stream.bit_rate = (encoding.bitrate_kbps or 0) * 1000
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="fltp", layout="mono")
        frame.sample_rate = encoding.rate_hz or 0
        # With times, the muxer notes the encoder's 1024 samples of lead-in for players to skip.
        frame.pts, frame.time_base = 0, Fraction(1, frame.sample_rate)
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return target.getvalue()


def _audio(
    container: Any,
) -> tuple[np.ndarray[Any, np.dtype[np.float32]], int]:
    import av

    stream = container.streams.audio[0]
    rate_hz = int(stream.rate)
    resampler = av.AudioResampler(format="fltp", layout=stream.layout, rate=rate_hz)
    planes = [
        piece.to_ndarray()
        for frame in container.decode(stream)
        for piece in resampler.resample(frame)
    ]
    planes += [piece.to_ndarray() for piece in resampler.resample(None)]
    if not planes:
        return np.zeros((0, 1), np.float32), rate_hz
    samples = np.concatenate(planes, axis=1, dtype=np.float32).T
    # MP4 says how long the sound is; AAC itself only knows whole frames of 1024 samples.
    if stream.duration and stream.time_base and container.format.name.startswith("mov"):
        samples = samples[: round(stream.duration * stream.time_base * rate_hz)]
    return samples, rate_hz
