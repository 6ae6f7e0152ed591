"""What failed when it was last tried, and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from voicemill.reports.cells import without_stack
from voicemill.reports.production.facts import Facts
from voicemill.reports.production.markup import plural, rows_of, table
from voicemill.reports.production.section import Section

if TYPE_CHECKING:
    import pandas as pd

_KINDS = 20
# Of an item that has no audio: what was made is gone since.
_BECAME = {
    "failed": "failed",
    "skipped": "left out",
    "cancelled": "cancelled",
    "completed": "made, and gone or expired since",
}
_COLUMNS = ("collection", "key", "kind", "reason", "voice", "has_audio", "run", "finished_at")


def failures(facts: Facts) -> Section:
    """Group what failed by kind of error, and list it with the reason, newest run of each item."""
    import pandas as pd

    clips = facts.clips
    with_audio = set(
        clips.loc[clips["type"] != "", ["collection", "key"]].itertuples(index=False, name=None)
    )
    rows = [
        {
            "collection": one["collection"],
            "key": one["key"],
            "kind": _words(one["error_class"]),
            "reason": _first_lines(one["reason"]),
            "voice": one["voice"],
            "has_audio": (one["collection"], one["key"]) in with_audio,
            "run": one["run_id"],
            "finished_at": one["finished_at"].isoformat(timespec="seconds"),
        }
        for one in facts.outcomes
        if one["status"] == "failed"
    ]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    missing = _missing(facts)
    tables = {"failures": frame, "missing": missing}
    others = missing[missing["became"] != "failed"]
    names = {"key": "Item", "collection": "Collection", "became": "Became", "reason": "Why"}
    rest = table(rows_of(others, names), "Missing without having failed")
    if frame.empty:
        tried = len(facts.outcomes)
        told = "Nothing failed when it was last tried." if tried else "Nothing was tried yet."
        return Section(told, rest, tables)
    kinds = (
        frame.groupby("kind")
        .agg(items=("key", "size"), reason=("reason", "first"))
        .reset_index()
        .sort_values(["items", "kind"], ascending=[False, True])
    )
    older = int(frame["has_audio"].sum())
    sentence = f"{plural(len(frame), 'item')} failed when last tried" + (
        f"; {plural(older, 'of them has', 'of them have')} earlier audio that still plays."
        if older
        else "."
    )
    named = {"kind": "Kind", "items": "Items", "reason": "For example"}
    listed = {
        "key": "Item",
        "collection": "Collection",
        "reason": "Why",
        "voice": "Voice",
        "has_audio": "Earlier audio",
    }
    body = table(rows_of(kinds, named), "Failures by kind", limit=_KINDS)
    body += table(rows_of(frame, listed), "What could not be made")
    return Section(sentence, body + rest, tables)


def _missing(facts: Facts) -> pd.DataFrame:
    """Return the items that nothing can be played for, and what became of them last."""
    ended = {(one["collection"], one["key"]): one for one in facts.outcomes}
    missing = facts.clips.loc[facts.clips["type"] == "", ["collection", "key", "text"]].copy()
    found = [ended.get((row.collection, row.key)) for row in missing.itertuples()]
    missing["became"] = [_BECAME.get(one["status"], "") if one else "never tried" for one in found]
    missing["reason"] = [_first_lines(one["reason"]) if one else "" for one in found]
    return missing


def _words(error_class: str) -> str:
    """Write ItemTookTooLong as "Item took too long"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", error_class).split()
    return " ".join(words).capitalize() if words else "Failed"


def _first_lines(reason: str) -> str:
    return " ".join(without_stack(reason).split())
