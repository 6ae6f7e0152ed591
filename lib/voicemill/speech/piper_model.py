"""A Piper model in memory: how text is prepared for it, and what it tells of its timing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voicemill.errors import EngineUnavailable
from voicemill.speech import prosody
from voicemill.speech.engine import Cue, Speech, Utterance, Voice
from voicemill.speech.espeak_library import VoiceEntry, espeak_library
from voicemill.speech.espeak_phonemes import (
    Inventory,
    inventory,
    pieces,
    stressed,
    unknown_symbols,
    written,
)
from voicemill.speech.onnx_models import Room, give_back_memory, model_digest, one_thread_session
from voicemill.speech.piper_takes import Way, way_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from piper import AudioChunk, PiperVoice

# Raise this when the sound changes: it is part of the version, so that clips are made anew.
PREPARATION = 2
_SHORT_TEXT_WORDS = 3
# At most spoken at once, by all threads: a character takes about a megabyte.
_CHARACTERS_PER_CORE = 100
_SENTENCE_ENDS = ".!?…。！？।؟"
# Piper rounds every phoneme up to whole frames, which no length scale changes: about a quarter
# of the audio at normal speed. Measured on sentences at speeds 0.5 to 2; with it, durations
# are within 8 % of what the rate asks for, without it up to 28 % off.
_UNSCALED = 0.25


@dataclass(frozen=True)
class ModelFile:
    """A voice's two files, and its name."""

    name: str
    model: Path
    config: Path

    def description(self) -> dict[str, Any]:
        """Read the model's JSON description. Raises EngineUnavailable."""
        try:
            config: dict[str, Any] = json.loads(self.config.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise EngineUnavailable(
                f"its description cannot be read ({error})",
                where=str(self.model),
                remedy=f"Put {self.config.name} beside it; Piper voices are two files",
            ) from error
        return config


def model_file(model: Path) -> ModelFile:
    """Return the two files of the voice at `model`, a path ending in .onnx."""
    return ModelFile(model.stem, model, model.with_name(model.name + ".json"))


class LoadedVoice:
    """A model in memory, loaded when first spoken with; its inventory needs no model."""

    def __init__(self, file: ModelFile, voice: Voice) -> None:
        self._file = file
        self._id = voice.id
        self._lock = threading.Lock()
        self._room = Room(_CHARACTERS_PER_CORE)

    @cached_property
    def digest(self) -> str:
        """The first 12 hexadecimal digits of the model's SHA-256."""
        return model_digest(self._file.model)

    @cached_property
    def config(self) -> dict[str, Any]:
        """The model's JSON description."""
        return self._file.description()

    @cached_property
    def _inventory(self) -> Inventory:
        # Piper's models learn from espeak-ng's transcription, so its alphabet is theirs.
        wanted = self.config["espeak"]["voice"]
        library = espeak_library()
        by_language: dict[str, VoiceEntry] = {}
        for entry in library.voices():
            by_language.setdefault(entry.language, entry)
        if wanted not in by_language:
            raise EngineUnavailable(
                f"its alphabet is that of espeak-ng's voice '{wanted}', which is not here",
                where=self._id,
            )
        return inventory(library, by_language[wanted])

    def phonemes(self, ipa: str) -> str:
        """Return the IPA in the model's own symbols. Raises CannotSpeak naming others."""
        symbols = stressed(self._inventory.read(ipa, self._id))
        known = self.config["phoneme_id_map"]
        unknown = [char for symbol in symbols for char in symbol if char not in known]
        if unknown:
            raise unknown_symbols(unknown, ipa, self._id)
        return "".join(symbols)

    def speak(self, utterance: Utterance) -> Speech:
        """Speak at the utterance's speed, with cues; pitch and volume are left to do."""
        from piper import SynthesisConfig

        model = self._model()
        way = _way(utterance)
        scale = _length_scale(utterance.delivery.speed) * (way.length if way else 1)
        config = SynthesisConfig(
            length_scale=model.config.length_scale * scale,
            noise_scale=way.noise if way else None,
            noise_w_scale=way.width_noise if way else None,
            # Piper's own normalisation would level every sentence by its peak.
            normalize_audio=False,
        )
        aligned = len(model.session.get_outputs()) > 1
        text = self._prepared(utterance)
        with self._room.of(len(text) / utterance.delivery.speed):
            chunks = list(model.synthesize(text, config, include_alignments=aligned))
        parts = [chunk.audio_float_array for chunk in chunks]
        samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        rate_hz = model.config.sample_rate
        cues = (*_sentence_cues(utterance.text, parts, rate_hz), *_phoneme_cues(chunks, rate_hz))
        return Speech(samples.astype(np.float32, copy=False), rate_hz, cues)

    def rest(self, *, deeply: bool = False) -> None:
        """Give back the memory that the longest text needed; a megabyte per character.

        deeply: the model too, 90 MB.  Who speaks with it right now goes on.
        """
        with self._lock:
            loaded = (
                self.__dict__.pop("_session", None) if deeply else self.__dict__.get("_session")
            )
        if loaded is None or deeply:
            return
        ids = loaded.phonemes_to_ids(["a"])
        smallest: dict[str, Any] = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([0.667, 1.0, 0.8], np.float32),
        }
        if loaded.config.num_speakers > 1:
            smallest["sid"] = np.zeros(1, np.int64)
        give_back_memory(loaded.session, smallest)

    def _prepared(self, utterance: Utterance) -> str:
        """Write the utterance as Piper reads it: IPA in [[…]], the text ended."""
        way = _way(utterance)
        if utterance.ipa:
            return f"[[{self.phonemes(utterance.ipa)}{way.end if way else ''}]]"
        text = "".join(written(pieces(utterance), self.phonemes)).strip()
        # Ended as a sentence, so that the voice falls and does not trail off.
        # Marks beside [[…]] and before all words are not read; those inside are.
        lead = f"[[{way.lead}]] " if way and way.lead else ""
        if text[-1] in _SENTENCE_ENDS:
            return lead + text
        end = way.end if way else "."
        return lead + (f"{text[:-2]}{end}]]" if text.endswith("]]") else text + end)

    def _model(self) -> PiperVoice:
        with self._lock:
            return self._session

    @cached_property
    def _session(self) -> PiperVoice:
        try:
            from piper import PiperConfig, PiperVoice
        except ImportError as error:
            raise EngineUnavailable(
                f"piper cannot be loaded ({error})",
                where=self._id,
                remedy="Install it with: pip install piper-tts",
            ) from error
        remedy = "Get the .onnx file again; it may be incomplete"
        session = one_thread_session(self._file.model, remedy)
        return PiperVoice(session=session, config=PiperConfig.from_dict(self.config))


