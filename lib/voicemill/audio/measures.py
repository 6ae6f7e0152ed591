"""Measures of a finished file, taken after decoding it, and the checks of its profile's rules."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from voicemill.audio.clip import Clip
from voicemill.audio.codecs import Decoded, decode
from voicemill.audio.encoding import mp3_table
from voicemill.audio.loudness import loudness_lufs, noise_db, peak_dbfs, rms_db
from voicemill.audio.mutagens import untyped
from voicemill.audio.peaks import true_peak_dbtp
from voicemill.audio.profiles import MEASURES, Profile, Rule
from voicemill.audio.trimming import speech_bounds


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

    Raises UnreadableAudio for what is no audio.
    """
    decoded = decode(source)
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    measures = measured(decoded, size, _stated_kbps(source, decoded))
    return measures, checked(measures, profile)


def measured(decoded: Decoded, size_bytes: int, bitrate_kbps: float | None) -> Measures:
    """Return the measures of decoded audio; without a bitrate, it is size ÷ duration."""
    clip = decoded.clip
    head_s, tail_s = _silence_around(clip)
    return Measures(
        duration_s=clip.duration_s,
        rate_hz=clip.rate_hz,
        channels=decoded.channels,
        bitrate_kbps=bitrate_kbps or round(size_bytes * 8 / clip.duration_s / 1000, 1),
        loudness_lufs=loudness_lufs(clip),
        peak_dbtp=true_peak_dbtp(clip),
        peak_dbfs=peak_dbfs(clip),
        rms_db=rms_db(clip),
        noise_db=noise_db(clip),
        head_s=head_s,
        tail_s=tail_s,
        size_bytes=size_bytes,
    )


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


def _silence_around(clip: Clip) -> tuple[float, float]:
    bounds = speech_bounds(clip)
    if bounds is None:
        return clip.duration_s, 0.0
    return bounds[0] / clip.rate_hz, (len(clip) - bounds[1]) / clip.rate_hz


def _stated_kbps(source: str | Path | bytes, decoded: Decoded) -> float | None:
    if decoded.format != "mp3":
        return None
    mp3 = untyped("mutagen.mp3")
    try:
        info = mp3.MP3(BytesIO(source) if isinstance(source, bytes) else str(source)).info
    except mp3.HeaderNotFoundError:
        return None
    kbps = float(info.bitrate) / 1000
    if info.bitrate_mode == mp3.BitrateMode.CBR:
        # mutagen divides size by length; frames are whole bytes, so that is a little off.
        return min(mp3_table(decoded.clip.rate_hz), key=lambda legal: abs(legal - kbps))
    return round(kbps, 1)
