"""What bytes seem to be, by their first few, for choosing a decoder and for error messages."""

from __future__ import annotations

# (offset, bytes, name). Order matters only where one begins like another.
_AUDIO = (
    (0, b"RIFF", "wav"),
    (0, b"RF64", "wav"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (0, b"ID3", "mp3"),
    (0, b"FORM", "aiff"),
    (0, b"caff", "caf"),
    (0, b".snd", "au"),
    (4, b"ftyp", "m4a"),
    (0, b"\x1aE\xdf\xa3", "webm"),
)
_OTHER = (
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive or an Office document"),
    (0, b"\x89PNG", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"version https://git-lfs", "a Git LFS pointer, not the file itself"),
)


def audio_kind(head: bytes) -> str | None:
    """Return the container or codec that `head` (the first bytes of a file) begins, or None."""
    for offset, mark, name in _AUDIO:
        if head[offset : offset + len(mark)] == mark:
            return name
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x18 != 0x08:
        # MPEG sync word; layer bits 00 are AAC in ADTS frames.
        return "aac" if head[1] & 0x06 == 0 else "mp3"
    return None


def picture_mime(data: bytes) -> str | None:
    """Return the media type of a PNG or JPEG by its first bytes, None for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/jpeg" if data.startswith(b"\xff\xd8\xff") else None


def seems_to_be(head: bytes) -> str:
    """Return what a file without audio in it seems to be, as words for a message."""
    if not head:
        return "empty"
    for offset, mark, name in _OTHER:
        if head[offset : offset + len(mark)] == mark:
            return name
    if not any(head):
        return "nothing but zeros"
    text = _as_text(head)
    return "no audio format we know" if text is None else _kind_of_text(text)


def _kind_of_text(text: str) -> str:
    start = text.lstrip("\ufeff \t\r\n").lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body")):
        return "a web page (HTML), perhaps an error page saved as audio"
    if start.startswith("<"):
        return "an XML document"
    if start.startswith(("{", "[")):
        return "JSON text, perhaps an error message saved as audio"
    return "plain text"


def _as_text(head: bytes) -> str | None:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as problem:
        if problem.start < len(head) - 3:
            return None
        # The last character is cut by our reading only the beginning.
        text = head[: problem.start].decode("utf-8")
    printable = sum(character.isprintable() or character.isspace() for character in text)
    return text if printable >= 0.95 * len(text) else None
