"""Results of automatic checks: kept by file and expectation, forgotten with the file."""

from catalog_samples import ROW, source_of

from voicemill.catalog import Catalog, HeardFile, Store


def test_results_are_kept_by_file_and_by_what_was_expected(catalog: Catalog) -> None:
    assert catalog.heard.of(["a", "b"]) == {}
    silent = {"check": "silence", "passed": False, "sentence": "nothing is heard"}
    catalog.heard.keep(HeardFile("a", "says tree", 0.2))
    catalog.heard.keep(HeardFile("a", "says three", 0.9, [silent]))
    catalog.heard.keep(HeardFile("b", "says tree", 0.1))
    found = catalog.heard.of(["a", "a", "never seen"])
    assert {key: one.suspicion for key, one in found.items()} == {
        ("a", "says tree"): 0.2,
        ("a", "says three"): 0.9,
    }
    assert found["a", "says three"].findings == [silent]
    catalog.heard.keep(HeardFile("a", "says tree", 0.5))
    again = catalog.heard.of(["a"])["a", "says tree"]
    assert (again.suspicion, again.findings) == (0.5, [])
    assert again.created_at is not None


def test_more_files_than_a_statement_takes(catalog: Catalog) -> None:
    catalog.heard.keep(HeardFile("777", "x", 0.3))
    assert list(catalog.heard.of(map(str, range(2000)))) == [("777", "x")]


def test_results_of_files_that_are_gone_are_forgotten(catalog: Catalog, store: Store) -> None:
    catalog.items.save([ROW])
    source = source_of(catalog.items.get("words", "sheep"), store)
    source_id = catalog.sources.record(source).id
    catalog.heard.keep(HeardFile(source.checksum, "x", 0.1))
    catalog.heard.keep(HeardFile("gone", "x", 0.1))
    assert catalog.heard.forget_gone() == 1
    assert list(catalog.heard.of([source.checksum, "gone"])) == [(source.checksum, "x")]
    catalog.sources.remove([source_id])
    assert catalog.heard.forget_gone() == 1
