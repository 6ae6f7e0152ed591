"""An audio source: one file of one item, as the catalog knows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

NATIVE, TTS, GENERATED = "native", "tts", "generated"
SOURCE_TYPES = (NATIVE, TTS, GENERATED)  # best first
PART = "part"  # a sentence of an item: kept to be joined, never played for the item


@dataclass(frozen=True, slots=True)
class AudioSource:
    """One file of one item.

    source_type: native (a person), tts (produced), generated (made for a comparison), or part
    (a sentence of a page).
    file: its path in the store.  origin: where it came from, such as a recording's file name.
    approved_checksum: the file a person approved; another one must be judged again.
    cached_until: None means it never expires; nor do native and approved sources.
    asked: of an item's sources, the one with the highest was asked for last.
    """

    item_id: int
    source_type: str
    file: str
    format: str
    duration_s: float
    size_bytes: int
    checksum: str
    fingerprint: str
    voice: str = ""
    language: str = ""
    profile: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    licence: str = ""
    attribution: str = ""
    origin: str = ""
    approved_checksum: str = ""
    cached_until: datetime | None = None
    id: int | None = None
    asked: int = 0
    plays: int = 0
    last_played_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def approved(self) -> bool:
        """Whether a person approved this very file."""
        return bool(self.checksum) and self.approved_checksum == self.checksum

    @property
    def kept(self) -> bool:
        """Whether it never expires and no clean-up takes it: people's work and judgement."""
        return self.source_type == "native" or self.approved

    def expired(self, now: datetime) -> bool:
        """Whether its time has run out."""
        return not self.kept and self.cached_until is not None and self.cached_until <= now


@dataclass(frozen=True, slots=True)
class Stored:
    """What planning needs to know of a source: whose it is, where, and whether still good."""

    id: int
    item_id: int
    collection: str
    key: str
    voice: str
    fingerprint: str
    file: str
    size_bytes: int
    source_type: str
    updated_at: datetime
    cached_until: datetime | None  # None as well for what is kept for good


@dataclass(frozen=True)
class Recorded:
    """A source's id, and the file that it replaced if nothing else uses that any more."""

    id: int
    replaced: str
