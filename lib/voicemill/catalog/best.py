"""Which audio is played for an item, and why not something better."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from voicemill.catalog.audio_source import SOURCE_TYPES, AudioSource
from voicemill.catalog.items import Item
from voicemill.catalog.sources import Sources
from voicemill.catalog.store import Store


@dataclass(frozen=True)
class BestAudio:
    """The answer to "what shall be played for this item".

    source_type: native, tts, generated, web_speech or none.
    status: success (the best kind there is), fallback (something lesser; `why` says why), or
    failed (nothing at all).  text and language: what the browser's own speech should say.
    """

    source_type: str
    status: str
    why: str
    file: str = ""
    text: str = ""
    language: str = ""
    source: AudioSource | None = None


def best_audio(wanted: Item, sources: Sources, store: Store, *, refresh: bool = False) -> BestAudio:
    """Choose what to play: preferred, native, tts, generated, the browser's speech, nothing.

    Of several of a kind, the one that was asked for last.
    Expired sources and those whose file is gone are passed over, and `why` says so.
    refresh: look past every produced file, to native recordings or the browser only.
    """
    now = datetime.now(UTC)
    passed_over: list[str] = []
    for source in by_preference(sources.of_item(wanted.id), wanted):
        problem = _problem(source, store, now, refresh=refresh)
        if problem:
            passed_over.append(f"{_label(source)} {problem}")
            continue
        preferred = source.id == wanted.preferred_source_id
        why = [*passed_over, f"{_label(source)} is {'preferred' if preferred else 'the best'}"]
        status = "fallback" if passed_over else "success"
        kind = source.source_type
        return BestAudio(kind, status, "; ".join(why), source.file, source=source)
    if not passed_over:
        passed_over.append("no audio has been made")
    if wanted.text:
        why_not = "; ".join([*passed_over, "the browser can say the text"])
        return BestAudio(
            "web_speech", "fallback", why_not, text=wanted.text, language=wanted.language
        )
    return BestAudio("none", "failed", "; ".join([*passed_over, "there is no text to say"]))


def by_preference(sources: Iterable[AudioSource], wanted: Item) -> list[AudioSource]:
    """Return an item's sources in the order in which they are played."""
    return sorted(
        sources,
        key=lambda source: (
            source.id != wanted.preferred_source_id,
            SOURCE_TYPES.index(source.source_type),
            not _says(source, wanted),
            -source.asked,
            -(source.id or 0),
        ),
    )


def _says(source: AudioSource, wanted: Item) -> bool:
    """Whether it is of the text as it is now, as far as is known: of a page it is."""
    return bool(source.metadata.get("page", {}).get("text", wanted.text) == wanted.text)


def _problem(source: AudioSource, store: Store, now: datetime, *, refresh: bool) -> str:
    if refresh and source.source_type != "native":
        return "was passed over to refresh"
    if source.expired(now):
        return f"expired on {source.cached_until:%Y-%m-%d}"
    size = store.size(source.file)
    if size is None:
        return "has lost its file"
    if size != source.size_bytes:
        return "has a damaged file"
    return ""


def _label(source: AudioSource) -> str:
    return f"{source.source_type} {source.voice}".strip()
