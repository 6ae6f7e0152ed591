"""How a command tells its progress."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicemill.production.progress import Reporter


def reporter(*, as_json: bool) -> Reporter:
    """Lines of JSON on stdout, or for people: one line that changes, or a few, on stderr."""
    from voicemill.production.progress import JsonReporter, TerminalReporter, TextReporter

    if as_json:
        return JsonReporter(sys.stdout)
    return TerminalReporter() if sys.stderr.isatty() else TextReporter(sys.stderr)
