from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from catalog_samples import source_of

from voicemill.catalog import Catalog, Counts, Item, Outcome, Store
from voicemill.catalog.schema import audio_source


def test_an_empty_catalog_has_figures_too(catalog: Catalog) -> None:
    assert catalog.statistics() == {
        "items": 0,
        "sources": 0,
        "sentences": 0,
        "by_type": {},
        "by_voice": {},
        "approved": 0,
        "size_bytes": 0,
        "duration_s": 0.0,
        "plays": 0,
        "average_age_days": 0.0,
        "cache_hit_rate": None,
    }


def test_sources_are_counted_by_type_and_voice(catalog: Catalog, store: Store, sheep: Item) -> None:
    for number, (kind, voice) in enumerate(
        [("tts", "piper:joe"), ("tts", "piper:joe"), ("tts", "espeak:en"), ("native", "Anna")]
    ):
        source = source_of(sheep, store, kind, data=b"0123456789", fingerprint=str(number))
        source_id = catalog.sources.record(source, None).id
        catalog.database.write(
            lambda connection, voice=voice, source_id=source_id: connection.execute(
                sa.update(audio_source)
                .where(audio_source.c.id == source_id)
                .values(voice=voice, plays=2)
            )
        )
    catalog.sources.approve(source_id)
    found = catalog.statistics()
    assert list(found["by_type"].items()) == [("tts", 3), ("native", 1)]
    assert found["by_voice"] == {"piper:joe": 2, "espeak:en": 1, "Anna": 1}
    assert (found["items"], found["sources"], found["approved"]) == (1, 4, 1)
    assert (found["plays"], found["size_bytes"], found["duration_s"]) == (8, 40, 2.0)


def test_the_average_age_is_in_days(catalog: Catalog, store: Store, sheep: Item) -> None:
    for days in (2, 5):
        source_id = catalog.sources.record(source_of(sheep, store, fingerprint=str(days))).id
        made = sa.update(audio_source).where(audio_source.c.id == source_id)
        made = made.values(created_at=datetime.now(UTC) - timedelta(days=days))
        catalog.database.write(lambda connection, made=made: connection.execute(made))
    assert catalog.statistics()["average_age_days"] == pytest.approx(3.5, abs=0.01)


def test_the_hit_rate_is_of_what_was_asked_and_could_be_done(catalog: Catalog) -> None:
    run_id = catalog.runs.start("test", {}, 5)
    outcomes = [
        Outcome(0, "words", "made", "completed", made=True, source_id=1),
        Outcome(1, "words", "reused", "completed", source_id=1),
        Outcome(2, "words", "existed", "skipped", source_id=1),
        Outcome(3, "words", "existed too", "skipped", source_id=1),
        Outcome(4, "words", "locked", "skipped"),
        Outcome(5, "words", "failed", "failed"),
    ]
    catalog.runs.record(run_id, outcomes, Counts(completed=2, skipped=3, failed=1))
    assert catalog.statistics()["cache_hit_rate"] == 0.75
