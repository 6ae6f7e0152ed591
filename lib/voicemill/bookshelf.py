"""Books of a project: what they are called, who narrates them, how far they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from voicemill.books.book import Book
from voicemill.books.language import detect_language
from voicemill.books.ocr.gemini import Gemini
from voicemill.books.reading import is_table, read_book
from voicemill.books.spoken.pauses import Pauses
from voicemill.books.table import pages_table
from voicemill.catalog import KeptBook
from voicemill.errors import UnknownName
from voicemill.production.job import Request
from voicemill.production.narration.audiobook import Audiobook, open_audiobook
from voicemill.production.narration.script import Narration, cast_rows
from voicemill.production.narration.status import BookStatus, book_status
from voicemill.production.workshop import Workshop
from voicemill.speech.choosing import VoiceWish
from voicemill.speech.engine import Delivery
from voicemill.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

    from voicemill.exports.result import Exported
    from voicemill.review.editing import PageEditor
    from voicemill.review.listening import Html
    from voicemill.settings import Settings

Cast = Mapping[str, str] | str | Path  # name → voice, or a table with the columns name and voice
_TOLD = 10  # times that recognising pages says how far it is
_FLOOR = "espeak"  # the engine that speaks nearly every language, without a network


class Bookshelf:
    """What a studio knows and can do of books."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    def read(
        self,
        source: str | Path | pd.DataFrame,
        collection: str = "",
        *,
        include: Collection[str] = ("heading", "paragraph"),
    ) -> tuple[pd.DataFrame, Book]:
        """Read a book file or a table of pages: its pages to narrate, and the book itself.

        include: which kinds of text are narrated, of books.book.KINDS; a table has no kinds.

        Pages that are pictures are recognised by Gemini where the settings have its key, else
        by what is installed here; how far that is gets printed. An interrupt stops it.
        A table says nothing but its pages: its book has the name of its file.
        Raises TableError, BookError.
        """
        settings = self._shop.settings
        source = settings.resolve(source) if isinstance(source, str | Path) else source
        if not isinstance(source, Path) or is_table(source):
            pages = _with_language(read_table(source, "book", collection=collection or None))
            title = str(pages["collection"].iloc[0]) if len(pages) else collection
            return pages, Book(title, "", _commonest(pages), (), format="table")
        book = read_book(source, gemini=_gemini(settings), progress=_tell_recognised)
        table = read_table(pages_table(book, include), "book", collection=collection or source.stem)
        return _with_language(table, book.language), book

    def keep(
        self,
        pages: pd.DataFrame,
        book: Book | None = None,
        *,
        title: str = "",
        author: str = "",
        cover: str | Path = "",
    ) -> KeptBook:
        """Say what the book is that these pages are; whatever is made of it later knows.

        pages: the whole table, as `studio.read(…, kind="book")` gives it; a page that is no
        longer in it leaves the book.  book: gives title, author, language and cover; each can
        be said otherwise.
        """
        [collection] = pages["collection"].unique()
        labels = pages["label"] if "label" in pages else [""] * len(pages)
        usual = book or Book("", "", "", ())
        language = usual.language or _commonest(pages)
        picture = self._shop.settings.resolve(cover).read_bytes() if cover else usual.cover
        kept = KeptBook(
            collection=collection,
            title=title or usual.title or collection,
            author=author or usual.author,
            language=language,
            cover=picture,
            pages=tuple(zip(pages["key"], labels, strict=True)),
        )
        rows = pages.assign(category=pages["chapter"]).to_dict("records")
        self._shop.catalog.items.save({str(name): row[name] for name in row} for row in rows)
        self._shop.catalog.books.keep(kept)
        return kept

    def voices_for(self, pages: pd.DataFrame) -> list[str]:
        """Return voices for the languages of a book, the commonest first; prints which and why.

        For each language the project's own voices that speak it; without one, the best other
        voice there is, and one that needs no network behind it.
        """
        wanted: list[str] = []
        for language, _count in Counter(pages["language"]).most_common():
            own = [
                name for name in self._shop.settings.speech.voices if self._speaks(name, language)
            ]
            wanted += own or self._others(language)
        return list(dict.fromkeys(wanted)) or list(self._shop.settings.speech.voices)

    def status(self, collection: str) -> BookStatus:
        """Say how far a book is, whoever narrates it. Raises ItemUnknown."""
        return book_status(collection, self._shop.catalog)

    def cleaning(self, book: Book, most: int = 20) -> Html:
        """Show what cleaning changed and left out, page by page; see `review.cleaning`."""
        from voicemill.review.cleaning import cleaning

        return cleaning(book, most)

    def edit(self, pages: pd.DataFrame) -> PageEditor:
        """Show an editor of the text and voice of each page, which changes `pages` itself."""
        from voicemill.review.editing import PageEditor

        return PageEditor(pages)

    def export(
        self,
        collection: str,
        kinds: Sequence[str] = ("m4b",),
        *,
        profile: str = "",
        source: str | Path = "",
        partial_book: bool = False,
    ) -> list[Exported]:
        """Make files and folders of a narrated book, below output/books; see `exports`.

        profile: for the kinds that can be made with any.  source: the book's own EPUB, to be
        read aloud as it is.  Raises UnknownName, ItemUnknown, BookError.
        """
        from voicemill.exports.exporting import FREE_KINDS, export_book

        book = self.open(collection, partial_book=partial_book)
        made = []
        for kind in kinds:
            made.append(
                export_book(
                    book,
                    kind,
                    None,
                    self._shop,
                    profile=profile if kind in FREE_KINDS else "",
                    source=self._shop.settings.resolve(source)
                    if source and kind == "epub"
                    else None,
                )
            )
        return made

    def open(self, collection: str, *, partial_book: bool = False) -> Audiobook:
        """Open a narrated book. Raises ItemUnknown, BookError when pages have no audio."""
        return open_audiobook(collection, self._shop, partial_book=partial_book)

    def _speaks(self, name: str, language: str) -> bool:
        voice = next((one for one in self._shop.engines.voices() if one.id == name), None)
        primary = language.partition("-")[0]
        return voice is not None and VoiceWish(primary).fits(voice)

    def _others(self, language: str) -> list[str]:
        voices = self._shop.engines.voices()
        for tag in dict.fromkeys((language, language.partition("-")[0])):
            found = [one for one in VoiceWish(tag).among(voices) if one.installed]
            if found:
                voice, why = self._shop.engines.choose(tag)
                floor = [one.id for one in found if one.engine == _FLOOR][:1]
                print(why + (f"; without a network {floor[0]}" if floor else ""))
                return list(dict.fromkeys((voice.id, *floor)))
        print(f"no voice here speaks {language or 'a language that is not named'}")
        return []


