"""The espeak-ng engine: small, clear, over a hundred languages, works everywhere."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voicemill.errors import CannotSpeak, UnknownName
from voicemill.speech import prosody
from voicemill.speech.engine import Capabilities, Cue, Speech, Utterance, Voice
from voicemill.speech.espeak_library import EspeakLibrary, VoiceEntry, WordEvent, espeak_library
from voicemill.speech.espeak_phonemes import Inventory, Piece, inventory, pieces, written

if TYPE_CHECKING:
    from voicemill.settings import SpeechSettings


class EspeakEngine:
    """Speaks text and IPA through the library bundled with espeakng-loader.

    A voice's name is its language tag, such as en-gb or vi.
    """

    name = "espeak"

    def __init__(self, settings: SpeechSettings | None = None, root: Path | None = None) -> None:
        del settings, root  # nothing to set; all engines are made the same way

    @cached_property
    def capabilities(self) -> Capabilities:
        """Any language, text and IPA, word timing, no network."""
        return Capabilities(
            languages=(),
            speaks_ipa=True,
            needs_network=False,
            gives_timing=True,
            rate_hz=22050,
            audible_alone=frozenset({"fricative"}),
            cost_s_per_char=0.0005,
        )

    def voices(self) -> Sequence[Voice]:
        """Every language it has, by name."""
        return list(self._voices.values())

    def find(self, name: str) -> Voice | None:
        """Return the voice of a language tag."""
        return self._voices.get(name)

    def version(self, voice: Voice) -> str:
        """Name the library's version; its voices come with it."""
        return f"espeak-ng {self._library.version}"

    def check(self, utterance: Utterance, voice: Voice) -> None:
        """Raise CannotSpeak for blank text and for IPA outside the voice's inventory."""
        entry = self._entry(voice)
        sounds = [utterance.ipa] if utterance.ipa else [p.ipa for p in utterance.pronunciations]
        for ipa in sounds:
            self._inventory(entry).mnemonics(ipa, self._library)
        if not utterance.ipa and not any(char.isalnum() for char in utterance.text):
            raise CannotSpeak("there is nothing to say in this text", where=utterance.text)

    def synthesize(self, utterance: Utterance, voice: Voice) -> Speech:
        """Speak. Raises CannotSpeak."""
        self.check(utterance, voice)
        entry, library = self._entry(voice), self._library
        parts = [Piece(0, utterance.ipa, utterance.ipa)] if utterance.ipa else pieces(utterance)
        sent = written(parts, lambda ipa: self._inventory(entry).mnemonics(ipa, library))
        phonemes = any(part.ipa for part in parts)
        with library.speaking(entry.identifier):
            samples, words = library.synthesize(
                "".join(sent), utterance.delivery.speed, phonemes=phonemes
            )
        speech = Speech(np.divide(samples, 32768, dtype=np.float32), library.rate_hz)
        if not utterance.ipa:
            words = list(_in_the_text(words, parts, sent))
            cues = _cues(words, utterance.text, speech.duration_s)
            speech = Speech(speech.samples, speech.rate_hz, cues)
        return prosody.apply(speech, utterance.delivery)

    @cached_property
    def _library(self) -> EspeakLibrary:
        return espeak_library()

    @cached_property
    def _voices(self) -> dict[str, Voice]:
        return {
            entry.language: Voice(
                self.name,
                entry.language,
                _bcp47(entry.language),
                entry.gender,
                accent=entry.title.partition("(")[2].rstrip(")"),
                title=entry.title,
            )
            for entry in self._entries.values()
        }

    @cached_property
    def _entries(self) -> dict[str, VoiceEntry]:
        return {entry.language: entry for entry in self._library.voices()}

    def _entry(self, voice: Voice) -> VoiceEntry:
        if voice.name not in self._entries:
            raise UnknownName("espeak voice", voice.name, self._entries)
        return self._entries[voice.name]

    def _inventory(self, entry: VoiceEntry) -> Inventory:
        return inventory(self._library, entry)


def _bcp47(tag: str) -> str:
    """Write espeak-ng's lower-case tag the usual way: en-gb → en-GB, cmn → zh."""
    language, *rest = tag.split("-")
    language = {"cmn": "zh", "yue": "zh-HK"}.get(language, language)
    return "-".join([language, *(part.upper() if len(part) == 2 else part for part in rest)])


def _in_the_text(
    words: list[WordEvent], parts: list[Piece], sent: list[str]
) -> Iterator[WordEvent]:
    """Move events from the places in what was sent to those in the text as people wrote it.

    A part said by IPA is one word, however many espeak-ng makes of it.
    """
    ends = list(accumulate(len(part) for part in sent))
    told: set[int] = set()
    for word in words:
        number = min(bisect_right(ends, word.text_start), len(parts) - 1)
        part = parts[number]
        if not part.ipa:
            moved = part.start - (ends[number] - len(sent[number]))
            yield WordEvent(word.text_start + moved, word.text_length, word.start_s)
        elif number not in told:
            told.add(number)
            yield WordEvent(part.start, len(part.text), word.start_s)


def _cues(words: list[WordEvent], text: str, duration_s: float) -> tuple[Cue, ...]:
    ends = [word.start_s for word in words[1:]] + [duration_s]
    return tuple(
        Cue(word.start_s, end_s, text[word.text_start : word.text_start + word.text_length])
        for word, end_s in zip(words, ends, strict=True)
    )
