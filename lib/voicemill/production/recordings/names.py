"""Which item the name of a recording means, if that can be said for sure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from voicemill.catalog import Item
from voicemill.production.recordings.spelling import (
    LONGEST_BYTES,
    as_symbol,
    as_word,
    composed,
    safe_forms,
    store_form,
    store_heads,
)

LEAST_LIKENESS = 85.0  # of 100, by rapidfuzz's ratio

Hits = dict[str, str]  # key → how it was found: symbol, key, word, number

# "(2)", "take 2", "v2", "- Copy": which of several recordings of one thing it is.
_MARK = re.compile(
    r"(?:[\s_\-]*\(\s*(?:take\s*)?\d+\s*\)|[\s_\-.]+(?:take|v)[\s_\-]*\d+(?!\w)|[\s_\-]+copy)+$",
    re.IGNORECASE,
)
_PARTS = re.compile(r"[\s_\-–—.,;()\[\]{}+&=~]+")
_LABELS = frozenset(
    [
        "phoneme",
        "phonemes",
        "symbol",
        "symbols",
        "sound",
        "sounds",
        "word",
        "words",
        "item",
        "items",
        "page",
        "pages",
    ]
)
_OWN_NAME = re.compile(r"(.+)_[0-9a-f]{8}")
_MOST_PARTS = 60
_COMMON_FROM_FILES = 3


@dataclass(frozen=True)
class Meaning:
    """What a name means: one item (key), or none for sure (candidates and the reason)."""

    key: str = ""
    matched_by: str = ""
    candidates: tuple[str, ...] = ()
    reason: str = ""


class RecordingNames:
    """The names that the items of one collection may have.

    finished: the names of Voicemill's own files without their endings → the item's key.
    voices: names of voices, which those files carry.  folder: the names, without endings, of
    all the recordings at hand: what most of them share, such as the speaker's name, says
    nothing of an item.
    """

    def __init__(
        self,
        items: Iterable[Item],
        finished: Mapping[str, str],
        voices: Iterable[str],
        folder: Iterable[str],
    ) -> None:
        self._raw: dict[str, Hits] = {}
        self._safe: dict[str, Hits] = {}
        self._symbols: dict[str, Hits] = {}
        self._words: dict[str, Hits] = {}
        self._numbers: dict[int, Hits] = {}
        self._places: dict[int, Hits] = {}
        self._heads: dict[str, Hits] = {}
        collection = ""
        for item in items:
            self._add(item)
            collection = item.collection
        self._finished = finished
        self._voices = {store_form(Path(voice).stem, 60) for voice in voices}
        self._labels = _LABELS | {as_word(part) for part in _parts(collection)} | _common(folder)

    def meaning(self, name: str) -> Meaning:
        """Say which item a file of this name, without its ending, is meant for."""
        name = composed(name).strip()
        return self._whole(name) or self._own(name) or self._by_parts(name) or self._alike(name)

    def _add(self, item: Item) -> None:
        key_is_symbol = item.sound == item.key
        spelt = {"symbol": {item.sound, item.ipa}, "key": {item.key}, "word": {item.text}}
        for how, texts in spelt.items():
            for text in filter(None, texts):
                if how == "word" and len(text.encode()) > LONGEST_BYTES:
                    continue
                _note(self._raw, composed(text), item.key, how)
                for form in safe_forms(text):
                    _note(self._safe, form, item.key, how)
                if how != "word":
                    _note(self._symbols, as_symbol(text), item.key, how)
                if how == "word" or (how == "key" and not key_is_symbol):
                    _note(self._words, as_word(text), item.key, how)
        if item.key.isdecimal():
            self._numbers.setdefault(int(item.key), {})[item.key] = "number"
        self._places.setdefault(item.order, {})[item.key] = "number"
        for head in store_heads(item.key, item.text):
            _note(self._heads, head, item.key, "key")

    def _whole(self, name: str) -> Meaning | None:
        """Match the whole name. One that another item's name could have become is doubtful."""
        exact, safe = self._raw.get(name, {}), self._safe.get(name, {})
        hits = {**self._loosely(name), **safe, **exact}
        if not exact:  # "shoe (2)" is shoe 2 or the second take of shoe
            hits |= self._loosely(_MARK.sub("", name))
        if not hits:
            return None
        if len(exact) == 1 and exact.keys() == safe.keys():
            return _certain(exact)
        return _certain(hits) if len(hits) == 1 else _several(hits)

    def _loosely(self, name: str) -> Hits:
        hits = {**self._words.get(as_word(name), {}), **self._symbols.get(as_symbol(name), {})}
        if name[-1:] in ("_", "-"):  # i_ is what is left of i: where colons are not allowed
            hits |= self._symbols.get(as_symbol(name[:-1] + "ː"), {})
        if name.isdecimal():
            hits = {**self._numbers.get(int(name), {}), **hits}
        return hits

    def _own(self, name: str) -> Meaning | None:
        """Match a name that Voicemill gave: item, text, voice, checksum."""
        if name in self._finished:
            return Meaning(self._finished[name], "key")
        own = _OWN_NAME.fullmatch(name)
        if own is None:
            return None
        parts = own[1].split("_")
        splits = [("_".join(parts[:n]), "_".join(parts[n:])) for n in range(1, len(parts))]
        hits: Hits = {}
        for head, voice in splits:
            if voice in self._voices:
                hits |= self._heads.get(head, {})
        if not hits:
            return None
        return _certain(hits) if len(hits) == 1 else _several(hits)

    def _by_parts(self, name: str) -> Meaning | None:
        """Match parts of the name: the item that explains all of it but labels and numbers."""
        parts = _parts(_MARK.sub("", name) or name)[:_MOST_PARTS]
        found = self._hits_of_parts(parts)
        if not found:
            return self._by_place(parts)
        covered = {key: frozenset().union(*spans) for key, spans in found.items()}
        best = [
            key for key in covered if not any(covered[key] < other for other in covered.values())
        ]
        hows = {key: min(found[key].values(), key=_RANKS.index) for key in best}
        if len(best) > 1:
            return _several(hows)
        return self._alone(best[0], hows[best[0]], found[best[0]], parts)

    def _hits_of_parts(self, parts: list[str]) -> dict[str, dict[frozenset[int], str]]:
        """Return key → the runs of parts that mean it, and how; longer runs beat those inside."""
        runs: dict[frozenset[int], Hits] = {}
        for start in range(len(parts)):
            for stop in range(start + 1, len(parts) + 1):
                hits = self._words.get(as_word("".join(parts[start:stop])), {})
                if stop == start + 1:
                    hits = {**self._loosely(parts[start]), **hits}
                    hits |= self._symbols.get(as_symbol(parts[start]), {})
                if hits:
                    runs[frozenset(range(start, stop))] = hits
        found: dict[str, dict[frozenset[int], str]] = {}
        for run, hits in runs.items():
            if not any(run < longer for longer in runs):
                for key, how in hits.items():
                    found.setdefault(key, {})[run] = how
        return found

    def _alone(
        self, key: str, how: str, spans: Mapping[frozenset[int], str], parts: list[str]
    ) -> Meaning:
        known = frozenset().union(*spans)
        left = [part for number, part in enumerate(parts) if number not in known]
        unknown = [part for part in left if not self._says_nothing(part)]
        # A symbol and its word beside each other confirm each other; anything else may follow.
        agree = len(set(spans.values()) - {"number"}) > 1
        if not unknown or agree:
            return Meaning(key, how)
        also = " ".join(unknown)
        return Meaning(
            "", how, (key,), f"the name also says '{also}', which may change its meaning"
        )

    def _by_place(self, parts: list[str]) -> Meaning | None:
        numbers = [int(part) for part in parts if part.isdecimal()]
        telling = [part for part in parts if not self._says_nothing(part)]
        hits = self._places.get(numbers[0], {}) if len(numbers) == 1 and not telling else {}
        if not hits:
            return None
        reason = "there is only a number in the name; it may be the item's place in the table"
        return Meaning("", "number", tuple(hits), reason)

    def _alike(self, name: str) -> Meaning:
        from rapidfuzz import fuzz, process

        parts = _parts(_MARK.sub("", name) or name)
        telling = [part for part in parts if not self._says_nothing(part)]
        near: Hits = {}
        for wanted in dict.fromkeys(as_word(text) for text in ("".join(telling), *telling)):
            scored = process.extract(
                wanted, self._spelt, scorer=fuzz.ratio, limit=5, score_cutoff=LEAST_LIKENESS
            )
            for _form, _score, spelt in scored:
                near |= self._words.get(spelt, {}) | self._symbols.get(spelt, {})
        if near:
            reason = "the name is only like that of an item"
            return Meaning("", next(iter(near.values())), tuple(near), reason)
        return Meaning(reason="no item's symbol, word or key is in the name")

    @cached_property
    def _spelt(self) -> dict[str, str]:
        # Capitals are no reason not to be alike.
        return {form: form.casefold() for form in (*self._words, *self._symbols)}

    def _says_nothing(self, part: str) -> bool:
        return part.isdecimal() or as_word(part) in self._labels


_RANKS = ("symbol", "key", "word", "number")


def _note(index: dict[str, Hits], form: str, key: str, how: str) -> None:
    if form:
        index.setdefault(form, {}).setdefault(key, how)


def _certain(hits: Hits) -> Meaning:
    ((key, how),) = hits.items()
    return Meaning(key, how)


def _several(hits: Hits) -> Meaning:
    names = ", ".join(f"'{key}' (by its {how})" for key, how in hits.items())
    how = min(hits.values(), key=_RANKS.index)
    return Meaning("", how, tuple(hits), f"the name fits several items: {names}")


def _parts(name: str) -> list[str]:
    return [part for part in _PARTS.split(composed(name)) if part]


def _common(names: Iterable[str]) -> set[str]:
    """Return the parts that more than half of the names have, of three or more."""
    each = [{as_word(part) for part in _parts(name)} for name in names]
    if len(each) < _COMMON_FROM_FILES:
        return set()
    counts = Counter(part for parts in each for part in parts)
    return {part for part, count in counts.items() if count > len(each) / 2}
