"""Making a voice the project's first one, in voicemill.toml, which otherwise stays as it is."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from voicemill.errors import SettingsError
from voicemill.settings import FILE_NAME
from voicemill.whole_files import write_whole

_VARIABLE = "VOICEMILL_SPEECH__VOICES"
_SECTION = re.compile(r"^[ \t]*\[[ \t]*speech[ \t]*\][ \t]*(#[^\r\n]*)?(?=\r?$)", re.MULTILINE)
_ANY_SECTION = re.compile(r"^[ \t]*\[", re.MULTILINE)
_KEY = re.compile(r"^[ \t]*voices[ \t]*=[ \t]*", re.MULTILINE)


def make_default(voice: str, voices: list[str], root: Path) -> Path:
    """Write a voice first into [speech] voices; returns the file.

    voices: those of the settings now; the others stay behind it, in their order. Comments and
    everything else in the file stay. It appears whole or not at all; programs that are open
    already go on with the old settings.
    Raises SettingsError when the file cannot be changed, or a variable overrules it.
    """
    file = root / FILE_NAME
    if os.environ.get(_VARIABLE):
        raise SettingsError(
            f"the variable {_VARIABLE} overrules {FILE_NAME}",
            where=str(file),
            remedy="Unset it, then make this voice the default",
        )
    try:
        text = file.read_bytes().decode("utf-8-sig")
        changed = with_voices(text, [voice, *(other for other in voices if other != voice)])
        write_whole(file, changed.encode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"it cannot be changed ({reason})",
            where=str(file),
            remedy=f'Write voices = ["{voice}", …] under [speech] yourself',
        ) from error
    return file


def with_voices(text: str, voices: list[str]) -> str:
    """Return the text of a voicemill.toml with other voices, everything else being the same.

    Raises SettingsError when that cannot be done without changing something else.
    """
    wanted = deepcopy(tomllib.loads(text))
    wanted.setdefault("speech", {})["voices"] = voices
    value = "[" + ", ".join(_quoted(voice) for voice in voices) + "]"
    for candidate in _candidates(text, value):
        if _loads(candidate) == wanted:
            return candidate
    raise SettingsError(
        "the voices in it are written in a way that cannot be changed safely",
        where=FILE_NAME,
        remedy=f"Write voices = {value} under [speech] yourself",
    )


def _candidates(text: str, value: str) -> Iterator[str]:
    """Yield texts that may be right: it is tried out which one is."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    for section in _SECTION.finditer(text):
        following = _ANY_SECTION.search(text, section.end())
        stop = following.start() if following else len(text)
        for key in _KEY.finditer(text, section.end(), len(text)):
            # An array may go over several lines, and a bracket may be in a comment or a name.
            for end in (place + 1 for place, sign in enumerate(text) if sign == "]"):
                if key.end() < end:
                    yield text[: key.end()] + value + text[end:]
            if key.start() > stop:
                break
        yield f"{text[: section.end()]}{line_end}voices = {value}{text[section.end() :]}"
    gap = "" if not text or text.endswith("\n") else line_end
    yield f"{text}{gap}{line_end}[speech]{line_end}voices = {value}{line_end}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _loads(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
