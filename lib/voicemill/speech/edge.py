"""The edge engine: the voices of Microsoft Edge, through edge-tts and the network."""

from __future__ import annotations

import io
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from importlib import metadata
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voicemill.errors import CannotSpeak, EngineUnavailable, SpeechError, SpeechInterrupted
from voicemill.speech import edge_voices
from voicemill.speech.edge_parts import MAX_BYTES, missing, parts
from voicemill.speech.edge_request import Answer, Service
from voicemill.speech.edge_together import fitting, joined
from voicemill.speech.engine import Capabilities, Cue, Delivery, Speech, Utterance, Voice
from voicemill.speech.limits import RateLimit, rate_limit
from voicemill.speech.together import apart

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voicemill.settings import SpeechSettings

RATE_HZ = 24_000
_PROBE_S = 5.0
_LIST_DAYS = 7
# An answer takes up to about this long; so many requests are under way at the limit's pace.
_ANSWER_S = 3.0
_LINE_ENDS = "\t\n\r"


class EdgeEngine:
    """Speaks text in Microsoft's neural voices; no IPA, word timing, 24 kHz; also a Joint."""

    name = edge_voices.ENGINE

    def __init__(self, settings: SpeechSettings | None = None, root: Path | None = None) -> None:
        from voicemill.settings import SpeechSettings

        settings = settings or SpeechSettings()
        root = root or Path.cwd()
        self._service = Service.of(settings)
        self._limit: RateLimit = rate_limit(self.name, settings, root)
        self._list_file = root / "output" / "cache" / "edge-voices.json"
        self._list = edge_voices.load(self._list_file)
        self._not_listed: EngineUnavailable | None = None
        self._lock = threading.Lock()

    @cached_property
    def capabilities(self) -> Capabilities:
        """Text only, word timing, needs the network."""
        return Capabilities(
            languages=tuple(sorted({voice.language for voice in self.voices()})),
            speaks_ipa=False,
            needs_network=True,
            gives_timing=True,
            rate_hz=RATE_HZ,
            cost_s_per_char=0.02,
            longest_chars=500,  # in one request, also with three bytes to a letter
            together_chars=MAX_BYTES,
        )

    @property
    def in_flight(self) -> int:
        """How many requests to keep under way so that the limit is used in full."""
        return min(max(round(self._limit.per_minute / 60 * _ANSWER_S), 2), 32)

    def voices(self) -> Sequence[Voice]:
        """Return the voices of the last list fetched, else those always known; no network."""
        return self._list.voices

    def find(self, name: str) -> Voice | None:
        """Return a voice by name; one that is not listed is looked up in a new list.

        Raises EngineUnavailable when it would be in the full list and that cannot be fetched.
        """
        found = self._listed(name)
        if found is None and edge_voices.well_formed(name) and self._list.age_days > _LIST_DAYS:
            self._fetch_once(name)
            found = self._listed(name)
        return found

    def refresh_voices(self) -> str:
        """Fetch the full list if it is older than a week; a sentence says what there is now."""
        try:
            if self._list.age_days > _LIST_DAYS:
                self._fetch()
        except SpeechError as error:
            kept = f"the list of {self._list.fetched[:10]}" if self._list.fetched else "those known"
            return f"edge: {len(self.voices())} voices, {kept}; {error}"
        return f"edge: {len(self.voices())} voices, listed on {self._list.fetched[:10]}"

    def version(self, voice: Voice) -> str:
        """Name the version of edge-tts; the service does not tell that of its voices."""
        return f"edge-tts {self._package_version}"

    def probe(self) -> None:
        """Connect and hang up. Raises EngineUnavailable when the service cannot be reached."""
        self._service.probe(_PROBE_S)

    def check(self, utterance: Utterance, voice: Voice) -> None:
        """Raise CannotSpeak for IPA, blank text and control characters."""
        if utterance.ipa:
            raise CannotSpeak(
                "edge reads text, not IPA",
                where=voice.id,
                remedy="Choose a voice of an engine that speaks IPA, such as espeak:en-gb",
            )
        if not any(char.isalnum() for char in utterance.text):
            raise CannotSpeak("there is nothing to say in this text", where=utterance.text)
        control = [char for char in utterance.text if _is_control(char)]
        if control:
            raise CannotSpeak(
                f"the text has a control character (U+{ord(control[0]):04X})",
                where=utterance.text[:60],
                remedy="Remove it",
            )

    def synthesize(self, utterance: Utterance, voice: Voice) -> Speech:
        """Speak, a long text in several requests; each waits for its turn under the limit.

        Raises CannotSpeak, EngineUnavailable, and SpeechInterrupted also for audio that is
        empty or cut off.
        """
        self.check(utterance, voice)
        heard = [
            self._spoken(part, utterance.delivery, voice)
            for part in parts(utterance.text, utterance.delivery.speed)
        ]
        cues: list[Cue] = []
        start_s = 0.0
        for part in heard:
            cues += [_placed(cue, start_s, part.duration_s) for cue in part.cues]
            start_s += part.duration_s
        return Speech(np.concatenate([part.samples for part in heard]), RATE_HZ, tuple(cues))

    def fits_together(self, utterances: Sequence[Utterance], voice: Voice) -> int:
        """Return how many of these, from the first on, make one request; at least 1.

        As many as are text of one language and delivery, are not refused by `check`, and stay
        short enough for the service's clock.
        """
        return fitting(takewhile(lambda one: self._speaks(one, voice), utterances))

    def synthesize_together(
        self, utterances: Sequence[Utterance], voice: Voice
    ) -> list[Speech | None]:
        """Speak utterances that fit together in one request, and cut them apart.

        Raises like `synthesize`. None for one that cannot be cut out surely, or whose own end
        was not spoken: speak it alone.
        """
        for utterance in utterances:
            self.check(utterance, voice)
        delivery, texts = utterances[0].delivery, [utterance.text for utterance in utterances]
        whole = self._spoken(joined(texts, utterances[0].language), delivery, voice)
        pieces = apart(texts, whole, delivery.speed)
        return [
            None if piece is None or missing(text, piece.cues, piece.duration_s) else piece
            for text, piece in zip(texts, pieces, strict=True)
        ]

    def _speaks(self, utterance: Utterance, voice: Voice) -> bool:
        try:
            self.check(utterance, voice)
        except CannotSpeak:
            return False
        return True

    @cached_property
    def _package_version(self) -> str:
        try:
            return metadata.version("edge-tts")
        except metadata.PackageNotFoundError as error:
            raise EngineUnavailable(
                "edge-tts is not installed",
                where=self.name,
                remedy="Install it with: pip install edge-tts",
            ) from error

    def _spoken(self, text: str, delivery: Delivery, voice: Voice) -> Speech:
        """The whole speech of one request. Raises SpeechInterrupted if anything is missing."""
        if not voice.installed:
            raise EngineUnavailable("this voice is not here", where=voice.id, remedy=voice.remedy)
        answer = self._ask(text, delivery, voice)
        speech = Speech(_decoded(answer.mp3, voice), RATE_HZ, answer.cues)
        lack = missing(text, speech.cues, speech.duration_s)
        if lack:
            raise SpeechInterrupted(lack, where=voice.id)
        return speech

    def _ask(self, text: str, delivery: Delivery, voice: Voice) -> Answer:
        self._service.prepare()
        self._limit.wait()
        try:
            return self._service.request(text, voice, delivery)
        except SpeechInterrupted as error:
            if error.retry_after_s:
                self._limit.hold_back(error.retry_after_s)
            raise

    def _listed(self, name: str) -> Voice | None:
        return next((voice for voice in self._list.voices if voice.name == name), None)

    def _fetch_once(self, name: str) -> None:
        with self._lock:
            if self._not_listed is None and self._list.age_days > _LIST_DAYS:
                try:
                    self._fetch()
                except SpeechError as error:
                    self._not_listed = EngineUnavailable(
                        f"whether there is such a voice cannot be asked now; {error.what}",
                        remedy=f"Connect once, or use one of {len(self._list.voices)} known voices",
                    )
        if self._not_listed is not None:
            raise _about(self._not_listed, f"{self.name}:{name}")

    def _fetch(self) -> None:
        listed = self._service.voices()
        try:
            self._list = edge_voices.from_service(listed)
        except (KeyError, TypeError, AttributeError) as error:
            raise SpeechInterrupted(
                "the service's list of voices makes no sense", where=self.name
            ) from error
        try:
            edge_voices.save(self._list, self._list_file)
        except OSError as error:
            raise EngineUnavailable(
                f"the list of voices cannot be kept ({error.strerror})",
                where=str(self._list_file),
                remedy="Make that folder writable",
            ) from error


def _about(error: EngineUnavailable, where: str) -> EngineUnavailable:
    """Return the same error about something else."""
    return EngineUnavailable(error.what, where=where, remedy=error.remedy)


def _is_control(char: str) -> bool:
    return char not in _LINE_ENDS and unicodedata.category(char) in {"Cc", "Cs"}


def _decoded(mp3: bytes, voice: Voice) -> NDArray[np.float32]:
    import soundfile

    try:
        samples, rate_hz = soundfile.read(io.BytesIO(mp3), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise SpeechInterrupted(
            "the service sent no audio that can be read", where=voice.id
        ) from error
    if rate_hz != RATE_HZ:
        raise SpeechInterrupted(f"the service sent audio of {rate_hz} Hz", where=voice.id)
    mono: NDArray[np.float32] = np.ascontiguousarray(samples.mean(axis=1, dtype=np.float32))
    return mono


def _placed(cue: Cue, start_s: float, length_s: float) -> Cue:
    """Move a cue of a part to its place in the whole, and not past its part's end."""
    end_s = min(cue.end_s, length_s)
    return replace(cue, start_s=start_s + min(cue.start_s, end_s), end_s=start_s + end_s)
