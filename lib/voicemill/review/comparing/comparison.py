"""One comparison of voices: clips, figures, vowels, votes, ranking; and what to do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicemill.catalog import KeptComparison
from voicemill.catalog.processes import this_user
from voicemill.errors import ParameterError
from voicemill.production.job import Request
from voicemill.production.progress import Reporter
from voicemill.production.workshop import Workshop
from voicemill.review.comparing.clips import Clips, find_clips, make_clips
from voicemill.review.comparing.default_voice import make_default
from voicemill.review.comparing.measures import measured
from voicemill.review.comparing.ranking import Ranking, ranked
from voicemill.review.comparing.results import (
    ranking_html,
    standings_rows,
    votes_rows,
    write_csv,
)
from voicemill.review.comparing.setup import Setup
from voicemill.review.comparing.vowels import vowels_measured
from voicemill.speech.engine import Delivery

if TYPE_CHECKING:
    import pandas as pd

    from voicemill.review.comparing.blind import BlindListening
    from voicemill.review.listening import Html


class Comparing:
    """The comparisons of a project."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    def start(  # noqa: PLR0913 - the words people use in notebooks
        self,
        items: pd.DataFrame,
        voices: Sequence[str],
        *,
        title: str = "",
        seed: int = 1,
        say: str = "word",
        rate: str = "",
        profile: str = "",
        limit: int = 0,
        report: Reporter | None = None,
    ) -> Comparison:
        """Let voices say the items of a table, and keep that they are compared.

        seed: of the order in which each listener hears pairs.  limit: only the first so many
        items; 0 means all.  What is left out comes from voicemill.toml. The same comparison,
        begun before under the same title and seed, is opened again instead.
        Raises UnknownName, EngineUnavailable, ParameterError.
        """
        usual, speech = Request.usual(self._shop.settings), self._shop.settings.speech
        request = replace(
            usual,
            voices=tuple(dict.fromkeys(voices)),
            say=say,
            delivery=Delivery.parse(rate or speech.rate, speech.pitch, speech.volume),
            profile=profile or usual.profile,
        )
        chosen = items.head(limit) if limit else items
        if chosen.empty:
            raise ParameterError("there is nothing to compare", where="items")
        setup = Setup.of(chosen, request)
        known = self._same(title, seed, setup)
        if known is not None:
            return Comparison(known, self._shop)
        clips = make_clips(setup, self._shop, report)
        setup = replace(setup, silent=clips.silent)
        parameters = {**setup.as_dict(), "clips": clips.fingerprints}
        kept = self._shop.catalog.comparisons.start(title, seed, parameters)
        return Comparison(kept, self._shop)

    def open(self, comparison_id: str = "") -> Comparison:
        """Open a comparison, by its id or the beginning of it, or the newest.

        Raises UnknownName.
        """
        return Comparison(self._shop.catalog.comparisons.get(comparison_id), self._shop)

    def table(self) -> pd.DataFrame:
        """List the newest comparisons, with how many votes each has."""
        import pandas as pd

        names = ("id", "title", "votes", "listeners", "seed", "created_at")
        rows = self._shop.catalog.comparisons.table()
        return pd.DataFrame(
            [
                {**{name: row[name] for name in names}, "voices": _voices(row["parameters"])}
                for row in rows
            ],
            columns=[*names, "voices"],
        )

    def _same(self, title: str, seed: int, setup: Setup) -> KeptComparison | None:
        wanted = setup.as_dict()
        comparisons = self._shop.catalog.comparisons
        for row in comparisons.table():
            found = row["parameters"]
            same = all(found[name] == wanted[name] for name in ("items", "request"))
            if same and (row["title"], row["seed"]) == (title, seed):
                return comparisons.get(row["id"])
        return None


