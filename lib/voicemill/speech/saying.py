"""What to say for an item: its word, the sound itself, or both; planned honestly.

A phoneme is not a letter: only an engine that speaks IPA can say /iː/. What a voice cannot
say is replaced by what it can, with a note for the plan, or refused with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from voicemill.errors import CannotSpeak, UnknownName
from voicemill.speech import ipa as notation
from voicemill.speech.engine import Delivery, Engine, Utterance, Voice

SAY = ("word", "phoneme", "both")


@dataclass(frozen=True)
class Wish:
    """What an item offers to be said: its text, the IPA of a sound, its language."""

    text: str
    sound: str
    language: str


@dataclass(frozen=True)
class Saying:
    """Utterances in order, with a pause between them, and how they differ from the wish."""

    utterances: tuple[Utterance, ...]
    note: str = ""

    def __str__(self) -> str:
        return " … ".join(str(utterance) for utterance in self.utterances)


def decide(
    wish: Wish,
    say: str,
    delivery: Delivery,
    engine: Engine,
    voice: Voice,
    *,
    word_instead: bool = True,
) -> Saying:
    """Choose what `voice` says for `wish`.

    say: "word", "phoneme" or "both" (the sound, a pause, the word). An item without a sound
    of its own is always said as its text.
    word_instead: say the word where this voice cannot say the sound.
    Raises UnknownName for another `say`, CannotSpeak with the reason when nothing is left.
    """
    if say not in SAY:
        raise UnknownName("way of saying", say, SAY)
    _match_language(wish, voice)
    notes: list[str] = []
    utterances: list[Utterance] = []
    if say != "word" and wish.sound:
        try:
            sound, note = _sound(wish, delivery, engine, voice)
            utterances.append(sound)
            notes += [note] if note else []
        except CannotSpeak as error:
            if not (word_instead and wish.text):
                raise
            notes.append(f"the word only: {error.what}")
    if say != "phoneme" or not utterances:
        word = Utterance(text=wish.text, language=wish.language, delivery=delivery)
        engine.check(word, voice)
        utterances.append(word)
    return Saying(tuple(utterances), "; ".join(notes))


def _match_language(wish: Wish, voice: Voice) -> None:
    spoken, written = (tag.partition("-")[0].lower() for tag in (voice.language, wish.language))
    if spoken and written and spoken != written:
        raise CannotSpeak(
            f"this voice speaks {voice.language} and the text is {wish.language}",
            where=voice.id,
            remedy=f"Add a voice that speaks {wish.language}",
        )


def _sound(wish: Wish, delivery: Delivery, engine: Engine, voice: Voice) -> tuple[Utterance, str]:
    if not engine.capabilities.speaks_ipa:
        raise CannotSpeak(
            f"{engine.name} reads text, not IPA, so it cannot say the sound /{wish.sound}/",
            where=voice.id,
            remedy="Choose a voice of an engine that speaks IPA, such as espeak:en-gb",
        )
    spoken = notation.lone_form(wish.sound, engine.capabilities.audible_alone)
    utterance = Utterance(ipa=spoken, language=wish.language, delivery=delivery)
    engine.check(utterance, voice)
    if spoken == notation.normal(wish.sound):
        return utterance, ""
    manner = "held" if spoken.endswith("ː") else "with a schwa"
    return utterance, f"/{wish.sound}/ is said {manner}, [{spoken}], to be heard alone"
