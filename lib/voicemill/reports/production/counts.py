"""The project at a glance."""

from __future__ import annotations

from voicemill.catalog.reviews import APPROVED, TO_REVIEW
from voicemill.catalog.statistics import readable_size
from voicemill.reports.production.facts import Facts
from voicemill.reports.production.markup import length, number, percent, plural, tiles
from voicemill.reports.production.section import Section

NOTHING = (
    "There is nothing to report yet: no item was planned or made. Begin with "
    "“voicemill run 01_phonemes”, and come back."
)


def counts(facts: Facts) -> Section:
    """How much there is, what is missing, what failed, and how far people are with listening."""
    import pandas as pd

    clips = facts.clips
    heard = clips[clips["type"] != ""]
    figures = {
        "items": len(clips),
        "with audio": len(heard),
        "missing": len(clips) - len(heard),
        "failed": int((clips["outcome"] == "failed").sum()),
        "suspicious": int(clips["suspicious"].sum()) if len(clips) else 0,
        "to review": int((heard["review"] == TO_REVIEW).sum()),
        "approved": int((heard["review"] == APPROVED).sum()),
    }
    duration_s = float(heard["duration_s"].sum())
    size_bytes = sum({row["file"]: row["size_bytes"] for row in facts.files}.values())
    shown = {name: number(count) for name, count in figures.items()}
    shown |= {"audio": length(duration_s), "on disk": readable_size(size_bytes)}
    table = pd.DataFrame(
        {
            "fact": [*figures, "audio_minutes", "stored_bytes", "period_days", "as_of"],
            "value": [
                *figures.values(),
                round(duration_s / 60, 2),
                size_bytes,
                facts.days,
                facts.at.isoformat(timespec="seconds"),
            ],
        }
    )
    body = tiles(shown) if len(clips) else ""
    return Section(_sentence(facts, figures), body, {"counts": table})


def _sentence(facts: Facts, figures: dict[str, int]) -> str:
    if not facts.items:
        return NOTHING
    collections = sorted({item.collection for item in facts.items})
    where = collections[0] if len(collections) == 1 else plural(len(collections), "collection")
    moment = f"{facts.at.astimezone():%d %B %Y, %H:%M}"
    told = f"{moment}. {plural(figures['items'], 'item')} in {where}: "
    if not figures["missing"]:
        told += "all have audio"
    else:
        told += (
            f"{percent(figures['with audio'], figures['items'])} have audio, "
            f"{number(figures['missing'])} {'is' if figures['missing'] == 1 else 'are'} missing"
        )
    failed = figures["failed"]
    told += f", {number(failed)} failed when last tried" if failed else ", none failed"
    return f"{told}. Runs are told of from the last {plural(facts.days, 'day')}."
