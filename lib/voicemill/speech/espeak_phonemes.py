"""From IPA to espeak-ng's phoneme mnemonics, asked of espeak-ng itself.

espeak-ng does not read IPA; it reads mnemonics such as [[Si:p]], and each language has its
own set. It can say which IPA any mnemonic stands for, so the table for a voice is made by
asking about every phoneme of that voice, and each translation is confirmed the same way.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from voicemill.errors import CannotSpeak, EngineUnavailable
from voicemill.speech import ipa as notation
from voicemill.speech.engine import Utterance
from voicemill.speech.espeak_library import EspeakLibrary, VoiceEntry, without_brackets

_STRESS = {"ˈ": "'", "ˌ": ","}
_LONGEST_SYMBOL = 5
# English dictionaries write these phonemes with another letter than espeak-ng does. Both
# letters exist in espeak-ng, for other sounds: a closer vowel, a trilled r.
_ENGLISH_NOTATION = {"e": "ɛ", "r": "ɹ"}
# The same phoneme under another name; tried when the symbol itself is not in the voice.
_SAME_PHONEME = {
    "æ": "a",
    "ɛə": "eə",
    "ɪə": "iə",
    "əʊ": "oʊ",
    "oʊ": "əʊ",
    "ɑɪ": "aɪ",
    "ɜ": "ɜː",
    "ɝ": "ɜː",
    "ɐ": "ə",
    "ɫ": "l",
}
# Allophones that espeak-ng chooses by itself; they do not make a translation wrong.
_ALLOPHONES = str.maketrans(
    {"e": "ɛ", "r": "ɹ", "ɐ": "ə", "æ": "a", "ᵻ": "ɪ", "ʍ": "w", "ɫ": "l", "ɾ": "t", "ː": None}
)


@dataclass(frozen=True)
class Piece:
    """A part of an utterance's text from `start` on, as text or, where `ipa` is given, by it."""

    start: int
    text: str
    ipa: str = ""


def pieces(utterance: Utterance) -> list[Piece]:
    """Part an utterance's text at its pronunciations."""
    text, found, place = utterance.text, [], 0
    for said in utterance.pronunciations:
        found.append(Piece(place, text[place : said.start]))
        found.append(Piece(said.start, text[said.start : said.end], said.ipa))
        place = said.end
    found.append(Piece(place, text[place:]))
    return [piece for piece in found if piece.text]


def written(parts: list[Piece], translate: Callable[[str], str]) -> list[str]:
    """Write each part as espeak-ng and Piper read it: IPA, translated, in [[…]]."""
    return [
        f"[[{translate(part.ipa)}]]" if part.ipa else without_brackets(part.text) for part in parts
    ]


@dataclass(frozen=True)
class Inventory:
    """The sounds of one voice: IPA symbol → mnemonics that may stand for it, best first."""

    voice: VoiceEntry
    symbols: dict[str, tuple[str, ...]]

    def read(self, ipa: str, voice_id: str = "") -> list[str]:
        """Split IPA into the voice's own symbols, stress marks put right before the vowel.

        voice_id: the voice to name in the error, where it is not espeak-ng's own.
        Raises CannotSpeak naming every symbol the voice does not have.
        """
        plain = notation.normal(ipa)
        symbols: list[str] = []
        unknown: list[str] = []
        place = 0
        while place < len(plain):
            written, symbol = self._longest(plain, place)
            if not symbol:
                unknown.append(written)
            elif symbol not in ".|‿":
                symbols.append(symbol)
            place += len(written)
        if unknown:
            raise unknown_symbols(unknown, plain, voice_id or f"espeak:{self.voice.language}")
        return _stress_before_vowels(symbols)

    def mnemonics(self, ipa: str, library: EspeakLibrary) -> str:
        """Translate IPA, confirmed by the library. Raises CannotSpeak naming what is unknown."""
        choices = [self._choices(symbol) for symbol in self.read(ipa)]
        first = [found[0] for found in choices]
        attempts = [first] + [
            [*first[:place], other, *first[place + 1 :]]
            for place, found in enumerate(choices)
            for other in found[1:]
        ]
        with library.speaking(self.voice.identifier):
            heard = [library.ipa_of(_joined(attempt)) for attempt in attempts]
        for simplify in (_without_marks, _without_allophones):
            wanted = simplify(notation.normal(ipa))
            for attempt, said in zip(attempts, heard, strict=True):
                if simplify(notation.normal(said)) == wanted:
                    return _joined(attempt)
        raise CannotSpeak(
            f"{self.voice.title} would say [{heard[0]}] for [{notation.normal(ipa)}]",
            where=f"espeak:{self.voice.language}",
            remedy="Choose a voice of that accent",
        )

    def _longest(self, ipa: str, place: int) -> tuple[str, str]:
        """Return what is written at `place` and the voice's symbol for it, "" if it has none."""
        if ipa[place] in notation.SEPARATORS + notation.STRESS + "ː":
            return ipa[place], ipa[place]
        english = self.voice.language.startswith("en")
        for length in range(min(_LONGEST_SYMBOL, len(ipa) - place), 0, -1):
            written = ipa[place : place + length]
            usual = _ENGLISH_NOTATION.get(written, written) if english else written
            for symbol in (usual, written, _SAME_PHONEME.get(written, "")):
                if symbol in self.symbols:
                    return written, symbol
        return ipa[place], ""

    def _choices(self, symbol: str) -> tuple[str, ...]:
        if symbol in _STRESS:
            return (_STRESS[symbol],)
        return {"ː": (":",), " ": (" ",)}.get(symbol) or self.symbols[symbol]


