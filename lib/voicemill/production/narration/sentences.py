"""Sentences: each made once, kept without loss, and taken from there whenever it is needed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby

from voicemill.audio import Clip, encode_clip, master, speech_bounds
from voicemill.audio.trimming import KEPT_AFTER_S, KEPT_BEFORE_S
from voicemill.catalog import AudioSource, Claim, FileName
from voicemill.catalog.audio_source import PART, Stored
from voicemill.errors import CannotSpeak, ItemInMaking
from voicemill.production import signs
from voicemill.production.job import Job
from voicemill.production.narration.casting import SENTENCE, SpokenLine
from voicemill.production.workshop import Workshop
from voicemill.speech.engine import Speech


def kept_sentences(
    lines: Sequence[SpokenLine], job: Job, shop: Workshop, told: Callable[[str], None]
) -> dict[str, AudioSource]:
    """Return fingerprint → source of all lines.

    What exists whole for any page is taken over. told: hears which voice is about to speak.
    Raises ItemInMaking when another page or run is at one of them (all others are made
    first), SpeechError, StoreError, CatalogError.
    """
    wanted = {spoken.fingerprint: spoken for spoken in lines}
    kept = _found(list(wanted), job, shop)
    missing = [spoken for name, spoken in wanted.items() if name not in kept]
    missing.sort(key=_voice_of)  # those of one voice together need fewest requests
    for voice_id, group in groupby(missing, key=_voice_of):
        told(voice_id)
        kept |= _made(list(group), job, shop)
    if missing:  # that took its time, in which somebody may have removed a file
        kept = {name: one for name, one in kept.items() if _is_whole(one, shop)}
        kept |= _found([name for name in wanted if name not in kept], job, shop)
    if len(kept) < len(wanted):
        raise ItemInMaking("one of its sentences is being made elsewhere", where=job.place)
    _keep_longer(kept, shop)
    return kept


def made_for(source: AudioSource, job: Job) -> bool:
    """Whether this very job made a sentence, at this try or an earlier one."""
    return bool(source.metadata["made_for"] == _mark(job))


def kept_before(fingerprints: Sequence[str], shop: Workshop) -> set[str]:
    """Return those of some fingerprints whose sentences exist, by what the catalog says."""
    now = datetime.now(UTC)
    stored = shop.catalog.sources.stored(fingerprints)
    return {
        name
        for name, sources in stored.items()
        if any(one.cached_until is None or one.cached_until > now for one in sources)
    }


def clip_of(file: str, shop: Workshop) -> Clip:
    """Return a kept sentence. Raises StoreError when its file is not there."""
    from io import BytesIO

    from voicemill.audio import read_clip

    return read_clip(BytesIO(shop.store.read(file)))


def _found(names: Sequence[str], job: Job, shop: Workshop) -> dict[str, AudioSource]:
    stored = shop.catalog.sources.stored(names)
    ids: dict[str, int] = {}
    for name, sources in stored.items():
        for one in sorted(sources, key=lambda one: one.item_id != job.item_id):
            good = job.accepts(one) and _is_whole(one, shop)
            mine = _made_mine(one, job, shop) if good else None
            if mine is not None:
                ids[name] = mine
                break
    by_id = shop.catalog.sources.by_ids(ids.values())
    return {name: by_id[source_id] for name, source_id in ids.items() if source_id in by_id}


def _is_whole(one: Stored | AudioSource, shop: Workshop) -> bool:
    return shop.store.size(one.file) == one.size_bytes


def _made_mine(stored: Stored, job: Job, shop: Workshop) -> int | None:
    """Share another item's sentence, so that its file stays as long as this page needs it."""
    if stored.item_id == job.item_id:
        return stored.id
    return shop.catalog.sources.share(stored.id, stored.file, job.item_id)


def _made(lines: Sequence[SpokenLine], job: Job, shop: Workshop) -> dict[str, AudioSource]:
    """Make those lines of one voice that nobody else is at; returns these, and what appeared."""
    claimed = {spoken.fingerprint for spoken in lines if _claimed(spoken, job, shop)}
    # Another page may have finished one between our look into the catalog and our claim.
    appeared = _found(sorted(claimed), job, shop)
    mine = [spoken for spoken in lines if spoken.fingerprint in claimed - appeared.keys()]
    return appeared | _make(mine, job, shop)


