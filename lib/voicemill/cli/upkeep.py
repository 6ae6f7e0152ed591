"""voicemill doctor: whether catalog and files agree."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from voicemill.cli.codes import EXIT_FAILED


def doctor(
    mend: Annotated[
        bool, typer.Option("--mend", help="Mend what can be mended without a person")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON")] = False,
) -> None:
    """Compare the catalog with the files, byte by byte, and find what dead runs left behind.

    Exit code 0: all is well, or mended.  1: something is wrong that was not mended.
    """
    from voicemill import Studio

    with closing(Studio.open()) as studio:
        report = studio.upkeep.doctor(mend=mend)
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False))
    else:
        for finding in report.findings:
            print(f"{finding.kind:9} {finding}")
        print(report)
    if report.needs_person or (report.findings and not mend):
        sys.exit(EXIT_FAILED)