def narrated(
    request: Request,
    settings: Settings,
    *,
    rate: str = "",
    cast: Cast = "",
    pauses: Mapping[str, float] | None = None,
) -> Request:
    """Return how pages are narrated: at a book's pace, with its pauses and its cast.

    Raises UnknownName for a pause that does not exist, BookError or TableError for a wrong cast.
    """
    names = Pauses.__dataclass_fields__
    wanted = {**settings.books.pauses, **(pauses or {})}
    for name in wanted:
        if name not in names:
            raise UnknownName("pause", name, names)
    rows = dict(cast_rows(_cast(cast, settings)))
    voices = tuple(dict.fromkeys((rows.pop("narrator", request.voices[0]), *request.voices)))
    usual = settings.books.rate
    delivery = replace(request.delivery, rate_percent=Delivery.parse(rate or usual).rate_percent)
    narration = Narration(Pauses(**wanted), tuple(rows.items()))
    return replace(
        request, voices=voices, delivery=delivery, narration=narration.as_text(), say="word"
    )


def _with_language(items: pd.DataFrame, usual: str = "") -> pd.DataFrame:
    """Return pages with the language of each, detected where neither they nor the book say."""
    pages = items if "chapter" in items else items.assign(chapter="")
    unnamed = pages["language"] == ""
    if not unnamed.any():
        return pages
    found = usual or detect_language("\n".join(pages.loc[unnamed, "text"].str.slice(0, 2000)))
    return pages.assign(language=pages["language"].mask(unnamed, found))


def _commonest(pages: pd.DataFrame) -> str:
    return str(Counter(pages["language"]).most_common(1)[0][0]) if len(pages) else ""


def _gemini(settings: Settings) -> Gemini | None:
    books = settings.books
    key = books.gemini_key.get_secret_value()
    if not key:
        return None
    return Gemini(key, books.gemini_model, books.gemini_url, books.gemini_timeout_s)


def _tell_recognised(done: int, total: int) -> None:
    """Print now and then how many of the pages that are pictures have been recognised."""
    if done and done * _TOLD // total != (done - 1) * _TOLD // total:
        print(f"recognised {done} of {total} pages that are pictures")


def _cast(cast: Cast, settings: Settings) -> list[dict[str, str]]:
    if isinstance(cast, Mapping):
        return [{"name": name, "voice": voice} for name, voice in cast.items()]
    if not cast:
        return []
    table = read_table(settings.resolve(cast), "cast")
    return [
        {"name": name, "voice": voice}
        for name, voice in zip(table["key"], table["voice"], strict=True)
    ]
