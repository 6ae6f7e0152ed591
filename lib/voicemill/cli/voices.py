"""voicemill voices: who can speak."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def voices(
    language: Annotated[str, typer.Option(help="Such as en, which finds en-GB too")] = "",
    gender: Annotated[str, typer.Option(help="female or male")] = "",
    accent: Annotated[str, typer.Option(help="Such as British")] = "",
    engine: Annotated[str, typer.Option(help="Such as edge")] = "",
    refresh: Annotated[
        bool, typer.Option("--refresh", help="First fetch the lists of voices on the network")
    ] = False,
) -> None:
    """List voices: language, gender, accent, and how to get those that are not here."""
    from voicemill.settings import read_settings
    from voicemill.speech.choosing import VoiceWish
    from voicemill.speech.engines import Engines

    settings = read_settings()
    wish = VoiceWish(language, gender, accent, engine)
    engines = Engines(settings.speech, settings.root)
    if refresh:
        print("\n".join(engines.refresh_voices()), file=sys.stderr)
    found = wish.among(engines.voices())
    for voice in found:
        state = "" if voice.installed else f"  not installed: {voice.remedy}"
        kind = " ".join(part for part in (voice.gender, voice.accent) if part)
        print(f"{voice.id:32} {voice.language:14} {kind:28} {voice.title}{state}".rstrip())
    if not found:
        print("No voice fits. Leave out a wish, or see all with: voicemill voices")
