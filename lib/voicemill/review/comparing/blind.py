"""Listening blind: two voices say one item, and nothing that leaves here tells which they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget

from voicemill.audio import Clip, Encoding, encode_clip
from voicemill.catalog import Vote
from voicemill.catalog.comparisons import CHOICES
from voicemill.errors import VoicemillError
from voicemill.production.workshop import Workshop
from voicemill.review.comparing.clips import Clips
from voicemill.review.comparing.pairs import Pair, pairs_for
from voicemill.review.comparing.ranking import Ranking
from voicemill.review.comparing.results import undecided_sentences
from voicemill.review.comparing.setup import Setup

_STATIC = Path(__file__).parent.parent / "static"
# The same bare format for all: the clips' own files have names, tags and sizes that tell.
_ENCODING = Encoding("wav", rate_hz=24_000, bit_depth=16)


class Ballot:
    """One listener's way through the pairs of a comparison; what is done is in the catalog."""

    def __init__(
        self, comparison_id: str, listener: str, seed: int, setup: Setup, shop: Workshop
    ) -> None:
        self.listener = listener
        self.pairs = pairs_for(listener, seed, setup.voices, setup.spoken, setup.categories)
        self._id = comparison_id
        self._comparisons = shop.catalog.comparisons

    def done(self) -> set[int]:
        """Return the places that this listener has voted on."""
        return {vote.place for vote in self._comparisons.votes(self._id, self.listener)}

    def next(self) -> Pair | None:
        """Return the first pair that waits for a vote, None when there is none."""
        done = self.done()
        return next((pair for pair in self.pairs if pair.place not in done), None)

    def back(self, place: int | None) -> Pair | None:
        """Return the pair voted on before this place, to be judged again."""
        before = [one for one in self.done() if place is None or one < place]
        return self.pairs[max(before)] if before else None

    def vote(self, place: int, choice: str, elapsed_s: float) -> None:
        """Keep a vote; it is in the catalog when this returns."""
        pair = self.pairs[place]
        self._comparisons.vote(
            self._id,
            Vote(
                listener=self.listener,
                place=place,
                item_key=pair.item_key,
                category=pair.category,
                first_voice=pair.first_voice,
                second_voice=pair.second_voice,
                choice=choice,
                elapsed_s=round(elapsed_s, 2),
            ),
        )


class BlindListening(anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
    """The ballot in a notebook: plays two clips, takes a key, shows the ranking at the end.

    Until then only the text of the item and bare sound go to the browser.
    """

    _esm = _STATIC / "comparing.js"
    _css = _STATIC / "comparing.css"

    def __init__(
        self,
        ballot: Ballot,
        clips: Clips,
        texts: Mapping[str, str],
        shop: Workshop,
        ranking: Callable[[], Ranking],
        make_default: Callable[[str], Path],
    ) -> None:
        super().__init__()
        self._ballot, self._clips, self._texts, self._shop = ballot, clips, texts, shop
        self._ranking, self._make_default = ranking, make_default
        self._shown: tuple[str, ...] = ()  # the voices of the ranking that is shown
        self.on_msg(self._heard)

    def __repr__(self) -> str:
        return f"blind listening: {len(self._ballot.pairs)} pairs for {self._ballot.listener}"

    def _heard(self, _widget: object, content: Mapping[str, Any], _buffers: object) -> None:
        try:
            self._answer(content)
        except VoicemillError as error:
            self.send({"kind": "problem", "text": str(error)})

    def _answer(self, content: Mapping[str, Any]) -> None:
        kind = content.get("kind")
        if kind == "vote" and content.get("choice") in CHOICES:
            place = int(content["place"])
            if 0 <= place < len(self._ballot.pairs):
                self._ballot.vote(place, content["choice"], float(content["elapsed_s"]))
                self._show(self._ballot.next())
                self._count(self._ballot.pairs[place])
        elif kind == "ready":
            self._show(self._ballot.next())
        elif kind == "back":
            self._show(self._ballot.back(content.get("place")) or self._ballot.next())
        elif kind == "ranking":
            self._show_ranking()
        elif kind == "default" and 0 <= int(content["number"]) < len(self._shown):
            voice = self._shown[int(content["number"])]
            file = self._make_default(voice)
            said = f"{voice} is now the first voice in {file.name}; what is open already goes on"
            self.send({"kind": "told", "text": f"{said} with the old one until it is restarted."})

    def _show(self, pair: Pair | None) -> None:
        if pair is None:
            self._show_ranking()
            return
        voices = (pair.first_voice, pair.second_voice)
        sounds = self._clips.levelled(pair.item_key, voices, self._shop)
        content = {
            "kind": "pair",
            "place": pair.place,
            "done": len(self._ballot.done()),
            "total": len(self._ballot.pairs),
            "text": self._texts.get(pair.item_key, pair.item_key),
        }
        self.send(content, buffers=bare(sounds))

    def _show_ranking(self) -> None:
        ranking = self._ranking()
        self._shown = tuple(one.voice for one in ranking.standings)
        rows = [
            {
                "voice": one.voice,
                "liked": round(100 * one.liked),
                "low": round(100 * one.low),
                "high": round(100 * one.high),
                "better_than": list(one.better_than),
            }
            for one in ranking.standings
        ]
        done, total = len(self._ballot.done()), len(self._ballot.pairs)
        content = {"votes": ranking.votes, "listeners": ranking.listeners, "rows": rows}
        notes = undecided_sentences(ranking) if ranking.votes else []
        self.send({"kind": "ranking", **content, "notes": notes, "done": done, "total": total})

    def _count(self, pair: Pair) -> None:
        for voice in (pair.first_voice, pair.second_voice):
            source = self._clips.sources[pair.item_key, voice]
            if source.id is not None:
                self._shop.catalog.sources.played(source.id)


def bare(sounds: Sequence[Clip]) -> list[bytes]:
    """Return clips as WAV files of one format, which hold nothing but sound."""
    return [encode_clip(clip, _ENCODING) for clip in sounds]
