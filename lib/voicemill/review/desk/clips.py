"""The clips of a desk: a row for each item in its list, and all that is known of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from voicemill.catalog import AudioSource, HeardFile, Item, Review
from voicemill.catalog.best import by_preference
from voicemill.catalog.reviews import OPEN, status_of
from voicemill.production.workshop import Workshop

SUSPICIOUS = 0.5  # from this suspicion on a clip is listed as suspicious
_SHOWN_CHARS = 300  # of a text in the list; a page has thousands


@dataclass(frozen=True)
class Eye:
    """Who looks at the clips, and how many must agree."""

    reviewer: str
    required: int = 1


@dataclass(frozen=True)
class _Known:
    """What the catalog knows of some items, read together."""

    sources: Mapping[int, Sequence[AudioSource]]
    reviews: Mapping[tuple[int, str], Sequence[Review]]
    heard: Mapping[str, HeardFile]


def list_rows(items: Sequence[Item], shop: Workshop, eye: Eye) -> list[dict[str, Any]]:
    """Return one row for each item: what it says, what is played, and what people think of it."""
    known = _known(items, shop)
    now = datetime.now(UTC)
    return [_row(item, known, eye, now) for item in items]


def clip_facts(item: Item, source_id: int, shop: Workshop, eye: Eye) -> dict[str, Any]:
    """Return all that is known of one source of an item, and which others there are.

    source_id: 0 means the one that is played. Without any, `source` is 0.
    """
    known = _known([item], shop)
    now = datetime.now(UTC)
    sources = by_preference(known.sources.get(item.id, ()), item)
    chosen = next((one for one in sources if one.id == source_id), None)
    chosen = chosen or played_first(sources, now)
    return {
        "item": item.id,
        "text": item.text,
        "source": chosen.id if chosen else 0,
        "sources": [_source(one, item, known, eye, now) for one in sources],
        **(_details(chosen, item, known, shop) if chosen else {}),
    }


def judgement_of(item: Item, checksum: str, shop: Workshop, eye: Eye) -> dict[str, Any]:
    """Return what is thought of one file of an item."""
    reviews = {(item.id, checksum): shop.catalog.reviews.of_clip(item.id, checksum)}
    return _judgement(item.id, checksum, _Known({}, reviews, {}), eye)


def played_first(sources: Sequence[AudioSource], now: datetime) -> AudioSource | None:
    """Return the first that has not expired. Whether its file is there is seen when it is read."""
    return next((source for source in sources if not source.expired(now)), None)


def _known(items: Sequence[Item], shop: Workshop) -> _Known:
    catalog = shop.catalog
    ids = [item.id for item in items]
    sources: dict[int, list[AudioSource]] = {}
    for source in catalog.sources.of_items(ids):
        sources.setdefault(source.item_id, []).append(source)
    checksums = (source.checksum for each in sources.values() for source in each)
    newest = {one.checksum: one for one in sorted(catalog.heard.of(checksums).values(), key=_age)}
    return _Known(sources, catalog.reviews.of_items(ids), newest)


def _age(found: HeardFile) -> float:
    return found.created_at.timestamp() if found.created_at else 0.0


def _row(item: Item, known: _Known, eye: Eye, now: datetime) -> dict[str, Any]:
    sources = by_preference(known.sources.get(item.id, ()), item)
    source = played_first(sources, now)
    row = {
        "id": item.id,
        "collection": item.collection,
        "key": item.key,
        "text": item.text[:_SHOWN_CHARS],
        "ipa": item.ipa,
        "category": item.category,
        "language": item.language,
        "locked": item.locked,
        "source": 0,
        "sources": len(sources),
        "type": "web_speech" if item.text else "none",
        "voice": "",
        "checksum": "",
        "duration_s": 0,
        "suspicion": 0,
        "suspicious": False,
        "why": "",
    }
    if source is None:
        return {**row, **_judgement(item.id, "", known, eye), "before": ""}
    heard = known.heard.get(source.checksum)
    reasons = [one["sentence"] for one in _complaints(source, heard)]
    suspicion = heard.suspicion if heard else 0
    return {
        **row,
        "source": source.id,
        "type": source.source_type,
        "voice": source.voice,
        "checksum": source.checksum,
        "duration_s": round(source.duration_s, 3),
        "suspicion": round(suspicion, 3),
        "suspicious": suspicion >= SUSPICIOUS or bool(reasons),
        "why": reasons[0] if reasons else "",
        **_judgement(item.id, source.checksum, known, eye),
        "before": _before(item.id, sources, source, known, eye),
    }


def _judgement(item_id: int, checksum: str, known: _Known, eye: Eye) -> dict[str, Any]:
    """Return what is thought of a file; what others said only after one's own word.

    Whoever knows what the other said does not judge independently of it.
    """
    reviews = known.reviews.get((item_id, checksum), ())
    mine = next((one for one in reviews if one.reviewer == eye.reviewer), None)
    others = [one for one in reviews if one.reviewer != eye.reviewer and one.verdict != OPEN]
    spoken = mine is not None and mine.verdict != OPEN
    hidden = eye.required > 1 and not spoken and len(others) < eye.required
    visible = [mine] if hidden and mine else [] if hidden else list(reviews)
    return {
        "status": status_of(visible, eye.required),
        "mine": _said(mine) if mine else None,
        "others": [] if hidden else [_said(one) for one in others],
        "hidden": len(others) if hidden else 0,
    }


def _said(review: Review) -> dict[str, Any]:
    return {
        "reviewer": review.reviewer,
        "verdict": review.verdict,
        "rating": review.rating,
        "comment": review.comment,
    }


def _before(
    item_id: int,
    sources: Sequence[AudioSource],
    played: AudioSource,
    known: _Known,
    eye: Eye,
) -> str:
    """Say what was thought of a file of this item that is not there any more."""
    there = {source.checksum for source in sources}
    if (item_id, played.checksum) in known.reviews:
        return ""
    gone = [
        reviews
        for (of_item, checksum), reviews in known.reviews.items()
        if of_item == item_id and checksum not in there
    ]
    return status_of(gone[-1], eye.required) if gone else ""


def _source(
    source: AudioSource, item: Item, known: _Known, eye: Eye, now: datetime
) -> dict[str, Any]:
    return {
        "id": source.id,
        "type": source.source_type,
        "voice": source.voice,
        "delivery": source.metadata.get("delivery", ""),
        "spoken": source.metadata.get("spoken", ""),
        "checksum": source.checksum,
        "duration_s": round(source.duration_s, 3),
        "made": source.updated_at.isoformat() if source.updated_at else "",
        "preferred": source.id == item.preferred_source_id,
        "approved": source.approved,
        "expired": source.expired(now),
        "plays": source.plays,
        "take": _take(source),
        **_judgement(item.id, source.checksum, known, eye),
    }


def _take(source: AudioSource) -> str:
    """Say which of several takes it is, and how well it was understood (0 … 1)."""
    take = source.metadata.get("take", {})
    if take.get("made", 1) < 2:
        return ""
    kept = ", the best understood" if take["kept"] else ""
    return f"take {take['number']} of {take['made']}, score {take['score']:.2f}{kept}"


def _details(source: AudioSource, item: Item, known: _Known, shop: Workshop) -> dict[str, Any]:
    measures = source.metadata.get("measures", {})
    complaints = _complaints(source, known.heard.get(source.checksum))
    return {
        "checksum": source.checksum,
        "format": source.format,
        "duration_s": source.duration_s,
        "loudness_lufs": measures.get("loudness_lufs"),
        "note": source.metadata.get("note", ""),
        "profile": source.profile,
        "cues": _cues(source, item),
        "words": source.metadata.get("page", source.metadata).get("words", []),
        "complaints": complaints,
    }


def _complaints(source: AudioSource, heard: HeardFile | None) -> list[dict[str, Any]]:
    """Return what checks complain about: a sentence, and where if they know; in seconds."""
    found = [
        {
            "sentence": str(one.get("sentence") or one.get("name", "")),
            "start_s": one.get("start_s"),
            "end_s": one.get("end_s"),
        }
        for one in (heard.findings if heard else ())
        if not one.get("passed", False)
    ]
    sentences = {one["sentence"] for one in found}
    rules = [
        check["sentence"] for check in source.metadata.get("checks", []) if not check["passed"]
    ]
    return found + [
        {"sentence": sentence, "start_s": None, "end_s": None}
        for sentence in rules
        if sentence not in sentences
    ]


def _cues(source: AudioSource, item: Item) -> list[list[Any]]:
    """Return start and end in seconds and text of each sentence of a page."""
    page = source.metadata.get("page", {})
    text = page.get("text", item.text)
    return [
        [start_s, end_s, text[start:end]]
        for (start_s, end_s), (start, end) in zip(
            page.get("heard_s", []), page.get("sentences", []), strict=False
        )
    ]
