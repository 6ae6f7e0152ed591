from datetime import UTC, datetime, timedelta

import pytest
from catalog_samples import ROW, source_of

from voicemill.catalog import Catalog, Item, Store

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
TOMORROW = datetime.now(UTC) + timedelta(days=1)


def test_each_kind_of_audio_is_the_best_until_a_better_one_exists(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    assert catalog.best(sheep, store).source_type == "web_speech"
    for kind in ("generated", "tts", "native"):
        source = source_of(sheep, store, kind, cached_until=TOMORROW)
        source_id = catalog.sources.record(source).id
        best = catalog.best(sheep, store)
        assert (best.source_type, best.status, best.file) == (kind, "success", source.file)
        assert best.why == f"{kind} voice-of-{kind} is the best"
        assert best.source is not None
        assert best.source.id == source_id


def test_a_preferred_source_wins(catalog: Catalog, store: Store, sheep: Item) -> None:
    catalog.sources.record(source_of(sheep, store, "native"))
    mine = catalog.sources.record(source_of(sheep, store, "generated")).id
    catalog.items.prefer("words", "sheep", mine)
    best = catalog.best(catalog.items.get("words", "sheep"), store)
    assert (best.source_type, best.status) == ("generated", "success")
    assert best.why == "generated voice-of-generated is preferred"


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        ("lose", "native voice-of-native has lost its file"),
        ("damage", "native voice-of-native has a damaged file"),
    ],
)
def test_a_lost_or_damaged_file_is_passed_over_and_named(
    catalog: Catalog, store: Store, sheep: Item, harm: str, why: str
) -> None:
    native = source_of(sheep, store, "native")
    catalog.sources.record(native)
    catalog.sources.record(source_of(sheep, store, "tts"))
    if harm == "lose":
        store.delete(native.file)
    else:
        store.write(native.file, b"half")
    best = catalog.best(sheep, store)
    assert (best.source_type, best.status) == ("tts", "fallback")
    assert best.why == f"{why}; tts voice-of-tts is the best"


@pytest.mark.parametrize("kind", ["tts", "generated"])
def test_what_has_expired_is_passed_over_and_named(
    catalog: Catalog, store: Store, sheep: Item, kind: str
) -> None:
    catalog.sources.record(source_of(sheep, store, kind, cached_until=YESTERDAY))
    best = catalog.best(sheep, store)
    assert (best.source_type, best.status) == ("web_speech", "fallback")
    assert best.why == (
        f"{kind} voice-of-{kind} expired on {YESTERDAY:%Y-%m-%d}; the browser can say the text"
    )


def test_native_and_approved_audio_never_expires(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    source_id = catalog.sources.record(source_of(sheep, store, cached_until=YESTERDAY)).id
    catalog.sources.approve(source_id)
    assert catalog.best(sheep, store).source_type == "tts"
    catalog.sources.record(source_of(sheep, store, "native", cached_until=YESTERDAY))
    assert catalog.best(sheep, store).source_type == "native"


def test_a_lost_preferred_source_falls_back_to_the_next_kind(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    catalog.sources.record(source_of(sheep, store, "native"))
    preferred = source_of(sheep, store, "tts")
    catalog.items.prefer("words", "sheep", catalog.sources.record(preferred).id)
    store.delete(preferred.file)
    best = catalog.best(catalog.items.get("words", "sheep"), store)
    assert (best.source_type, best.status) == ("native", "fallback")
    assert best.why.startswith("tts voice-of-tts has lost its file; ")


def test_without_audio_the_browser_is_told_what_to_say(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    best = catalog.best(sheep, store)
    assert (best.source_type, best.status, best.file) == ("web_speech", "fallback", "")
    assert (best.text, best.language) == ("sheep", "en")
    assert best.why == "no audio has been made; the browser can say the text"


def test_with_no_audio_and_no_text_there_is_nothing(catalog: Catalog, store: Store) -> None:
    catalog.items.save([{**ROW, "key": "empty", "text": ""}])
    best = catalog.best(catalog.items.get("words", "empty"), store)
    assert (best.source_type, best.status) == ("none", "failed")
    assert best.why == "no audio has been made; there is no text to say"


def test_a_refresh_looks_past_what_was_made_but_not_past_people(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    made = catalog.sources.record(source_of(sheep, store, "tts")).id
    catalog.items.prefer("words", "sheep", made)
    wanted = catalog.items.get("words", "sheep")
    best = catalog.best(wanted, store, refresh=True)
    assert (best.source_type, best.text) == ("web_speech", "sheep")
    assert best.why.startswith("tts voice-of-tts was passed over to refresh; ")
    catalog.sources.record(source_of(sheep, store, "native"))
    assert catalog.best(wanted, store, refresh=True).source_type == "native"
