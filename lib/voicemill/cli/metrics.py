"""voicemill metrics: how well production goes."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Annotated

import typer

from voicemill.errors import ParameterError


def metrics(
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON")] = False,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Tell it in Prometheus' text format")
    ] = False,
    days: Annotated[int, typer.Option(min=1, help="How far to look back")] = 30,
) -> None:
    """Say how well production goes: success, times, storage, runs, checks, reviews, schedule.

    For Prometheus let cron write a file for its node exporter's textfile collector:
    voicemill metrics --prometheus > voicemill.tmp && mv voicemill.tmp …/voicemill.prom
    """
    from voicemill.catalog import Catalog
    from voicemill.reports.metrics import as_prometheus, as_text
    from voicemill.reports.metrics import metrics as measure
    from voicemill.settings import read_settings

    if as_json and prometheus:
        raise ParameterError(
            "it is told in one way only", where="--json --prometheus", remedy="Leave out one"
        )
    settings = read_settings()
    with closing(Catalog.of(settings)) as catalog:
        measured = measure(catalog, settings, days)
    if as_json:
        print(json.dumps(measured.as_json(), ensure_ascii=False))
    elif prometheus:
        print(as_prometheus(measured), end="")
    else:
        print(as_text(measured))
