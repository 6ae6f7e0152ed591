"""The clips of a comparison: made by production, kept for some days, levelled to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from voicemill.audio import Clip, loudness_lufs, read_clip
from voicemill.catalog import AudioSource
from voicemill.catalog.audio_source import GENERATED
from voicemill.errors import ParameterError
from voicemill.production.planning import make_plan
from voicemill.production.progress import Reporter
from voicemill.production.running import produce
from voicemill.production.workshop import Workshop
from voicemill.review.comparing.setup import Setup

if TYPE_CHECKING:
    import pandas as pd

KEPT_DAYS = 7  # how long clips made for a comparison are there; made again when it is opened
Said = tuple[str, str]  # key of an item, and the voice that says it


@dataclass(frozen=True)
class Clips:
    """The audio of a comparison, and of what is missing, why."""

    sources: Mapping[Said, AudioSource]
    silent: Mapping[str, Mapping[str, str]]

    @property
    def fingerprints(self) -> dict[str, dict[str, str]]:
        """Return item → voice → the fingerprint of the clip, to find them again by."""
        found: dict[str, dict[str, str]] = {}
        for (key, voice), source in self.sources.items():
            found.setdefault(key, {})[voice] = source.fingerprint
        return found

    def sound(self, key: str, voice: str, shop: Workshop) -> Clip:
        """Return the sound of one clip as it was made."""
        return read_clip(shop.store.read(self.sources[key, voice].file))

    def levelled(self, key: str, voices: Sequence[str], shop: Workshop) -> list[Clip]:
        """Return what several voices say for one item, equally loud."""
        return levelled([self.sound(key, voice, shop) for voice in voices])


def levelled(clips: Sequence[Clip]) -> list[Clip]:
    """Bring clips to the integrated loudness of the softest of them.

    Nothing is made louder, so nothing can clip. Loudness is measured by BS.1770-4 with our
    rule for short clips, see audio.loudness.
    """
    levels = [loudness_lufs(clip) for clip in clips]
    lowest = min(levels, default=0.0)
    return [clip.amplified(lowest - level) for clip, level in zip(clips, levels, strict=True)]


def make_clips(setup: Setup, shop: Workshop, report: Reporter | None = None) -> Clips:
    """Make what is not there yet, as one run of production.

    What exists for production is used and not changed, except that it does not expire within
    the days of the comparison. What is made here comes second to produced speech.
    Raises UnknownName, EngineUnavailable, ParameterError for fewer than two voices, and what
    `produce` raises.
    """
    import pandas as pd

    if len(set(setup.voices)) < 2:
        raise ParameterError("two voices or more are compared", where="voices", remedy="Name them")
    until = datetime.now(UTC) + timedelta(days=KEPT_DAYS)
    table = pd.DataFrame([dict(row) for row in setup.items])
    plan = pd.concat(
        [
            make_plan(
                table,
                replace(setup.request, voices=(voice,), fallback=False, skip_locked=False),
                shop,
            ).assign(asked=voice)
            for voice in setup.voices
        ],
        ignore_index=True,
    )
    before = _sources_of(plan, shop)
    rows, briefly = plan.drop(columns="asked"), _short_lived(shop)
    run = produce(rows, briefly, title="comparison", report=report, borrow=True)
    found = run.results.assign(asked=plan["asked"])
    ids = [int(number) for number in found["source_id"].dropna()]
    comparisons = shop.catalog.comparisons
    comparisons.keep_clips(run.id, (number for number in ids if number not in before), until)
    shop.catalog.sources.keep_until(ids, until)
    sources = shop.catalog.sources.by_ids(ids)
    made: dict[Said, AudioSource] = {}
    silent: dict[str, dict[str, str]] = {}
    for row in found.to_dict("records"):
        number = row["source_id"]
        if pd.notna(number):
            made[row["key"], row["asked"]] = sources[int(number)]
        else:
            silent.setdefault(row["key"], {})[row["asked"]] = str(row["reason"])
    return Clips(made, silent)


def find_clips(
    setup: Setup, fingerprints: Mapping[str, Mapping[str, str]], shop: Workshop
) -> Clips | None:
    """Return the clips of a comparison, None when any is gone, damaged or has expired."""
    ids = shop.catalog.items.ids(setup.items[0]["collection"])
    wanted = {
        (key, voice): (ids.get(key, 0), mark)
        for key, marks in fingerprints.items()
        for voice, mark in marks.items()
    }
    now = datetime.now(UTC)
    there = {
        (source.item_id, source.fingerprint): source
        for source in shop.catalog.sources.of_items(ids[key] for key in fingerprints if key in ids)
        if not source.expired(now) and shop.store.size(source.file) == source.size_bytes
    }
    if any(place not in there for place in wanted.values()):
        return None
    found = {said: source for said, place in wanted.items() if (source := there.get(place))}
    return Clips(found, setup.silent)


def _sources_of(plan: pd.DataFrame, shop: Workshop) -> set[int]:
    """Return the ids of all sources that these items have already for production."""
    [collection, *_more] = plan["collection"].unique()
    ids = shop.catalog.items.ids(collection)
    wanted = [ids[key] for key in plan["key"].unique() if key in ids]
    found = shop.catalog.sources.of_items(wanted)
    return {source.id for source in found if source.id and source.source_type != GENERATED}


def _short_lived(shop: Workshop) -> Workshop:
    """Return the same workshop, whose clips expire soon: also if this process dies."""
    catalog = shop.settings.catalog
    days = min(KEPT_DAYS, catalog.tts_days)
    short = shop.settings.model_copy(
        update={"catalog": catalog.model_copy(update={"tts_days": days})}
    )
    return replace(shop, settings=short)
