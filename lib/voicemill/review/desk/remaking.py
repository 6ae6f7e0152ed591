"""A clip made again, or recorded by a person, beside the one there is: heard before it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from voicemill.audio import Encoding, encode_clip
from voicemill.catalog import AudioSource, Item
from voicemill.catalog.best import by_preference
from voicemill.catalog.upkeep import delete_unused
from voicemill.errors import AudioError, ItemError, ParameterError
from voicemill.production.job import Request
from voicemill.production.other_takes import takes_beside
from voicemill.production.recordings.hearing import hear
from voicemill.production.recordings.importing import Origin, add_recording
from voicemill.production.single import make_one
from voicemill.production.workshop import Workshop
from voicemill.review.checks import Finding, check_source, worst
from voicemill.review.desk.clips import played_first
from voicemill.speech.engine import Delivery
from voicemill.speech.words import Entry, Lexicon

SHORTEST_S = 0.05  # of what is left of a recording


@dataclass(frozen=True)
class Wanted:
    """How a clip is to be made again; what is left empty stays as it was.

    voice: engine:name.  rate: "-20%".  term: the word of its text to be said otherwise, empty
    for all of it.  respelling: how, in letters, or as /IPA/ between slashes.  takes: how many
    are made at most, to keep the best understood; the others are heard beside it.
    """

    voice: str = ""
    rate: str = ""
    term: str = ""
    respelling: str = ""
    takes: str = ""


@dataclass(frozen=True)
class Candidate:
    """A clip to be compared with the one that is played.

    new: it did not exist before.  held: the source that was set as preferred so that the new
    one is not played anywhere before somebody kept it; None if that was not needed.
    """

    source: AudioSource
    new: bool
    held: int | None


def make_again(item: Item, wanted: Wanted, shop: Workshop) -> Candidate:
    """Make another clip of an item; what is played for it stays until the new one is kept.

    Raises ItemLocked, ItemEmpty, ItemError, UnknownName, ParameterError, or why it cannot be
    spoken.
    """
    catalog = shop.catalog
    before = by_preference(catalog.sources.of_item(item.id), item)
    played = played_first(before, datetime.now(UTC))
    request = _request(item, played, wanted, shop)
    held = _hold(item, played, shop)
    try:
        source = make_one(item.collection, item.key, request, _told(item, request, wanted, shop))
    except BaseException:
        release(item, held, shop)
        raise
    new = source.id not in {one.id for one in before}
    if not new:
        if played is not None and played.id is not None:
            catalog.sources.ask_for([played.id])  # it is still what is played
        release(item, held, shop)
    return Candidate(source, new, held if new else None)


def checked(item: Item, source: AudioSource, shop: Workshop) -> str:
    """Let the machine listen to a new clip as it did to those beside it; what it complains of.

    Where none of them was checked, this one is not either.
    """
    catalog = shop.catalog
    beside = [one.checksum for one in catalog.sources.of_item(item.id) if one.id != source.id]
    if not catalog.heard.of(beside):
        return ""
    bad = worst([Finding(**one) for one in check_source(item, source, shop).findings])
    return bad.sentence if bad else ""


def discard(item: Item, candidate: Candidate, shop: Workshop) -> None:
    """Forget a clip that was not liked, with its other takes; what was played stays."""
    release(item, candidate.held, shop)
    if candidate.new:
        beside = takes_beside(candidate.source, shop.catalog.sources.of_item(item.id))
        remove([candidate.source, *(one for one in beside if not one.kept)], shop)


def remove(sources: Iterable[AudioSource], shop: Workshop) -> None:
    """Remove sources, and the files that nothing else uses."""
    files = shop.catalog.sources.remove(one.id for one in sources if one.id is not None)
    delete_unused(shop.catalog, shop.store, files)


def release(item: Item, held: int | None, shop: Workshop) -> None:
    """Let the best source be played again, unless somebody has chosen another one meanwhile."""
    if held is None:
        return
    now = shop.catalog.items.get(item.collection, item.key)
    if now.preferred_source_id == held:
        shop.catalog.items.prefer(item.collection, item.key, None)


def keep_recording(
    item: Item, data: bytes, ends_s: tuple[float, float], origin: Origin, shop: Workshop
) -> AudioSource:
    """Keep what a person recorded, from the first to the second moment (seconds).

    data: as the browser gives it.  Raises ItemLocked, UnreadableAudio, AudioError (nothing
    left), MasteringError (silence), StoreError, CatalogError.
    """
    clip = hear(data, origin.came_from).clip
    start, stop = (round(moment_s * clip.rate_hz) for moment_s in ends_s)
    cut = clip.between(max(start, 0), min(stop, len(clip)) if stop > 0 else len(clip))
    if cut.duration_s < SHORTEST_S:
        raise AudioError(
            "nothing is left of this recording",
            where=origin.came_from,
            remedy="Move its ends apart, or record again",
        )
    wav = encode_clip(cut, Encoding("wav"))
    return add_recording(wav, item, shop, origin)


def _request(item: Item, played: AudioSource | None, wanted: Wanted, shop: Workshop) -> Request:
    """Return how the item was asked for last, with what is wanted otherwise."""
    request = _last(item, shop)
    narration = played.metadata.get("page", {}).get("narration", "") if played else ""
    delivery = request.delivery
    if wanted.rate.strip():
        delivery = replace(delivery, rate_percent=Delivery.parse(wanted.rate).rate_percent)
    voices = (wanted.voice.strip(),) if wanted.voice.strip() else request.voices
    if wanted.respelling.strip() and request.say == "phoneme" and item.sound:
        raise ItemError(
            "what is said here is a sound, which has no spelling",
            where=f"{item.collection} '{item.key}'",
            remedy="Leave the respelling empty, or produce the table with say = 'word'",
        )
    return replace(
        request,
        voices=voices,
        delivery=delivery,
        narration=narration or request.narration,
        takes=_takes(wanted.takes) if wanted.takes.strip() else request.takes,
        fallback=not wanted.voice.strip() and request.fallback,
        force=False,
    )


def _takes(number: str) -> int:
    try:
        return int(number)
    except ValueError:
        raise ParameterError(
            f"'{number}' is no number of takes", where="takes", remedy="Write one such as 5"
        ) from None


def _last(item: Item, shop: Workshop) -> Request:
    """Return the item's newest request; of runs of the first Voicemill, and without, the usual."""
    last = shop.catalog.runs.last_requests(item.collection)
    parameters, index = last.get((item.collection, item.key), ({}, 0))
    requests = parameters.get("requests", [])
    if index < len(requests):
        return Request.from_dict(requests[index])
    return Request.usual(shop.settings)


def _told(item: Item, request: Request, wanted: Wanted, shop: Workshop) -> Workshop:
    """Return the workshop with one more entry in its lexicon: this respelling, for this clip."""
    respelling = wanted.respelling.strip()
    if not respelling:
        return shop
    term = wanted.term.strip() or item.text.strip()
    if term.casefold() not in item.text.casefold():
        raise ItemError(
            f"'{term}' is not in its text",
            where=f"{item.collection} '{item.key}'",
            remedy="Write a word of the text, or leave it empty for the whole",
        )
    is_ipa = len(respelling) > 2 and respelling.startswith("/") and respelling.endswith("/")
    entry = (
        Entry(term, "*", ipa=respelling.strip("/"))
        if is_ipa
        else Entry(term, "*", respelling=respelling)
    )
    others = tuple(one for one in shop.lexicon.entries if one.term != term)
    return replace(shop, lexicon=Lexicon((entry, *others)))


def _hold(item: Item, played: AudioSource | None, shop: Workshop) -> int | None:
    """Set as preferred what is played now, where a newer clip would take its place by itself."""
    if item.preferred_source_id is not None or played is None or played.source_type == "native":
        return None
    shop.catalog.items.prefer(item.collection, item.key, played.id)
    return played.id
