"""Measures of a finished file, taken after decoding it, and the checks of its profile's rules."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from voicemill.audio.codecs import Decoded
from voicemill.audio.decoding import Sound, decode_through
from voicemill.audio.encoding import mp3_table
from voicemill.audio.metering import Levels, Meter
from voicemill.audio.mutagens import untyped
from voicemill.audio.profiles import MEASURES, Profile, Rule


@dataclass(frozen=True)
class Measures:
    """What a finished file is, by its own decoded samples.

    Levels are of the mono downmix, head and tail included, and never infinite: −120 stands for
    digital silence. duration_s is samples ÷ rate, exact. bitrate_kbps is what an MP3 states,
    and size ÷ duration elsewhere. head_s and tail_s are the silence before and after the
    speech; a file without speech is all head.
    """

    duration_s: float
    rate_hz: int
    channels: int
    bitrate_kbps: float
    loudness_lufs: float
    peak_dbtp: float
    peak_dbfs: float
    rms_db: float
    noise_db: float
    head_s: float
    tail_s: float
    size_bytes: int


@dataclass(frozen=True)
class Check:
    """Whether a file keeps one rule, in numbers and as a sentence a person understands."""

    rule: Rule
    value: float
    passed: bool
    sentence: str


def measure_file(
    source: str | Path | bytes, profile: Profile
) -> tuple[Measures, tuple[Check, ...]]:
    """Return the measures of any audio file, and the checks of the profile's rules on it.

    However long the file is, only pieces of it are held.
    Raises UnreadableAudio for what is no audio.
    """
    heard = decode_through(source, _heard)
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    measures = heard.measures(size, _stated_kbps(source, heard))
    return measures, checked(measures, profile)


def measured(decoded: Decoded, size_bytes: int, bitrate_kbps: float | None) -> Measures:
    """Return the measures of decoded audio; without a bitrate, it is size ÷ duration."""
    clip = decoded.clip
    sound = Sound(clip.rate_hz, decoded.channels, decoded.format, iter((clip,)))
    return _heard(sound).measures(size_bytes, bitrate_kbps)


@dataclass(frozen=True)
class _Heard:
    rate_hz: int
    channels: int
    format: str
    levels: Levels

    def measures(self, size_bytes: int, bitrate_kbps: float | None) -> Measures:
        levels = self.levels
        duration_s = levels.length / self.rate_hz
        return Measures(
            duration_s=duration_s,
            rate_hz=self.rate_hz,
            channels=self.channels,
            bitrate_kbps=bitrate_kbps or round(size_bytes * 8 / duration_s / 1000, 1),
            loudness_lufs=levels.loudness_lufs,
            peak_dbtp=levels.peak_dbtp,
            peak_dbfs=levels.peak_dbfs,
            rms_db=levels.rms_db,
            noise_db=levels.noise_db,
            head_s=levels.head_s,
            tail_s=levels.tail_s,
            size_bytes=size_bytes,
        )


def _heard(sound: Sound) -> _Heard:
    meter = Meter(sound.rate_hz)
    for piece in sound.pieces:
        meter.hear(piece)
    return _Heard(sound.rate_hz, sound.channels, sound.format, meter.levels())


def checked(measures: Measures, profile: Profile) -> tuple[Check, ...]:
    """Return one check for each rule of the profile that applies to a file this long."""
    return tuple(
        _check(rule, float(getattr(measures, rule.measure)))
        for rule in profile.rules
        if rule.only_under_s is None or measures.duration_s < rule.only_under_s
    )


def _check(rule: Rule, value: float) -> Check:
    too_low = rule.minimum is not None and value < rule.minimum
    too_high = rule.maximum is not None and value > rule.maximum
    passed = not too_low and not too_high
    # Enough digits that a value beside its limit does not read as the limit.
    limit = rule.minimum if too_low else rule.maximum
    digits = 1 if passed or limit is None or abs(value - limit) >= 0.05 else 3
    shown, unit = _shown(value, digits), f" {rule.unit}" if rule.unit else ""
    return Check(
        rule,
        value,
        passed,
        f"{MEASURES[rule.measure][1]} {shown}{unit} {_verdict(rule, too_low, too_high)}",
    )


def _verdict(rule: Rule, too_low: bool, too_high: bool) -> str:
    lowest = "" if rule.minimum is None else _limit(rule.minimum)
    highest = "" if rule.maximum is None else _limit(rule.maximum)
    if too_low:
        return f"is below {lowest}"
    if too_high:
        return f"is above {highest}"
    if lowest and highest:
        return f"is {lowest}" if lowest == highest else f"is within {lowest}…{highest}"
    return f"is at least {lowest}" if lowest else f"is at most {highest}"


def _limit(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _shown(value: float, digits: int) -> str:
    text = f"{value:.0f}" if value == int(value) else f"{value:.{digits}f}"
    return text.replace("-", "−")


def _stated_kbps(source: str | Path | bytes, heard: _Heard) -> float | None:
    if heard.format != "mp3":
        return None
    mp3 = untyped("mutagen.mp3")
    try:
        info = mp3.MP3(BytesIO(source) if isinstance(source, bytes) else str(source)).info
    except mp3.HeaderNotFoundError:
        return None
    kbps = float(info.bitrate) / 1000
    if info.bitrate_mode == mp3.BitrateMode.CBR:
        # mutagen divides size by length; frames are whole bytes, so that is a little off.
        return min(mp3_table(heard.rate_hz), key=lambda legal: abs(legal - kbps))
    return round(kbps, 1)