class Comparison:
    """A comparison that is kept in the catalog.

    Its clips live for some days; when they are gone and needed, they are made again.
    """

    def __init__(self, kept: KeptComparison, shop: Workshop) -> None:
        self._kept, self._shop = kept, shop
        self.setup = Setup.from_dict(kept.parameters)

    def __repr__(self) -> str:
        return (
            f"comparison {self.id} {self.title!r}: {len(self.setup.items)} items, "
            f"{', '.join(self.voices)}"
        )

    @property
    def id(self) -> str:
        """What it is opened by."""
        return self._kept.id

    @property
    def title(self) -> str:
        """What people call it."""
        return self._kept.title

    @property
    def voices(self) -> tuple[str, ...]:
        """The voices compared."""
        return self.setup.voices

    @cached_property
    def clips(self) -> Clips:
        """The audio; made again when it has expired: neural voices then say it a bit otherwise."""
        found = find_clips(self.setup, self._kept.parameters["clips"], self._shop)
        if found is None:
            found = make_clips(self.setup, self._shop)
            comparisons = self._shop.catalog.comparisons
            self._kept = comparisons.note(self.id, clips=found.fingerprints)
        return found

    def grid(self) -> Html:
        """Show every item by every voice, equally loud, with players and pictures."""
        from voicemill.review.comparing.grid import grid

        return grid(self.setup, self.clips, self._shop)

    def measures(self) -> pd.DataFrame:
        """Return one row a voice: pace, level, pitch, cost, size; see measures.measured."""
        import pandas as pd

        return pd.DataFrame(self._facts("measures"))

    def side_by_side(self) -> Html:
        """Show the measures with one column a voice."""
        from voicemill.review.comparing.grid import side_by_side

        return side_by_side(self._facts("measures"))

    def vowels(self) -> pd.DataFrame:
        """Return one row for each voice and monophthong: F1, F2; see vowels.vowels_measured."""
        import pandas as pd

        return pd.DataFrame(self._facts("vowels"))

    def chart(self) -> Html:
        """Draw the vowels of each voice over published means."""
        from voicemill.review.comparing.chart import vowel_chart

        return vowel_chart(self._facts("vowels"))

    def blind(self, listener: str = "") -> BlindListening:
        """Return a widget that plays pairs blind to a listener, from where they left off.

        listener: their name; by default that of whoever is logged in.
        """
        from voicemill.review.comparing.blind import Ballot, BlindListening

        ballot = Ballot(self.id, listener or this_user(), self._kept.seed, self.setup, self._shop)
        texts = {row["key"]: row["text"] or row["key"] for row in self.setup.items}
        return BlindListening(
            ballot, self.clips, texts, self._shop, self.ranking, self.make_default
        )

    def ranking(self, category: str | None = None) -> Ranking:
        """Rank the voices by all votes so far, or by those on items of one category."""
        votes = self._shop.catalog.comparisons.votes(self.id)
        chosen = [vote for vote in votes if category is None or vote.category == category]
        return ranked(chosen, self.voices, self._kept.seed)

    def rankings(self) -> dict[str, Ranking]:
        """Rank the voices for each category of items that has votes."""
        votes = self._shop.catalog.comparisons.votes(self.id)
        found = dict.fromkeys(vote.category for vote in votes)
        return {category: self.ranking(category) for category in found}

    def result(self) -> Html:
        """Show the ranking, what is not decided yet, and the ranking by category."""
        return ranking_html(self.ranking(), self.rankings())

    def export(self, folder: str | Path = "") -> list[Path]:
        """Write ranking, votes, measures and vowels as CSV files.

        folder: by default output/comparisons/ and the id.  Raises StoreError.
        """
        default = self._shop.settings.output / "comparisons" / self.id
        target = self._shop.settings.resolve(folder) if folder else default
        votes = self._shop.catalog.comparisons.votes(self.id)
        tables = {
            "ranking": standings_rows(self.ranking(), self.rankings()) if votes else [],
            "votes": votes_rows(votes),
            "measures": self._facts("measures"),
            "vowels": self._facts("vowels"),
        }
        return write_csv(target, tables)

    def make_default(self, voice: str = "") -> Path:
        """Make a voice, by default the best of the ranking, the project's first; in its file.

        Raises SettingsError, ParameterError without a voice and without votes.
        """
        ranking = self.ranking()
        if not voice and not ranking.votes:
            raise ParameterError("nobody has voted yet", where=self.id, remedy="Name a voice")
        chosen = self._shop.engines.voice(voice or ranking.best).id
        settings = self._shop.settings
        return make_default(chosen, list(settings.speech.voices), settings.root)

    def _facts(self, name: str) -> list[dict[str, Any]]:
        """Return what was measured once and is kept, since clips are not."""
        if name not in self._kept.parameters:
            measure = {"measures": measured, "vowels": vowels_measured}[name]
            rows = measure(self.setup, self.clips, self._shop)
            facts = {name: rows}
            self._kept = self._shop.catalog.comparisons.note(self.id, **facts)
        found: list[dict[str, Any]] = self._kept.parameters[name]
        return found


def _voices(parameters: dict[str, Any]) -> str:
    return ", ".join(parameters["request"]["voices"])
