"""Storage: how much room the files take, by collection, voice and type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voicemill.catalog.audio_source import PART
from voicemill.catalog.statistics import readable_size
from voicemill.reports.production.facts import Facts
from voicemill.reports.production.markup import Amount, bar, length, plural, table
from voicemill.reports.production.section import Section

if TYPE_CHECKING:
    import pandas as pd

_TYPES = {PART: "sentences of pages"}
_KEYS = ["collection", "voice", "type", "format"]


def storage(facts: Facts) -> Section:
    """Sum up files by collection, voice, type and format; a shared file counts once."""
    import pandas as pd

    names = ["collection", "voice", "source_type", "format", "file", "size_bytes", "duration_s"]
    files = pd.DataFrame(
        [{name: row[name] for name in names} for row in facts.files], columns=names
    )
    files = files.drop_duplicates("file").rename(columns={"source_type": "type"})
    summed = (
        files.groupby(_KEYS)
        .agg(
            files=("file", "size"),
            size_bytes=("size_bytes", "sum"),
            duration_s=("duration_s", "sum"),
        )
        .reset_index()
        .sort_values("size_bytes", ascending=False)
    )
    if files.empty:
        return Section("No file is stored yet.", tables={"storage": summed})
    total = int(files["size_bytes"].sum())
    parts = files[files["type"] == PART]
    sentence = (
        f"{plural(len(files), 'file')} take {readable_size(total)} and last "
        f"{length(float(files['duration_s'].sum()))}."
    )
    if len(parts):
        sentence += (
            f" {readable_size(int(parts['size_bytes'].sum()))} of it are "
            f"{plural(len(parts), 'sentence')} that pages were joined of, kept so that a "
            "changed page is made in a moment."
        )
    body = "".join(
        table(_rows(summed, name, total), f"Room taken, by {name}")
        for name in ("collection", "voice", "type")
    )
    return Section(sentence, body, {"storage": summed})


def _rows(summed: pd.DataFrame, name: str, total: int) -> list[dict[str, Any]]:
    columns = ["files", "size_bytes", "duration_s"]
    groups = summed.groupby(name)[columns].sum().sort_values("size_bytes", ascending=False)
    return [
        {
            name.capitalize(): _TYPES.get(str(key), str(key)) or "unnamed",
            "Files": int(row["files"]),
            "Audio": Amount(length(float(row["duration_s"]))),
            "Size": bar(row["size_bytes"] / max(total, 1), readable_size(int(row["size_bytes"]))),
        }
        for key, row in groups.iterrows()
    ]
