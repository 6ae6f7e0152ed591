"""What accompanies files for a host: whether they keep its rules, and what is left to do."""

from __future__ import annotations

from collections.abc import Sequence

from voicemill.exports.labels import people_of, voices_of
from voicemill.exports.parts import title_of
from voicemill.exports.result import ExportedFile
from voicemill.production.narration.audiobook import Audiobook
from voicemill.production.progress import duration


def report_of(host: str, book: Audiobook, files: Sequence[ExportedFile], notes: str) -> str:
    """Return every rule of every file as measured, in sentences, and notes for the person."""
    kept = sum(file.passed for file in files)
    verdict = "All files keep" if kept == len(files) else f"{kept} of {len(files)} files keep"
    lines = [
        f"{title_of(book)}, for {host}",
        f"Read by people: {', '.join(people_of(book)) or 'none'}",
        f"Read by synthesised voices: {', '.join(voices_of(book)) or 'none'}",
        *([f"Pages without audio, left out: {', '.join(book.missing)}"] if book.missing else []),
        "",
        f"{verdict} every rule, measured after encoding.",
    ]
    for file in files:
        lines += ["", f"{file.path.name}  ({duration(file.duration_s)})"]
        for check in file.checks:
            source = f"  [{check.rule.source}]" if check.rule.source else ""
            lines.append(
                f"  {'kept    ' if check.passed else 'NOT KEPT'}  {check.sentence}{source}"
            )
    return "\n".join([*lines, "", notes])
