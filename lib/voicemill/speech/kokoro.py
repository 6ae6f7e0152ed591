"""The Kokoro engine: local neural voices of Kokoro-82M on ONNX Runtime, 24 kHz.

A voice's name is Kokoro's: af_heart is American and female, jm_kumo Japanese and male. There
is one ONNX session with one thread of its own for all voices, used from any thread at once.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voicemill.errors import CannotSpeak, EngineUnavailable, UnknownName
from voicemill.speech import prosody
from voicemill.speech.engine import Capabilities, Cue, Speech, Utterance, Voice
from voicemill.speech.kokoro_models import RELEASED, KokoroFiles
from voicemill.speech.kokoro_phonemes import LANGUAGES, phonemes_of_ipa, phonemes_of_text
from voicemill.speech.kokoro_takes import TAKES, Way, way_of
from voicemill.speech.onnx_models import model_digest, one_thread_session

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voicemill.settings import SpeechSettings

RATE_HZ = 24000
# Raise this when the sound changes: it is part of the version, so that clips are made anew.
_PREPARATION = 1
_GENDERS = {"f": "female", "m": "male"}
_ENDS = frozenset(".!?;:,…")
_PAUSE_S = 0.25  # between sentences, at normal speed


class KokoroEngine:
    """Speaks text and IPA with the Kokoro voices that are here."""

    name = "kokoro"

    def __init__(self, settings: SpeechSettings | None = None, root: Path | None = None) -> None:
        self._files = KokoroFiles.of(settings, root or Path.cwd())
        self._styles: dict[str, NDArray[np.float32]] = {}
        self._lock = threading.Lock()

    @cached_property
    def capabilities(self) -> Capabilities:
        """Text and IPA, timing of sentences, no network once its files are here."""
        return Capabilities(
            languages=tuple(language.tag for language in LANGUAGES.values()),
            speaks_ipa=True,
            needs_network=False,
            gives_timing=True,
            rate_hz=RATE_HZ,
            audible_alone=frozenset(),
            cost_s_per_char=0.06,
            longest_chars=300,  # its model takes 510 phonemes
            takes=len(TAKES),
        )

    def voices(self) -> Sequence[Voice]:
        """Every released voice, and those of one's own files, installed or not."""
        names = {*RELEASED, *self._files.archive_of}
        known = [name for name in sorted(names) if name[:1] in LANGUAGES]
        return [self._describe(name) for name in known]

    def find(self, name: str) -> Voice | None:
        """Return the voice of that name."""
        return next((voice for voice in self.voices() if voice.name == name), None)

    def version(self, voice: Voice) -> str:
        """Name kokoro-onnx's version, the model's and the voice's own bytes, the preparation."""
        style = hashlib.sha256(self._style(voice).tobytes()).hexdigest()[:12]
        package = metadata.version("kokoro-onnx")
        return f"kokoro-onnx {package} {self._model_digest} {style} prepared {_PREPARATION}"

    def check(self, utterance: Utterance, voice: Voice) -> None:
        """Raise CannotSpeak for blank text and for sounds outside the model's vocabulary."""
        self._available(voice)
        self._phonemes(utterance, voice)

    def synthesize(self, utterance: Utterance, voice: Voice) -> Speech:
        """Speak. Raises CannotSpeak and EngineUnavailable."""
        self._available(voice)
        sentences = self._phonemes(utterance, voice)
        way = way_of(utterance.take)
        style = self._style(voice)[way.style :]
        parts = [self._say(_ended(phonemes, way), style) for _text, phonemes in sentences]
        speech = _joined([text for text, _phonemes in sentences], parts)
        # The model itself garbles lone words at any other speed than its own. jf_alpha on the
        # 44 carrier words, understood by whisper tiny.en / phoneme error of hama: 18 / 0.46 at
        # its own speed; at 0.7 by the model 1 / 0.92, stretched 17 / 0.45; at 1.5 by the model
        # 4 / 0.81, stretched 10 / 0.51. Some exports cut the speed to a whole number besides.
        speech = prosody.stretch(speech, utterance.delivery.speed / way.length)
        return prosody.apply(speech, utterance.delivery)

    def _say(self, phonemes: str, style: NDArray[np.float32]) -> NDArray[np.float32]:
        samples, _rate_hz = self._model.create(phonemes, style, speed=1.0, is_phonemes=True)
        return np.asarray(samples, np.float32)

    def _phonemes(self, utterance: Utterance, voice: Voice) -> list[tuple[str, str]]:
        """Return (text, phonemes) per sentence."""
        language = _language(utterance, voice)
        if utterance.ipa:
            return [("", phonemes_of_ipa(utterance.ipa, language, voice.id))]
        return phonemes_of_text(utterance, language, voice.id)

    def _available(self, voice: Voice) -> None:
        if not voice.installed:
            raise EngineUnavailable("this voice is not here", where=voice.id, remedy=voice.remedy)
        if voice.name[:1] not in LANGUAGES:
            raise UnknownName("kokoro voice", voice.name, RELEASED)

    def _describe(self, name: str) -> Voice:
        language = LANGUAGES[name[0]]
        here = self._files.has_model and name in self._files.archive_of
        ready = find_spec("kokoro_onnx") is not None and (here or self._files.fetches)
        return Voice(
            self.name,
            name,
            language.tag,
            _GENDERS.get(name[1:2], ""),
            accent=language.accent,
            title=name.partition("_")[2].capitalize(),
            installed=ready,
            remedy="" if ready else self._files.remedy,
        )

    def _style(self, voice: Voice) -> NDArray[np.float32]:
        with self._lock:
            if voice.name not in self._styles:
                self._styles[voice.name] = self._files.style(voice.name)
            return self._styles[voice.name]

    @property
    def _model(self) -> Any:
        with self._lock:
            return self._loaded

    @cached_property
    def _model_digest(self) -> str:
        return model_digest(self._files.model())

    @cached_property
    def _loaded(self) -> Any:
        try:
            from kokoro_onnx import Kokoro
        except ImportError as error:
            raise EngineUnavailable(
                f"kokoro cannot be loaded ({error})",
                where="kokoro",
                remedy="Install it with: pip install kokoro-onnx",
            ) from error
        model = self._files.model()
        session = one_thread_session(model, "Get the file again; it may be incomplete")
        archive = next(iter(self._files.archive_of.values()))
        return Kokoro.from_session(session, str(archive))


