"""What one reviewer does at the desk, step by step, each in the catalog before the next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from voicemill.audio import MIME_TYPES
from voicemill.catalog import AudioSource, Item, Review
from voicemill.catalog.best import by_preference
from voicemill.catalog.reviews import APPROVED, OPEN
from voicemill.errors import ItemError, StoreError
from voicemill.production.other_takes import let_last
from voicemill.production.recordings.importing import Origin
from voicemill.production.workshop import Workshop
from voicemill.review.desk import remaking
from voicemill.review.desk.clips import (
    Eye,
    clip_facts,
    judgement_of,
    list_rows,
    played_first,
)
from voicemill.review.desk.remaking import Candidate, Wanted
from voicemill.review.verdicts import read_verdicts, verdicts_table
from voicemill.speech.choosing import VoiceWish

_LAST_STEPS = 500  # that can be taken back


@dataclass(frozen=True)
class Step:
    """One step that can be taken back: what it was, on which item, and how to undo it."""

    said: str
    item_id: int
    back: Callable[[], None]


class Session:
    """A reviewer at work on a collection, or on all ("")."""

    def __init__(self, shop: Workshop, collection: str, reviewer: str, required: int = 1) -> None:
        self._shop = shop
        self._collection = collection
        self._eye = Eye(reviewer, required)
        self._steps: list[Step] = []
        self._candidates: dict[int, Candidate] = {}
        self._seen: set[str] = set()
        self._items: dict[int, Item] = {}
        self._read_items()

    @property
    def reviewer(self) -> str:
        """Whose verdicts these are."""
        return self._eye.reviewer

    @property
    def mark(self) -> str:
        """What tells this project's catalog from others, for what a browser keeps of it."""
        identity = f"{self._shop.settings.root} {self._shop.settings.catalog_url}"
        return hashlib.sha256(identity.encode()).hexdigest()[:16]

    def rows(self) -> list[dict[str, Any]]:
        """Return the list as it is now."""
        self._read_items()
        return list_rows(list(self._items.values()), self._shop, self._eye)

    def row(self, item_id: int) -> dict[str, Any]:
        """Return the row of one item as it is now. Raises ItemUnknown when it is gone."""
        [row] = list_rows([self._fresh(item_id)], self._shop, self._eye)
        return row

    def call(self, reviewer: str) -> None:
        """Go on as somebody else. Raises ItemError for an empty name."""
        name = reviewer.strip()
        if not name:
            raise ItemError("a reviewer needs a name", where="reviewer", remedy="Write yours")
        self._eye = replace(self._eye, reviewer=name)

    def clip(self, item_id: int, source_id: int = 0) -> tuple[dict[str, Any], bytes]:
        """Return what is known of a source (0: the one that is played), and its file.

        The bytes are empty where there is no audio. A file that is lost or damaged is passed
        over for the best that is whole; `missing` says so.
        """
        item = self._fresh(item_id)
        facts = clip_facts(item, source_id, self._shop, self._eye)
        if not facts["source"]:
            return facts, b""
        try:
            return self._with_file(facts)
        except StoreError as error:
            whole = self._shop.catalog.best(item, self._shop.store).source
            if source_id or whole is None:
                return {**facts, "missing": str(error)}, b""
            facts = clip_facts(item, whole.id or 0, self._shop, self._eye)
            facts, data = self._with_file(facts)
            return {**facts, "missing": str(error)}, data

    def played(self, source_id: int) -> None:
        """Count one play."""
        self._shop.catalog.sources.played(source_id)

    def judge(
        self,
        item_id: int,
        checksum: str,
        verdict: str,
        *,
        voice: str = "",
        rating: int | None = None,
        comment: str = "",
        reviewer: str = "",
        token: str = "",
    ) -> str:
        """Keep a verdict on the file of that checksum; returns what to tell.

        reviewer: who gave it, if not who sits here now.  token: the same verdict sent again is
        kept once.  Raises ItemError.
        """
        if token and token in self._seen:
            return "saved before"
        reviews = self._shop.catalog.reviews
        author = reviewer or self.reviewer
        before = next(
            (one for one in reviews.of_clip(item_id, checksum) if one.reviewer == author), None
        )
        given = Review(item_id, checksum, author, verdict, voice, rating, comment)
        reviews.add(given, self._eye.required)
        self._seen.add(token)
        earlier = before or replace(given, verdict=OPEN, rating=None, comment="")
        back = replace(earlier, id=None, created_at=None)
        said = f"{'noted for' if verdict == OPEN else verdict} {self._name(item_id)}"
        self._did(
            said,
            item_id,
            lambda: _ignore(reviews.add(back, self._eye.required)),
        )
        return said + self._beside(item_id, checksum, verdict)

    def judgement(self, item_id: int, checksum: str) -> dict[str, Any]:
        """Return what is thought of one file now."""
        return judgement_of(self._fresh(item_id), checksum, self._shop, self._eye)

    def undo(self) -> tuple[str, int]:
        """Take back the last step; returns what it was, and of which item (0: none is left)."""
        if not self._steps:
            return "nothing to undo in this session", 0
        step = self._steps[-1]
        step.back()
        self._steps.pop()
        return f"undone: {step.said}", step.item_id

    def lock(self, item_id: int, *, locked: bool) -> str:
        """Lock an item against change, or unlock it; returns what to tell."""
        item, items = self._fresh(item_id), self._shop.catalog.items
        items.lock(item.collection, item.key, locked=locked)
        said = f"{'locked' if locked else 'unlocked'} {item.key}"
        before = item.locked
        self._did(said, item_id, lambda: items.lock(item.collection, item.key, locked=before))
        return said

    def prefer(self, item_id: int, source_id: int | None) -> str:
        """Play this source whenever the item is asked for; None: the best again."""
        item = self._fresh(item_id)
        source = self._source(item, source_id) if source_id else None
        return self._prefer(item, source, item.preferred_source_id)

    def voices(self, item_id: int) -> list[dict[str, str]]:
        """Return the installed voices of the item's language."""
        language = self._fresh(item_id).language.partition("-")[0]
        found = VoiceWish(language).among(self._shop.engines.voices())
        return [{"id": voice.id, "title": voice.title} for voice in found if voice.installed]

    def again(self, item_id: int, wanted: Wanted) -> dict[str, Any]:
        """Make a clip again beside the one there is; see `remaking.make_again`."""
        item = self._fresh(item_id)
        earlier = self._candidates.pop(item_id, None)
        if earlier:
            remaking.discard(item, earlier, self._shop)
            item = self._fresh(item_id)
        candidate = remaking.make_again(item, wanted, self._shop)
        if candidate.new:
            self._candidates[item_id] = candidate
        source = candidate.source
        words = (
            "is ready: keep it or discard it" if candidate.new else "exists already: it is shown"
        )
        others = len(candidate.source.metadata.get("take", {}).get("scores", ())) - 1
        beside = f"; {others} other takes are among the sources" if others > 0 else ""
        doubt = remaking.checked(item, source, self._shop)
        said = f"{source.voice} {words}{beside}" + (f"; but {doubt}" if doubt else "")
        return {"source": source.id, "new": candidate.new, "said": said}

    def keep(self, item_id: int) -> str:
        """Play the clip that was made again from now on; returns what to tell."""
        candidate = self._candidates.pop(item_id, None)
        if candidate is None:
            raise ItemError("no new clip waits", where="keep", remedy="Make one first")
        item = self._fresh(item_id)
        before = None if item.preferred_source_id == candidate.held else item.preferred_source_id
        # What was played before must not give way to the new one by age when this is undone.
        return self._prefer(item, candidate.source, candidate.held or before)

    def discard(self, item_id: int) -> str:
        """Forget the clip that was made again; returns what to tell."""
        candidate = self._candidates.pop(item_id, None)
        if candidate is None:
            raise ItemError("no new clip waits", where="discard", remedy="Make one first")
        remaking.discard(self._fresh(item_id), candidate, self._shop)
        return "discarded; the earlier clip stays"

    def record(
        self, item_id: int, data: bytes, ends_s: tuple[float, float], speaker: str, licence: str
    ) -> dict[str, Any]:
        """Keep a recording; it is played from now on. See `remaking.keep_recording`."""
        item = self._fresh(item_id)
        known = {one.id for one in self._shop.catalog.sources.of_item(item_id)}
        origin = Origin(speaker or self.reviewer, licence, came_from="microphone")
        source = remaking.keep_recording(item, data, ends_s, origin, self._shop)
        preferred = item.preferred_source_id
        if preferred is not None:
            self._shop.catalog.items.prefer(item.collection, item.key, source.id)

        def back() -> None:
            if source.id is not None and source.id not in known:
                remaking.remove([source], self._shop)
            if preferred is not None:
                self._shop.catalog.items.prefer(item.collection, item.key, preferred)

        self._did(f"recorded {item.key}", item_id, back)
        broken = [one["sentence"] for one in source.metadata["checks"] if not one["passed"]]
        doubt = remaking.checked(item, source, self._shop)
        doubts = dict.fromkeys(one for one in (*broken, doubt) if one)
        said = "; ".join([f"the recording of {item.key} is kept", *doubts])
        return {"source": source.id, "said": said}

    def export(self, ending: str) -> tuple[str, bytes]:
        """Return the verdicts that count now as a file, csv or xlsx, and a name for it."""
        data = verdicts_table(self._shop.catalog, ending, self._collection)
        return f"verdicts_{self._collection or 'all'}.{ending}", data

    def read_in(self, name: str, data: bytes) -> str:
        """Read verdicts from a file's bytes; returns what to tell. Raises TableError."""
        return str(read_verdicts(self._shop.catalog, data, name, self._eye.required))

    def _beside(self, item_id: int, checksum: str, verdict: str) -> str:
        """Say where a verdict is not on what is played for the item."""
        sources = self._shop.catalog.sources.of_item(item_id)
        if checksum not in {one.checksum for one in sources}:
            return ", but this clip was made again meanwhile"
        if verdict != APPROVED or len(sources) == 1:
            return ""
        played = played_first(by_preference(sources, self._fresh(item_id)), datetime.now(UTC))
        if played is None or played.checksum == checksum:
            return ""
        return f"; what is played is still {played.source_type} {played.voice}".rstrip()

    def _prefer(self, item: Item, source: AudioSource | None, before: int | None) -> str:
        items = self._shop.catalog.items
        if source:
            let_last(source, self._shop)
        items.prefer(item.collection, item.key, source.id if source else None)
        named = f"{source.source_type} {source.voice}".strip() if source else "the best again"
        said = f"{item.key} plays {named}"
        self._did(said, item.id, lambda: items.prefer(item.collection, item.key, before))
        return said

    def _source(self, item: Item, source_id: int) -> AudioSource:
        source = self._shop.catalog.sources.get(source_id)
        if source is None or source.item_id != item.id:
            raise ItemError(
                "this clip is gone", where=f"'{item.key}'", remedy="Look at what there is now"
            )
        return source

    def _with_file(self, facts: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        source = self._shop.catalog.sources.get(facts["source"])
        if source is None:
            raise StoreError("this clip was removed just now", remedy="Read the list again")
        return {**facts, "mime": MIME_TYPES[source.format]}, self._shop.store.read(source.file)

    def _did(self, said: str, item_id: int, back: Callable[[], None]) -> None:
        self._steps = [*self._steps, Step(said, item_id, back)][-_LAST_STEPS:]

    def _name(self, item_id: int) -> str:
        return self._items[item_id].key if item_id in self._items else f"item {item_id}"

    def _fresh(self, item_id: int) -> Item:
        """Return an item as it is now: others work on it too. Raises ItemUnknown, ItemError."""
        known = self._items.get(item_id)
        if known is None:
            raise ItemError("it is not on this desk", where=f"item {item_id}", remedy="Reload")
        return self._shop.catalog.items.get(known.collection, known.key)

    def _read_items(self) -> None:
        found: Sequence[Item] = self._shop.catalog.items.of_collection(self._collection)
        self._items = {item.id: item for item in found}


def wanted_of(values: dict[str, Any]) -> Wanted:
    """Read what a page asks for."""
    return Wanted(**{name: str(values.get(name, "")) for name in asdict(Wanted())})


def _ignore(_result: object) -> None:
    """Undoing returns nothing."""
