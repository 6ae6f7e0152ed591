"""What to say for an item: its word, the sound itself, or both; planned honestly.

A phoneme is not a letter: only an engine that speaks IPA can say /iː/. What a voice cannot
say is replaced by what it can, with a note for the plan, or refused with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicemill.errors import CannotSpeak, UnknownName
from voicemill.speech import ipa as notation
from voicemill.speech.engine import Delivery, Engine, Utterance, Voice
from voicemill.speech.words import Entry, Lexicon, wording

SAY = ("word", "phoneme", "both")


@dataclass(frozen=True)
class Wish:
    """What an item offers to be said: its text, the IPA of a sound, its language."""

    text: str
    sound: str
    language: str


@dataclass(frozen=True)
class Manner:
    """How things are said in a run: word, phoneme or both; delivery; the words' own ways."""

    say: str
    delivery: Delivery
    lexicon: Lexicon


@dataclass(frozen=True)
class Saying:
    """Utterances in order, with a pause between them, and how they differ from the wish.

    entries: those of the lexicon that were applied.
    """

    utterances: tuple[Utterance, ...]
    note: str = ""
    entries: tuple[Entry, ...] = ()

    def __str__(self) -> str:
        return " … ".join(str(utterance) for utterance in self.utterances)


@dataclass(frozen=True)
class _Word:
    """A text as it will be spoken, the lexicon's entries in it, and those without effect."""

    utterance: Utterance
    entries: tuple[Entry, ...] = ()
    unusable: tuple[Entry, ...] = ()
    note: str = ""


def decide(
    wish: Wish, manner: Manner, engine: Engine, voice: Voice, *, word_instead: bool = True
) -> Saying:
    """Choose what `voice` says for `wish`.

    manner.say: "word", "phoneme" or "both" (the sound, a pause, the word). An item without a
    sound of its own is always said as its text.
    word_instead: say the word where this voice cannot say the sound.
    Raises UnknownName for another `say`, CannotSpeak with the reason when nothing is left.
    """
    if manner.say not in SAY:
        raise UnknownName("way of saying", manner.say, SAY)
    _match_language(wish, voice)
    notes: list[str] = []
    utterances: list[Utterance] = []
    entries: tuple[Entry, ...] = ()
    if manner.say != "word" and wish.sound:
        try:
            sound, note = _sound(wish, manner, engine, voice)
            utterances.append(sound)
            notes += [note] if note else []
        except CannotSpeak as error:
            if not (word_instead and wish.text):
                raise
            notes.append(f"the word only: {error.what}")
    if manner.say != "phoneme" or not utterances:
        word = _word(wish, manner, engine, voice)
        entries = word.entries
        utterances.append(word.utterance)
        notes += [word.note] if word.note else []
    return Saying(tuple(utterances), "; ".join(notes), entries)


def _word(wish: Wish, manner: Manner, engine: Engine, voice: Voice) -> _Word:
    """Write the text as it is to be spoken: numbers in words, the lexicon applied."""
    if engine.capabilities.speaks_ipa:
        word = _written(wish, manner, speaks_ipa=True)
        try:
            engine.check(word.utterance, voice)
        except CannotSpeak as error:
            # An entry's IPA may have sounds of another accent; its respelling will do then.
            if not word.utterance.pronunciations:
                raise
            note = f"the lexicon's IPA is respelled: {error.what}"
        else:
            return word
    else:
        note = ""
    word = _written(wish, manner, speaks_ipa=False)
    engine.check(word.utterance, voice)
    unusable = ", ".join(f"'{entry.term}'" for entry in word.unusable)
    if unusable:
        note = f"{voice.id} cannot use the lexicon's IPA for {unusable}"
    return replace(word, note=note)


def _written(wish: Wish, manner: Manner, *, speaks_ipa: bool) -> _Word:
    written = wording(wish.text, wish.language, manner.lexicon, speaks_ipa=speaks_ipa)
    utterance = Utterance(
        text=written.text,
        language=wish.language,
        delivery=manner.delivery,
        pronunciations=written.pronunciations,
    )
    return _Word(utterance, written.used, written.unusable)


def _match_language(wish: Wish, voice: Voice) -> None:
    spoken, written = (tag.partition("-")[0].lower() for tag in (voice.language, wish.language))
    if spoken and written and spoken != written:
        raise CannotSpeak(
            f"this voice speaks {voice.language} and the text is {wish.language}",
            where=voice.id,
            remedy=f"Add a voice that speaks {wish.language}",
        )


def _sound(wish: Wish, manner: Manner, engine: Engine, voice: Voice) -> tuple[Utterance, str]:
    if not engine.capabilities.speaks_ipa:
        raise CannotSpeak(
            f"{engine.name} reads text, not IPA, so it cannot say the sound /{wish.sound}/",
            where=voice.id,
            remedy="Choose a voice of an engine that speaks IPA, such as espeak:en-gb",
        )
    spoken = notation.lone_form(wish.sound, engine.capabilities.audible_alone)
    utterance = Utterance(ipa=spoken, language=wish.language, delivery=manner.delivery)
    engine.check(utterance, voice)
    if spoken == notation.normal(wish.sound):
        return utterance, ""
    how = "held" if spoken.endswith("ː") else "with a schwa"
    return utterance, f"/{wish.sound}/ is said {how}, [{spoken}], to be heard alone"