def unknown_symbols(unknown: list[str], ipa: str, voice_id: str) -> CannotSpeak:
    """Build the error that names the IPA symbols a voice does not have."""
    names = ", ".join(f"'{symbol}' (U+{ord(symbol[0]):04X})" for symbol in dict.fromkeys(unknown))
    plural = "s" if len(set(unknown)) > 1 else ""
    return CannotSpeak(
        f"this voice has no sound for the IPA symbol{plural} {names} of [{ipa}]",
        where=voice_id,
        remedy="Correct the IPA, or choose a voice of that language",
    )


@cache
def inventory(library: EspeakLibrary, voice: VoiceEntry) -> Inventory:
    """Ask espeak-ng which IPA each phoneme of this voice stands for (about 10 ms, once)."""
    symbols: dict[str, list[str]] = {}
    with library.speaking(voice.identifier):
        for mnemonic, is_vowel in _phonemes_of(library.data_folder, voice):
            before, after = ("p", "t") if is_vowel else ("a", "a")
            alone = library.ipa_of(mnemonic)
            ends = library.ipa_of(f"{before}|{after}")
            within = library.ipa_of(f"{before}{mnemonic}|{after}")
            in_context = within[1:-1] if ends[:1] + ends[-1:] == within[:1] + within[-1:] else ""
            for symbol in dict.fromkeys((alone, in_context)):
                plain = notation.normal(symbol)
                if plain and not set(plain) & set("-+^()0123456789. "):
                    symbols.setdefault(plain, []).append(mnemonic)
    return Inventory(
        voice, {symbol: tuple(sorted(found, key=_oddity)) for symbol, found in symbols.items()}
    )


def _oddity(mnemonic: str) -> tuple[bool, bool, int]:
    """Sort plain mnemonics before variants: t before t#, I before I2."""
    return "#" in mnemonic, any(char.isdigit() for char in mnemonic), len(mnemonic)


def _joined(mnemonics: list[str]) -> str:
    """Write mnemonics one after another; `|` keeps two from being read as one."""
    text = ""
    for mnemonic in mnemonics:
        separate = text and mnemonic != ":" and text[-1] not in "',| "
        text += f"|{mnemonic}" if separate else mnemonic
    return text


def _stress_before_vowels(symbols: list[str]) -> list[str]:
    """Move each stress mark from before its syllable (dictionaries) to before its vowel."""
    moved: list[str] = []
    waiting = ""
    for symbol in symbols:
        if symbol in _STRESS:
            waiting = symbol
            continue
        if waiting and notation.phoneme_class(symbol) == "vowel" and symbol not in "ː ":
            moved.append(waiting)
            waiting = ""
        moved.append(symbol)
    return moved


def stressed(symbols: list[str]) -> list[str]:
    """Stress the first full vowel where nothing is: dictionaries leave monosyllables bare.

    A neural voice mumbles a word without any stress.
    """
    if not _STRESS.keys().isdisjoint(symbols):
        return symbols
    for place, symbol in enumerate(symbols):
        if symbol not in ("ː", " ", "ə") and notation.phoneme_class(symbol) == "vowel":
            return [*symbols[:place], "ˈ", *symbols[place:]]
    return symbols


def _without_marks(ipa: str) -> str:
    return "".join(char for char in ipa if char not in notation.STRESS + notation.SEPARATORS)


def _without_allophones(ipa: str) -> str:
    return _without_marks(ipa).replace("əʊ", "oʊ").replace("ɪə", "iə").translate(_ALLOPHONES)


def _phonemes_of(data_folder: Path, voice: VoiceEntry) -> Iterator[tuple[str, bool]]:
    """Yield (mnemonic, is a vowel) for the voice's own phoneme table, then those it includes."""
    tables = _phoneme_tables(data_folder)
    name = _table_name(data_folder, voice)
    if name not in tables:
        raise EngineUnavailable(
            f"espeak-ng has no phoneme table '{name}'", where=f"espeak:{voice.language}"
        )
    seen: set[str] = set()
    while name:
        table = tables[name]
        for mnemonic, is_vowel in table.phonemes:
            if mnemonic not in seen:
                seen.add(mnemonic)
                yield mnemonic, is_vowel
        name = table.included


@dataclass(frozen=True)
class _Table:
    included: str
    phonemes: tuple[tuple[str, bool], ...]


@cache
def _phoneme_tables(data_folder: Path) -> dict[str, _Table]:
    """Read `phontab`, as espeak-ng's LoadPhData does.

    A count byte and padding to 4, then per table: number of phonemes, the included table's
    number from 1, padding to 4, a name of 32 bytes; then 16 bytes per phoneme: a mnemonic of
    4 bytes, flags of 4, program of 2, code, type, start, end, length, padding.
    """
    vowel_type, pause_types = 2, {0, 1}
    data = (data_folder / "phontab").read_bytes()
    offset, headers = 4, []
    for _ in range(data[0]):
        count, included = data[offset], data[offset + 1]
        name = data[offset + 4 : offset + 36].split(b"\0")[0].decode()
        offset += 36
        phonemes = []
        for _ in range(count):
            letters, kind = struct.unpack_from("<4s6xx1B", data, offset)
            offset += 16
            mnemonic = letters.rstrip(b"\0").decode("latin-1")
            if mnemonic and kind not in pause_types:
                phonemes.append((mnemonic, kind == vowel_type))
        headers.append((name, included, tuple(phonemes)))
    names = ["", *(name for name, _, _ in headers)]
    return {name: _Table(names[included], found) for name, included, found in headers}


def _table_name(data_folder: Path, voice: VoiceEntry) -> str:
    """Return the phoneme table a voice file asks for, by default its first language's."""
    first_language = ""
    file = data_folder / "lang" / voice.identifier
    for line in file.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[:1] == ["phonemes"]:
            return words[1]
        if words[:1] == ["language"] and not first_language:
            first_language = words[1]
    return first_language.split("-")[0]
