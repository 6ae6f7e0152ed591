"""Clips to listen to, with players: what checks found suspicious, or whatever was asked for."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from voicemill.catalog.reviews import DISAGREED, STATUSES
from voicemill.errors import ParameterError
from voicemill.reports.production.facts import Facts
from voicemill.reports.production.markup import (
    Amount,
    Markup,
    length,
    number,
    percent,
    plural,
    table,
)
from voicemill.reports.production.section import Section
from voicemill.reports.production.sound import Sounds

if TYPE_CHECKING:
    import pandas as pd

SUSPICIOUS, ALL, NONE = "suspicious", "all", "none"
PLAYERS = (SUSPICIOUS, *STATUSES, ALL, NONE)
_PLAYED = 300  # rows with a player; the others are in the tables
_SAID_CHARS = 120
_COLUMNS = (
    "collection",
    "key",
    "text",
    "voice",
    "suspicion",
    "why",
    "review",
    "duration_s",
    "file",
)


def suspicious(facts: Facts, sounds: Sounds, players: str = SUSPICIOUS) -> Section:
    """List suspicious clips, the worst first, and give players to those that were asked for.

    players: one of PLAYERS.  Raises ParameterError for another word.
    """
    if players not in PLAYERS:
        raise ParameterError(
            f"'{players}' are no clips", where="players", remedy=f"Known: {', '.join(PLAYERS)}"
        )
    clips = facts.clips[facts.clips["type"] != ""]
    wrong = clips[clips["suspicious"].astype(bool)]
    wrong = wrong.sort_values("suspicion", ascending=False, kind="stable")
    wanted = _wanted(clips, wrong, players)
    listed = wrong if players == NONE else wanted
    rows = [_row(one, sounds if players != NONE else None) for one in _records(listed)[:_PLAYED]]
    body = table(rows, _caption(players), limit=_PLAYED, total=len(listed))
    told = sounds.told()
    body += f'<p class="vm-more">{escape(told)}</p>' if told and rows else ""
    if players not in (SUSPICIOUS, NONE) and not rows:
        body += f"<p>No clip is “{escape(players)}”.</p>"
    return Section(_sentence(clips, wrong), body, {"suspicious": wrong[list(_COLUMNS)]})


def _wanted(clips: pd.DataFrame, wrong: pd.DataFrame, players: str) -> pd.DataFrame:
    if players in (ALL, NONE):
        return clips if players == ALL else clips.head(0)
    return wrong if players == SUSPICIOUS else clips[clips["review"] == players]


def _sentence(clips: pd.DataFrame, wrong: pd.DataFrame) -> str:
    checked = int(clips["checked"].sum())
    if clips.empty:
        return "There is no audio yet to listen to."
    heard = (
        f"{percent(checked, len(clips))} of {plural(len(clips), 'clip')} were checked by machine"
    )
    if not checked and wrong.empty:
        return (
            f"None of {plural(len(clips), 'clip')} was checked by machine yet; “voicemill run "
            "03_review” does it."
        )
    if wrong.empty:
        return f"{heard}; nothing is suspicious."
    return f"{heard}; {plural(len(wrong), 'clip is', 'clips are')} suspicious, the worst first."


def _caption(players: str) -> str:
    names = {ALL: "All clips", SUSPICIOUS: "Suspicious clips", NONE: "Suspicious clips"}
    return names.get(players, f"Clips that are {'disputed' if players == DISAGREED else players}")


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _row(one: dict[str, Any], sounds: Sounds | None) -> dict[str, Any]:
    text = one["text"] if len(one["text"]) <= _SAID_CHARS else f"{one['text'][:_SAID_CHARS]} …"
    said = f" <span>{escape(text)}</span>" if text and text != one["key"] else ""
    row: dict[str, Any] = {"Item": Markup(f'<b class="vm-item">{escape(one["key"])}</b>{said}')}
    if sounds is not None:
        label = f"{one['key']} {text}".strip()
        player, wave = sounds.player(one["file"], label)
        row |= {"Listen": Markup(player), "Waveform": Markup(wave)}
    why = escape(one["why"]) or "–"
    doubt = f"<br><small>doubt {number(one['suspicion'], 2)}</small>" if one["suspicion"] else ""
    return row | {
        "Why": Markup(f"{why}{doubt}"),
        "Voice": one["voice"],
        "Lasts": Amount(length(one["duration_s"])),
        "Review": one["review"],
    }
