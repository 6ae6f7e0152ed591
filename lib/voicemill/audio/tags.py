"""Tags: what a file says about itself, in the form each format has for it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from voicemill.audio import id3
from voicemill.audio.mutagens import untyped
from voicemill.audio.sniffing import audio_kind, picture_mime
from voicemill.errors import AudioError, UnknownName, UnreadableAudio


@dataclass(frozen=True)
class Tags:
    """What a file says about itself; what is None is not written.

    artist: the voice or reader. language: a BCP 47 tag ('en-US'). track, track_total: this
    file's number and how many there are. source, licence: names or addresses. artwork: the
    bytes of a PNG or JPEG.
    """

    title: str | None = None
    album: str | None = None
    artist: str | None = None
    language: str | None = None
    track: int | None = None
    track_total: int | None = None
    genre: str | None = None
    source: str | None = None
    licence: str | None = None
    comment: str | None = None
    artwork: bytes | None = None

    def __post_init__(self) -> None:
        if self.artwork is not None and picture_mime(self.artwork) is None:
            raise AudioError("the artwork is no picture", remedy="Give the bytes of a PNG or JPEG.")
        track = 1 if self.track is None else self.track
        total = track if self.track_total is None else self.track_total
        if not 1 <= track <= total:
            raise AudioError(
                f"track {self.track} of {self.track_total} cannot be", remedy="Count from 1."
            )


def apply_tags(data: bytes, audio_format: str, tags: Tags) -> bytes:
    """Return the file's bytes with these tags in place of those it had.

    MP3 and WAV get ID3v2.3 (UTF-16 text, no ID3v1), M4A gets MP4 atoms, FLAC, Ogg and Opus get
    Vorbis comments. No padding is left, so a short clip stays small.
    Raises UnknownName for another format.
    """
    writers: dict[str, Callable[[bytes, Tags], bytes]] = {
        "mp3": lambda data, tags: id3.to_mp3(data, _texts(tags), tags.artwork),
        "wav": lambda data, tags: id3.to_wav(data, _texts(tags), tags.artwork),
        "m4a": _to_mp4,
        "flac": _to_vorbis,
        "ogg": _to_vorbis,
        "opus": _to_vorbis,
    }
    if audio_format not in writers:
        raise UnknownName("audio format", audio_format, writers)
    return writers[audio_format](data, tags)


def read_tags(source: str | Path | bytes) -> Tags:
    """Return the tags of a file or its bytes; those it does not have are None.

    Raises UnreadableAudio for what is no audio file.
    """
    mutagen = untyped("mutagen")
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    where = "audio data" if isinstance(source, bytes) else str(source)
    try:
        kind = audio_kind(data[:64])
        if kind == "mp3":
            return _from_texts(*id3.from_mp3(data))
        file = _opened(data, kind)
    except mutagen.MutagenError as problem:
        raise UnreadableAudio(
            "its tags cannot be read", where=where, remedy="Fetch or make it again."
        ) from problem
    if file is None and kind is not None:
        return Tags()  # WebM and bare AAC: mutagen does not know them
    if file is None:
        raise UnreadableAudio("it is no audio file", where=where, remedy="Choose another file.")
    if kind == "wav":
        return _from_texts(*id3.texts_of(file.tags))
    return _from_mp4(file) if kind == "m4a" else _from_vorbis(file)


# mutagen.File guesses from the first bytes, tags included: a FLAC called "mp4" misleads it.
_READERS = {
    "flac": ("mutagen.flac", "FLAC"),
    "ogg": ("mutagen.oggvorbis", "OggVorbis"),
    "opus": ("mutagen.oggopus", "OggOpus"),
    "wav": ("mutagen.wave", "WAVE"),
    "m4a": ("mutagen.mp4", "MP4"),
}


def _opened(data: bytes, kind: str | None) -> Any:
    if kind == "ogg" and b"OpusHead" in data[:64]:
        kind = "opus"
    if kind not in _READERS:
        return untyped("mutagen").File(BytesIO(data))
    module, name = _READERS[kind]
    return getattr(untyped(module), name)(BytesIO(data))


# The fields that are one text each, by the name Vorbis comments have for them.
_VORBIS = {
    "title": "TITLE",
    "album": "ALBUM",
    "artist": "ARTIST",
    "language": "LANGUAGE",
    "track": "TRACKNUMBER",
    "track_total": "TRACKTOTAL",
    "genre": "GENRE",
    "source": "SOURCE",
    "licence": "LICENSE",
    "comment": "COMMENT",
}
_NUMBERS = ("track", "track_total")

_MP4 = {
    "title": "\xa9nam",
    "album": "\xa9alb",
    "artist": "\xa9ART",
    "genre": "\xa9gen",
    "comment": "\xa9cmt",
}
# MP4 has no atoms for these; freeform ones are what other taggers use too.
_MP4_FREEFORM = {
    "language": "----:com.apple.iTunes:LANGUAGE",
    "source": "----:com.apple.iTunes:SOURCE",
    "licence": "----:com.apple.iTunes:LICENSE",
}


def _texts(tags: Tags) -> dict[str, str]:
    values = {field: getattr(tags, field) for field in _VORBIS}
    return {field: str(value) for field, value in values.items() if value is not None}


def _from_texts(texts: dict[str, str], artwork: bytes | None) -> Tags:
    values: dict[str, Any] = {field: text for field, text in texts.items() if field in _VORBIS}
    for field in _NUMBERS:
        if field in values:
            values[field] = int(values[field]) if values[field].isdecimal() else None
    return Tags(**values, artwork=artwork if artwork and picture_mime(artwork) else None)


def _no_padding(_info: object) -> int:
    return 0


def _to_mp4(data: bytes, tags: Tags) -> bytes:
    mp4 = untyped("mutagen.mp4")
    stream = BytesIO(data)
    file = mp4.MP4(stream)
    file.delete(_rewound(stream))
    file = mp4.MP4(_rewound(stream))
    if file.tags is None:
        file.add_tags()
    texts = _texts(tags)
    for field, atom in _MP4.items():
        if field in texts:
            file[atom] = [texts[field]]
    for field, atom in _MP4_FREEFORM.items():
        if field in texts:
            file[atom] = [texts[field].encode()]
    if tags.track is not None:
        file["trkn"] = [(tags.track, tags.track_total or 0)]
    if tags.artwork is not None:
        png = picture_mime(tags.artwork) == "image/png"
        kind = mp4.MP4Cover.FORMAT_PNG if png else mp4.MP4Cover.FORMAT_JPEG
        file["covr"] = [mp4.MP4Cover(tags.artwork, imageformat=kind)]
    file.save(_rewound(stream), padding=_no_padding)
    return stream.getvalue()


def _from_mp4(file: Any) -> Tags:
    texts = {field: str(file[atom][0]) for field, atom in _MP4.items() if atom in file}
    for field, atom in _MP4_FREEFORM.items():
        if atom in file:
            texts[field] = bytes(file[atom][0]).decode("utf-8", "replace")
    track, total = file["trkn"][0] if "trkn" in file else (0, 0)
    texts.update({k: str(v) for k, v in (("track", track), ("track_total", total)) if v})
    return _from_texts(texts, bytes(file["covr"][0]) if "covr" in file else None)


def _to_vorbis(data: bytes, tags: Tags) -> bytes:
    mutagen = untyped("mutagen")
    stream = BytesIO(data)
    file = mutagen.File(stream)
    if file.tags is None:
        file.add_tags()
    file.tags.clear()
    for field, text in _texts(tags).items():
        file[_VORBIS[field]] = [text]
    has_pictures = hasattr(file, "add_picture")  # FLAC; in Ogg a picture is a comment
    if has_pictures:
        file.clear_pictures()
    if tags.artwork is not None:
        picture = _picture(tags.artwork)
        if has_pictures:
            file.add_picture(picture)
        else:
            file["METADATA_BLOCK_PICTURE"] = [base64.b64encode(picture.write()).decode()]
    file.save(_rewound(stream), padding=_no_padding)
    return stream.getvalue()


def _from_vorbis(file: Any) -> Tags:
    comments = file.tags or {}
    texts = {field: comments[name][0] for field, name in _VORBIS.items() if name in comments}
    pictures = list(getattr(file, "pictures", []))
    pictures += [
        untyped("mutagen.flac").Picture(base64.b64decode(p))
        for p in comments.get("METADATA_BLOCK_PICTURE", [])
    ]
    return _from_texts(texts, pictures[0].data if pictures else None)


def _picture(artwork: bytes) -> Any:
    picture = untyped("mutagen.flac").Picture()
    picture.type = untyped("mutagen.id3").PictureType.COVER_FRONT
    picture.mime = picture_mime(artwork) or ""
    picture.data = artwork
    return picture


def _rewound(stream: BytesIO) -> BytesIO:
    stream.seek(0)
    return stream
