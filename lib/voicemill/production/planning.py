"""The plan: what will be made of a table, what will not, why, and how long it takes.

Nothing is spoken here. A plan is a DataFrame of plain values, one row per item, that can be
looked at, filtered, saved, and handed to `produce`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from voicemill.catalog.audio_source import GENERATED, Stored
from voicemill.errors import UnknownName
from voicemill.production.job import Request
from voicemill.production.narration.sentences import kept_before
from voicemill.production.speakers import Company, Speakers
from voicemill.production.takes import check_takes
from voicemill.production.workshop import Workshop
from voicemill.speech.saying import SAY, Wish
from voicemill.tables import ITEM_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

GENERATE, REUSE, SKIP = "generate", "reuse", "skip"
# Of a table, what every row of a plan repeats; who is to speak it is decided.
READ = tuple(name for name in ITEM_COLUMNS if name != "voice")
Sentences = tuple[tuple[str, float], ...]  # fingerprint and cost in seconds of each
# What a person looks at first; the columns after them are what `produce` needs.
SHOWN = ["key", "voice", "speak", "action", "reason", "estimate_s"]


def make_plan(items: pd.DataFrame, request: Request, shop: Workshop) -> pd.DataFrame:
    """Decide for each item whether it is generated, reused or skipped, and why.

    items: as `tables.read_table` returns them. A row that names a voice is spoken by that one,
    or, where it cannot, by those of the request.
    Raises UnknownName for a voice, profile or way of saying that does not exist, ParameterError
    for a number of takes that cannot be, and EngineUnavailable when no voice of the request can
    work here.
    """
    import pandas as pd

    if request.say not in SAY:
        raise UnknownName("way of saying", request.say, SAY)
    check_takes(request.takes)
    company = Company(request, shop)
    decided = [_decided(row, *company.of(row)) for row in _records(items)]
    rows = [row for row, _sentences in decided]
    _find_existing(rows, request, shop)
    _find_sentences(decided, request, shop)
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
    "narration",
    "takes",
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


def _records(items: pd.DataFrame) -> Iterator[Mapping[str, Any]]:
    if "chapter" in items:  # a book's; the catalog keeps it as the page's category
        items = items.assign(category=items["chapter"])
    voices = items["voice"].tolist() if "voice" in items else [""] * len(items)
    for voice, *values in zip(voices, *(items[name].tolist() for name in READ), strict=True):
        yield {**dict(zip(READ, values, strict=True)), "voice": voice.strip()}


def _decided(
    row: Mapping[str, Any], request: Request, speakers: Speakers
) -> tuple[dict[str, Any], Sentences]:
    """Return the row of the plan, and of a page the cost of each sentence by fingerprint."""
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
        "narration": request.narration,
        "takes": request.takes,
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
        return {**planned, "reason": "empty: there is nothing to say"}, ()
    decision = speakers.decide(Wish(row["text"], row["sound"], row["language"]), row["ipa"])
    if isinstance(decision, str):
        return {**planned, "reason": f"cannot be spoken: {decision}"}, ()
    planned |= {
        "voice": decision.voices[0],
        "speak": decision.speak,
        "action": GENERATE,
        "reason": decision.note,
        "estimate_s": round(decision.cost_s, 4),
        # Not by spaces: a voice may be the path of its file.
        "fallbacks": "\n".join(decision.voices[1:]),
        "fingerprint": decision.fingerprint,
    }
    return planned, decision.sentences


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


def _find_sentences(
    decided: Sequence[tuple[dict[str, Any], Sentences]], request: Request, shop: Workshop
) -> None:
    """Say of pages how many of their sentences exist, and count only the others' time."""
    pages = [(row, each) for row, each in decided if each and row["action"] == GENERATE]
    if request.force or not pages:
        return
    kept = kept_before([name for _row, each in pages for name, _cost_s in each], shop)
    for row, each in pages:
        missing = [(name, cost_s) for name, cost_s in each if name not in kept]
        row["estimate_s"] = round(sum(cost_s for _name, cost_s in missing), 4)
        if len(missing) < len(each):
            made = f"{len(each) - len(missing)} of {len(each)} sentences exist"
            row["reason"] = _joined(made, row["reason"])
        kept |= {name for name, _cost_s in missing}  # said again, it is made once


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
            if mine and source.source_type == GENERATED:
                why, mine = "already made for a comparison", False
            row.update(action=SKIP if mine else REUSE, estimate_s=0.0)
            row.update(file=source.file, source_id=source.id)
            row["reason"] = _joined(why, row["reason"])
            return
    row["reason"] = _joined(problem, row["reason"])


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
