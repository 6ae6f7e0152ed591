"""What a collection of pages is, which pages it has, and what became of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from catalog_samples import ROW, source_of

from voicemill.catalog import Catalog, KeptBook, Store
from voicemill.catalog.books import PageAudio
from voicemill.catalog.runs import Counts, Outcome
from voicemill.errors import ItemUnknown


def save(catalog: Catalog, *keys: str, text: str = "Anna came.") -> None:
    rows = [{**ROW, "collection": "book", "key": key, "text": text} for key in keys]
    catalog.items.save({**row, "order": place} for place, row in enumerate(rows))


def test_a_book_is_kept_with_its_cover_and_the_order_of_its_pages(catalog: Catalog) -> None:
    save(catalog, "a", "b", "c")
    assert catalog.books.get("book") is None
    assert [page.key for page in catalog.books.pages("book")] == ["a", "b", "c"]
    labels = (("c", "iii"), ("a", "1"), ("never planned", "2"))
    book = KeptBook("book", "The Book", "Anna", "en", b"\x89PNG", labels)
    catalog.books.keep(book)
    first = catalog.books.get("book")
    assert first is not None
    assert replace(first, created_at=None, updated_at=None) == book
    assert [page.key for page in catalog.books.pages("book")] == ["c", "a"]
    catalog.books.keep(replace(book, title="Another"))
    second = catalog.books.get("book")
    assert second is not None
    assert (second.title, second.created_at) == ("Another", first.created_at)
    with pytest.raises(ItemUnknown):
        catalog.books.pages("nothing")


def test_audio_of_pages_says_whether_it_is_of_their_text_and_has_expired(
    catalog: Catalog, store: Store
) -> None:
    save(catalog, "a")
    item = catalog.items.get("book", "a")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    now = {"metadata": {"page": {"text": item.text, "words": []}}}
    before = {"metadata": {"page": {"text": "Berta “came”."}}, "fingerprint": "before"}
    old = {**now, "fingerprint": "old", "cached_until": yesterday}
    made = [
        catalog.sources.record(source_of(item, store, **now)).id,  # type: ignore[arg-type]
        catalog.sources.record(source_of(item, store, **before)).id,  # type: ignore[arg-type]
        catalog.sources.record(source_of(item, store, **old)).id,  # type: ignore[arg-type]
        catalog.sources.record(source_of(item, store, "native")).id,
    ]
    catalog.sources.record(source_of(item, store, "part"))
    found = {one.source_id: one for one in catalog.books.audio("book")}
    assert sorted(found) == made
    assert [(found[one].says_page, found[one].expired) for one in made] == [
        (True, False), (False, False), (True, True), (True, False),
    ]  # fmt: skip
    assert isinstance(found[made[0]], PageAudio)
    catalog.sources.approve(made[2])
    assert not any(one.expired for one in catalog.books.audio("book"))


def test_what_no_run_could_make_counts_until_it_is_tried_again_or_changed(
    catalog: Catalog,
) -> None:
    save(catalog, "a", "b", "c")
    ids = catalog.items.ids("book")

    def run(**outcomes: str) -> None:
        run_id = catalog.runs.start("", {}, len(outcomes))
        rows = [
            Outcome(
                place, "book", key, status, reason="why", source_id=status == "completed" or None
            )
            for place, (key, status) in enumerate(outcomes.items())
        ]
        catalog.runs.record(run_id, rows, Counts())
        catalog.runs.finish(run_id, "completed", "", 1.0)
        catalog.runs.leave(run_id)

    run(a="failed", b="skipped", c="failed")
    run(a="cancelled", c="completed")
    expected = {ids["a"]: ("failed", "why"), ids["b"]: ("skipped", "why")}
    assert catalog.books.not_made("book") == expected
    save(catalog, "b", text="Another text.")
    assert catalog.books.not_made("book") == {ids["a"]: ("failed", "why")}
