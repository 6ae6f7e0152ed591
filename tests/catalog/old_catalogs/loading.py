"""Bringing an old catalog to life, in either database, and reading it without our code."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from voicemill.catalog import connecting

OLD_CATALOG = Path(__file__).with_name("0001.sql")

Rows = dict[str, list[dict[str, Any]]]


def load_old_catalog(url: str) -> None:
    """Put the old catalog into an empty database."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(parsed.database))) as connection:
            connection.executescript(OLD_CATALOG.read_text(encoding="utf-8"))
        return
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        _make_first_schema(connection)
        _copy_rows(connection)
    engine.dispose()


def rows_of(url: str, tables: Iterable[str]) -> Rows:
    """Return table → all its rows in the order of their keys, as the database has them."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = {}
        for name in tables:
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            query = sa.select(table).order_by(*table.primary_key)
            found[name] = [dict(row) for row in connection.execute(query).mappings()]
    engine.dispose()
    return found


def _make_first_schema(connection: sa.Connection) -> None:
    config = Config()
    scripts = Path(connecting.__file__).with_name("migrations")
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")


def _copy_rows(connection: sa.Connection) -> None:
    with closing(sqlite3.connect(":memory:")) as old:
        old.executescript(OLD_CATALOG.read_text(encoding="utf-8"))
        old.row_factory = sqlite3.Row
        for name in ("item", "audio_source", "run", "run_item"):
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            rows = [_typed(table, row) for row in old.execute(f"SELECT * FROM {name}")]
            connection.execute(table.insert(), rows)
            if name != "run":  # whose ids are not counted
                newest = sa.func.setval(f"{name}_id_seq", len(rows))
                connection.execute(sa.select(newest))


def _typed(table: sa.Table, row: sqlite3.Row) -> dict[str, Any]:
    """Return a row of SQLite, which has few types, with those of a table elsewhere."""
    read = {sa.Boolean: bool, sa.DateTime: datetime.fromisoformat, sa.JSON: json.loads}

    def value(column: sa.Column[Any]) -> Any:
        found = row[column.name]
        kinds = [read[kind] for kind in read if isinstance(column.type, kind)]
        return kinds[0](found) if kinds and found is not None else found

    return {column.name: value(column) for column in table.columns}
