"""Sounds and pictures that every EPUB reader must know; all others are refused."""

from __future__ import annotations

import io
from pathlib import Path

from voicemill.audio.sniffing import picture_mime, seems_to_be
from voicemill.books.limits import PIXELS
from voicemill.errors import AudioError, BookError

# https://www.w3.org/TR/epub-33/#sec-core-media-types, by container and codec
_AUDIO = {("mp3", "mp3"): ("mp3", "audio/mpeg"), ("mp4", "aac"): ("m4a", "audio/mp4")}
_REMEDY = "Make it with a profile whose format is mp3 or m4a"


def audio_type(path: Path) -> tuple[str, str]:
    """Return ending and media type of a sound file, by its content.

    Raises AudioError when it is missing, or neither MP3 nor AAC in an MP4 file.
    """
    import av
    from av.error import FFmpegError

    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        what = f"the sound cannot be read ({error.strerror or error})"
        remedy = "Make it again, or look for the file"
        raise AudioError(what, where=str(path), remedy=remedy) from error
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            kinds = container.format.name.split(",")
            codecs = [
                stream.codec_context.codec.canonical_name for stream in container.streams.audio
            ]
    except FFmpegError as error:
        what = f"this is no sound but {seems_to_be(head)}"
        raise AudioError(what, where=str(path), remedy=_REMEDY) from error
    for kind in kinds:
        if codecs and (kind, codecs[0]) in _AUDIO:
            return _AUDIO[kind, codecs[0]]
    what = f"readers of EPUB need not know {'/'.join(codecs) or 'silence'} in {kinds[0]}"
    raise AudioError(what, where=str(path), remedy=_REMEDY)


def picture_type(data: bytes) -> tuple[str, str]:
    """Return ending and media type of a cover; raises BookError for all but PNG and JPEG."""
    from PIL import Image, UnidentifiedImageError

    mime = picture_mime(data)
    if mime is None:
        remedy = "Save it as PNG or JPEG"
        raise BookError("its cover is neither PNG nor JPEG", where="cover", remedy=remedy)
    try:
        with Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
            if width * height > PIXELS:
                what = f"its cover has {width * height:,} pixels"
                raise BookError(what, where="cover", remedy=f"Make it smaller than {PIXELS:,}")
            picture.verify()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError,
            ValueError) as error:  # fmt: skip
        what = f"its cover is damaged ({error})"
        raise BookError(what, where="cover", remedy="Save it again as PNG or JPEG") from error
    return ("png" if mime == "image/png" else "jpg"), mime
