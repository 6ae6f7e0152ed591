"""A run and its clips as plain HTML that works in notebooks and in offline reports."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from voicemill.audio import MIME_TYPES, Clip, read_clip, waveform
from voicemill.errors import VoicemillError

if TYPE_CHECKING:
    import pandas as pd

    from voicemill.production.results import Run
    from voicemill.production.workshop import Workshop

# Each clip is part of the page: 300 words are about 3 MB, still quick to open on a phone. Pages
# of a book have half a megabyte each, so their size is limited as well.
EMBEDDED_CLIPS = 300
EMBEDDED_BYTES = 12_000_000
_SHORT_CHARS = 160  # of what is said; more is folded up
_WAVEFORM_POINTS = 90


@dataclass(frozen=True)
class Html:
    """A piece of a page; a notebook shows it by itself."""

    html: str

    def _repr_html_(self) -> str:
        return self.html


def overview(run: Run) -> Html:
    """Sum up a run: when and with what it was made, counts, levels, and every failure."""
    results, summary = run.results, run.summary
    made = f"{datetime.now().astimezone():%d %B %Y, %H:%M}"
    voices = ", ".join(sorted({str(voice) for voice in results["voice"] if voice}))
    profile = ", ".join(sorted({str(name) for name in results["profile"]}))
    facts = (
        f"<p>{made} · {escape(voices) or 'no voice'} · profile {escape(profile)} · "
        f"run {escape(summary.run_id)}, {escape(summary.status)}</p>"
    )
    return Html(f"<style>{css()}</style>{facts}{_counts(results)}{_failures(results)}")


def listening(results: pd.DataFrame, shop: Workshop) -> Html:
    """Make a table with one row per item: player, waveform, duration, loudness, status.

    results: as `Run.results`. At most EMBEDDED_CLIPS rows and EMBEDDED_BYTES of sound; the rest
    is counted.
    """
    sizes = results["size_bytes"].fillna(0).astype(float).cumsum()
    fitting = max(int((sizes <= EMBEDDED_BYTES).sum()), 1)
    rows = results.head(min(fitting, EMBEDDED_CLIPS)).to_dict("records")
    body = "".join(_row({str(name): value for name, value in row.items()}, shop) for row in rows)
    more = len(results) - len(rows)
    note = f"<p>… and {more} more, not embedded to keep this page small.</p>" if more > 0 else ""
    return Html(
        f"<style>{css()}</style>"
        '<table class="vm-clips"><caption>Clips</caption><thead><tr>'
        '<th scope="col">Item</th><th scope="col">Listen</th><th scope="col">Waveform</th>'
        '<th scope="col">Duration</th><th scope="col">Loudness</th><th scope="col">Status</th>'
        f"</tr></thead><tbody>{body}</tbody></table>{note}"
    )


def _counts(results: pd.DataFrame) -> str:
    counts = results["status"].value_counts().to_dict()
    has_audio = results["duration_s"].notna()
    facts = {
        "items": len(results),
        **{name: counts.get(name, 0) for name in ("completed", "failed", "skipped")},
        "audio": f"{results['duration_s'].sum():.1f} s",
        "size": f"{results['size_bytes'].sum() / 1000:.0f} kB",
        "rules kept": f"{int(results['passed'].eq(True).sum())} of {int(has_audio.sum())}",
    }
    if has_audio.any():
        loudness = results["loudness_lufs"].dropna()
        facts["loudness"] = f"{_minus(loudness.min())} … {_minus(loudness.max())} LUFS"
    cells = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    return f'<dl class="vm-summary">{cells}</dl>'


def _failures(results: pd.DataFrame) -> str:
    failed = results[results["status"].isin(["failed", "cancelled"])]
    if failed.empty:
        return ""
    rows = failed[["key", "status", "reason"]].astype(str).to_numpy().tolist()
    lines = "".join(
        f"<li><b>{escape(key)}</b> {escape(status)}: {escape(reason)}</li>"
        for key, status, reason in rows
    )
    return f'<h3>What could not be made</h3><ul class="vm-failures">{lines}</ul>'


def _row(row: Mapping[str, Any], shop: Workshop) -> str:
    says = _folded(str(row["spoken"]) or str(row["text"]))
    item = f'<span class="vm-key">{escape(str(row["key"]))}</span> {says}'
    heard = picture = duration = loudness = ""
    if row["file"]:
        try:
            data = shop.store.read(row["file"])
            clip = read_clip(data)
        except VoicemillError as error:
            heard = f'<span class="vm-bad">{escape(str(error))}</span>'
        else:
            name = f"{row['key']} {row['text']}".strip()[:_SHORT_CHARS]
            heard = player(data, str(row["file"]).rpartition(".")[2], name)
            picture = _waveform(clip)
            duration = f"{row['duration_s']:.2f} s"
            loudness = f"{_minus(row['loudness_lufs'])} LUFS"
    return (
        f'<tr><th scope="row">{item}</th><td data-label="Listen">{heard}</td>'
        f'<td data-label="Waveform">{picture}</td><td data-label="Duration">{duration}</td>'
        f'<td data-label="Loudness">{loudness}</td>'
        f'<td data-label="Status">{"".join(_status(row))}</td></tr>'
    )


def _folded(text: str) -> str:
    if len(text) <= _SHORT_CHARS:
        return f"<span>{escape(text)}</span>"
    beginning = text[:_SHORT_CHARS].rsplit(" ", 1)[0]
    return (
        f"<details><summary>{escape(beginning)} …</summary>"
        f"{escape(text[len(beginning) :].lstrip())}</details>"
    )


def _status(row: Mapping[str, Any]) -> Iterator[str]:
    status = str(row["status"])
    if status == "skipped" and row["file"]:
        status = "already made"
    kind = {"completed": "good", "failed": "bad", "already made": "good"}.get(status, "plain")
    yield f'<span class="vm-{kind}">{status}</span>'
    if row["passed"] is False:
        yield ' <span class="vm-bad">breaks a rule of its profile</span>'
    voice = escape(str(row["voice"]))
    yield f"<br><small>{voice}</small>" if voice else ""
    reason = escape(str(row["reason"]))
    yield f"<br><small>{reason}</small>" if reason else ""


def player(data: bytes, audio_format: str, label: str) -> str:
    """Make a player that carries its sound, read out as `label`."""
    encoded = base64.b64encode(data).decode()
    return (
        f'<audio controls preload="metadata" aria-label="{escape(label)}" '
        f'src="data:{MIME_TYPES[audio_format]};base64,{encoded}"></audio>'
    )


def _waveform(clip: Clip) -> str:
    """Draw the clip's outline at full scale, so that levels can be compared by eye."""
    return (
        f'<svg class="vm-wave" viewBox="0 0 {_WAVEFORM_POINTS - 1} 40" '
        f'preserveAspectRatio="none" role="img" aria-label="waveform">'
        f"{outline(clip, _WAVEFORM_POINTS)}</svg>"
    )


def outline(clip: Clip, points: int) -> str:
    """Return the clip's outline as a polygon, `points` wide and 40 high at full scale."""
    shape = waveform(clip, points)
    upper = [f"{x},{20 - 20 * high:.1f}" for x, (_low, high) in enumerate(shape)]
    lower = [f"{x},{20 - 20 * low:.1f}" for x, (low, _high) in enumerate(shape)]
    return f'<polygon points="{" ".join([*upper, *reversed(lower)])}"/>'


def _minus(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")


def css() -> str:
    """The styles of every table of clips."""
    return files("voicemill.review").joinpath("static/listening.css").read_text(encoding="utf-8")