def _language(utterance: Utterance, voice: Voice) -> str:
    """Return the key of the language to read in: the voice's own accent where it fits.

    Raises CannotSpeak for a language that Kokoro does not speak.
    """
    wanted = utterance.language.lower()
    base = wanted.partition("-")[0]
    own = voice.name[0]
    if not base or LANGUAGES[own].tag.partition("-")[0] == base:
        return own
    keys = [key for key, language in LANGUAGES.items() if language.tag.lower() == wanted]
    keys += [k for k, language in LANGUAGES.items() if language.tag.partition("-")[0] == base]
    if not keys:
        raise CannotSpeak(
            f"Kokoro does not speak {utterance.language}",
            where=voice.id,
            remedy=f"It speaks {', '.join(language.tag for language in LANGUAGES.values())}",
        )
    return keys[0]


def _ended(phonemes: str, way: Way) -> str:
    return phonemes if phonemes[-1:] in _ENDS else phonemes + way.end


def _joined(texts: list[str], parts: list[NDArray[np.float32]]) -> Speech:
    """Put sentences one after another with pauses; a cue for each where there are several."""
    pause = np.zeros(int(_PAUSE_S * RATE_HZ), np.float32)
    joined: list[NDArray[np.float32]] = []
    cues: list[Cue] = []
    place = 0
    for text, part in zip(texts, parts, strict=True):
        if joined:
            joined.append(pause)
            place += len(pause)
        joined.append(part)
        cues.append(Cue(place / RATE_HZ, (place + len(part)) / RATE_HZ, text, "sentence"))
        place += len(part)
    return Speech(np.concatenate(joined), RATE_HZ, tuple(cues) if len(cues) > 1 else ())
