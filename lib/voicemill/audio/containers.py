"""AAC in M4A, through PyAV."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO

import numpy as np

from voicemill.audio.clip import Samples
from voicemill.audio.encoding import Encoding


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
