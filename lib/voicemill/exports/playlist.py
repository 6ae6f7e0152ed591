"""A playlist: the files of a book in order, for players that are given a folder."""

from __future__ import annotations

from collections.abc import Sequence

from voicemill.exports.result import ExportedFile

PLAYLIST = "playlist.m3u8"


def playlist_of(title: str, files: Sequence[ExportedFile]) -> str:
    """Return files as extended M3U in UTF-8, with names relative to the playlist.

    Seconds are whole numbers, rounded up: older players stop at a point.
    """
    lines = ["#EXTM3U", f"#PLAYLIST:{title}"]
    for file in files:
        lines += [f"#EXTINF:{-int(-file.duration_s // 1)},{file.title}", file.path.name]
    return "\n".join([*lines, ""])
