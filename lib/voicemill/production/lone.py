"""A lone item: a word, a sound or both, spoken by one voice."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicemill.audio import (
    Clip,
    Profile,
    Tags,
    concat,
    finish,
    loudness_lufs,
    profile_named,
    read_clip,
    silence,
    speech_bounds,
)
from voicemill.production.attempt import Made
from voicemill.production.job import Job, fingerprint
from voicemill.production.takes import Choice, best_take, choice_of
from voicemill.production.workshop import Workshop
from voicemill.speech.engine import Speech, Voice
from voicemill.speech.saying import Saying, decide

_PART_LUFS = -23.0  # sound and word are levelled to each other before they are joined


@dataclass(frozen=True)
class LoneAttempt:
    """An item that one voice is about to say."""

    job: Job
    shop: Workshop
    voice: Voice
    saying: Saying
    profile: Profile
    choice: Choice
    fingerprint: str

    @property
    def note(self) -> str:
        """How it differs from the wish."""
        why_one = self.choice.note if self.choice.why_one else ""
        return "; ".join(part for part in (self.saying.note, why_one) if part)

    @property
    def speaking(self) -> str:
        """The id of the voice at work."""
        return self.voice.id

    def make(self) -> Made:
        """Speak and finish it; of several takes the best."""
        return self._take(0) if self.choice.count == 1 else self._best()

    def _best(self) -> Made:
        judge, said = self.choice.judge, self.choice.said
        assert judge is not None  # there is only one take without them
        assert said is not None
        return best_take(
            self.choice, self._take, lambda made: judge.hear(read_clip(made.data), said)
        )

    def _take(self, number: int) -> Made:
        engines = self.shop.engines
        utterances = [replace(one, take=number) for one in self.saying.utterances]
        clip = _joined([engines.speak(part, self.voice) for part in utterances], self.job.pause_s)
        profile = louder(self.profile, self.job.delivery.gain_db)
        finished = finish(clip, profile, tags_of(self.job, self.voice, self.shop))
        return Made(
            data=finished.data,
            extension=finished.extension,
            duration_s=finished.duration_s,
            measures=finished.measures,
            checks=finished.checks,
            details={
                "say": self.job.say,
                "spoken": str(self.saying),
                "lexicon": [entry.term for entry in self.saying.entries],
            },
        )


def lone_attempt(job: Job, voice_id: str, shop: Workshop) -> LoneAttempt:
    """Decide what a voice says. Raises SpeechError when it cannot, UnknownName for a profile."""
    voice = shop.engines.voice(voice_id)
    engine = shop.engines.engine_of(voice)
    saying = decide(job.wish, job.manner(shop.lexicon), engine, voice)
    profile = profile_named(job.profile, shop.profiles)
    version = shop.engines.version(voice)
    choice = choice_of(job.takes, saying, job.ipa, voice, engine, shop.judge)
    mark = fingerprint(saying, job.delivery, job.pause_s, voice, version, profile, choice.mark)
    return LoneAttempt(job, shop, voice, saying, profile, choice, mark)


def louder(profile: Profile, gain_db: float) -> Profile:
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


def tags_of(job: Job, voice: Voice, shop: Workshop) -> Tags:
    """Return the tags of an item's file."""
    says = job.text if job.text and job.text != job.key else ""
    return Tags(
        title=f"{job.key} ({says})" if says and len(says) <= 60 else job.key,
        album=job.collection,
        artist=f"{shop.settings.audio.artist} ({voice.id})",
        language=job.language or None,
        track=job.order if job.order >= 1 else None,
        track_total=job.total if job.order >= 1 and job.total >= job.order else None,
        genre="Speech",
        source=shop.engines.version(voice),
        licence=shop.settings.audio.licence or None,
    )


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
