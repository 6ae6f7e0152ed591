"""Verdicts: whose newest word counts, on which file, and what it does to the audio."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from catalog_samples import ROW, source_of
from hypothesis import given
from hypothesis import strategies as st

from voicemill.catalog import Catalog, Item, Review, Store
from voicemill.catalog.reviews import VERDICTS, status_of
from voicemill.errors import ItemError


def kept_source(catalog: Catalog, item: Item, store: Store) -> tuple[int, str]:
    source = source_of(item, store)
    return catalog.sources.record(source).id, source.checksum


def approved(catalog: Catalog, source_id: int) -> bool:
    source = catalog.sources.get(source_id)
    assert source is not None
    return source.approved


def verdict(item: Item, checksum: str, word: str, who: str = "anna", **more: object) -> Review:
    return Review(item.id, checksum, who, word, **more)  # type: ignore[arg-type]


def test_an_approval_keeps_the_audio_and_a_rejection_takes_it_away(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    source_id, checksum = kept_source(catalog, sheep, store)
    catalog.reviews.add(verdict(sheep, checksum, "approved", rating=4, comment="clear"))
    assert approved(catalog, source_id)
    [kept] = catalog.reviews.of_clip(sheep.id, checksum)
    assert (kept.verdict, kept.rating, kept.comment) == ("approved", 4, "clear")
    catalog.reviews.add(verdict(sheep, checksum, "rejected"))
    assert not approved(catalog, source_id)
    catalog.reviews.add(verdict(sheep, checksum, "approved"))
    catalog.reviews.add(verdict(sheep, checksum, "open"))
    assert not approved(catalog, source_id)
    assert catalog.reviews.table() == []
    assert [row["verdict"] for row in catalog.reviews.table(history=True)] == [
        "approved",
        "rejected",
        "approved",
        "open",
    ]


def test_two_must_agree_where_that_is_asked(catalog: Catalog, store: Store, sheep: Item) -> None:
    source_id, checksum = kept_source(catalog, sheep, store)
    for who, word, status in (
        ("anna", "approved", "waiting"),
        ("anna", "approved", "waiting"),  # one person twice is one person
        ("binh", "rejected", "disagreed"),
        ("binh", "approved", "approved"),
        ("anna", "flagged", "flagged"),
    ):
        catalog.reviews.add(verdict(sheep, checksum, word, who), required=2)
        found = catalog.reviews.of_clip(sheep.id, checksum)
        assert status_of(found, 2) == status
        assert approved(catalog, source_id) == (status == "approved")


def test_a_clip_that_is_made_again_must_be_judged_again(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    source_id, checksum = kept_source(catalog, sheep, store)
    catalog.reviews.add(verdict(sheep, checksum, "approved"))
    again = replace(source_of(sheep, store, data=b"another take"), fingerprint="tts")
    assert catalog.sources.record(again).id == source_id
    assert not approved(catalog, source_id)
    assert status_of(catalog.reviews.of_clip(sheep.id, again.checksum)) == "to review"
    # A verdict on what was heard does not approve what took its place meanwhile.
    catalog.reviews.add(verdict(sheep, checksum, "approved"))
    assert not approved(catalog, source_id)


def test_a_comment_alone_takes_no_approval_away(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    source_id, checksum = kept_source(catalog, sheep, store)
    catalog.sources.approve(source_id)
    catalog.reviews.add(verdict(sheep, checksum, "open", comment="nice"))
    assert approved(catalog, source_id)


def test_the_last_word_counts_even_where_the_clock_was_set_back(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    _source_id, checksum = kept_source(catalog, sheep, store)
    ahead = datetime.now(UTC) + timedelta(days=1)
    catalog.reviews.add(verdict(sheep, checksum, "approved", created_at=ahead))
    catalog.reviews.add(verdict(sheep, checksum, "rejected"))
    [kept] = catalog.reviews.of_clip(sheep.id, checksum)
    assert kept.verdict == "rejected"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"verdict": "good"}, "'good' is not a verdict"),
        ({"rating": 6}, "a rating is 1 to 5"),
        ({"reviewer": " "}, "needs a name"),
        ({"checksum": ""}, "no file"),
        ({"item_id": 99}, "this item is gone"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_kept(
    sqlite_catalog: Catalog, change: dict[str, object], message: str
) -> None:
    sqlite_catalog.items.save([ROW])
    item = sqlite_catalog.items.get("words", "sheep")
    good = verdict(item, "c" * 64, "approved")
    with pytest.raises(ItemError, match=message):
        sqlite_catalog.reviews.add_all([good, replace(good, **change)])  # type: ignore[arg-type]
    assert sqlite_catalog.reviews.table(history=True) == []


reviews = st.lists(
    st.builds(
        Review,
        st.just(1),
        st.just("c"),
        st.sampled_from(["anna", "binh", "chloé"]),
        st.sampled_from(VERDICTS),
    ),
    unique_by=lambda one: one.reviewer,
)


@given(reviews, st.integers(1, 3))
def test_nothing_is_decided_against_anybody_or_by_too_few(
    said: list[Review], required: int
) -> None:
    status = status_of(said, required)
    words = [one.verdict for one in said if one.verdict != "open"]
    if status in ("approved", "rejected"):
        assert set(words) == {status}
        assert len(words) >= required
    assert (status == "to review") == (not words)
    assert status_of(reversed(said), required) == status
