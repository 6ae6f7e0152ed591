"""A page: its script is spoken sentence by sentence, and joined to one finished file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from voicemill.audio import Cue, Profile, profile_named
from voicemill.catalog import AudioSource
from voicemill.production.attempt import Made
from voicemill.production.job import Job
from voicemill.production.lone import louder, tags_of
from voicemill.production.narration.casting import Casting, SpokenPage
from voicemill.production.narration.joining import Joined, JoinedPage, Piece, join
from voicemill.production.narration.script import Narration
from voicemill.production.narration.sentences import clip_of, kept_sentences, made_for
from voicemill.production.workshop import Workshop
from voicemill.speech.engine import Voice


class PageAttempt:
    """A page that certain voices are about to narrate."""

    def __init__(self, job: Job, page: SpokenPage, profile: Profile, shop: Workshop) -> None:
        self._job = job
        self._page = page
        self._profile = profile
        self._shop = shop
        self.speaking = page.voice.id

    @property
    def voice(self) -> Voice:
        """Who says most of it."""
        return self._page.voice

    @property
    def fingerprint(self) -> str:
        """A hash of its sentences, the silences between them, and the mastering."""
        return self._page.fingerprint

    @property
    def note(self) -> str:
        """How it differs from the wish."""
        return "; ".join(self._page.notes)

    def make(self) -> Made:
        """Make the sentences that are not there yet, and join all of them."""
        lines, job, shop = self._page.lines, self._job, self._shop
        kept = kept_sentences(lines, job, shop, self._tell)
        profile = louder(self._profile, job.delivery.gain_db)
        page = JoinedPage(
            key=job.key,
            number=max(job.order, 1),
            text=job.text,
            sentences=tuple(sentence.text for sentence in self._page.script.sentences),
            pieces=tuple(
                piece_of(kept[spoken.fingerprint], spoken.line.sentence, spoken.line.pause_s, shop)
                for spoken in lines
            ),
        )
        with TemporaryDirectory(prefix="voicemill-") as folder:
            path = Path(folder) / "page"
            joined = join([page], path, profile, tags_of(job, self.voice, shop))
            data = path.read_bytes()
        return Made(
            data=data,
            extension=joined.file.format,
            duration_s=joined.measures.duration_s,
            measures=joined.measures,
            checks=joined.checks,
            details={
                "spoken": "\n".join(str(spoken.saying) for spoken in lines),
                "lexicon": self._entries(),
                "voices": list(dict.fromkeys(spoken.voice.id for spoken in lines)),
                "sentences_made": sum(made_for(source, job) for source in kept.values()),
                "page": self._record(joined, kept),
            },
        )

    def _tell(self, voice_id: str) -> None:
        self.speaking = voice_id

    def _entries(self) -> list[str]:
        terms = (entry.term for spoken in self._page.lines for entry in spoken.saying.entries)
        return list(dict.fromkeys(terms))

    def _record(self, joined: Joined, kept: Mapping[str, AudioSource]) -> dict[str, Any]:
        """Return what is needed to join the page again, and when its sentences are heard."""
        script = self._page.script
        return {
            "text": self._job.text,
            "narration": self._job.narration,
            "lines": [
                [spoken.fingerprint, spoken.line.sentence, spoken.line.pause_s]
                for spoken in self._page.lines
            ],
            "sentences": [[sentence.start, sentence.end] for sentence in script.sentences],
            "heard_s": _times(joined.cues, "sentence"),
            "words": [
                [*times, cue.text]
                for times, cue in zip(
                    _times(joined.cues, "word"),
                    (cue for cue in joined.cues if cue.kind == "word"),
                    strict=True,
                )
            ],
        }


def page_attempt(
    job: Job, voices: Sequence[str], failed: Collection[str], shop: Workshop
) -> PageAttempt:
    """Cast a page. failed: voices that are not to be tried again.

    Raises CannotSpeak when nobody can say one of its lines, UnknownName for a profile.
    """
    profile = profile_named(job.profile, shop.profiles)
    narration = Narration.from_text(job.narration)
    able = tuple((name, voice) for name, voice in narration.cast if voice not in failed)
    casting = Casting(shop, job.delivery, profile, fallback=job.fallback)
    page = casting.page(job.text, job.language, replace(narration, cast=able), voices)
    return PageAttempt(job, page, profile, shop)


def piece_of(source: AudioSource, sentence: int, pause_s: float, shop: Workshop) -> Piece:
    """Return a kept sentence as a piece of a page."""
    words = tuple(
        Cue(start_s, max(start_s, end_s), text, "word")
        for start_s, end_s, text in source.metadata.get("words", ())
    )
    load = partial(clip_of, source.file, shop)
    return Piece(load, source.duration_s, sentence, pause_s, words)


def _times(cues: Sequence[Cue], kind: str) -> list[list[float]]:
    return [[round(c.start_s, 3), round(c.end_s, 3)] for c in cues if c.kind == kind]
