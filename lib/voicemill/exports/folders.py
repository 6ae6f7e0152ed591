"""Folders of a book: a file for each chapter or page, their cues, a playlist, a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from voicemill.audio import Profile
from voicemill.exports.manifest import manifest_of, table_of
from voicemill.exports.naming import file_stem, numbered
from voicemill.exports.parts import Part, chapter_parts, page_parts, title_of
from voicemill.exports.placing import placing
from voicemill.exports.playlist import PLAYLIST, playlist_of
from voicemill.exports.result import Exported, ExportedFile
from voicemill.exports.settling import MANIFEST, as_json, earlier, forget, listed, settled
from voicemill.exports.soundfiles import Press, copied, press, write_cues
from voicemill.production.narration.audiobook import Audiobook
from voicemill.production.workshop import Workshop

Texts = Callable[[Sequence[ExportedFile]], Mapping[str, str]]


def write_chapters(book: Audiobook, folder: Path, shop: Workshop, profile: str = "") -> Exported:
    """Write a file for each chapter, its cues, a playlist and a manifest into a folder.

    profile: "" for the project's own.  An earlier export there gives way; other files stay.
    Raises UnknownName, AudioError, StoreError; then the folder is as it was.
    """
    made_with = Press.of(book, shop, profile)

    def write(making: Path) -> Iterator[ExportedFile]:
        for part in chapter_parts(book):
            pressed = press(part, stem_of(part), making, made_with)
            write_cues(pressed.cues, stem_of(part), making)
            yield pressed.file

    return export_folder(book, folder, made_with.profile, write)


def write_pages(book: Audiobook, folder: Path, shop: Workshop, profile: str = "") -> Exported:
    """Write a file for each page: its own sound where that has the profile, else joined anew.

    All else as in write_chapters; the files carry no cover, which would be most of them.
    """
    made_with = Press.of(book, shop, profile, covers=False)

    def write(making: Path) -> Iterator[ExportedFile]:
        for part in page_parts(book):
            [page] = part.pages
            own = page.source.profile == made_with.profile.name
            make = copied if own else press
            pressed = make(part, stem_of(part), making, made_with)
            write_cues(pressed.cues, stem_of(part), making)
            yield pressed.file

    return export_folder(book, folder, made_with.profile, write)


def write_subtitles(book: Audiobook, folder: Path) -> Exported:
    """Write the cues of each page's own file in the store, called as that file is.

    No sound is made: a player finds them where they are put beside it.
    """

    def write(making: Path) -> Iterator[ExportedFile]:
        for page in book.pages:
            write_cues(page.cues, Path(page.source.file).stem, making)
        yield from ()

    done = export_folder(book, folder, None, write)
    return Exported(done.path, (), (f"cues of {len(book.pages)} pages",))


def stem_of(part: Part) -> str:
    """Return what a part's file is called, without its ending."""
    return f"{numbered(part.number, part.total)} {file_stem(part.title, 'untitled')}"


def export_folder(
    book: Audiobook,
    folder: Path,
    profile: Profile | None,
    write: Callable[[Path], Iterable[ExportedFile]],
    texts_of: Texts | None = None,
) -> Exported:
    """Fill a folder, all at once: what `write` writes, texts about it, and a manifest.

    texts_of: gives name → text for the files of sound; playlist and table unless given.
    """
    before = earlier(folder)
    with placing(folder) as making:
        files = tuple(write(making))
        texts = (texts_of or _usual_texts(book))(files) if files else {}
        for name, text in texts.items():
            (making / name).write_text(text, encoding="utf-8", newline="")
        made = listed(file for file in making.iterdir() if file.is_file())
        values = {**manifest_of(book, files, profile), "all_files": made}
        (making / MANIFEST).write_text(as_json(values), encoding="utf-8", newline="")
    forget(folder, before, made)
    return Exported(folder, tuple(settled(file, folder) for file in files))


def _usual_texts(book: Audiobook) -> Texts:
    return lambda files: {
        PLAYLIST: playlist_of(title_of(book), files),
        "manifest.csv": table_of(files),
    }
