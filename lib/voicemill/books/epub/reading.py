"""An EPUB 2 or 3 → a Book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import PurePath

from lxml import etree

from voicemill.books import limits
from voicemill.books.archives import Archive, open_archive, too_large
from voicemill.books.book import Book
from voicemill.books.epub.package import Item, Package, read_package, resolved
from voicemill.books.epub.toc import Tables, read_tables
from voicemill.books.flow import Opening, Piece, arrange, with_openings
from voicemill.books.html.blocks import Places, blocks_of, note_links
from voicemill.books.html.parsing import attribute, parse_markup
from voicemill.books.html.reading import first_heading
from voicemill.books.language import language_tag, same_language


def read_epub(data: bytes, name: str) -> Book:
    """Read an EPUB 2 or 3 in the order of its spine.

    Chapters come from its table of contents, or from its headings where that is missing or
    leads nowhere; pages are the printed ones it marks, else about 300 words each. What could
    not be read is told in Book.notes. The language is left as declared, '' without.

    Raises BookError when it is copy-protected, damaged, dangerous or has nothing to read.
    """
    archive = open_archive(data, name)
    package = read_package(archive)
    tables = read_tables(archive, package)
    reader = _Reader(archive, package, tables)
    pieces, notes = reader.chaptered()
    pages, chapters = arrange(pieces, name)
    return Book(
        title=package.title or first_heading(pieces) or PurePath(name).stem,
        author=package.author,
        language=reader.language,
        pages=pages,
        chapters=chapters,
        format="epub",
        publisher=package.publisher,
        rights=package.rights,
        cover=package.cover,
        notes=(*tables.notes, *reader.notes, *notes),
    )


class _Reader:
    """The documents of a spine, one after the other."""

    def __init__(self, archive: Archive, package: Package, tables: Tables) -> None:
        self.archive = archive
        self.package = package
        self.tables = tables
        self.documents = list(dict.fromkeys(item for item in package.spine if item.is_document))
        self.notes = [f"'{path}' is missing in the file." for path in package.missing]
        self.notes += [
            f"'{item.path}' is no text ({item.media_type}) and was left out."
            for item in package.spine
            if not item.is_document
        ]
        self._refuse_too_much_text()
        self.notes_of, languages = self._surveyed()
        self.language, self.roots_count = self._settled(languages)

    def chaptered(self) -> tuple[list[Piece], list[str]]:
        """Return the whole flow with its chapters, and what to tell about them."""
        pieces: list[Piece] = []
        for item in self.documents:
            pieces += self._document(item)
        openings = sum(isinstance(piece, Opening) for piece in pieces)
        if openings and openings * 2 >= len(self.tables.openings):
            return pieces, []
        said = "leads to places that are not in it" if self.tables.openings else "is missing"
        blocks = [piece for piece in pieces if not isinstance(piece, Opening)]
        return with_openings(blocks), [
            f"Its table of contents {said}; the chapters were taken from the headings."
        ]

    def _document(self, item: Item) -> list[Piece]:
        openings = _inside(self.tables.openings, item.path)
        kinds = _inside(self.tables.kinds, item.path)
        whole = kinds.pop("", "")
        # A book of a single document cannot be wholly its contents page.
        whole = whole if len(self.documents) > 1 else ""
        notes = dict.fromkeys(self.notes_of.get(item.path, ()), "footnote")
        places = Places(openings, _inside(self.tables.breaks, item.path), {**notes, **kinds}, whole)
        pieces = blocks_of(
            self._parsed(item), self.language, places, root_language=self.roots_count
        )
        start = openings.get("", "")
        return [Opening(start), *pieces] if start else pieces

    def _parsed(self, item: Item) -> etree._Element:
        return parse_markup(self.archive.read(item.path), f"{self.archive.name}: {item.path}")

    def _refuse_too_much_text(self) -> None:
        size_bytes = sum(self.archive.files[item.path].file_size for item in self.documents)
        if size_bytes > limits.TEXT_BYTES:
            raise too_large("its text", size_bytes, limits.TEXT_BYTES, self.archive.name)

    def _surveyed(self) -> tuple[dict[str, set[str]], Counter[str]]:
        """Return the ids of notes by document, and the languages that root elements declare.

        Documents are parsed once more for their text, so that never two are in memory.
        """
        order = {item.path: place for place, item in enumerate(self.documents)}
        notes: dict[str, set[str]] = {}
        languages: Counter[str] = Counter()
        for place, item in enumerate(self.documents):
            root = self._parsed(item)
            written = attribute(root, "xml:lang") or attribute(root, "lang")
            languages[language_tag(written)] += 1
            for link in note_links(root):
                path, _, fragment = resolved(link, item.path).partition("#")
                # Notes stand behind the text that refers to them; what leads back is no note.
                if order.get(path, -1) > place:
                    notes.setdefault(path, set()).add(fragment)
        return notes, languages

    def _settled(self, languages: Counter[str]) -> tuple[str, bool]:
        """Return the book's language and whether what root elements say about it counts.

        Converters write the same language, mostly English, into every document: where all say
        the same and the package says another, the package is believed.
        """
        declared = language_tag(self.package.language)
        said = [language for language in languages if language]
        if not declared:
            return (said[0] if len(said) == 1 else ""), True
        if len(said) == 1 and not same_language(said[0], declared):
            self.notes.append(
                f"Its package says the language is {declared}, its texts say {said[0]};"
                f" {declared} was taken."
            )
            return declared, False
        return declared, True


def _inside(places: Mapping[str, str], path: str) -> dict[str, str]:
    """Return what of the places is in a document, by fragment; '' is its beginning."""
    found = {}
    for place, what in places.items():
        document, _, fragment = place.partition("#")
        if document == path:
            found[fragment] = what
    return found
