"""Plan, render, run: from a table to finished files."""

from voicemill.production.job import Job, Rendered, Request
from voicemill.production.planning import SHOWN, estimate_s, make_plan
from voicemill.production.progress import Progress, Reporter, duration, reporter_for
from voicemill.production.rendering import render
from voicemill.production.running import Run, Summary, produce
from voicemill.production.workshop import Workshop, open_workshop

__all__ = [
    "SHOWN",
    "Job",
    "Progress",
    "Rendered",
    "Reporter",
    "Request",
    "Run",
    "Summary",
    "Workshop",
    "duration",
    "estimate_s",
    "make_plan",
    "open_workshop",
    "produce",
    "render",
    "reporter_for",
]
