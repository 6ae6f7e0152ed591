"""The plan: what will be made of a table, what will not, why, and how long it takes.

Nothing is spoken here. A plan is a DataFrame of plain values, one row per item, that can be
looked at, filtered, saved, and handed to `produce`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from voicemill.audio import Profile, profile_named
from voicemill.catalog.audio_source import Stored
from voicemill.errors import CannotSpeak, ParameterError, SpeechError, UnknownName
from voicemill.production.job import Request, fingerprint
from voicemill.production.workshop import Workshop
from voicemill.speech.engine import Engine, Voice
from voicemill.speech.saying import SAY, Manner, Saying, Wish, decide

if TYPE_CHECKING:
    import pandas as pd

_REMEMBERED = 5000  # decisions kept for rows that wish the same
GENERATE, REUSE, SKIP = "generate", "reuse", "skip"
# What a person looks at first; the columns after them are what `produce` needs.
SHOWN = ["key", "voice", "speak", "action", "reason", "estimate_s"]


def make_plan(items: pd.DataFrame, request: Request, shop: Workshop) -> pd.DataFrame:
    """Decide for each item whether it is generated, reused or skipped, and why.

    items: as `tables.read_table` returns them. A row that names a voice is spoken by that one,
    or, where it cannot, by those of the request.
    Raises UnknownName for a voice, profile or way of saying that does not exist, and
    EngineUnavailable when no voice of the request can work here.
    """
    import pandas as pd

    if request.say not in SAY:
        raise UnknownName("way of saying", request.say, SAY)
    casting = _Casting(request, shop)
    rows = [_decided(row, *casting.of(row)) for row in _records(items)]
    _find_existing(rows, request, shop)
    return pd.DataFrame(rows, columns=[*_COLUMNS])


def estimate_s(plan: pd.DataFrame, workers: int) -> float:
    """Seconds the whole plan takes with that many workers."""
    return float(plan["estimate_s"].sum()) / max(workers, 1)


_COLUMNS = (
    "collection",
    *SHOWN,
    "order",
    "text",
    "ipa",
    "sound",
    "language",
    "category",
    "locked",
    "say",
    "rate_percent",
    "pitch_hz",
    "volume_percent",
    "pause_s",
    "profile",
    "fallbacks",
    "wanted",
    "fallback",
    "skip_locked",
    "force",
    "fingerprint",
    "file",
    "source_id",
)


@dataclass(frozen=True)
class _Speaker:
    voice: Voice
    engine: Engine
    version: str
    cost_s_per_char: float


class _Casting:
    """Who speaks the rows that name a voice, and all others."""

    def __init__(self, request: Request, shop: Workshop) -> None:
        self._shop = shop
        self._cast = {"": (request, _Speakers(request, shop))}

    def of(self, row: Mapping[str, Any]) -> tuple[Request, _Speakers]:
        """Return the request and the speakers of a row. Raises UnknownName with its place."""
        voice = row["voice"]
        if voice not in self._cast:
            usual, _speakers = self._cast[""]
            request = replace(usual, voices=tuple(dict.fromkeys((voice, *usual.voices))))
            try:
                self._cast[voice] = request, _Speakers(request, self._shop)
            except UnknownName as error:
                error.where = f"{row['collection']} '{row['key']}'"
                raise
        return self._cast[voice]


class _Speakers:
    """The voices of a request, and what each would say; the same wish is decided once."""

    def __init__(self, request: Request, shop: Workshop) -> None:
        self._request = request
        self._manner = Manner(request.say, request.delivery, shop.lexicon)
        self.profile: Profile = profile_named(request.profile, shop.profiles)
        self._decided: dict[Wish, tuple[_Speaker, Saying, str] | str] = {}
        self._speakers: list[_Speaker] = []
        problems: list[SpeechError] = []
        if not request.voices:
            raise ParameterError("no voice was named", where="voices", remedy="Name at least one")
        wanted = request.voices if request.fallback else request.voices[:1]
        for voice_id in dict.fromkeys(wanted):
            try:
                self._speakers.append(_speaker(voice_id, shop))
            except SpeechError as error:  # not installed: the next voice may be
                problems.append(error)
        if not self._speakers:
            raise problems[0]

    def decide(self, wish: Wish) -> tuple[_Speaker, Saying, str] | str:
        """Return who says what, with the fingerprint; or why nobody can say it."""
        if wish not in self._decided:
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            self._decided[wish] = self._decide(wish)
        return self._decided[wish]

    def others(self, speaker: _Speaker) -> str:
        """Ids of the voices to fall back on instead of `speaker`, one per line."""
        # Not by spaces: a voice may be the path of its file.
        return "\n".join(other.voice.id for other in self._speakers if other is not speaker)

    def _decide(self, wish: Wish) -> tuple[_Speaker, Saying, str] | str:
        """Ask each voice in order; only when none can say the sound is the word good enough."""
        for word_instead in (False, True):
            reasons = []
            for speaker in self._speakers:
                try:
                    saying = self._saying(wish, speaker, word_instead=word_instead)
                except CannotSpeak as error:
                    reasons.append(f"{speaker.voice.id}: {error.what}")
                    continue
                note = "; ".join([*reasons, saying.note] if saying.note else reasons)
                return speaker, replace(saying, note=note), self._fingerprint(saying, speaker)
        return "; ".join(reasons)

    def _saying(self, wish: Wish, speaker: _Speaker, *, word_instead: bool) -> Saying:
        engine, voice = speaker.engine, speaker.voice
        return decide(wish, self._manner, engine, voice, word_instead=word_instead)

    def _fingerprint(self, saying: Saying, speaker: _Speaker) -> str:
        delivery, pause_s = self._request.delivery, self._request.pause_s
        voice, version = speaker.voice, speaker.version
        return fingerprint(saying, delivery, pause_s, voice, version, self.profile)


def _speaker(voice_id: str, shop: Workshop) -> _Speaker:
    voice = shop.engines.voice(voice_id)
    engine = shop.engines.engine_of(voice)
    measured = shop.catalog.runs.cost_s_per_char(voice.id)
    cost = measured if measured is not None else engine.capabilities.cost_s_per_char
    return _Speaker(voice, engine, shop.engines.version(voice), cost)


def _records(items: pd.DataFrame) -> Iterator[Mapping[str, Any]]:
    names = ["collection", "key", "order", "text", "ipa", "sound", "language", "category", "locked"]
    voices = items["voice"].tolist() if "voice" in items else [""] * len(items)
    for voice, *values in zip(voices, *(items[name].tolist() for name in names), strict=True):
        yield {**dict(zip(names, values, strict=True)), "voice": voice.strip()}


def _decided(row: Mapping[str, Any], request: Request, speakers: _Speakers) -> dict[str, Any]:
    planned = {
        **row,
        "voice": "",
        "speak": "",
        "action": SKIP,
        "reason": "",
        "estimate_s": 0.0,
        "say": request.say,
        "rate_percent": request.delivery.rate_percent,
        "pitch_hz": request.delivery.pitch_hz,
        "volume_percent": request.delivery.volume_percent,
        "pause_s": request.pause_s,
        "profile": request.profile,
        "fallbacks": "",
        "wanted": "\n".join(request.voices),
        "fallback": request.fallback,
        "skip_locked": request.skip_locked,
        "force": request.force,
        "fingerprint": "",
        "file": "",
        "source_id": 0,
    }
    if not row["text"].strip() and not row["sound"]:
        return {**planned, "reason": "empty: there is nothing to say"}
    decision = speakers.decide(Wish(row["text"], row["sound"], row["language"]))
    if isinstance(decision, str):
        return {**planned, "reason": f"cannot be spoken: {decision}"}
    speaker, saying, name = decision
    characters = sum(len(spoken.text or spoken.ipa) for spoken in saying.utterances)
    return {
        **planned,
        "voice": speaker.voice.id,
        "speak": str(saying),
        "action": GENERATE,
        "reason": saying.note,
        "estimate_s": round(speaker.cost_s_per_char * characters, 4),
        "fallbacks": speakers.others(speaker),
        "fingerprint": name,
    }


def _find_existing(rows: list[dict[str, Any]], request: Request, shop: Workshop) -> None:
    """Turn rows that need no making into reuse or skip."""
    catalog = shop.catalog
    collections = {row["collection"] for row in rows}
    locked = {name: catalog.items.locked_keys(name) for name in collections}
    stored = catalog.sources.stored(row["fingerprint"] for row in rows if row["fingerprint"])
    sizes = shop.store.sizes() if stored else {}
    now = datetime.now(UTC)
    first_with: dict[str, str] = {}
    for row in rows:
        if request.skip_locked and (row["locked"] or row["key"] in locked[row["collection"]]):
            row.update(action=SKIP, reason="locked", estimate_s=0.0)
            continue
        if row["action"] != GENERATE:
            continue
        name = row["fingerprint"]
        if request.force:
            row["reason"] = _joined("forced: made again", row["reason"])
        elif name in stored:
            _reuse(row, stored[name], sizes, now)
        if row["action"] == GENERATE and name in first_with:
            row.update(action=REUSE, estimate_s=0.0)
            row["reason"] = _joined(f"sounds the same as '{first_with[name]}'", row["reason"])
        first_with.setdefault(name, row["key"])


def _reuse(
    row: dict[str, Any], found: list[Stored], sizes: Mapping[str, int], now: datetime
) -> None:
    """Reuse the first of `found` whose file is whole and whose time has not run out."""
    problem = ""
    mine_first = sorted(
        found, key=lambda s: (s.collection, s.key) != (row["collection"], row["key"])
    )
    for source in mine_first:
        if source.cached_until is not None and source.cached_until <= now:
            problem = f"made again: expired on {source.cached_until:%Y-%m-%d}"
        elif source.file not in sizes:
            problem = "made again: its file is gone"
        elif sizes[source.file] != source.size_bytes:
            problem = "made again: its file is damaged"
        else:
            mine = (source.collection, source.key) == (row["collection"], row["key"])
            why = "already made" if mine else f"already made for {source.collection} '{source.key}'"
            row.update(action=SKIP if mine else REUSE, estimate_s=0.0)
            row.update(file=source.file, source_id=source.id)
            row["reason"] = _joined(why, row["reason"])
            return
    row["reason"] = _joined(problem, row["reason"])


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
