"""From text and IPA to the phonemes Kokoro was trained on.

Text is transcribed by espeak-ng and rewritten in Kokoro's letters, which are IPA but for
English diphthongs and affricates (one letter each). Whatever the model has no letter for is
refused by name: it would be dropped without a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from voicemill.errors import CannotSpeak
from voicemill.speech import prosody
from voicemill.speech.engine import Utterance
from voicemill.speech.espeak_library import VoiceEntry, espeak_library
from voicemill.speech.espeak_phonemes import (
    Piece,
    inventory,
    pieces,
    stressed,
    unknown_symbols,
)


@dataclass(frozen=True)
class Language:
    """A language Kokoro speaks: its tag, accent, and espeak-ng's name for it."""

    tag: str
    accent: str
    espeak: str


# By the first letter of a voice's name. Mandarin (z) is left out: the model writes its tones
# with arrows, and espeak-ng's with digits that mean something else.
LANGUAGES = {
    "a": Language("en-US", "American", "en-us"),
    "b": Language("en-GB", "British", "en-gb"),
    "e": Language("es", "", "es"),
    "f": Language("fr-FR", "", "fr-fr"),
    "h": Language("hi", "", "hi"),
    "i": Language("it", "", "it"),
    "j": Language("ja", "", "ja"),
    "p": Language("pt-BR", "Brazilian", "pt-br"),
}
_COMMON = {"tʃ": "ʧ", "dʒ": "ʤ", "g": "ɡ", "ɹ̩": "ɹ"}
_ENGLISH = {
    **_COMMON,
    "eɪ": "A",
    "aɪ": "I",
    "aʊ": "W",
    "ɔɪ": "Y",
    "oʊ": "O",
    "əʊ": "Q",
    "ɚ": "əɹ",
    "ɝ": "ɜɹ",
    "ɐ": "ə",
    "n̩": "ᵊn",
    "l̩": "ᵊl",
    "m̩": "ᵊm",
}
_SPELLINGS = {
    # American vowels differ in kind, not in length: the model's letters carry no length there.
    "a": {**_ENGLISH, "ː": ""},
    "b": _ENGLISH,
    "j": {
        "tɕ": "ʨ",
        "dʑ": "ʥ",
        "ts": "ʦ",
        "dz": "ʣ",
        "ɯᵝ": "ɯ",
        "ä": "a",
        "o̞": "o",
        "e̞": "e",
        "tʃ": "ʨ",
        "dʒ": "ʥ",
        "ʑ": "ʥ",
        "g": "ɡ",
        "ˈ": "",
        "ˌ": "",
        "oɯ": "oː",
    },
}
_MARKS = str.maketrans(
    {"。": ".", "、": ",", "！": "!", "？": "?", "।": ".", "؟": "?", "«": "“", "»": "”", '"': " "}
)
_PUNCTUATION = re.compile(r"([.,;:!?…—]+(?=[\s“”()]|$)|[“”()—])")
_SPACED_MARK = re.compile(r"\s+([.,;:!?…”)])|([“(])\s+")
_KANJI = re.compile("[\u3400-\u9fff\uf900-\ufaff]")


def phonemes_of_text(utterance: Utterance, language: str, voice_id: str) -> list[tuple[str, str]]:
    """Return (sentence, phonemes) for each sentence of a text.

    Raises CannotSpeak for text without words and for sounds outside the vocabulary.
    """
    if not any(char.isalnum() for char in utterance.text):
        raise CannotSpeak("there is nothing to say in this text", where=utterance.text)
    if language == "j" and (kanji := _KANJI.findall(utterance.text)):
        raise CannotSpeak(
            f"Japanese is read from kana, and this text has {''.join(dict.fromkeys(kanji))}",
            where=voice_id,
            remedy="Write it in kana",
        )
    said: list[tuple[str, str]] = []
    place = 0
    for sentence in prosody.sentences(utterance.text):
        start = utterance.text.index(sentence, place)
        place = start + len(sentence)
        parts = _between(pieces(utterance), start, place)
        spoken = "".join(_phonemes(part, language, voice_id) for part in parts)
        spoken = _SPACED_MARK.sub(r"\1\2", " ".join(spoken.split()))
        said.append((sentence, _checked(spoken, voice_id)))
    return said


def phonemes_of_ipa(ipa: str, language: str, voice_id: str) -> str:
    """Return IPA in Kokoro's letters.

    Raises CannotSpeak naming symbols that the language, or the model, does not have.
    """
    symbols = stressed(inventory(espeak_library(), _espeak_voice(language)).read(ipa, voice_id))
    return _checked(_rewritten("".join(symbols), language), voice_id)


def _phonemes(part: Piece, language: str, voice_id: str) -> str:
    if part.ipa:
        return phonemes_of_ipa(part.ipa, language, voice_id)
    before, after = (" " if edge.isspace() else "" for edge in (part.text[0], part.text[-1]))
    found = []
    with espeak_library().speaking(_espeak_voice(language).identifier) as library:
        for bit in _PUNCTUATION.split(part.text.translate(_MARKS)):
            found.append(bit if _PUNCTUATION.fullmatch(bit) else f" {library.transcribe(bit)} ")
    return f"{before}{_rewritten(''.join(found).strip(), language)}{after}"


def _between(parts: list[Piece], start: int, end: int) -> list[Piece]:
    """Cut the parts of a text to those of one sentence; one said by IPA is never cut."""
    found = []
    for part in parts:
        first, last = max(start - part.start, 0), min(end - part.start, len(part.text))
        if part.ipa and start <= part.start < end:
            found.append(part)
        elif not part.ipa and first < last:
            found.append(Piece(part.start + first, part.text[first:last]))
    return found


def _rewritten(ipa: str, language: str) -> str:
    for spelling, letter in _SPELLINGS.get(language, _COMMON).items():
        ipa = ipa.replace(spelling, letter)
    return ipa


def _checked(phonemes: str, voice_id: str) -> str:
    unknown = [char for char in phonemes if char not in _vocabulary()]
    if unknown:
        raise unknown_symbols(unknown, phonemes, voice_id)
    return phonemes


@cache
def _vocabulary() -> frozenset[str]:
    """Return the letters of Kokoro-82M, as kokoro-onnx lists them."""
    from kokoro_onnx.config import DEFAULT_VOCAB

    return frozenset(DEFAULT_VOCAB)


@cache
def _espeak_voice(language: str) -> VoiceEntry:
    wanted = LANGUAGES[language].espeak
    return next(entry for entry in espeak_library().voices() if entry.language == wanted)
