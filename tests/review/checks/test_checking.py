"""Checking a collection: suspicious clips come first, and what is known is not measured again."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from random import Random

import numpy as np
import pandas as pd
import pytest
import spoiling

from voicemill import Studio
from voicemill.audio import Clip, encode_clip, read_clip
from voicemill.catalog import AudioSource
from voicemill.production.stopping import StopSign
from voicemill.review.checks import FLAGGED, Recognisers, check, installed, signal
from workbench import ESPEAK

_WORDS = """
apple basket candle donkey elbow farmer garden hammer island jacket kitchen ladder market needle
orange pencil rabbit saddle table uncle valley window yellow anchor button carpet dinner engine
finger guitar hunter insect jungle kettle lemon mirror number oyster pepper river silver tiger
umbrella velvet water animal barrel castle dragon eagle flower giant honey iron jelly king lamp
mother nature ocean paper queen rocket summer tower village winter bridge cheese dream forest
ghost house juice knife light mouse north onion plant quiet road school train voice world bread
chair field green heart lunch music night ship stone tree
cloud spoon brush
"""
HUNDRED = _WORDS.split()


def produced(studio: Studio, words: list[str]) -> None:
    rows = {"key": words, "text": words, "language": "en", "order": range(1, len(words) + 1)}
    items = studio.read(pd.DataFrame(rows), collection="words")
    studio.produce(studio.plan(items, voices=[ESPEAK]))


def replaced(studio: Studio, source: AudioSource, clip: Clip) -> AudioSource:
    """Put another file in the place of a source's."""
    data = encode_clip(clip, spoiling.WEB.encoding)
    checksum = hashlib.sha256(data).hexdigest()
    file = f"words/{checksum[:12]}.mp3"
    studio.store.write(file, data)
    other = replace(source, file=file, checksum=checksum, duration_s=clip.duration_s)
    studio.catalog.sources.record(other)
    return other


def sources_of(studio: Studio) -> dict[str, AudioSource]:
    items = {item.id: item.key for item in studio.catalog.items.of_collection("words")}
    return {items[one.item_id]: one for one in studio.catalog.sources.of_items(items)}


def heard(studio: Studio, source: AudioSource) -> Clip:
    return read_clip(studio.store.read(source.file))


def test_ten_spoiled_clips_of_a_hundred_are_within_the_first_fifteen(studio: Studio) -> None:
    pytest.importorskip("hama")
    assert len(HUNDRED) == 100
    produced(studio, HUNDRED)
    sources = sources_of(studio)
    clips = {key: heard(studio, source) for key, source in sources.items()}
    chosen = Random(6).sample(HUNDRED, 10)
    faults = ("clicks", "noise", "hum", "clipped", "muted", "cut_start")
    for key, fault in zip(chosen, faults, strict=False):
        spoiled = spoiling.FAULTS[fault](clips[key], Random(key))
        replaced(studio, sources[key], spoiled)
    for key, other in zip(chosen[6:], ("umbrella", "cheese", "kitchen", "animal"), strict=True):
        replaced(studio, sources[key], clips[other])
    table = check("words", studio.shop, recognisers=Recognisers(phonemes=True, words=False))
    assert len(table) == 100
    assert list(table.suspicion) == sorted(table.suspicion, reverse=True)
    assert set(chosen) <= set(table.key[:15]), table.head(25)[["key", "suspicion", "worst"]]
    assert (table.suspicion[:10] >= FLAGGED).all()
    assert table.worst[:10].str.len().min() > 10


def test_what_is_known_is_used_again_and_a_clip_made_anew_is_checked(studio: Studio) -> None:
    nobody = Recognisers(phonemes=False, words=False)
    produced(studio, ["moon", "tree", "shop"])
    done: list[tuple[int, int, str]] = []

    def report(number: int, total: int, key: str) -> None:
        done.append((number, total, key))

    first = check("words", studio.shop, recognisers=nobody, report=report)
    assert sorted(key for _number, _total, key in done) == ["moon", "shop", "tree"]
    assert [number for number, _total, _key in done] == [1, 2, 3]
    done.clear()
    pd.testing.assert_frame_equal(
        check("words", studio.shop, recognisers=nobody, report=report), first
    )
    assert done == []
    source = sources_of(studio)["tree"]
    replaced(studio, source, spoiling.muted(heard(studio, source), Random(1)))
    second = check("words", studio.shop, recognisers=nobody, report=report)
    assert done == [(1, 1, "tree")]
    assert second.key[0] == "tree"
    assert second.suspicion[0] == 1
    assert second.worst[0].startswith("nothing is heard")
    done.clear()
    # Another text is another expectation of the same file.
    produced(studio, ["moon", "shop"])
    studio.catalog.items.save([{**ROW, "key": "moon", "text": "moonlight"}])
    check("words", studio.shop, recognisers=nobody, report=report)
    assert [key for _number, _total, key in done] == ["moon"]
    done.clear()
    check("words", studio.shop, recognisers=nobody, again=True, report=report)
    assert len(done) == 3


