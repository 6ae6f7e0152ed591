"""ID3v2.3, the tags of MP3 (and of WAV, in a chunk)."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from voicemill.audio.languages import UNDETERMINED, iso_639_2
from voicemill.audio.mutagens import untyped
from voicemill.audio.sniffing import picture_mime

_FRAMES = {"title": "TIT2", "album": "TALB", "artist": "TPE1", "genre": "TCON"}
# ID3's language is of three letters and its addresses are of Latin letters only; the full
# values go into frames of our own naming.
_EXTRA = {"language": "LANGUAGE", "source": "SOURCE", "licence": "LICENSE"}
_ADDRESSES = {"source": "WOAS", "licence": "WCOP"}

_LATIN_1, _UTF_16 = 0, 1


def to_mp3(data: bytes, texts: dict[str, str], artwork: bytes | None) -> bytes:
    """Return the MP3 with these tags only: ID3v2.3 in front, no ID3v1 behind."""
    target = BytesIO()
    tags = _frames(texts, artwork)
    if tags:
        tags.save(target, v2_version=3, v1=0, padding=lambda _info: 0)
    return target.getvalue() + _bare(data)


def from_mp3(data: bytes) -> tuple[dict[str, str], bytes | None]:
    """Return (texts by field, artwork) of an MP3's tags."""
    id3 = untyped("mutagen.id3")
    try:
        return texts_of(id3.ID3(BytesIO(data)))
    except id3.ID3NoHeaderError:
        return {}, None


def to_wav(data: bytes, texts: dict[str, str], artwork: bytes | None) -> bytes:
    """Return the WAV with these tags only, as an ID3v2.3 chunk."""
    stream = BytesIO(data)
    file = untyped("mutagen.wave").WAVE(stream)
    if file.tags is None:
        file.add_tags()
    file.tags.clear()
    file.tags.update(_frames(texts, artwork))
    stream.seek(0)
    file.save(stream, v2_version=3, padding=lambda _info: 0)
    return stream.getvalue()


def texts_of(tags: Any) -> tuple[dict[str, str], bytes | None]:
    """Return (texts by field, artwork) of mutagen's ID3 tags, None for no tags."""
    if tags is None:
        return {}, None
    texts = {field: str(tags[name]) for field, name in _FRAMES.items() if name in tags}
    if "TRCK" in tags:
        number, _, total = str(tags["TRCK"]).partition("/")
        texts |= {"track": number} | ({"track_total": total} if total else {})
    if "TLAN" in tags:
        texts["language"] = str(tags["TLAN"])
    for field, name in _ADDRESSES.items():
        addresses = tags.getall(name)
        texts |= {field: addresses[0].url} if addresses else {}
    for field, name in _EXTRA.items():
        if f"TXXX:{name}" in tags:
            texts[field] = str(tags[f"TXXX:{name}"])
    comments = tags.getall("COMM")
    texts |= {"comment": str(comments[0])} if comments else {}
    pictures = tags.getall("APIC")
    return texts, pictures[0].data if pictures else None


def _frames(texts: dict[str, str], artwork: bytes | None) -> Any:
    id3 = untyped("mutagen.id3")
    tags = id3.ID3()
    for field, name in _FRAMES.items():
        if field in texts:
            frame = getattr(id3, name)
            tags.add(frame(encoding=_encoding(texts[field]), text=[texts[field]]))
    language = iso_639_2(texts.get("language"))
    if "track" in texts:
        number = "/".join(texts[field] for field in ("track", "track_total") if field in texts)
        tags.add(id3.TRCK(encoding=_LATIN_1, text=[number]))
    if language != UNDETERMINED:
        tags.add(id3.TLAN(encoding=_LATIN_1, text=[language]))
    for field, name in _EXTRA.items():
        if field in texts:
            text = texts[field]
            tags.add(id3.TXXX(encoding=_encoding(text), desc=name, text=[text]))
            if field in _ADDRESSES and _is_address(text):
                tags.add(getattr(id3, _ADDRESSES[field])(url=text))
    if "comment" in texts:
        # Players look for 'eng' where the comment's language is not known.
        spoken = language if language != UNDETERMINED else "eng"
        text = texts["comment"]
        tags.add(id3.COMM(encoding=_encoding(text), lang=spoken, desc="", text=[text]))
    if artwork is not None:
        mime = picture_mime(artwork) or ""
        cover = id3.PictureType.COVER_FRONT
        tags.add(id3.APIC(encoding=_LATIN_1, mime=mime, type=cover, desc="", data=artwork))
    return tags


def _encoding(text: str) -> int:
    # ID3v2.3 has no UTF-8. Latin-1 where it suffices keeps a short clip's tags small.
    return _LATIN_1 if text.isascii() else _UTF_16


def _is_address(text: str) -> bool:
    return text.isascii() and urlsplit(text).scheme in ("http", "https") and " " not in text


def _bare(data: bytes) -> bytes:
    start = id3v2_size(data)
    stop = len(data) - 128 if data[-128:-125] == b"TAG" else len(data)
    return data[start:stop]


def id3v2_size(data: bytes) -> int:
    """Return how many bytes of ID3v2 tag precede the sound, 0 for none."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    # Four bytes of seven bits each (ID3v2.3, section 3.1).
    shifts = (21, 14, 7, 0)
    return 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], shifts, strict=True))
