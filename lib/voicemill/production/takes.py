"""Takes: a short item is said in several ways, and the way that is understood best is kept.

A neural voice fails now and then at a word by itself, and says it well with another mark behind
it or a little slower. Which ways there are is up to its engine (Capabilities.takes); each is the
same every time, so that the same item has the same takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from voicemill.errors import CannotSpeak, MasteringError, ParameterError
from voicemill.production import signs
from voicemill.production.attempt import Made
from voicemill.production.judging import Heard, Judge, Said
from voicemill.speech.engine import Engine, Voice
from voicemill.speech.saying import Saying

MOST_TAKES = 20
SHORT_WORDS = 5  # what has more is not said better by itself
# Part of the fingerprint of what is chosen; raise it when engines vary their takes otherwise.
TAKES_VERSION = 1


# Of the takes after the first, how many are made before one is good, and seconds to hear one
# (measured, see docs/takes.md).
_LIKELY_SHARE = 0.5
_HEARING_S = 0.1


@dataclass(frozen=True)
class Choice:
    """How many takes are made at most, and how the best is told.

    why_one: why it is only one, where more were asked for.
    """

    count: int = 1
    said: Said | None = None
    judge: Judge | None = None
    why_one: str = ""

    @property
    def mark(self) -> tuple[str | int, ...]:
        """What decides which take is kept, for the fingerprint."""
        if self.said is None or self.judge is None:
            return ()
        return self.count, self.said.ipa, self.judge.version, TAKES_VERSION

    def cost_s(self, one_s: float) -> float:
        """Return the seconds all takes are likely to need, where one needs `one_s`."""
        if self.count == 1:
            return one_s
        likely = 1 + _LIKELY_SHARE * (self.count - 1)
        return likely * (one_s + _HEARING_S)

    @property
    def note(self) -> str:
        """What a plan says of it."""
        if self.count > 1:
            return f"the best of up to {self.count} takes"
        return f"one take: {self.why_one}" if self.why_one else ""


@dataclass(frozen=True)
class _Take:
    number: int
    made: Made
    heard: Heard


def check_takes(takes: int) -> None:
    """Raise ParameterError for a number of takes that cannot be."""
    if not 1 <= takes <= MOST_TAKES:
        raise ParameterError(
            f"{takes} is no number of takes", where="takes", remedy=f"Write 1 to {MOST_TAKES}"
        )


def choice_of(
    wanted: int, saying: Saying, ipa: str, voice: Voice, engine: Engine, judge: Judge | None
) -> Choice:
    """Say how many of the takes that are wanted an item gets, and if one, why.

    ipa: how its text is pronounced, where the table says so.
    """
    if wanted <= 1:
        return Choice()
    said = _said(saying, ipa, voice)
    if isinstance(said, str):
        return Choice(why_one=said)
    ways = engine.capabilities.takes
    if ways <= 1:
        return Choice(why_one=f"{engine.name} has nothing to vary")
    why_not = judge.why_not(said) if judge else "nobody is there to listen to them"
    if why_not or judge is None:
        return Choice(why_one=why_not)
    return Choice(min(wanted, ways), said, judge)


def best_take(choice: Choice, make: Callable[[int], Made], hear: Callable[[Made], Heard]) -> Made:
    """Make takes until one is good, and return the one understood best, with the others beside.

    make: given the number of a take, from 1.  A take that cannot be made is passed over as long
    as there is another; raises what the last of them raised when there is none.
    """
    takes: list[_Take] = []
    problem: Exception | None = None
    for number in range(1, choice.count + 1):
        try:
            made = make(number)
        except (CannotSpeak, MasteringError) as error:
            problem = error
            continue
        if any(made.data == one.made.data for one in takes):
            continue
        takes.append(_Take(number, made, hear(made)))
        signs.give()
        if takes[-1].heard.good:
            break
    if not takes:
        assert problem is not None  # at least one take was tried
        raise problem
    return _chosen(takes)


def _chosen(takes: list[_Take]) -> Made:
    best = max(takes, key=lambda one: one.heard.score)  # of equals the first
    scores = [[one.number, round(one.heard.score, 4)] for one in takes]
    others = tuple(_described(one, takes, kept=False) for one in takes if one is not best)
    kept = _described(best, takes, kept=True)
    details = {**kept.details, "take": {**kept.details["take"], "scores": scores}}
    return replace(kept, details=details, others=others)


def _described(take: _Take, takes: Sequence[_Take], *, kept: bool) -> Made:
    facts = {
        "number": take.number,
        "made": len(takes),
        "score": round(take.heard.score, 4),
        "heard": take.heard.sounds,
        "kept": kept,
    }
    note = f"take {take.number} of {len(takes)}, score {take.heard.score:.2f}"
    details = {**take.made.details, "take": facts}
    return replace(take.made, details=details, note=note if len(takes) > 1 else "")


def _said(saying: Saying, ipa: str, voice: Voice) -> Said | str:
    """Return what its takes should be; or why there is only one."""
    if len(saying.utterances) != 1 or saying.utterances[0].ipa:
        return "the recogniser knows words, not lone sounds"
    [utterance] = saying.utterances
    if len(utterance.text.split()) > SHORT_WORDS:
        return f"it has more than {SHORT_WORDS} words"
    whole = [
        part.ipa
        for part in utterance.pronunciations
        if (part.start, part.end) == (0, len(utterance.text))
    ]
    if utterance.pronunciations and not (ipa or whole):
        return "the lexicon has words of it said in its own way"
    return Said(utterance.text, "".join(whole) or ipa, utterance.language or voice.language)
