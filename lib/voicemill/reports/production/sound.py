"""Clips small enough for a page: compressed, inside it up to a limit, beside it beyond."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import quote

from voicemill.audio import MIME_TYPES, Clip, Encoding, encode_clip, read_clip
from voicemill.errors import VoicemillError
from voicemill.production.workshop import Workshop
from voicemill.reports.players import on_paper
from voicemill.review.listening import outline
from voicemill.whole_files import save_whole

# Speech is clear at this rate and bitrate, and every browser plays MP3: 6 kB a second.
_SMALL = Encoding("mp3", rate_hz=24_000, bitrate_kbps=48)
_SMALL_ENOUGH_BYTES_PER_S = 12_000  # a lossy clip up to 96 kbps stays as it is
_PLAYED_EVERYWHERE = ("mp3", "m4a")
_POINTS = 90
_BASE64 = 4 / 3


@dataclass
class Sounds:
    """Hands out players, and keeps count of how much sound is in the page.

    limit_bytes: how much sound the page may carry, as it is written in it.  folder: where what
    is beyond goes, None where a page could not find it; the page lies beside this folder.
    """

    shop: Workshop
    limit_bytes: int
    folder: Path | None
    embedded_bytes: int = 0
    embedded: int = 0
    linked: int = 0
    left_out: int = 0
    _written: set[str] = field(default_factory=set)

    def player(self, file: str, label: str) -> tuple[str, str]:
        """Return a player of a stored file and the outline of its sound, as HTML.

        Where it cannot be read, the sentence that says why stands in the player's place.
        """
        try:
            data = self.shop.store.read(file)
            clip = read_clip(data)
        except VoicemillError as error:
            return f'<span class="vm-wrong">{escape(str(error))}</span>', ""
        kind = file.rpartition(".")[2]
        if kind not in _PLAYED_EVERYWHERE or len(data) > _SMALL_ENOUGH_BYTES_PER_S * len(clip) / (
            clip.rate_hz
        ):
            data, kind = encode_clip(clip, _SMALL), "mp3"
        name = Path(file).name
        return self._placed(data, kind, label, name) + on_paper(escape(name)), _wave(clip)

    def told(self) -> str:
        """Say where the sound is, "" when there is none."""
        limit = f"{self.limit_bytes / 1e6:g} MB"
        if self.linked:
            return (
                f"This page carries up to {limit} of sound; {self.linked} more clips lie in the "
                f"folder {self.folder.name if self.folder else ''}, which belongs beside it."
            )
        if self.left_out:
            return (
                f"This page carries up to {limit} of sound; {self.left_out} more clips are "
                "given by their file in the store."
            )
        return "All sound is inside this page." if self.embedded else ""

    def _placed(self, data: bytes, kind: str, label: str, name: str) -> str:
        size = int(len(data) * _BASE64)
        if self.embedded_bytes + size <= self.limit_bytes:
            self.embedded_bytes += size
            self.embedded += 1
            encoded = base64.b64encode(data).decode()
            return _audio(f"data:{MIME_TYPES[kind]};base64,{encoded}", label)
        if self.folder is None:
            self.left_out += 1
            return f'<span class="vm-file">{escape(name)}</span>'
        self.linked += 1
        file = f"{hashlib.sha256(data).hexdigest()[:16]}.{kind}"
        self._write(self.folder, file, data)
        return _audio(f"{quote(self.folder.name)}/{file}", label)

    def _write(self, folder: Path, name: str, data: bytes) -> None:
        if name in self._written:
            return
        remedy = "Check that there is room, or raise audio_limit_mb"
        save_whole(folder / name, data, "a clip of the report", remedy)
        self._written.add(name)


def _audio(src: str, label: str) -> str:
    return (
        f'<audio controls preload="none" aria-label="{escape(label)}" src="{escape(src)}"></audio>'
    )


def _wave(clip: Clip) -> str:
    return (
        f'<svg class="vm-wave" viewBox="0 0 {_POINTS - 1} 40" preserveAspectRatio="none" '
        f'role="img" aria-label="waveform">{outline(clip, _POINTS)}</svg>'
    )
