"""A section of a report: a sentence, what it shows, and its tables to take away."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Section:
    """One section; a notebook shows it by itself.

    sentence: what it says, also to who sees nothing else.  body: HTML.  tables: by the name of
    their files, whole, however little of them is shown.
    """

    sentence: str
    body: str = ""
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        # A page of its own carries the styles once; in a notebook each section may be the first.
        headless = os.environ.get("VOICEMILL_HEADLESS")
        style = "" if headless else f"<style>{styles()}</style>"
        return (
            f'{style}<div class="vm-section"><p class="vm-sentence">{escape(self.sentence)}</p>'
            f"{self.body}</div>"
        )


def styles() -> str:
    """The styles of every section."""
    return files("voicemill.reports").joinpath("static/production.css").read_text(encoding="utf-8")
