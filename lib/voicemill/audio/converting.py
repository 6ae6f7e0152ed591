"""From one kind of file to another."""

from __future__ import annotations

from pathlib import Path

from voicemill.audio.codecs import encode_clip, read_clip
from voicemill.audio.encoding import FORMATS, Encoding
from voicemill.audio.tags import apply_tags, read_tags
from voicemill.errors import AudioError, UnknownName
from voicemill.whole_files import write_whole


def convert(source: str | Path, target: str | Path, encoding: Encoding | None = None) -> Path:
    """Convert an audio file to another format; return the target's path.

    The target's suffix says the format: .mp3, .wav, .flac, .ogg, .opus, .m4a. encoding may say
    more (rate, bitrate, depth) and must be of that format. The result is mono and carries the
    source's tags. It appears whole or not at all, over a file of that name.
    Raises UnreadableAudio for the source, UnknownName for the suffix, AudioError when the
    target cannot be written.
    """
    target = Path(target)
    suffix = target.suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        raise UnknownName("audio format", suffix, FORMATS, where=str(target))
    chosen = encoding or Encoding(suffix)
    if chosen.format != suffix:
        raise AudioError(
            f"the name ends in .{suffix} but the encoding is {chosen.format}",
            where=str(target),
            remedy="Let both say the same.",
        )
    data = encode_clip(read_clip(source), chosen)
    _write_whole(target, apply_tags(data, suffix, read_tags(source)))
    return target


def _write_whole(target: Path, data: bytes) -> None:
    try:
        write_whole(target, data)
    except OSError as problem:
        raise AudioError(
            f"it cannot be written ({problem.strerror})",
            where=str(target),
            remedy="Check that the folder exists, may be written, and has room.",
        ) from problem
