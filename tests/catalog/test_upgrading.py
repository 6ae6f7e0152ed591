"""A catalog made by an older Voicemill is upgraded when it is opened, and keeps everything."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from catalog_samples import ROW
from old_catalogs.dump import dump
from old_catalogs.loading import OLD_CATALOG, Rows, load_old_catalog, rows_of

from voicemill.catalog import Catalog, Counts, Outcome, Store
from voicemill.catalog.schema import HEAD, metadata
from voicemill.errors import CatalogError

TABLES = ("item", "audio_source", "run", "run_item")

# Opens a catalog, and dies or works depending on what the first word says.
OPENS = """
import os, sys
import sqlalchemy as sa
from voicemill.catalog import Catalog

@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def die(connection, cursor, statement, *rest):
    if sys.argv[1] == "die" and "CREATE TABLE claim" in statement:
        os._exit(9)

print("ready", flush=True)
sys.stdin.readline()
catalog = Catalog(sys.argv[2])
catalog.runs.start(sys.argv[1], {}, 0)
print(len(catalog.sources.all()), flush=True)
"""


@pytest.fixture
def old(url: str) -> Rows:
    """Put the old catalog where `url` says; returns its rows."""
    load_old_catalog(url)
    return rows_of(url, TABLES)


def kept(before: Rows, after: Rows) -> Rows:
    """Return of the rows after an upgrade what was there before it."""
    return {
        table: [
            {name: new[name] for name in old} for old, new in zip(rows, after[table], strict=True)
        ]
        for table, rows in before.items()
    }


def revision(url: str) -> str:
    [row] = rows_of(url, ["alembic_version"])["alembic_version"]
    return str(row["version_num"])


def test_the_upgrade_keeps_every_column_of_every_row(url: str, old: Rows) -> None:
    Catalog(url).close()
    assert revision(url) == HEAD
    assert [len(old[table]) for table in TABLES] == [5, 4, 2, 10]
    assert kept(old, rows_of(url, TABLES)) == old


@pytest.mark.parametrize("begins", ["old", "empty"])
def test_the_tables_are_those_the_code_expects(url: str, begins: str) -> None:
    if begins == "old":
        load_old_catalog(url)
    with closing(Catalog(url)) as catalog, catalog.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            found
            for found in compare_metadata(context, metadata)
            if "alembic_version" not in str(found)
        ]
    assert differences == []


def test_what_is_new_has_sensible_values(url: str, old: Rows) -> None:
    with closing(Catalog(url)) as catalog:
        first, second = (row["id"] for row in old["run"])
        for run_id in (first, second):
            assert [row["position"] for row in catalog.runs.outcomes(run_id)] == [0, 1, 2, 3, 4]
        keys = [row["key"] for row in old["run_item"] if row["run_id"] == first]
        assert [row["key"] for row in catalog.runs.outcomes(first)] == keys
        assert {row["key"] for row in catalog.runs.outcomes(first) if row["made"]} == {
            "sheep", "ship", "café",
        }  # fmt: skip
        assert not any(row["made"] for row in catalog.runs.outcomes(second))
        state = catalog.runs.state(first)
        assert (state.status, state.counts) == ("completed", Counts(completed=3, skipped=2))
        assert 0 < state.elapsed_s < 1
        assert catalog.runs.dead() == []
        assert not any(source.approved for source in catalog.sources.all())
        assert all(source.asked == source.id for source in catalog.sources.all())


def test_what_an_old_run_took_over_counts_as_such(url: str, old: Rows) -> None:
    first = old["run"][0]["id"]
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE run_item SET elapsed_s = 0 WHERE id = 5"))
    engine.dispose()
    with closing(Catalog(url)) as catalog:
        assert catalog.runs.state(first).counts == Counts(completed=3, skipped=2, taken_over=1)


def test_an_upgraded_catalog_can_be_used(url: str, old: Rows, store: Store) -> None:
    for row in old["audio_source"]:
        store.write(row["file"], bytes(row["size_bytes"]))
    with closing(Catalog(url)) as catalog:
        best = {item.key: catalog.best(item, store) for item in catalog.items.table("words")}
        assert {key: found.source_type for key, found in best.items()} == {
            "sheep": "tts", "ship": "native", "café": "tts", "hush": "none", "bell": "web_speech",
        }  # fmt: skip
        assert best["ship"].why == "native Anna is preferred"
        assert best["ship"].source is not None
        assert best["ship"].source.licence == "CC BY 4.0"
        assert catalog.items.locked_keys("words") == {"café", "bell"}
        catalog.items.save([{**ROW, "key": "new"}])
        run_id = catalog.runs.start("new", {}, 1)
        made = Outcome(0, "words", "new", "completed", made=True)
        catalog.runs.record(run_id, [made], Counts(completed=1))
        assert catalog.statistics()["plays"] == 1
        assert catalog.runs.last_requests("words")["words", "sheep"][0]["say"] == "word"


def test_what_belongs_together_still_goes_together(url: str, old: Rows) -> None:
    with closing(Catalog(url)) as catalog:
        catalog.items.delete(catalog.items.get("words", "ship").id)
        assert len(catalog.sources.all()) == 2
        assert catalog.runs.prune(-1) == 2  # all that ended before tomorrow
    assert rows_of(url, ["run_item"]) == {"run_item": []}


def test_two_that_open_an_old_catalog_at_once_both_work(url: str, old: Rows) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", OPENS, name, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("first", "second")
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0] for process in both] == ["4\n", "4\n"]
    after = rows_of(url, TABLES)
    assert {row["title"] for row in after["run"]} == {"first", "again", "second"}
    after["run"] = [row for row in after["run"] if row["started_by"]]
    assert kept(old, after) == old


def test_a_process_killed_in_the_middle_leaves_the_old_catalog_whole(url: str, old: Rows) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", OPENS, "die", url], input="\n", text=True, check=False
    )
    assert killed.returncode == 9
    assert revision(url) == "0001"
    assert rows_of(url, TABLES) == old
    Catalog(url).close()
    assert kept(old, rows_of(url, TABLES)) == old


def test_a_migration_that_fails_leaves_the_old_catalog_whole(url: str, old: Rows) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE claim (somebodys INTEGER)"))
    with pytest.raises(CatalogError, match="newest schema .*already exists.*it is as it was"):
        Catalog(url)
    assert revision(url) == "0001"
    assert rows_of(url, TABLES) == old
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE claim"))
    engine.dispose()
    Catalog(url).close()
    assert kept(old, rows_of(url, TABLES)) == old


def test_an_old_catalog_is_written_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "catalog.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(OLD_CATALOG.read_text(encoding="utf-8"))
    assert dump(file) == OLD_CATALOG.read_text(encoding="utf-8")
