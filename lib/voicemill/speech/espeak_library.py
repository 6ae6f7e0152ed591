"""espeak-ng's C interface, as bundled by the espeakng-loader package, through ctypes.

The library keeps its voice and its settings in global variables, so there is one of it per
process, and a lock around every use. A word takes about 3 ms: waiting costs little.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicemill.errors import EngineUnavailable, SpeechInterrupted

# Names and numbers from espeak-ng's speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_PHONEMES_IN_BRACKETS = 0x100
_PHONEMES_IPA = 0x02
_RATE_PARAMETER = 1
_LIST_END = 0
_EVENT_WORD = 1
_MALE, _FEMALE = 1, 2

_LANGUAGE_MARK = re.compile(r"\([a-z]{2,3}(?:-[a-z0-9-]+)?\)")

NORMAL_RATE_WPM = 175
SLOWEST_WPM, FASTEST_WPM = 80, 450


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("reserved", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True)
class VoiceEntry:
    """A voice file of espeak-ng: its language tag, title and identifier."""

    language: str
    title: str
    identifier: str
    gender: str


@dataclass(frozen=True)
class WordEvent:
    """Where a spoken word begins: characters in the text, seconds in the audio."""

    text_start: int
    text_length: int
    start_s: float


def without_brackets(text: str) -> str:
    """Blank out what could make "[[", which begins phonemes, from people's text; length stays."""
    return re.sub(r"\[(?=\[|\Z)", " ", text)


class EspeakLibrary:
    """The one loaded library; use `espeak_library()` to get it."""

    def __init__(self) -> None:
        try:
            import espeakng_loader

            self._c: Any = ctypes.CDLL(espeakng_loader.get_library_path())
            self.data_folder = Path(espeakng_loader.get_data_path())
        except (ImportError, OSError) as error:
            raise EngineUnavailable(
                f"espeak-ng cannot be loaded ({error})",
                where="espeak",
                remedy="Install it with: pip install espeakng-loader",
            ) from error
        self._lock = threading.RLock()
        self._current = ""  # identifier of the voice that is set
        self._reads_phonemes = False  # whether the last synthesis allowed [[…]]
        self._chunks: list[NDArray[np.int16]] = []
        self._words: list[WordEvent] = []
        self._callback = _Callback(self._receive)  # kept alive as long as the library
        self._c.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._c.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        self._c.espeak_Info.restype = ctypes.c_char_p
        folder = str(self.data_folder).encode()
        self.rate_hz = int(self._c.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, folder, 0))
        if self.rate_hz <= 0:
            raise EngineUnavailable(
                "espeak-ng found no voices", where=str(self.data_folder), remedy="Reinstall it"
            )
        self._c.espeak_SetSynthCallback(self._callback)
        self.version = self._c.espeak_Info(None).decode().split()[0]

    @contextmanager
    def speaking(self, identifier: str) -> Iterator[EspeakLibrary]:
        """Hold the library alone, with the voice of that identifier set."""
        with self._lock:
            if identifier != self._current:
                if self._c.espeak_SetVoiceByName(identifier.encode()) != 0:
                    raise EngineUnavailable(
                        f"espeak-ng has no voice file '{identifier}'", where="espeak"
                    )
                self._current = identifier
            yield self

    def synthesize(
        self, text: str, speed: float, *, phonemes: bool = False
    ) -> tuple[NDArray[np.int16], list[WordEvent]]:
        """Speak text, or mnemonics in [[…]] when `phonemes`; only inside `speaking`."""
        self._chunks.clear()
        self._words.clear()
        words_per_minute = round(min(max(NORMAL_RATE_WPM * speed, SLOWEST_WPM), FASTEST_WPM))
        self._c.espeak_SetParameter(_RATE_PARAMETER, words_per_minute, 0)
        data = text.encode() + b"\0"
        flags = _CHARS_UTF8 | (_PHONEMES_IN_BRACKETS if phonemes else 0)
        self._reads_phonemes = phonemes
        if self._c.espeak_Synth(data, len(data), 0, 1, 0, flags, None, None) != 0:
            raise SpeechInterrupted("espeak-ng refused the text", where=text)
        samples = np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)
        return samples, list(self._words)

    def ipa_of(self, mnemonics: str) -> str:
        """Return the IPA espeak-ng itself gives for its mnemonics; only inside `speaking`."""
        if not self._reads_phonemes:
            # TextToPhonemes reads [[…]] only if the last synthesis did.
            self.synthesize("[[_]]", 1.0, phonemes=True)
        buffer = ctypes.create_string_buffer(f"[[{mnemonics}]]".encode())
        position = ctypes.c_void_p(ctypes.addressof(buffer))
        ipa = self._c.espeak_TextToPhonemes(ctypes.byref(position), _CHARS_UTF8, _PHONEMES_IPA)
        return str(ipa.decode()) if ipa else ""

    def transcribe(self, text: str) -> str:
        """Return espeak-ng's IPA of a text, clauses apart; only inside `speaking`.

        Marks of a change of language, such as (en), are left out.
        """
        buffer = ctypes.create_string_buffer(without_brackets(text).encode())
        position = ctypes.c_void_p(ctypes.addressof(buffer))
        clauses = []
        while position.value:  # one clause a call, until the library sets it to null
            ipa = self._c.espeak_TextToPhonemes(ctypes.byref(position), _CHARS_UTF8, _PHONEMES_IPA)
            clauses.append(ipa.decode() if ipa else "")
        return _LANGUAGE_MARK.sub("", " ".join(clause.strip() for clause in clauses)).strip()

    def voices(self) -> list[VoiceEntry]:
        """Every voice file, in espeak-ng's own order."""
        with self._lock:
            listed = self._c.espeak_ListVoices(None)
            found = []
            for number in range(10_000):
                if not listed[number]:
                    break
                entry = listed[number].contents
                # `languages` is a priority byte, then the tag.
                tag = ctypes.string_at(entry.languages + 1).decode()
                gender = {_MALE: "male", _FEMALE: "female"}.get(entry.gender, "")
                name, identifier = entry.name.decode(), entry.identifier.decode()
                found.append(VoiceEntry(tag, name, identifier, gender))
            return found

    def _receive(self, wave: Any, count: int, events: Any) -> int:
        if wave and count > 0:
            # Not np.ctypeslib.as_array, which makes a type for every length and keeps it.
            self._chunks.append(np.frombuffer(ctypes.string_at(wave, 2 * count), np.int16))
        number = 0
        while events[number].type != _LIST_END:
            event = events[number]
            if event.type == _EVENT_WORD:
                start = max(event.text_position - 1, 0)
                seconds = event.audio_position_ms / 1000
                self._words.append(WordEvent(start, event.length, seconds))
            number += 1
        return 0


_loading = threading.Lock()
_load = cache(EspeakLibrary)


def espeak_library() -> EspeakLibrary:
    """Load the library once per process. Raises EngineUnavailable with the remedy."""
    with _loading:
        return _load()
