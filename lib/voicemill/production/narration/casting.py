"""Who says each line of a page, in which words, and the fingerprint of what comes out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from voicemill.audio import Encoding, Profile
from voicemill.errors import CannotSpeak, SpeechError
from voicemill.production.job import PIPELINE_VERSION, fingerprint
from voicemill.production.narration.script import Line, Narration, Script, script_of
from voicemill.production.workshop import Workshop
from voicemill.speech.engine import Capabilities, Delivery, Voice
from voicemill.speech.saying import Manner, Saying, Wish, decide

# A sentence is kept without loss and far under its ceiling, so that it can be brought to the
# level of any profile; a page's profile shapes the page. Its ends are cut close and faded over
# what trimming keeps around the speech (see audio.trimming), so that no join clicks.
SENTENCE = Profile(
    name="sentence",
    title="A sentence of a book, kept for joining",
    encoding=Encoding("flac", bit_depth=16),
    trim=False,  # done before, where it is known how much goes
    trim_below_db=45.0,
    head_s=0.0,
    tail_s=0.0,
    fade_in_s=0.005,
    fade_out_s=0.015,
    level="loudness_lufs",
    target=-23.0,
    ceiling_dbtp=-1.0,
    max_limiting_db=6.0,
)
_REMEMBERED = 5000  # lines whose words and fingerprint are kept


@dataclass(frozen=True)
class SpokenLine:
    """A line with who says it and how. note: why it is not the voice of the cast."""

    line: Line
    voice: Voice
    saying: Saying
    fingerprint: str
    note: str = ""


@dataclass(frozen=True)
class SpokenPage:
    """A page as it is to be spoken. voice: that of most of its text."""

    script: Script
    lines: tuple[SpokenLine, ...]
    voice: Voice
    fingerprint: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What differs from the wish, each thing once."""
        found = (note for line in self.lines for note in (line.note, line.saying.note) if note)
        return tuple(dict.fromkeys(found))


class Casting:
    """Gives the lines of pages to voices; remembers what it decided for the same words."""

    def __init__(
        self, shop: Workshop, delivery: Delivery, profile: Profile, *, fallback: bool = True
    ) -> None:
        self._shop = shop
        self._fallback = fallback
        self._delivery = delivery
        # How loud a sentence is does not matter before it is joined to a page.
        self._manner = Manner("word", replace(delivery, volume_percent=0), shop.lexicon)
        self._profile = profile
        self._decided: dict[tuple[str, str, str], tuple[Voice, Saying, str] | SpeechError] = {}

    def page(
        self, text: str, language: str, narration: Narration, voices: Sequence[str]
    ) -> SpokenPage:
        """Give each line to the first voice that can say it.

        voices: ids, the page's own first, then those to fall back on; a voice of the cast comes
        before them. Raises CannotSpeak with the reasons when nobody can say a line, and when
        there is nothing to say.
        """
        script = script_of(text, language, narration, partial(self._longest, voices[0]))
        if not script.lines:
            raise CannotSpeak("there is nothing in it that can be said")
        lines = tuple(self._line(line, language, voices) for line in script.lines)
        said: dict[str, int] = {}
        for spoken in lines:
            said[spoken.voice.id] = said.get(spoken.voice.id, 0) + len(spoken.line.text)
        most = max(said, key=lambda name: said[name])
        lead = next(spoken.voice for spoken in lines if spoken.voice.id == most)
        return SpokenPage(script, lines, lead, self._fingerprint(lines))

    def _longest(self, usual: str, voice_id: str) -> int:
        engines = self._shop.engines
        try:
            engine = engines.engine_of(engines.voice(voice_id or usual))
        except SpeechError:  # it is not here: another will say its lines
            return Capabilities.longest_chars
        return engine.capabilities.longest_chars

    def _line(self, line: Line, language: str, voices: Sequence[str]) -> SpokenLine:
        wanted = [name for name in dict.fromkeys((line.voice, *voices)) if name]
        if not self._fallback:
            wanted = wanted[:1]
        problems: list[str] = []
        for name in wanted:
            found = self._decide(name, line.text, language)
            if isinstance(found, SpeechError):
                problems.append(f"{name}: {found.what}")
                continue
            return SpokenLine(line, *found, note="; ".join(problems))
        raise CannotSpeak(f"nobody can say “{_short(line.text)}”: " + "; ".join(problems))

    def _decide(
        self, name: str, text: str, language: str
    ) -> tuple[Voice, Saying, str] | SpeechError:
        asked = (name, text, language)
        if asked not in self._decided:
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            try:
                self._decided[asked] = self._decision(*asked)
            except SpeechError as error:
                self._decided[asked] = error
        return self._decided[asked]

    def _decision(self, name: str, text: str, language: str) -> tuple[Voice, Saying, str]:
        engines = self._shop.engines
        voice = engines.voice(name)
        saying = decide(Wish(text, "", language), self._manner, engines.engine_of(voice), voice)
        version = engines.version(voice)
        mark = fingerprint(saying, self._manner.delivery, 0, voice, version, SENTENCE)
        return voice, saying, mark

    def _fingerprint(self, lines: Sequence[SpokenLine]) -> str:
        """Hash what is joined, with which silences, and how that is mastered."""
        identity: Mapping[str, object] = {
            "lines": [[spoken.fingerprint, spoken.line.pause_s] for spoken in lines],
            "volume": self._delivery.volume_percent,
            "profile": self._profile.digest,
            "pipeline": PIPELINE_VERSION,
        }
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
