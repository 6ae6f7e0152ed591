"""Takes at the desk: the best is offered, the others are heard and can be chosen."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from voicemill import Studio
from voicemill.errors import ParameterError
from voicemill.review.desk.remaking import Wanted
from voicemill.review.desk.session import Session
from workbench import PIPER

WANTED = Wanted(voice=PIPER, rate="-30%", takes="3")


def row_of(desk: Session, key: str) -> dict[str, Any]:
    return next(row for row in desk.rows() if row["key"] == key)


def takes_of(desk: Session, item: int) -> dict[str, dict[str, Any]]:
    """Return the sources of an item that are takes, by what is said of them."""
    return {one["take"]: one for one in desk.clip(item)[0]["sources"] if one["take"]}


@pytest.fixture
def desk(studio: Studio, desk: Session) -> Session:
    """Anna's desk, whose texts are known to be English."""
    items = studio.catalog.items.table("words")
    rows = [{**asdict(item), "language": "en"} for item in items]
    studio.catalog.items.save(rows)
    return Session(studio.shop, "words", "anna")


def test_the_other_takes_are_among_the_sources_and_can_be_chosen(
    studio: Studio, desk: Session
) -> None:
    row = row_of(desk, "shoe")
    made = desk.again(row["id"], WANTED)
    assert made["said"].endswith("keep it or discard it; 2 other takes are among the sources")
    takes = takes_of(desk, row["id"])
    assert [said[:12] for said in takes].count("take 1 of 3,") == 1
    [best] = [said for said in takes if said.endswith("the best understood")]
    assert takes[best]["id"] == made["source"]
    assert studio.best_audio("words", "shoe").source.id == row["source"]  # type: ignore[union-attr]
    desk.keep(row["id"])
    assert studio.best_audio("words", "shoe").source.id == made["source"]  # type: ignore[union-attr]
    other = next(one["id"] for said, one in takes.items() if said != best)
    _facts, data = desk.clip(row["id"], other)
    assert data
    before = studio.catalog.sources.get(other)
    desk.prefer(row["id"], other)
    chosen = studio.best_audio("words", "shoe").source
    assert chosen is not None
    assert before is not None
    assert chosen.id == other
    assert chosen.cached_until is not None
    assert before.cached_until is not None
    assert chosen.cached_until - before.cached_until > timedelta(days=20)
    desk.undo()
    assert studio.best_audio("words", "shoe").source.id == made["source"]  # type: ignore[union-attr]


def test_what_is_discarded_goes_with_its_takes(studio: Studio, desk: Session) -> None:
    row, files = row_of(desk, "shoe"), studio.store.sizes()
    desk.again(row["id"], WANTED)
    assert len(studio.store.sizes()) == len(files) + 3
    desk.discard(row["id"])
    assert studio.store.sizes() == files
    assert takes_of(desk, row["id"]) == {}


def test_an_approved_take_stays_when_the_best_one_is_discarded(
    studio: Studio, desk: Session
) -> None:
    row = row_of(desk, "shoe")
    made = desk.again(row["id"], WANTED)
    liked = next(one for one in takes_of(desk, row["id"]).values() if one["id"] != made["source"])
    desk.judge(row["id"], liked["checksum"], "approved")
    desk.discard(row["id"])
    left = studio.catalog.sources.of_item(row["id"])
    assert {one.id for one in left} == {row["source"], liked["id"]}


def test_takes_are_asked_for_as_before_when_nothing_is_said(studio: Studio, desk: Session) -> None:
    row = row_of(desk, "shoe")
    desk.again(row["id"], WANTED)
    desk.keep(row["id"])
    made = desk.again(row["id"], Wanted(rate="-20%"))
    source = studio.catalog.sources.get(made["source"])
    assert source is not None
    assert len(source.metadata["take"]["scores"]) <= 3


@pytest.mark.parametrize("takes", ["many", "0", "21"])
def test_a_number_of_takes_that_cannot_be_changes_nothing(
    studio: Studio, desk: Session, takes: str
) -> None:
    row, files = row_of(desk, "shoe"), studio.store.sizes()
    with pytest.raises(ParameterError, match=f"{takes}.* is no number of takes"):
        desk.again(row["id"], Wanted(voice=PIPER, takes=takes))
    assert studio.store.sizes() == files
    assert studio.catalog.items.get("words", "shoe").preferred_source_id is None
