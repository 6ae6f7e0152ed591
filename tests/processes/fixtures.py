"""Processes and servers that several folders of tests share; named in their conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from processes.nursery import Nursery
from servers.postgres import PostgresServer, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Starts runs as processes of their own."""
    with Nursery() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgres"])
def catalog_url(request: pytest.FixtureRequest) -> str:
    """An empty catalog: the project's own SQLite file, then one on a server."""
    if request.param == "sqlite":
        return ""
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()
