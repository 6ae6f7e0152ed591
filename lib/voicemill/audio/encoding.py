"""Encoding: which kind of file, and the limits each kind has."""

from __future__ import annotations

from dataclasses import dataclass

from voicemill.errors import AudioError, UnknownName

FORMATS = ("mp3", "wav", "flac", "ogg", "opus", "m4a")
LOSSY = frozenset({"mp3", "ogg", "opus", "m4a"})
MIME_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "m4a": "audio/mp4",
}

# MPEG audio layer III: each version has its own rates and bitrates (ISO 11172-3, 13818-3 and
# the MPEG-2.5 extension).
_MPEG1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
# What mp3.py needs for the header that states the length.
_INFO_FRAME_BYTES = 76
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
_AAC_RATES = (*_MP3_RATES, 64_000, 88_200, 96_000)

_BITRATE_LIMITS = {"ogg": (32, 500), "opus": (6, 256), "m4a": (16, 320)}
_DEFAULT_BITRATES = {"mp3": 128, "ogg": 80, "opus": 48, "m4a": 96}
_DEFAULT_DEPTHS = {"wav": 16, "flac": 24}


@dataclass(frozen=True)
class Encoding:
    """How a clip becomes bytes.

    format: one of FORMATS ('ogg' is Vorbis).
    rate_hz: the file's sample rate; None keeps the clip's, or the nearest the format has.
    bitrate_kbps: for lossy formats; constant in MP3, a target elsewhere; None for a default.
    bit_depth: 16 or 24, for wav and flac; None for 16 in wav and 24 in flac.
    Raises UnknownName for a format and AudioError for numbers the format does not have.
    """

    format: str
    rate_hz: int | None = None
    bitrate_kbps: int | None = None
    bit_depth: int | None = None

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise UnknownName("audio format", self.format, FORMATS)
        _refuse_depth(self)
        _refuse_rate(self)
        _refuse_bitrate(self)

    @property
    def lossy(self) -> bool:
        """Whether decoding gives something other than what was encoded."""
        return self.format in LOSSY

    @property
    def mime(self) -> str:
        """The media type browsers and stores expect."""
        return MIME_TYPES[self.format]

    def complete(self, source_rate_hz: int) -> Encoding:
        """Return the encoding for a source of this rate with nothing left open."""
        rate_hz = self.rate_hz or _nearest_rate(self.format, source_rate_hz)
        bitrate = self.bitrate_kbps or _DEFAULT_BITRATES.get(self.format)
        if self.format == "mp3" and bitrate is not None:
            bitrate = min(bitrate, mp3_bitrates(rate_hz)[-1])
        depth = self.bit_depth or _DEFAULT_DEPTHS.get(self.format)
        return Encoding(self.format, rate_hz, bitrate, depth)


def mp3_table(rate_hz: int) -> tuple[int, ...]:
    """Return the bitrates in kbps that MPEG layer III has for its version of this rate."""
    if rate_hz >= 32_000:
        return _MPEG1
    return _MPEG2 if rate_hz >= 16_000 else _MPEG2[: _MPEG2.index(64) + 1]


def mp3_samples_per_frame(rate_hz: int) -> int:
    """Return how many samples a frame of MPEG layer III holds at this rate."""
    return 1152 if rate_hz >= 32_000 else 576


def mp3_bitrates(rate_hz: int) -> tuple[int, ...]:
    """Return the bitrates in kbps offered for an MP3 of this rate.

    Lower ones exist, but their frames are too small for the header that states the exact
    length, without which decoders add silence at both ends.
    """
    bytes_per_kbps = mp3_samples_per_frame(rate_hz) / 8 * 1000 / rate_hz
    return tuple(k for k in mp3_table(rate_hz) if k * bytes_per_kbps >= _INFO_FRAME_BYTES)


def _rates(audio_format: str) -> tuple[int, ...] | None:
    return {"mp3": _MP3_RATES, "opus": _OPUS_RATES, "m4a": _AAC_RATES}.get(audio_format)


def _nearest_rate(audio_format: str, rate_hz: int) -> int:
    # The next higher one keeps everything that is in the source.
    rates = _rates(audio_format)
    if rates is None:
        return rate_hz
    return next((rate for rate in rates if rate >= rate_hz), rates[-1])


def _refuse_depth(encoding: Encoding) -> None:
    if encoding.bit_depth is None:
        return
    if encoding.lossy:
        raise AudioError(
            f"{encoding.format} has no bit depth",
            remedy="Leave bit_depth out, or set bitrate_kbps.",
        )
    if encoding.bit_depth not in (16, 24):
        raise AudioError(
            f"a bit depth of {encoding.bit_depth} is not offered", remedy="Use 16 or 24."
        )


def _refuse_rate(encoding: Encoding) -> None:
    rates = _rates(encoding.format) or range(8_000, 192_001)
    if encoding.rate_hz is not None and encoding.rate_hz not in rates:
        offered = (
            "8000 to 192000" if isinstance(rates, range) else ", ".join(str(rate) for rate in rates)
        )
        raise AudioError(
            f"{encoding.format} cannot have {encoding.rate_hz} Hz", remedy=f"Use {offered}."
        )


def _refuse_bitrate(encoding: Encoding) -> None:
    wanted = encoding.bitrate_kbps
    if wanted is None:
        return
    if not encoding.lossy:
        raise AudioError(
            f"{encoding.format} has no bitrate", remedy="Leave bitrate_kbps out; set bit_depth."
        )
    if encoding.format == "mp3":
        legal = mp3_bitrates(encoding.rate_hz or 44_100)
        if wanted not in legal:
            raise AudioError(
                f"an MP3 of {encoding.rate_hz or 44_100} Hz cannot have {wanted} kbps",
                remedy="Use " + ", ".join(str(rate) for rate in legal) + ".",
            )
        return
    lowest, highest = _BITRATE_LIMITS[encoding.format]
    if not lowest <= wanted <= highest:
        raise AudioError(
            f"{encoding.format} cannot have {wanted} kbps", remedy=f"Use {lowest} to {highest}."
        )
