"""Rendering: one job becomes one finished file and its row in the catalog."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import asdict

from voicemill.catalog import AudioSource, Claim, FileName
from voicemill.catalog.audio_source import GENERATED, Recorded
from voicemill.errors import CannotSpeak, ItemEmpty, ItemInMaking, SpeechError, StoreError
from voicemill.production.attempt import Attempt, Made, PassedOver
from voicemill.production.job import Job, Rendered
from voicemill.production.lone import lone_attempt
from voicemill.production.narration.page import page_attempt
from voicemill.production.other_takes import keep_beside
from voicemill.production.workshop import Workshop


def render(job: Job, shop: Workshop) -> Rendered:
    """Speak, master, encode, tag, measure, store and record one item.

    Voices are tried in the job's order. The same fingerprint is never made twice: what exists
    whole is taken over, unless the job is forced.
    Raises SpeechError when no voice could speak it, ItemInMaking when another run is at it,
    MasteringError, StoreError, CatalogError, ItemEmpty.
    """
    if not job.text.strip() and not job.sound:
        raise ItemEmpty("there is nothing to say", where=job.place, remedy="Give it a text")
    started = time.perf_counter()
    failures: list[SpeechError] = []
    passed_over: list[PassedOver] = []
    while left := _left(job, passed_over):
        attempt = None
        try:
            attempt = _attempt(job, left, passed_over, shop)
            made = take_over(job, shop, attempt.fingerprint)
            return made or _claim(attempt, job, shop, passed_over, started)
        except SpeechError as error:
            failures.append(error)
            failed = attempt.speaking if attempt else left[0]
            passed_over.append(PassedOver(failed, type(error).__name__, error.what))
            if not job.fallback:
                break
    raise _nobody(failures, job)


def take_over(job: Job, shop: Workshop, name: str) -> Rendered | None:
    """Give the item the audio of fingerprint `name`, if it exists whole for any item.

    A forced job takes over only what was made since its run began.
    """
    sources = shop.catalog.sources
    for stored in sources.stored([name]).get(name, []):
        if not job.accepts(stored) or shop.store.size(stored.file) != stored.size_bytes:
            continue
        until = shop.speech_until
        if stored.item_id != _item_id(job, shop):
            shared = sources.share(stored.id, stored.file, _item_id(job, shop), until)
        elif stored.source_type == GENERATED:
            shared = stored.id if sources.promote(stored.id, until) else None
        else:
            shared = stored.id
        if shared is not None:
            return Rendered(
                collection=job.collection,
                key=job.key,
                voice=stored.voice,
                file=stored.file,
                source_id=shared,
                elapsed_s=0.0,
                made=False,
                note=f"same audio as {stored.collection} '{stored.key}'",
            )
    return None


def _left(job: Job, passed_over: Sequence[PassedOver]) -> list[str]:
    failed = {other.voice for other in passed_over}
    return [voice for voice in dict.fromkeys(job.voices) if voice not in failed]


def _attempt(
    job: Job, voices: Sequence[str], passed_over: Sequence[PassedOver], shop: Workshop
) -> Attempt:
    if job.narration:
        return page_attempt(job, voices, {other.voice for other in passed_over}, shop)
    return lone_attempt(job, voices[0], shop)


def _claim(
    attempt: Attempt,
    job: Job,
    shop: Workshop,
    passed_over: Sequence[PassedOver],
    started: float,
) -> Rendered:
    """Make it, unless another run is making it right now. Raises ItemInMaking."""
    claims = shop.catalog.claims
    claim = Claim(attempt.fingerprint, job.run_id, job.position, job.place)
    if not claims.take(claim):
        raise ItemInMaking("another run is making this right now", where=job.place)
    try:
        # That run may have finished it between our look into the catalog and our claim.
        found = take_over(job, shop, attempt.fingerprint)
        rendered = found or _keep(attempt.make(), attempt, job, shop, passed_over, claim, started)
    except BaseException:
        claims.release(job.run_id, job.position)
        raise
    if found or job.narration:  # of sentences that another page finished meanwhile
        claims.release(job.run_id, job.position)
    return rendered


def _keep(
    made: Made,
    attempt: Attempt,
    job: Job,
    shop: Workshop,
    passed_over: Sequence[PassedOver],
    claim: Claim,
    started: float,
) -> Rendered:
    shop.store.write(_file_name(job, attempt, made), made.data)
    elapsed_s = time.perf_counter() - started
    source = _source(job, shop, attempt, made, passed_over, elapsed_s)
    others = [
        (_source(job, shop, attempt, other, passed_over, elapsed_s), other.data)
        for other in made.others
    ]
    recorded = shop.catalog.sources.record(source, claim)
    beside = keep_beside(source, others, shop)
    left_over = _without_earlier(recorded, shop)
    return Rendered(
        collection=job.collection,
        key=job.key,
        voice=attempt.voice.id,
        file=source.file,
        source_id=recorded.id,
        elapsed_s=elapsed_s,
        made=True,
        note=_joined(_note(attempt, made, passed_over), beside, left_over),
    )


def _note(attempt: Attempt, made: Made, passed_over: Sequence[PassedOver]) -> str:
    """Why it is not the planned voice, how it differs from the wish, and how it came about."""
    reasons = [f"not {other.voice}: {other.reason}" for other in passed_over]
    return _joined(*reasons, attempt.note, made.note)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _without_earlier(recorded: Recorded, shop: Workshop) -> str:
    """Remove the file that was replaced; what goes wrong there is not the new one's fault."""
    try:
        if recorded.replaced:
            shop.store.delete(recorded.replaced)
    except StoreError as error:
        return f"its earlier file was left: {error.what}"
    return ""


def _nobody(failures: list[SpeechError], job: Job) -> SpeechError:
    if len(failures) == 1:
        return failures[0]
    reasons = "; ".join(str(failure) for failure in failures)
    return CannotSpeak(f"no voice could speak this: {reasons}", where=job.place)


def _item_id(job: Job, shop: Workshop) -> int:
    return job.item_id or shop.catalog.items.get(job.collection, job.key).id


def _file_name(job: Job, attempt: Attempt, made: Made) -> str:
    return FileName(
        collection=job.collection,
        key=job.key,
        hint=job.text if len(job.text) <= 30 else "",
        voice_name=attempt.voice.name,
        checksum=hashlib.sha256(made.data).hexdigest(),
        extension=made.extension,
    ).path()


def _source(
    job: Job,
    shop: Workshop,
    attempt: Attempt,
    made: Made,
    passed_over: Sequence[PassedOver],
    elapsed_s: float,
) -> AudioSource:
    checks = [
        {"measure": check.rule.measure, "passed": check.passed, "sentence": check.sentence}
        for check in made.checks
    ]
    version = shop.engines.version(attempt.voice)
    return AudioSource(
        item_id=_item_id(job, shop),
        source_type="tts",
        voice=attempt.voice.id,
        language=attempt.voice.language or job.language,
        file=_file_name(job, attempt, made),
        format=made.extension,
        duration_s=made.duration_s,
        size_bytes=len(made.data),
        checksum=hashlib.sha256(made.data).hexdigest(),
        fingerprint=attempt.fingerprint,
        profile=job.profile,
        metadata={
            "engine": version,
            **made.details,
            "delivery": str(job.delivery),
            "note": _note(attempt, made, passed_over),
            "passed_over": [asdict(other) for other in passed_over],
            "elapsed_s": round(elapsed_s, 4),
            "measures": asdict(made.measures),
            "checks": checks,
        },
        licence=shop.settings.audio.licence,
        origin=version,
        cached_until=shop.speech_until,
    )