ROW = {
    "collection": "words",
    "order": 1,
    "ipa": "",
    "sound": "",
    "language": "en",
    "category": "",
    "locked": False,
}


def test_a_stop_keeps_what_was_checked(studio: Studio) -> None:
    nobody = Recognisers(phonemes=False, words=False)
    words = HUNDRED[:30]
    produced(studio, words)
    sign = StopSign()

    def stop(number: int, _total: int, _key: str) -> None:
        if number == 5:
            sign.ask("enough")

    part = check("words", studio.shop, recognisers=nobody, report=stop, stop=sign)
    assert 5 <= len(part) < 30
    done: list[str] = []
    rest = check("words", studio.shop, recognisers=nobody, report=lambda *one: done.append(one[2]))
    assert len(rest) == 30
    assert set(done) == set(words) - set(part.key)


def test_a_file_that_is_gone_comes_first_and_is_looked_for_again(studio: Studio) -> None:
    nobody = Recognisers(phonemes=False, words=False)
    produced(studio, ["moon", "tree"])
    source = sources_of(studio)["tree"]
    data = studio.store.read(source.file)
    studio.store.delete(source.file)
    table = check("words", studio.shop, recognisers=nobody)
    assert (table.key[0], table.suspicion[0]) == ("tree", 1.0)
    studio.store.write(source.file, data)
    assert check("words", studio.shop, recognisers=nobody).suspicion.max() < FLAGGED


def test_missing_recognisers_are_told_and_asked_again_once_installed(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    produced(studio, ["moon"])
    for module in ("hama", "faster_whisper"):
        monkeypatch.setitem(sys.modules, module, None)
    without = check("words", studio.shop)
    assert without[["pronunciation", "words"]].isna().all(axis=None)
    found = studio.catalog.heard.of([sources_of(studio)["moon"].checksum])
    sentences = [one["sentence"] for result in found.values() for one in result.findings]
    assert sum("pip install 'voicemill[checks]'" in sentence for sentence in sentences) == 2
    monkeypatch.undo()
    if installed().phonemes and installed().words:
        with_them = check("words", studio.shop)
        assert with_them[["pronunciation", "words"]].notna().all(axis=None)


def test_pauses_of_a_page_are_meant_and_a_hole_in_a_sentence_is_not(studio: Studio) -> None:
    text = (
        "# The mill\n\nThe old mill stands by the river; nobody, not even Tom, knows its age. "
        "In the evening the swallows come home to the roof.\n\nThen it is quiet."
    )
    pages = studio.read(
        pd.DataFrame({"page": ["1"], "text": [text]}), kind="book", collection="words"
    )
    studio.produce(studio.plan(pages, voices=[ESPEAK]))
    listening = Recognisers(phonemes=False, words=False)
    good = check("words", studio.shop, recognisers=listening).iloc[0]
    assert good["dropout"] < signal.DROPOUT.threshold
    source = sources_of(studio)["1"]
    start_s, end_s = source.metadata["page"]["heard_s"][2]
    whole = heard(studio, source)
    samples = whole.samples.copy()
    loud_s = [
        place_s
        for place_s in np.arange(start_s + 0.2, end_s - 0.2, 0.01)
        if np.abs(whole.between(*_samples(whole, place_s, place_s + 0.01)).samples).max() > 0.3
    ]
    hole_s = next(
        place_s for place_s in loud_s if min(abs(np.array(loud_s) - place_s - 0.3)) < 0.01
    )
    samples[slice(*_samples(whole, hole_s, hole_s + 0.3))] = 0
    replaced(studio, source, Clip(samples, whole.rate_hz))
    bad = check("words", studio.shop, recognisers=listening).iloc[0]
    assert bad["dropout"] == pytest.approx(0.3, abs=0.06)


def _samples(clip: Clip, start_s: float, end_s: float) -> tuple[int, int]:
    return round(start_s * clip.rate_hz), round(end_s * clip.rate_hz)
