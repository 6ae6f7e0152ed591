"""Comparisons and votes in the catalog: nothing is lost, nothing is counted twice."""

from datetime import UTC, datetime, timedelta

import pytest
from catalog_samples import source_of

from voicemill.catalog import Catalog, Item, Outcome, Store, Vote
from voicemill.catalog.runs import Counts
from voicemill.errors import UnknownName

SETUP = {"items": [{"key": "iː"}], "heard": {"iː": {"a": "00"}}}


def vote(listener: str, place: int, choice: str = "first") -> Vote:
    return Vote(listener, place, "iː", "vowel", "piper:joe", "espeak:en-gb", choice, 1.25)


def test_a_comparison_is_kept_and_opened_by_its_id_or_the_beginning_of_it(catalog: Catalog) -> None:
    with pytest.raises(UnknownName, match="no comparison yet"):
        catalog.comparisons.get()
    first = catalog.comparisons.start("vowels", 7, SETUP)
    assert catalog.comparisons.get() == first
    second = catalog.comparisons.start("", 1, {})
    assert catalog.comparisons.get(first.id[:-2]) == first
    assert catalog.comparisons.get().id == second.id
    noted = catalog.comparisons.note(first.id, measures=[{"voice": "a", "pitch_hz": 98.5}])
    assert noted.parameters == {**SETUP, "measures": [{"voice": "a", "pitch_hz": 98.5}]}
    assert catalog.comparisons.get(first.id) == noted
    with pytest.raises(UnknownName, match="there is no comparison"):
        catalog.comparisons.get("2001")


def test_a_vote_given_again_replaces_the_one_before(catalog: Catalog) -> None:
    kept = catalog.comparisons.start("", 1, SETUP)
    other = catalog.comparisons.start("", 1, SETUP)
    for cast in (vote("Anna", 1), vote("Anna", 0, "tie"), vote("Bình", 0), vote("Anna", 1, "tie")):
        catalog.comparisons.vote(kept.id, cast)
    catalog.comparisons.vote(other.id, vote("Anna", 0))
    found = catalog.comparisons.votes(kept.id)
    assert [(v.listener, v.place, v.choice) for v in found] == [
        ("Anna", 0, "tie"), ("Anna", 1, "tie"), ("Bình", 0, "first"),
    ]  # fmt: skip
    assert (found[2].item_key, found[2].elapsed_s) == ("iː", 1.25)
    assert [v.place for v in catalog.comparisons.votes(kept.id, "Bình")] == [0]
    rows = {row["id"]: row for row in catalog.comparisons.table()}
    assert (rows[kept.id]["votes"], rows[kept.id]["listeners"]) == (3, 2)
    assert (rows[other.id]["votes"], rows[other.id]["listeners"]) == (1, 1)


def test_clips_come_second_to_speech_and_the_run_leaves_no_wish(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    speech = catalog.sources.record(source_of(sheep, store)).id
    native = catalog.sources.record(source_of(sheep, store, "native")).id
    clip = catalog.sources.record(source_of(sheep, store, data=b"x", fingerprint="clip")).id
    run_id = catalog.runs.start("comparison", {}, 1)
    catalog.runs.record(
        run_id, [Outcome(0, "words", "sheep", "completed", source_id=clip)], Counts()
    )
    catalog.runs.leave(run_id)
    until = datetime.now(UTC) + timedelta(days=7)
    catalog.comparisons.keep_clips(run_id, [clip, native], until)
    kinds = {source.id: source.source_type for source in catalog.sources.of_item(sheep.id)}
    assert kinds == {speech: "tts", native: "native", clip: "generated"}
    found = catalog.sources.get(clip)
    assert found is not None
    assert found.cached_until == until
    assert catalog.runs.last_requests("words") == {}
    assert catalog.runs.state(run_id).id == run_id
