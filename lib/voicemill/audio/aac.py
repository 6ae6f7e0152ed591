"""AAC in stretches that end in silence: encoded side by side, and heard before they are kept.

An encoder's output moves peaks a little, by up to 2 dB at a few places in hours, and elsewhere
when it is tried again. So each stretch is decoded at once, and turned down just where it rises
over the ceiling. As every AAC packet stands for itself but for the half it shares with the next,
stretches by encoders of their own can follow one another where nothing is heard.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from voicemill.audio.clip import Clip, Samples
from voicemill.audio.encoding import Encoding
from voicemill.audio.loudness import decibels, sample_peak
from voicemill.audio.peaks import block_peaks, limiter_curve, true_peak_dbtp

if TYPE_CHECKING:
    from av import Packet

FRAME = 1024  # samples that a packet adds; it is heard with half of the packet before

# FFmpeg's other search, "twoloop", takes 2.3 times as long. On speech of 24 kHz at 64 kbps it left
# more noise (28 dB under the speech, not 38) and moved peaks further (by 0.6 dB, not 0.1).
_CODER = "fast"

# A stretch is parted from the next where three frames are silent: the middle one is said by
# both. It begins two frames earlier, for the encoder to be in its stride, and those packets go.
_AROUND = 1
_LEAD = 2
# A pause is found every few seconds. Where there is none for long, the quietest place must do.
_SHORTEST_S = 10
_LONGEST_S = 120
_SILENT = 1e-4  # −80 dBFS

_MOST_TRIES = 4
_BETWEEN_SAMPLES_DB = 1.0  # a true peak of speech is hardly ever this far over its samples
_MORE_ROOM_DB = 0.2


@dataclass(frozen=True)
class Stretch:
    """What one encoder gets. start: of its samples in the whole, in frames.

    first, last: the packets that are kept, counted from its own start; last None for all.
    """

    samples: Samples
    start: int
    first: int
    last: int | None


class AacEncoder:
    """Encodes samples as they come; packets come back in order, some stretches later.

    ceiling_dbtp: of the true peak once decoded; None where there is none.
    """

    def __init__(self, encoding: Encoding, ceiling_dbtp: float | None = None) -> None:
        self._encoding = encoding
        self._ceiling_dbtp = ceiling_dbtp
        self._rate_hz = encoding.rate_hz or 0
        self._held: list[Samples] = []
        self._length = 0  # of what is held, in samples
        self._start = 0  # of what is held, in frames
        self._looked = 0  # up to where a place for parting was sought, in frames held
        self._ahead = os.cpu_count() or 1
        self._workers = ThreadPoolExecutor(self._ahead, "voicemill-aac")
        self._waiting: deque[Future[list[Packet[Any]]]] = deque()

    def write(self, samples: Samples) -> Iterator[Packet[Any]]:
        """Take the next samples; yields the packets that are ready."""
        self._held.append(samples)
        self._length += len(samples)
        while (place := self._parting()) is not None:
            self._part(place)
            while len(self._waiting) > self._ahead:
                yield from self._waiting.popleft().result()

    def finish(self) -> Iterator[Packet[Any]]:
        """Encode what is held; yields all packets that are left."""
        whole = np.concatenate(self._held) if self._held else np.zeros(0, np.float32)
        self._submit(Stretch(whole, self._start, self._first, None))
        while self._waiting:
            yield from self._waiting.popleft().result()

    def close(self) -> None:
        """Let go of the threads, finished or not."""
        self._workers.shutdown(cancel_futures=True)

    @property
    def _first(self) -> int:
        return _LEAD + 1 if self._start else 0

    def _parting(self) -> int | None:
        """Return the frame held, the middle of three quiet ones, where a stretch may end."""
        frames = self._length // FRAME
        shortest = max(round(_SHORTEST_S * self._rate_hz / FRAME), 2 * _LEAD)
        if frames < shortest + 2 * _AROUND + 1 or frames - self._looked < shortest // 4:
            return None
        whole = np.concatenate(self._held)
        self._held = [whole]
        loud = np.abs(whole[: frames * FRAME].reshape(frames, FRAME)).max(axis=1)
        around = np.maximum(np.maximum(loud[:-2], loud[1:-1]), loud[2:])
        quiet = np.flatnonzero(around[shortest:] <= _SILENT)
        self._looked = frames
        if len(quiet):
            return int(quiet[0]) + shortest + _AROUND
        if frames < _LONGEST_S * self._rate_hz / FRAME:
            return None
        return int(np.argmin(around[shortest:])) + shortest + _AROUND

    def _part(self, place: int) -> None:
        """End a stretch at a frame held; what follows begins a little before it."""
        [whole] = self._held
        until, since = (place + _AROUND + 1) * FRAME, (place - _LEAD) * FRAME
        self._submit(Stretch(whole[:until], self._start, self._first, place))
        self._held = [whole[since:].copy()]
        self._length = len(whole) - since
        self._start += place - _LEAD
        self._looked = 0

    def _submit(self, stretch: Stretch) -> None:
        self._waiting.append(
            self._workers.submit(encoded, stretch, self._encoding, self._ceiling_dbtp)
        )


def encoded(stretch: Stretch, encoding: Encoding, ceiling_dbtp: float | None) -> list[Packet[Any]]:
    """Return the packets of a stretch that are kept, each at its time in the whole.

    Where a peak rises over the ceiling once decoded, the samples are turned down and tried again.
    """
    samples, rate_hz = stretch.samples, encoding.rate_hz or 0
    for _ in range(_MOST_TRIES):
        packets = _packets(samples, encoding)
        if ceiling_dbtp is None:
            break
        heard = Clip(decoded(packets, encoding, len(samples)), rate_hz)
        at_most_dbtp = decibels(sample_peak(heard.samples)) + _BETWEEN_SAMPLES_DB
        if at_most_dbtp <= ceiling_dbtp or true_peak_dbtp(heard) <= ceiling_dbtp:
            break
        wanted_dbtp = ceiling_dbtp - _MORE_ROOM_DB
        samples = samples * limiter_curve(block_peaks(heard), heard, 0.0, wanted_dbtp)
    last = len(packets) if stretch.last is None else stretch.last + 1
    for place, packet in enumerate(packets):
        packet.pts = packet.dts = (stretch.start + place - 1) * FRAME
    return packets[stretch.first : last]


def decoded(packets: Iterable[Packet[Any]], encoding: Encoding, length: int) -> Samples:
    """Return so many samples as they are heard, from the first that was encoded on."""
    import av

    decoder: Any = av.CodecContext.create("aac", "r")
    encoder = _encoder(encoding)
    encoder.open()
    decoder.extradata = encoder.extradata
    heard = [frame.to_ndarray()[0] for one in (*packets, None) for frame in decoder.decode(one)]
    return np.concatenate(heard)[FRAME : FRAME + length]


def aac_options() -> dict[str, str]:
    """Return how FFmpeg's encoder is to work."""
    return {"aac_coder": _CODER}


def _packets(samples: Samples, encoding: Encoding) -> list[Packet[Any]]:
    """Encode samples by an encoder of their own."""
    import av

    encoder = _encoder(encoding)
    frame = av.AudioFrame.from_ndarray(samples[np.newaxis, :], format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = encoder.sample_rate, 0, encoder.time_base
    return [*encoder.encode(frame), *encoder.encode(None)]


def _encoder(encoding: Encoding) -> Any:
    import av

    encoder: Any = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = encoding.rate_hz, "mono", "fltp"
    encoder.time_base = Fraction(1, encoding.rate_hz or 1)
    encoder.bit_rate = (encoding.bitrate_kbps or 0) * 1000
    encoder.options = aac_options()
    return encoder
