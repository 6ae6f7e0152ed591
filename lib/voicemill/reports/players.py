"""Players on paper: what a page plays is printed as its name."""

from __future__ import annotations

import re

_PLAYER = re.compile(r"<audio\b(?P<attributes>[^>]*)></audio>(?!<span [^>]*vm-on-paper)")
_NAME = re.compile(r'\baria-label="(?P<name>[^"]*)"')


def with_names_for_print(html: str) -> str:
    """Put beside each player its name, which is seen where nothing can be played."""

    def named(found: re.Match[str]) -> str:
        name = _NAME.search(found["attributes"])
        return found[0] + on_paper(name["name"] if name else "a clip")

    return _PLAYER.sub(named, html)


def on_paper(escaped_name: str) -> str:
    """Return what stands for a player on paper."""
    return f'<span class="vm-on-paper" aria-hidden="true">♪ {escaped_name}</span>'
