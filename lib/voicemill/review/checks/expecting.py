"""What a clip should be: the words, sounds and pace that its item asks for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from voicemill.catalog import AudioSource, Item
from voicemill.speech.espeak_library import VoiceEntry, espeak_library
from voicemill.speech.words import normalise

# Raise it whenever a check would find something else in the same file.
CHECKS_VERSION = 2


_FADE_S = 0.1  # a sentence may die away before its end
# A mark inside a sentence, at which a voice may pause, and how far from its place among the
# letters, in seconds or as a share of the sentence.
_MARK = re.compile(r"(?:[,;:.!?…。，、；：！？।]|\s[–—-])(?=.*\w)", re.DOTALL)
_ABOUT_S, _ABOUT_SHARE = 0.35, 0.12
_PAUSE_S = 0.5


@dataclass(frozen=True)
class Piece:
    """A stretch of a clip and the text that is said in it; end_s None: to the end."""

    text: str
    start_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True)
class Expectation:
    """What a clip should be.

    ipa: its sounds, where the item gives them.  spoken: the text as it was prepared for the
    voice.  lone_sound: it says a phoneme by itself, which recognisers of words cannot judge.
    by_lexicon: the lexicon says how some of its words are pronounced.
    rules: the results of its profile's rules, as its source keeps them.
    """

    language: str
    voice: str
    delivery: str
    pieces: tuple[Piece, ...]
    ipa: str = ""
    spoken: str = ""
    lone_sound: bool = False
    by_lexicon: bool = False
    rules: tuple[tuple[str, bool, str], ...] = ()

    @property
    def text(self) -> str:
        """All that is said."""
        return " ".join(piece.text for piece in self.pieces)

    def pauses_s(self, duration_s: float) -> Iterator[tuple[float, float]]:
        """Yield when a silence that is meant may begin and must be over, in a clip of that length.

        Between the sentences of a page, and about where a mark stands inside one.
        """
        for before, after in pairwise(self.pieces):
            if before.end_s is not None:
                yield before.end_s - _FADE_S, after.start_s + _FADE_S
        for piece in self.pieces:
            length_s = (piece.end_s or duration_s) - piece.start_s
            for mark in _MARK.finditer(piece.text):
                at_s = piece.start_s + length_s * mark.start() / len(piece.text)
                about_s = max(_ABOUT_S, _ABOUT_SHARE * length_s)
                yield at_s - about_s, at_s + about_s + _PAUSE_S

    def hash(self, listeners: str) -> str:
        """Return what the results of checks are kept under, beside the file's checksum."""
        content = json.dumps([CHECKS_VERSION, listeners, asdict(self)], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


def expectation(item: Item, source: AudioSource) -> Expectation:
    """Return what a source of an item should be."""
    known = source.metadata
    page = known.get("page") or {}
    return Expectation(
        language=(item.language or source.language or "en").casefold(),
        voice=source.voice,
        delivery=str(known.get("delivery", "")),
        pieces=_of_page(page) if page.get("heard_s") else (Piece(item.text or item.key),),
        ipa="" if page else item.ipa,
        spoken="" if page else str(known.get("spoken", "")),
        lone_sound=known.get("say", "word") != "word" and bool(item.sound),
        by_lexicon=bool(known.get("lexicon")) and not item.ipa,
        rules=tuple(_rules(known.get("checks", ()))),
    )


def _of_page(page: Mapping[str, Any]) -> tuple[Piece, ...]:
    places: Iterable[tuple[Sequence[int], Sequence[float]]] = zip(
        page["sentences"], page["heard_s"], strict=False
    )
    return tuple(
        Piece(page["text"][start:end], float(heard[0]), float(heard[1]))
        for (start, end), heard in places
    )


def _rules(checks: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, bool, str]]:
    for check in checks:
        yield str(check["measure"]), bool(check["passed"]), str(check["sentence"])


def wordings(piece: Piece, expected: Expectation) -> list[str]:
    """Return the ways in which a piece may be written: as it is, written out, as prepared."""
    ways = [piece.text, normalise(piece.text, expected.language)]
    if len(expected.pieces) == 1 and "/" not in expected.spoken:
        ways.append(expected.spoken)
    return list(dict.fromkeys(way for way in ways if way.strip()))


def transcription(text: str, language: str) -> str:
    """Return espeak-ng's IPA of a text; empty for a language that it does not have."""
    entry = _entry(language.casefold())
    if entry is None:
        return ""
    library = espeak_library()
    with library.speaking(entry.identifier):
        return library.transcribe(text)


@lru_cache(maxsize=64)
def _entry(language: str) -> VoiceEntry | None:
    short = language.partition("-")[0]
    # Its American English writes the r that other accents may leave out.
    wanted = ("en-us",) if short == "en" else (language, {"zh": "cmn"}.get(short, short))
    by_tag = {entry.language: entry for entry in espeak_library().voices()}
    return next((by_tag[tag] for tag in wanted if tag in by_tag), None)