def _length_scale(speed: float) -> float:
    """Return Piper's length scale that makes the whole audio 1 ÷ speed times as long."""
    return max((1 / speed - _UNSCALED) / (1 - _UNSCALED), 0.1)


def _way(utterance: Utterance) -> Way | None:
    """Return how a short text, a sound or a take is said; None for a sentence."""
    short = bool(utterance.ipa) or len(utterance.text.split()) <= _SHORT_TEXT_WORDS
    return way_of(utterance.take) if short or utterance.take else None


def _sentence_cues(text: str, parts: Sequence[NDArray[np.float32]], rate_hz: int) -> Iterator[Cue]:
    """Time each sentence; nothing where Piper parts the text otherwise than we do."""
    sentences = prosody.sentences(text)
    if len(sentences) < 2 or len(sentences) != len(parts):
        return
    start = 0
    for sentence, part in zip(sentences, parts, strict=True):
        yield Cue(start / rate_hz, (start + len(part)) / rate_hz, sentence, "sentence")
        start += len(part)


def _phoneme_cues(chunks: Sequence[AudioChunk], rate_hz: int) -> Iterator[Cue]:
    """Time each phoneme, where the model says how long it makes them."""
    offset = 0
    for chunk in chunks:
        start = offset
        for aligned in chunk.phoneme_alignments or ():
            end = start + int(aligned.num_samples)
            if aligned.phoneme.isalpha() and aligned.phoneme not in "ˈˌ":
                yield Cue(start / rate_hz, end / rate_hz, aligned.phoneme, "phoneme")
            start = end
        offset += len(chunk.audio_float_array)
