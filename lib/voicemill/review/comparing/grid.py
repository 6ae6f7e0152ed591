"""Items × voices as plain HTML: a player and pictures in each cell; works offline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from voicemill.audio import Encoding, encode_clip
from voicemill.production.workshop import Workshop
from voicemill.review.comparing.clips import Clips
from voicemill.review.comparing.pictures import clip_picture
from voicemill.review.comparing.recogniser import why_not
from voicemill.review.comparing.setup import Setup
from voicemill.review.listening import EMBEDDED_BYTES, EMBEDDED_CLIPS, Html, css, player

_ENCODING = Encoding("mp3", rate_hz=24_000, bitrate_kbps=64)
_PITCH_SCALE = "60 to 400 Hz"
_MEASURES = {
    "items": "Items said",
    "syllables_per_s": "Syllables a second",
    "phonemes_per_s": "Phonemes a second",
    "level_lufs": "Level before levelling, LUFS",
    "pitch_hz": "Pitch, median, Hz",
    "pitch_low_hz": "Pitch, 5th percentile, Hz",
    "pitch_high_hz": "Pitch, 95th percentile, Hz",
    "pitch_range_st": "Pitch range, semitones",
    "phoneme_error": "Phonemes mistaken by a recogniser, share",
    "cost_s_per_s": "Synthesis, s for 1 s of audio",
    "size_bytes": "Size of a clip, bytes",
}


def grid(setup: Setup, clips: Clips, shop: Workshop) -> Html:
    """Show what each voice says for each item, all voices of an item equally loud.

    At most EMBEDDED_CLIPS clips and EMBEDDED_BYTES of page; further items are counted.
    """
    body, size, shown = [], 0, 0
    for row in setup.items:
        if (shown + 1) * len(setup.voices) > EMBEDDED_CLIPS or size > EMBEDDED_BYTES:
            break
        body.append(_row(row, setup, clips, shop))
        size += len(body[-1])
        shown += 1
    more = len(setup.items) - shown
    note = f"<p>… and {more} more, not embedded to keep this page small.</p>" if more else ""
    heads = "".join(f'<th scope="col">{escape(voice)}</th>' for voice in setup.voices)
    return Html(
        f"<style>{css()}{styles()}</style>"
        '<table class="vm-clips vm-grid"><caption>Each item by each voice, equally loud. '
        "Above the waveform, below the spectrogram to 5 kHz with the pitch as dots "
        f"({_PITCH_SCALE}, logarithmic); a row has one scale of time.</caption>"
        f'<thead><tr><th scope="col">Item</th>{heads}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>{note}"
    )


def styles() -> str:
    """The styles of everything that compares voices."""
    folder = files("voicemill.review").joinpath("static")
    return folder.joinpath("comparing.css").read_text(encoding="utf-8")


def side_by_side(rows: Sequence[Mapping[str, Any]]) -> Html:
    """Show measures, as `measures.measured` gives them, with one column a voice."""
    heads = "".join(f'<th scope="col">{escape(str(row["voice"]))}</th>' for row in rows)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(
            f'<td data-label="{escape(str(row["voice"]))}">{_shown(row.get(column))}</td>'
            for row in rows
        )
        + "</tr>"
        for column, name in _MEASURES.items()
        if any(row.get(column) is not None for row in rows)
    )
    nobody = "" if any(row.get("phoneme_error") is not None for row in rows) else why_not()
    note = f"<p>No recogniser has listened: {escape(nobody)}.</p>" if nobody else ""
    return Html(
        f"<style>{css()}{styles()}</style>"
        '<table class="vm-clips vm-figures"><caption>Measured side by side</caption>'
        f'<thead><tr><th scope="col">What</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>{note}"
    )


def _row(row: Mapping[str, Any], setup: Setup, clips: Clips, shop: Workshop) -> str:
    said = [voice for voice in setup.voices if (row["key"], voice) in clips.sources]
    sounds = dict(zip(said, clips.levelled(row["key"], said, shop), strict=True))
    row_s = max((clip.duration_s for clip in sounds.values()), default=0.0)
    cells = []
    for voice in setup.voices:
        if voice in sounds:
            clip = sounds[voice]
            data = encode_clip(clip, _ENCODING)
            label = f"{row['key']} {row['text']}, {voice}"
            cell = player(data, "mp3", label) + clip_picture(clip, row_s)
        else:
            why = clips.silent.get(row["key"], {}).get(voice, "not made")
            cell = f'<span class="vm-bad">{escape(why)}</span>'
        cells.append(f'<td data-label="{escape(voice)}">{cell}</td>')
    text = row["text"] if row["text"] != row["key"] else ""
    name = f'<span class="vm-key">{escape(row["key"])}</span> {escape(text)}'
    return f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>'


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return escape(f"{value:,}".replace("-", "−") if isinstance(value, int | float) else str(value))
