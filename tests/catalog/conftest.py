"""Catalogs in both databases: every test of what a catalog does runs on each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from catalog_samples import ROW

from servers.postgres import PostgresServer, running_postgres
from voicemill.catalog import Catalog, Item, Store


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server."""
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with nothing in it, not even tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalog.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    with closing(Catalog(url)) as found:
        yield found


@pytest.fixture
def sqlite_catalog(tmp_path: Path) -> Iterator[Catalog]:
    """One in a file, where the database makes no difference."""
    with closing(Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")) as found:
        yield found


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "audio"))


@pytest.fixture
def sheep(catalog: Catalog) -> Item:
    catalog.items.save([ROW])
    return catalog.items.get("words", "sheep")
