"""voicemill export: files and folders of a narrated book."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicemill.cli.codes import EXIT_FAILED, EXIT_SOME_FAILED
from voicemill.errors import ParameterError, UnknownName, VoicemillError

if TYPE_CHECKING:
    from voicemill.production.narration.audiobook import Audiobook
    from voicemill.production.workshop import Workshop

_ALL = "all"


def export(
    collection: Annotated[str, typer.Argument(help="The book, by the name of its collection")],
    kinds: Annotated[
        list[str] | None,
        typer.Option(
            "--as",
            help="m4b, chapters, pages, zip, librivox, acx, epub, subtitles, all; may be repeated",
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(help="The file or folder; of several kinds the folder for all of them"),
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave out pages that have no audio")
    ] = False,
    profile: Annotated[str, typer.Option(help="Such as web, instead of the usual one")] = "",
    source: Annotated[
        Path | None, typer.Option(help="The book's own EPUB, to be read aloud as it is")
    ] = None,
) -> None:
    """Make an audiobook and its like of a narrated book; M4B unless said otherwise.

    Exit code 0: all is made and keeps its rules.  1: it could not be made.  3: some could not
    be made, or do not keep every rule of where they are meant for.
    """
    from voicemill.exports.exporting import KINDS
    from voicemill.production.narration.audiobook import open_audiobook
    from voicemill.production.workshop import open_workshop

    chosen = _chosen(kinds or ["m4b"], KINDS)
    if source is not None and "epub" not in chosen:
        raise ParameterError(
            "only an EPUB has a source", where="--source", remedy="Say also: --as epub"
        )
    shop = open_workshop()
    with closing(shop.catalog):
        book = open_audiobook(collection, shop, partial_book=partial)
        if book.missing:
            print(f"Left out, without audio: {', '.join(book.missing)}", file=sys.stderr)
        place = to.expanduser().resolve() if to else None
        made = [_made(book, kind, place, chosen, shop, profile, source) for kind in chosen]
    if not all(made):
        sys.exit(EXIT_FAILED if not any(one is not None for one in made) else EXIT_SOME_FAILED)


def _chosen(kinds: list[str], known: tuple[str, ...]) -> list[str]:
    for kind in kinds:
        if kind not in (*known, _ALL):
            raise UnknownName("kind of export", kind, (*known, _ALL))
    return list(dict.fromkeys(known if _ALL in kinds else kinds))


def _made(
    book: Audiobook,
    kind: str,
    to: Path | None,
    chosen: list[str],
    shop: Workshop,
    profile: str,
    source: Path | None,
) -> bool | None:
    """Make one of them and say so; returns whether it keeps its rules, None if it failed."""
    from voicemill.exports.exporting import FREE_KINDS, export_book, usual_target

    several = len(chosen) > 1
    target = usual_target(book, kind, shop, to) if to and several else to
    try:
        done = export_book(
            book,
            kind,
            target,
            shop,
            profile=profile if kind in FREE_KINDS or not several else "",
            source=source.resolve() if source and kind == "epub" else None,
        )
    except VoicemillError as error:
        if not several:
            raise
        print(f"{kind}: {error}", file=sys.stderr)
        return None
    print(f"{kind}: {done}")
    for failure in done.failures[1:]:
        print(f"  {failure}")
    return done.passed
