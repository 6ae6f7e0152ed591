"""voicemill report: the production report, without a person."""

from __future__ import annotations

import json
from typing import Annotated

import typer

_NOTEBOOK = "05_report"


def report(
    collection: Annotated[str, typer.Argument(help="Which items; else all there are")] = "",
    days: Annotated[int, typer.Option(help="How far back runs are told of")] = 90,
    players: Annotated[
        str, typer.Option(help="Which clips can be heard: suspicious, rejected, …, all or none")
    ] = "suspicious",
    audio_limit_mb: Annotated[
        float, typer.Option("--audio-limit", help="MB of sound in the page; the rest lies beside")
    ] = 10.0,
    tables: Annotated[
        bool, typer.Option("--tables/--no-tables", help="Also write CSV and XLSX")
    ] = True,
    name: Annotated[str, typer.Option(help="Of the folders beside the report")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Tell progress and result as lines of JSON")
    ] = False,
) -> None:
    """Report on what was made: one HTML file that plays offline, and a folder of tables.

    Exit code 0: it is written.  1: it could not be.  2: wrong parameter, nothing was started.
    """
    from voicemill.cli.notebooks import do, nearby
    from voicemill.headless import Errand
    from voicemill.reports.production import tables_folder, usual_name
    from voicemill.settings import read_settings

    name = name or usual_name(collection)
    folder = tables_folder(read_settings().output, name)
    given = {
        "collection": collection,
        "days": days,
        "players": players,
        "audio_limit_mb": audio_limit_mb,
        "tables": tables,
        "name": name,
    }
    if as_json and tables:
        print(json.dumps({"event": "tables", "folder": str(folder)}, ensure_ascii=False))
    try:
        do(Errand(_NOTEBOOK, given), as_json=as_json)  # which leaves with an exit code
    finally:
        if folder.is_dir() and tables and not as_json:
            print(f"tables: {nearby(folder)}")
