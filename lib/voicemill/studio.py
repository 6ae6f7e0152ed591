"""Studio: the first line of every notebook, and the whole of Voicemill behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from voicemill.bookshelf import Bookshelf, Cast, narrated
from voicemill.production.again import last_request, plan_failures
from voicemill.production.job import Request
from voicemill.production.planning import estimate_s, make_plan
from voicemill.production.progress import Reporter, duration
from voicemill.production.results import Run
from voicemill.production.running import produce
from voicemill.production.single import make_one
from voicemill.production.workshop import Workshop, open_workshop
from voicemill.reporting import Reporting
from voicemill.review.judging import PhonemeJudge
from voicemill.reviewing import Reviewing
from voicemill.speech.choosing import VoiceWish
from voicemill.speech.engine import Delivery, Voice
from voicemill.tables import read_table
from voicemill.upkeep import Upkeep

if TYPE_CHECKING:
    import pandas as pd

    from voicemill.books.book import Book
    from voicemill.catalog import AudioSource, BestAudio, Catalog, RunState, Store
    from voicemill.review.listening import Html
    from voicemill.settings import Settings


class Studio:
    """One project: its settings, voices, catalog and finished files."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = replace(shop, judge=shop.judge or PhonemeJudge())

    @classmethod
    def open(cls, folder: str | Path | None = None) -> Studio:
        """Open the project around `folder` (default: where you are, or any folder above).

        Raises SettingsError, CatalogError or StoreError.
        """
        return cls(open_workshop(folder))

    def close(self) -> None:
        """Let go of the catalog; a notebook that ends does so by itself."""
        self.shop.catalog.close()

    @property
    def settings(self) -> Settings:
        """What voicemill.toml and the environment say."""
        return self.shop.settings

    @property
    def catalog(self) -> Catalog:
        """What exists."""
        return self.shop.catalog

    @property
    def store(self) -> Store:
        """Where finished files lie."""
        return self.shop.store

    @property
    def books(self) -> Bookshelf:
        """What its books are called, who narrates them, how far they are, what is made of them."""
        return Bookshelf(self.shop)

    @property
    def review(self) -> Reviewing:
        """The listening desk, verdicts, voices compared."""
        return Reviewing(self.shop)

    @property
    def report(self) -> Reporting:
        """The production report: what there is, how good it is, what it cost."""
        return Reporting(self.shop)

    @property
    def upkeep(self) -> Upkeep:
        """Locks, clearing, expiry, the doctor, missing audio, people's recordings, statistics."""
        return Upkeep(self.shop)

    def read(
        self, table: str | Path | pd.DataFrame, kind: str = "words", collection: str = ""
    ) -> pd.DataFrame:
        """Read a table of things to say; of kind book also a PDF, EPUB, DOCX, HTML or text.

        kind: phonemes, book or words.  collection: what its items are called together, by
        default the file's name.  `books.read` gives the book as well.
        Raises TableError listing everything that is wrong with it, BookError.
        """
        source = self.settings.resolve(table) if isinstance(table, str | Path) else table
        if kind == "book":
            return self.books.read(source, collection)[0]
        return read_table(source, kind, collection=collection or None)

    def read_book(self, file: str | Path) -> Book:
        """Read a book file: title, author, language, chapters, pages. Raises BookError."""
        return self.books.read(file)[1]

    def plan(  # noqa: PLR0913 - the words people use in notebooks
        self,
        items: pd.DataFrame,
        *,
        voices: Sequence[str] | None = None,
        say: str = "word",
        profile: str = "",
        rate: str = "",
        pitch: str = "",
        volume: str = "",
        force: bool = False,
        skip_locked: bool = True,
        fallback: bool = True,
        takes: int = 1,
        limit: int = 0,
        cast: Cast = "",
        pauses: Mapping[str, float] | None = None,
    ) -> pd.DataFrame:
        """Say what would be made, what not, and why; nothing is spoken yet.

        Pages of a book are narrated sentence by sentence; everything else is spoken as it is.
        cast: who speaks in a book what is in quotation marks, by name in the tag beside it
        ("said Anna"); "speaker" is everybody else, "narrator" who tells it. A mapping, or a
        table with name and voice.  pauses: in seconds, by what precedes them.
        voices: in order of preference.  say: word, phoneme or both.  rate, pitch, volume:
        "-30%", "+20Hz", "-10%".  force: make again what exists.  fallback: try the next voice
        when one cannot speak; False means the first or none.  takes: say a word or a short
        phrase up to so many times, and keep the take that is understood best.
        limit: only the first so many.
        What is left out comes from voicemill.toml.
        Raises UnknownName, ParameterError, EngineUnavailable.
        """
        request = self._request(
            voices,
            say=say,
            delivery=self._delivery(rate, pitch, volume),
            profile=profile,
            force=force,
            skip_locked=skip_locked,
            fallback=fallback,
            takes=takes,
        )
        if "chapter" in items:
            request = narrated(request, self.settings, rate=rate, cast=cast, pauses=pauses)
        chosen = items.head(limit) if limit else items
        return make_plan(chosen, request, self.shop)

    def estimate(self, plan: pd.DataFrame) -> str:
        """Say how long a plan takes here, such as "3 min 20 s"."""
        return duration(estimate_s(plan, self.shop.workers))

    def produce(
        self, plan: pd.DataFrame, *, title: str = "", report: Reporter | None = None
    ) -> Run:
        """Make what the plan says. An interrupt finishes the current items and stops."""
        return produce(plan, self.shop, title=title, report=report)

    def make(
        self,
        collection: str,
        key: str,
        *,
        voices: Sequence[str] | None = None,
        say: str = "word",
        profile: str = "",
        rate: str = "",
        takes: int = 1,
        force: bool = True,
    ) -> AudioSource:
        """Make one known item now; if another run is making it, wait for that one's.

        takes: say it up to so many times, and keep the take that is understood best.
        A page of a book is narrated as it was before, but for what is said otherwise here.
        Raises ItemUnknown, ItemLocked, ItemEmpty, or why it cannot be spoken.
        """
        delivery = self._delivery(rate)
        request = self._request(
            voices, say=say, delivery=delivery, profile=profile, force=force, takes=takes
        )
        before = last_request(collection, key, self.shop)
        if before is not None and before.narration:
            request = replace(
                before,
                voices=request.voices if voices else before.voices,
                profile=profile or before.profile,
                delivery=delivery if rate else before.delivery,
                force=force,
            )
        return make_one(collection, key, request, self.shop)

    def best_audio(self, collection: str, key: str, *, refresh: bool = False) -> BestAudio:
        """Say what should be played for an item, and why not something better.

        Raises ItemUnknown.
        """
        item = self.catalog.items.get(collection, key)
        return self.catalog.best(item, self.store, refresh=refresh)

    def voices(
        self, *, language: str = "", gender: str = "", accent: str = "", engine: str = ""
    ) -> pd.DataFrame:
        """List voices: id, language, gender, accent, installed or how to get it.

        language: "en" finds en-GB too.  Each that is left out leaves all.
        """
        import pandas as pd

        wish = VoiceWish(language, gender, accent, engine)
        found = wish.among(self.shop.engines.voices())
        columns = ["id", "language", "gender", "accent", "title", "installed", "remedy"]
        return pd.DataFrame([{"id": v.id, **asdict(v)} for v in found], columns=columns)

    def refresh_voices(self) -> None:
        """Fetch the lists of voices on the network, and print what came of it."""
        print("\n".join(self.shop.engines.refresh_voices()))

    def voice(
        self, voice_id: str = "", *, language: str = "", gender: str = "", accent: str = ""
    ) -> Voice:
        """Find a voice by id, or the first that fits; prints which when none fits exactly.

        Raises UnknownName, EngineUnavailable.
        """
        if voice_id:
            return self.shop.engines.voice(voice_id)
        voice, why = self.shop.engines.choose(language, gender, accent)
        print(why)
        return voice

    def pick(
        self, voices: Sequence[str], *, language: str = "", gender: str = "", accent: str = ""
    ) -> list[str]:
        """Put the voice that fits a wish before the others; without a wish, leave them so.

        Prints which was picked. Raises UnknownName, EngineUnavailable.
        """
        wanted = list(voices)
        if language or gender or accent:
            first = self.voice(language=language, gender=gender, accent=accent).id
            wanted = [first, *(other for other in wanted if other != first)]
        return wanted

    def health(self) -> pd.DataFrame:
        """Say of each engine, and of the catalog and the store, whether it works here."""
        import pandas as pd

        return pd.DataFrame(self.shop.health())

    def audition(self, text: str, voice: str = "", *, rate: str = "") -> Html:
        """Hear a text as it is written and as the lexicon has it; nothing is kept.

        Raises UnknownName, CannotSpeak, EngineUnavailable.
        """
        from voicemill.review.auditioning import audition

        found = self.shop.engines.voice(voice or self.settings.speech.voices[0])
        return audition(text, found, self._delivery(rate), self.shop)

    def check(self, collection: str = "") -> pd.DataFrame:
        """Check every clip that was not checked; the most suspicious first, and why.

        Raises ItemUnknown.
        """
        return self.review.check(collection)

    def sources(self, collection: str = "") -> pd.DataFrame:
        """List every audio source, with its item."""
        import pandas as pd

        return pd.DataFrame(self.catalog.sources.table(collection))

    def runs(self, limit: int = 100) -> pd.DataFrame:
        """List the newest runs."""
        import pandas as pd

        return pd.DataFrame(self.catalog.runs.table(limit))

    def status(self, run: str = "") -> RunState:
        """Say how far a run is, of whatever process; by its id, or the newest.

        Raises UnknownName.
        """
        return self.catalog.runs.state(run)

    def cancel(self, run: str = "") -> None:
        """Ask a run, of whatever process, to finish its current items and stop.

        Raises UnknownName.
        """
        self.catalog.runs.ask_to_stop(self.status(run).id, "cancelled from another place")

    def retry(self, run: str | Run = "", *, report: Reporter | None = None) -> Run:
        """Make the items that failed in a run, as they were asked for; default the newest run.

        Raises UnknownName.
        """
        state = self.status(run.id if isinstance(run, Run) else run)
        plan = plan_failures(state.id, self.shop)
        return self.produce(plan, title=f"retry of {state.id}", report=report)

    def overview(self, run: Run) -> Html:
        """Sum up a run: counts, levels, failures."""
        from voicemill.review.listening import overview

        return overview(run)

    def listen(self, run: Run) -> Html:
        """Show a run's clips with players, waveforms and measures; also in exported reports."""
        from voicemill.review.listening import listening

        return listening(run.results, self.shop)

    def plots(self, run: Run) -> Html:
        """Show how even a run's clips are: loudness, true peak, durations."""
        from voicemill.review.plots import levels_figure

        return levels_figure(run.results)

    def _request(
        self,
        voices: Sequence[str] | str | None = None,
        *,
        say: str = "word",
        delivery: Delivery | None = None,
        profile: str = "",
        force: bool = False,
        skip_locked: bool = True,
        fallback: bool = True,
        takes: int = 1,
    ) -> Request:
        """What is left out comes from the settings."""
        usual = Request.usual(self.settings)
        wanted = (voices,) if isinstance(voices, str) else tuple(voices or usual.voices)
        return replace(
            usual,
            voices=wanted,
            say=say,
            delivery=delivery or usual.delivery,
            profile=profile or usual.profile,
            force=force,
            skip_locked=skip_locked,
            fallback=fallback,
            takes=takes,
        )

    def _delivery(self, rate: str = "", pitch: str = "", volume: str = "") -> Delivery:
        usual = self.settings.speech
        return Delivery.parse(rate or usual.rate, pitch or usual.pitch, volume or usual.volume)
