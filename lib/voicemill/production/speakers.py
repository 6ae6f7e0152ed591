"""Speakers: who says the rows of a table, in which words, and what cannot be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from voicemill.audio import Profile, profile_named
from voicemill.errors import CannotSpeak, ParameterError, SpeechError, UnknownName
from voicemill.production.job import Request, fingerprint
from voicemill.production.narration.casting import Casting
from voicemill.production.narration.script import Narration
from voicemill.production.takes import Choice, choice_of
from voicemill.production.workshop import Workshop
from voicemill.speech.engine import Engine, Voice
from voicemill.speech.saying import Manner, Saying, Wish, decide

_REMEMBERED = 5000  # decisions kept for rows that wish the same


@dataclass(frozen=True)
class Decision:
    """Who will say a row, and what.

    voices: ids, the one that speaks first, then those to fall back on.  cost_s: what making it
    anew takes one worker, in seconds.  sentences: of a page, fingerprint and cost of each.
    """

    voices: tuple[str, ...]
    speak: str
    note: str
    fingerprint: str
    cost_s: float
    sentences: tuple[tuple[str, float], ...] = ()


class Company:
    """Who speaks the rows that name a voice, and all others."""

    def __init__(self, request: Request, shop: Workshop) -> None:
        self._shop = shop
        self._cast = {"": (request, Speakers(request, shop))}

    def of(self, row: Mapping[str, Any]) -> tuple[Request, Speakers]:
        """Return the request and the speakers of a row. Raises UnknownName with its place."""
        voice = row["voice"]
        if voice not in self._cast:
            usual, _speakers = self._cast[""]
            request = replace(usual, voices=tuple(dict.fromkeys((voice, *usual.voices))))
            try:
                self._cast[voice] = request, Speakers(request, self._shop)
            except UnknownName as error:
                error.where = f"{row['collection']} '{row['key']}'"
                raise
        return self._cast[voice]


class Speakers:
    """The voices of a request, and what each would say; the same wish is decided once."""

    def __init__(self, request: Request, shop: Workshop) -> None:
        self._request = request
        self._manner = Manner(request.say, request.delivery, shop.lexicon)
        self.profile: Profile = profile_named(request.profile, shop.profiles)
        self._casting = Casting(shop, request.delivery, self.profile, fallback=request.fallback)
        self._decided: dict[tuple[Wish, str], Decision | str] = {}
        self._speakers: list[Speaker] = []
        self._shop = shop
        problems: list[SpeechError] = []
        if not request.voices:
            raise ParameterError("no voice was named", where="voices", remedy="Name at least one")
        wanted = request.voices if request.fallback else request.voices[:1]
        for voice_id in dict.fromkeys(wanted):
            try:
                self._speakers.append(_speaker(voice_id, shop))
            except SpeechError as error:  # not installed: the next voice may be
                problems.append(error)
        if not self._speakers:
            raise problems[0]

    def decide(self, wish: Wish, ipa: str = "") -> Decision | str:
        """Return who says what; or why nobody can say it.

        ipa: how the text is pronounced, which takes are held against.
        """
        if self._request.narration:
            return self._page(wish)
        asked = (wish, ipa if self._request.takes > 1 else "")
        if asked not in self._decided:
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            self._decided[asked] = self._decide(*asked)
        return self._decided[asked]

    def _decide(self, wish: Wish, ipa: str) -> Decision | str:
        """Ask each voice in order; only when none can say the sound is the word good enough."""
        for word_instead in (False, True):
            reasons = []
            for speaker in self._speakers:
                try:
                    saying = self._saying(wish, speaker, word_instead=word_instead)
                except CannotSpeak as error:
                    reasons.append(f"{speaker.voice.id}: {error.what}")
                    continue
                return self._decision(saying, ipa, speaker, reasons)
        return "; ".join(reasons)

    def _saying(self, wish: Wish, speaker: Speaker, *, word_instead: bool) -> Saying:
        engine, voice = speaker.engine, speaker.voice
        return decide(wish, self._manner, engine, voice, word_instead=word_instead)

    def _decision(self, saying: Saying, ipa: str, speaker: Speaker, reasons: list[str]) -> Decision:
        delivery, pause_s = self._request.delivery, self._request.pause_s
        voice, version = speaker.voice, speaker.version
        characters = sum(len(spoken.text or spoken.ipa) for spoken in saying.utterances)
        others = (other.voice.id for other in self._speakers if other is not speaker)
        takes = self._request.takes
        choice = choice_of(takes, saying, ipa, voice, speaker.engine, self._shop.judge)
        notes = [*reasons, saying.note, choice.note]
        mark = fingerprint(saying, delivery, pause_s, voice, version, self.profile, choice.mark)
        return Decision(
            voices=(voice.id, *others),
            speak=str(saying),
            note="; ".join(note for note in notes if note),
            fingerprint=mark,
            cost_s=choice.cost_s(speaker.cost_s_per_char * characters),
        )

    def _page(self, wish: Wish) -> Decision | str:
        voices = [speaker.voice.id for speaker in self._speakers]
        narration = Narration.from_text(self._request.narration)
        try:
            page = self._casting.page(wish.text, wish.language, narration, voices)
        except CannotSpeak as error:
            return error.what
        costs = {speaker.voice.id: speaker.cost_s_per_char for speaker in self._speakers}
        for voice_id in {line.voice.id for line in page.lines} - costs.keys():
            costs[voice_id] = _speaker(voice_id, self._shop).cost_s_per_char
        spoken = {line.voice.id for line in page.lines}
        # Who says nothing comes last: the others keep their order, and so their lines.
        order = sorted(voices, key=lambda voice_id: voice_id not in spoken)
        each = {line.fingerprint: costs[line.voice.id] * len(line.line.text) for line in page.lines}
        return Decision(
            voices=tuple(order),
            speak=" ".join(str(line.saying) for line in page.lines),
            note="; ".join((*page.notes, *self._one_take())),
            fingerprint=page.fingerprint,
            cost_s=sum(each.values()),
            sentences=tuple(each.items()),
        )

    def _one_take(self) -> tuple[str, ...]:
        if self._request.takes == 1:
            return ()
        return (Choice(why_one="sentences of a page are said once").note,)


@dataclass(frozen=True)
class Speaker:
    """A voice that is here, and what it costs."""

    voice: Voice
    engine: Engine
    version: str
    cost_s_per_char: float


def _speaker(voice_id: str, shop: Workshop) -> Speaker:
    voice = shop.engines.voice(voice_id)
    engine = shop.engines.engine_of(voice)
    measured = shop.catalog.runs.cost_s_per_char(voice.id)
    cost = measured if measured is not None else engine.capabilities.cost_s_per_char
    return Speaker(voice, engine, shop.engines.version(voice), cost)
