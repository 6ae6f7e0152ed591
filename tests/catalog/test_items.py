from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from catalog_samples import ROW

from voicemill.catalog import Catalog, Item
from voicemill.errors import ItemUnknown


def test_saving_items_again_updates_what_changed(catalog: Catalog, sheep: Item) -> None:
    catalog.items.save([{**ROW, "text": "a sheep"}, {**ROW, "key": "ship"}])
    again = catalog.items.get("words", "sheep")
    assert (again.id, again.text) == (sheep.id, "a sheep")
    assert set(catalog.items.ids("words")) == {"sheep", "ship"}


def test_items_keep_every_script_and_come_back_in_their_order(catalog: Catalog) -> None:
    texts = ["iː kéo dài", "नमस्ते", "你好", "مرحبا", '🐑 o\'clock; "quoted" 100%']
    rows = [
        {**ROW, "key": text, "text": text, "order": -number} for number, text in enumerate(texts)
    ]
    catalog.items.save(rows)
    assert [item.text for item in catalog.items.table("words")] == texts[::-1]
    assert catalog.items.get("words", "你好").key == "你好"


def test_ten_thousand_items_are_saved_at_once(catalog: Catalog) -> None:
    catalog.items.save({**ROW, "key": f"w{number}", "order": number} for number in range(10_000))
    assert len(catalog.items.ids("words")) == 10_000


def test_two_that_save_the_same_table_at_once_both_succeed(url: str, catalog: Catalog) -> None:
    rows = [{**ROW, "key": f"w{number}"} for number in range(300)]
    with closing(Catalog(url)) as other, ThreadPoolExecutor(2) as both:
        for text in ("first", "second", "third"):
            tables = [[{**row, "text": text} for row in rows[::step]] for step in (1, -1)]
            for saved in both.map(
                lambda catalog, table: catalog.items.save(table), (catalog, other), tables
            ):
                assert saved is None
            assert {item.text for item in catalog.items.table("words")} == {text}


def test_a_lock_stays_when_the_table_is_saved_again(catalog: Catalog, sheep: Item) -> None:
    catalog.items.lock("words", "sheep")
    catalog.items.save([ROW])
    assert catalog.items.locked_keys("words") == {"sheep"}
    catalog.items.lock("words", "sheep", locked=False)
    assert catalog.items.locked_keys("words") == set()


def test_a_lock_in_the_table_locks(catalog: Catalog, sheep: Item) -> None:
    catalog.items.save([{**ROW, "locked": True}, {**ROW, "key": "ship", "locked": True}])
    assert catalog.items.locked_keys("words") == {"sheep", "ship"}


def test_an_unknown_item_names_close_ones(catalog: Catalog, sheep: Item) -> None:
    with pytest.raises(ItemUnknown, match="no item 'shep'.*Close: sheep"):
        catalog.items.get("words", "shep")
    with pytest.raises(ItemUnknown, match="no collection 'letters'.*Known: words"):
        catalog.items.get("letters", "sheep")


def test_an_unknown_collection_is_an_error_and_none_means_all(
    catalog: Catalog, sheep: Item
) -> None:
    assert catalog.items.of_collection("words") == catalog.items.of_collection("") == [sheep]
    with pytest.raises(ItemUnknown, match="no collection 'wrods'.*Known: words"):
        catalog.items.of_collection("wrods")


def test_in_an_empty_catalog_nothing_is_known_yet(catalog: Catalog) -> None:
    assert catalog.items.of_collection("") == []
    with pytest.raises(ItemUnknown, match="none yet; produce a table first"):
        catalog.items.get("words", "sheep")
