"""Rendering: one job becomes one finished file and its row in the catalog."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from voicemill.audio import (
    Clip,
    Finished,
    Profile,
    Tags,
    concat,
    finish,
    loudness_lufs,
    profile_named,
    silence,
    speech_bounds,
)
from voicemill.catalog import AudioSource, Claim, FileName
from voicemill.catalog.audio_source import Recorded
from voicemill.errors import CannotSpeak, ItemEmpty, ItemInMaking, SpeechError, StoreError
from voicemill.production.job import Job, Rendered, fingerprint
from voicemill.production.workshop import Workshop
from voicemill.speech.engine import Speech, Voice
from voicemill.speech.saying import Saying, decide

_PART_LUFS = -23.0  # sound and word are levelled to each other before they are joined


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
    for voice_id in job.voices:
        try:
            attempt = _attempt(voice_id, job, shop, tuple(passed_over))
            return take_over(job, shop, attempt.fingerprint) or _claim(attempt, job, shop, started)
        except SpeechError as error:
            failures.append(error)
            passed_over.append(PassedOver(voice_id, type(error).__name__, error.what))
    raise _nobody(failures, job)


def take_over(job: Job, shop: Workshop, name: str) -> Rendered | None:
    """Give the item the audio of fingerprint `name`, if it exists whole for any item.

    A forced job takes over only what was made since its run began.
    """
    now = datetime.now(UTC)
    sources = shop.catalog.sources
    for stored in sources.stored([name]).get(name, []):
        expired = stored.cached_until is not None and stored.cached_until <= now
        # One from the future was made before the clock was set back.
        made_since = job.since_s <= stored.updated_at.timestamp() <= now.timestamp()
        too_old = job.force and not made_since
        if expired or too_old or shop.store.size(stored.file) != stored.size_bytes:
            continue
        mine = stored.item_id == _item_id(job, shop)
        shared = stored.id if mine else sources.share(stored.id, stored.file, _item_id(job, shop))
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


@dataclass(frozen=True)
class PassedOver:
    """A voice that was to speak and did not, with the class and message of its error."""

    voice: str
    error_class: str
    reason: str


@dataclass(frozen=True)
class _Attempt:
    """What a voice is about to say, and the fingerprint of the result."""

    voice: Voice
    engine_version: str
    saying: Saying
    profile: Profile
    fingerprint: str
    passed_over: tuple[PassedOver, ...]

    @property
    def note(self) -> str:
        """Why it is not the planned voice, and how it differs from the wish."""
        reasons = [f"not {other.voice}: {other.reason}" for other in self.passed_over]
        return "; ".join(reasons + ([self.saying.note] if self.saying.note else []))


def _attempt(
    voice_id: str, job: Job, shop: Workshop, passed_over: tuple[PassedOver, ...]
) -> _Attempt:
    voice = shop.engines.voice(voice_id)
    engine = shop.engines.engine_of(voice)
    saying = decide(job.wish, job.manner(shop.lexicon), engine, voice)
    profile = profile_named(job.profile, shop.profiles)
    version = shop.engines.version(voice)
    name = fingerprint(saying, job.delivery, job.pause_s, voice, version, profile)
    return _Attempt(voice, version, saying, profile, name, passed_over)


def _claim(attempt: _Attempt, job: Job, shop: Workshop, started: float) -> Rendered:
    """Make it, unless another run is making it right now. Raises ItemInMaking."""
    claims = shop.catalog.claims
    claim = Claim(attempt.fingerprint, job.run_id, job.position, job.place)
    if not claims.take(claim):
        raise ItemInMaking("another run is making this right now", where=job.place)
    try:
        # That run may have finished it between our look into the catalog and our claim.
        found = take_over(job, shop, attempt.fingerprint)
        made = found or _finish(_speak(attempt, job, shop), attempt, job, shop, claim, started)
    except BaseException:
        claims.release(job.run_id, job.position)
        raise
    if found:
        claims.release(job.run_id, job.position)
    return made


def _speak(attempt: _Attempt, job: Job, shop: Workshop) -> Clip:
    spoken = attempt.saying.utterances
    return _joined([shop.engines.speak(part, attempt.voice) for part in spoken], job.pause_s)


def _finish(
    clip: Clip, attempt: _Attempt, job: Job, shop: Workshop, claim: Claim, started: float
) -> Rendered:
    profile = _louder(attempt.profile, job.delivery.gain_db)
    finished = finish(clip, profile, _tags(job, attempt, shop))
    file = _file_name(job, attempt, finished)
    shop.store.write(file, finished.data)
    elapsed_s = time.perf_counter() - started
    source = _source(job, shop, attempt, finished, file, elapsed_s)
    recorded = shop.catalog.sources.record(source, claim)
    note = "; ".join(part for part in (attempt.note, _without_earlier(recorded, shop)) if part)
    return Rendered(
        collection=job.collection,
        key=job.key,
        voice=attempt.voice.id,
        file=file,
        source_id=recorded.id,
        elapsed_s=elapsed_s,
        made=True,
        note=note,
    )


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


def _joined(parts: list[Speech], pause_s: float) -> Clip:
    if len(parts) == 1:
        return Clip(parts[0].samples, parts[0].rate_hz)
    clips: list[Clip] = []
    for part in parts:
        clip = Clip(part.samples, part.rate_hz)
        bounds = speech_bounds(clip)
        clip = clip.between(*bounds) if bounds else clip
        if clips:
            clips.append(silence(pause_s, clip.rate_hz))
        clips.append(clip.amplified(_PART_LUFS - loudness_lufs(clip)))
    return concat(clips)


def _louder(profile: Profile, gain_db: float) -> Profile:
    """Return the profile with its level moved by the volume that was asked for.

    Mastering brings everything to the profile's level, so a volume means: relative to that.
    The rules on level move along, the ceiling stays.
    """
    if gain_db == 0 or profile.target is None:
        return profile
    rules = tuple(
        replace(
            rule,
            minimum=None if rule.minimum is None else rule.minimum + gain_db,
            maximum=None if rule.maximum is None else rule.maximum + gain_db,
        )
        if rule.measure in ("loudness_lufs", "rms_db")
        else rule
        for rule in profile.rules
    )
    return replace(profile, target=min(profile.target + gain_db, 0.0), rules=rules)


def _item_id(job: Job, shop: Workshop) -> int:
    return job.item_id or shop.catalog.items.get(job.collection, job.key).id


def _tags(job: Job, attempt: _Attempt, shop: Workshop) -> Tags:
    says = job.text if job.text and job.text != job.key else ""
    return Tags(
        title=f"{job.key} ({says})" if says and len(says) <= 60 else job.key,
        album=job.collection,
        artist=f"{shop.settings.audio.artist} ({attempt.voice.id})",
        language=job.language or None,
        track=job.order if job.order >= 1 else None,
        track_total=job.total if job.order >= 1 and job.total >= job.order else None,
        genre="Speech",
        source=attempt.engine_version,
        licence=shop.settings.audio.licence or None,
    )


def _file_name(job: Job, attempt: _Attempt, finished: Finished) -> str:
    return FileName(
        collection=job.collection,
        key=job.key,
        hint=job.text if len(job.text) <= 30 else "",
        voice_name=attempt.voice.name,
        checksum=hashlib.sha256(finished.data).hexdigest(),
        extension=finished.extension,
    ).path()


def _source(
    job: Job,
    shop: Workshop,
    attempt: _Attempt,
    finished: Finished,
    file: str,
    elapsed_s: float,
) -> AudioSource:
    checks = [
        {"measure": check.rule.measure, "passed": check.passed, "sentence": check.sentence}
        for check in finished.checks
    ]
    return AudioSource(
        item_id=_item_id(job, shop),
        source_type="tts",
        voice=attempt.voice.id,
        language=attempt.voice.language or job.language,
        file=file,
        format=finished.extension,
        duration_s=finished.duration_s,
        size_bytes=len(finished.data),
        checksum=hashlib.sha256(finished.data).hexdigest(),
        fingerprint=attempt.fingerprint,
        profile=job.profile,
        metadata={
            "engine": attempt.engine_version,
            "say": job.say,
            "spoken": str(attempt.saying),
            "delivery": str(job.delivery),
            "note": attempt.note,
            "lexicon": [entry.term for entry in attempt.saying.entries],
            "passed_over": [asdict(other) for other in attempt.passed_over],
            "elapsed_s": round(elapsed_s, 4),
            "measures": asdict(finished.measures),
            "checks": checks,
        },
        licence=shop.settings.audio.licence,
        origin=attempt.engine_version,
        cached_until=datetime.now(UTC) + timedelta(days=shop.settings.catalog.tts_days),
    )