def _claimed(spoken: SpokenLine, job: Job, shop: Workshop) -> bool:
    claim = Claim(spoken.fingerprint, job.run_id, job.position, job.place)
    return shop.catalog.claims.take(claim)


def _make(lines: Sequence[SpokenLine], job: Job, shop: Workshop) -> dict[str, AudioSource]:
    """Speak sentences of one voice, in as few requests as it allows, and keep each at once."""
    made: dict[str, AudioSource] = {}
    if not lines:
        return made
    utterances = [spoken.saying.utterances[0] for spoken in lines]
    speeches = shop.engines.speak_together(utterances, lines[0].voice)
    for spoken in lines:
        _need_claims(job, shop)
        made[spoken.fingerprint] = _keep(spoken, next(speeches), job, shop)
        signs.give()
    return made


def _need_claims(job: Job, shop: Workshop) -> None:
    """End a page that was cut off meanwhile: its sentences are anybody's to make now."""
    if all(claim.position != job.position for claim in shop.catalog.claims.of_run(job.run_id)):
        raise ItemInMaking("its claims were given back", where=job.place)


def _keep(spoken: SpokenLine, speech: Speech, job: Job, shop: Workshop) -> AudioSource:
    clip, cut_s = _close(speech, spoken)
    data = encode_clip(master(clip, SENTENCE), SENTENCE.encoding.complete(clip.rate_hz))
    checksum = hashlib.sha256(data).hexdigest()
    file = FileName(
        collection=f"{job.collection} sentences",
        key=job.key,
        hint="",
        voice_name=spoken.voice.name,
        checksum=checksum,
        extension=SENTENCE.encoding.format,
    ).path()
    shop.store.write(file, data)
    source = AudioSource(
        item_id=job.item_id,
        source_type=PART,
        voice=spoken.voice.id,
        language=spoken.voice.language or job.language,
        file=file,
        format=SENTENCE.encoding.format,
        duration_s=clip.duration_s,
        size_bytes=len(data),
        checksum=checksum,
        fingerprint=spoken.fingerprint,
        profile=SENTENCE.name,
        metadata={
            "text": spoken.line.text,
            "spoken": str(spoken.saying),
            "made_for": _mark(job),
            "words": [
                [round(max(cue.start_s - cut_s, 0.0), 3), round(cue.end_s - cut_s, 3), cue.text]
                for cue in speech.cues
                if cue.kind == "word" and cue.end_s > cut_s
            ],
        },
        licence=shop.settings.audio.licence,
        origin=shop.engines.version(spoken.voice),
        cached_until=shop.speech_until,
    )
    recorded = shop.catalog.sources.record(source, Claim(spoken.fingerprint, job.run_id, 0))
    if recorded.replaced:
        shop.store.delete(recorded.replaced)
    return replace(source, id=recorded.id)


def _close(speech: Speech, spoken: SpokenLine) -> tuple[Clip, float]:
    """Return the speech cut close at both ends, and how much went at its start, in seconds."""
    clip = Clip(speech.samples, speech.rate_hz)
    bounds = speech_bounds(clip, SENTENCE.trim_below_db)
    if bounds is None:
        raise CannotSpeak(
            f"nothing audible came out for “{spoken.line.text}”", where=spoken.voice.id
        )
    start = max(0, bounds[0] - round(KEPT_BEFORE_S * clip.rate_hz))
    stop = min(len(clip), bounds[1] + round(KEPT_AFTER_S * clip.rate_hz))
    return clip.between(start, stop), start / clip.rate_hz


def _voice_of(spoken: SpokenLine) -> str:
    return spoken.voice.id


def _mark(job: Job) -> str:
    return f"{job.run_id} {job.position}"


def _keep_longer(kept: dict[str, AudioSource], shop: Workshop) -> None:
    """Let sentences live as long as the page that is made of them now."""
    shop.catalog.sources.keep_until([source.id or 0 for source in kept.values()], shop.speech_until)
