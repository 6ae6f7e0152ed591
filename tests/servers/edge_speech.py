"""What the stand-in for Edge's service says: real speech by espeak-ng, and its list of voices."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import lameenc
import numpy as np
import soxr

from voicemill.speech.engine import Cue, Delivery, Speech, Utterance
from voicemill.speech.espeak import EspeakEngine

RATE_HZ, TICKS_PER_S = 24_000, 10_000_000
_ESPEAK = EspeakEngine()
_ESPEAK_TAGS = {"zh": "cmn", "en-US": "en-us", "en-GB": "en-gb"}
_NAME = re.compile(r"\(([^,]+), (\w+)\)")


class Word(NamedTuple):
    """A word boundary; times in ticks."""

    start: int
    duration: int
    text: str


@dataclass(frozen=True)
class Spoken:
    """A text as the service answers it."""

    mp3: bytes
    words: tuple[Word, ...]


def read_ssml(ssml: str) -> tuple[str, Delivery, str]:
    """Return the language tag of the voice, the delivery and the text."""
    space = "{http://www.w3.org/2001/10/synthesis}"
    voice = ET.fromstring(ssml).find(f"{space}voice")
    assert voice is not None
    prosody = voice.find(f"{space}prosody")
    match = _NAME.search(voice.attrib["name"])
    assert prosody is not None
    assert match is not None
    sound = prosody.attrib
    return (
        match[1],
        Delivery.parse(sound["rate"], sound["pitch"], sound["volume"]),
        prosody.text or "",
    )


@lru_cache(maxsize=64)
def speak(text: str, language: str, delivery: Delivery) -> Spoken:
    """Speak with espeak-ng at 24 kHz, with a little silence around, as MP3."""
    base = language.partition("-")[0]
    tag = _ESPEAK_TAGS.get(language) or _ESPEAK_TAGS.get(base, base)
    voice = _ESPEAK.find(tag)
    assert voice is not None, tag
    speech = _ESPEAK.synthesize(Utterance(text=text, delivery=delivery), voice)
    sound = soxr.resample(speech.samples, speech.rate_hz, RATE_HZ)
    silence = np.zeros(int(0.1 * RATE_HZ), np.float32)
    samples = np.concatenate([silence, sound, silence, silence])
    texts = word_texts(text, [cue.text for cue in speech.cues])
    words: list[Word] = []
    for cue, said in zip(speech.cues, texts, strict=True):
        start, end = (int((time_s + 0.1) * TICKS_PER_S) for time_s in heard_s(speech, cue))
        if said:
            words.append(Word(start, end - start, said))
        elif words:  # espeak-ng tells of the parts of a number, the service does not
            words[-1] = words[-1]._replace(duration=end - words[-1].start)
    return Spoken(to_mp3(samples), tuple(words))


def heard_s(speech: Speech, cue: Cue) -> tuple[float, float]:
    """When a word begins and ends, without the pause after it that espeak-ng counts in."""
    start = int(cue.start_s * speech.rate_hz)
    samples = speech.samples[start : int(cue.end_s * speech.rate_hz)]
    loud = np.flatnonzero(np.abs(samples) > 0.005)
    length = loud[-1] + 1 if len(loud) else len(samples)
    return cue.start_s, cue.start_s + float(length) / speech.rate_hz


def word_texts(text: str, words: list[str]) -> list[str]:
    """Return what of the text each word stands for: up to where the next one begins."""
    starts, place = [], 0
    for before, word in pairwise(["", *words]):
        again = word[:1].isdigit() and bare(before).endswith(bare(word))  # a part of a number
        found = -1 if again else text.find(word, place)
        starts.append(found if found >= 0 else None)
        place = found + 1 if found >= 0 else place
    texts = []
    for number, start in enumerate(starts):
        following = next((s for s in starts[number + 1 :] if s is not None), len(text))
        texts.append(bare(text[start:following]) if start is not None else "")
    return texts


def bare(word: str) -> str:
    """A word without the marks around it."""
    return word.strip(" \n.,;:!?。，！？")


def to_mp3(samples: np.ndarray[Any, Any]) -> bytes:
    """Encode as the service does: 24 kHz mono, 48 kbps constant."""
    encoder = lameenc.Encoder()
    encoder.set_in_sample_rate(RATE_HZ)
    encoder.set_out_sample_rate(RATE_HZ)
    encoder.set_channels(1)
    encoder.set_bit_rate(48)
    encoder.set_quality(7)
    encoder.silence()
    pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    return bytes(encoder.encode(pcm) + encoder.flush())


def listed(name: str, gender: str, language: str, region: str) -> dict[str, Any]:
    """Describe a voice as the service's list does."""
    locale, person = (
        "-".join(name.split("-")[:-1]),
        name.rsplit("-", maxsplit=1)[-1].removesuffix("Neural"),
    )
    return {
        "Name": f"Microsoft Server Speech Text to Speech Voice ({locale}, {person}Neural)",
        "ShortName": name,
        "Gender": gender,
        "Locale": locale,
        "SuggestedCodec": "audio-24khz-48kbitrate-mono-mp3",
        "FriendlyName": f"Microsoft {person} Online (Natural) - {language} ({region})",
        "Status": "GA",
    }


VOICES = [
    listed("en-US-AriaNeural", "Female", "English", "United States"),
    listed("en-US-JennyNeural", "Female", "English", "United States"),
    listed("en-US-GuyNeural", "Male", "English", "United States"),
    listed("en-GB-SoniaNeural", "Female", "English", "United Kingdom"),
    listed("en-GB-RyanNeural", "Male", "English", "United Kingdom"),
    listed("en-AU-NatashaNeural", "Female", "English", "Australia"),
    listed("en-AU-WilliamNeural", "Male", "English", "Australia"),
    listed("en-AU-WilliamMultilingualNeural", "Male", "English", "Australia"),
    listed("vi-VN-HoaiMyNeural", "Female", "Vietnamese", "Vietnam"),
    listed("vi-VN-NamMinhNeural", "Male", "Vietnamese", "Vietnam"),
    listed("zh-CN-XiaoxiaoNeural", "Female", "Chinese", "Mainland"),
    listed("zh-CN-YunxiNeural", "Male", "Chinese", "Mainland"),
    listed("hi-IN-SwaraNeural", "Female", "Hindi", "India"),
    listed("hi-IN-MadhurNeural", "Male", "Hindi", "India"),
    listed("fr-FR-DeniseNeural", "Female", "French", "France"),
    listed("ar-EG-SalmaNeural", "Female", "Arabic", "Egypt"),
]
