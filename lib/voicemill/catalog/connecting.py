"""Connecting to the catalog's database, and bringing it to the newest schema."""

from __future__ import annotations

import re
import sqlite3
import threading
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from voicemill.catalog import schema
from voicemill.errors import CatalogError

_DRIVER = "postgresql+psycopg"
_SQLITE_WAIT_S = 2  # how long to wait for another writer before saying so, and waiting on
_SQLITE_UPGRADE_WAIT_S = 30  # for another process that is making or upgrading it
_CONNECT_WAIT_S = 10  # how long a server may take to answer; left alone it may be minutes
_CONNECTIONS = 32  # more than there are workers; each is held for milliseconds
_MIGRATION_LOCK = 0x766F6963  # any number, the same in every Voicemill
_MODE_WAIT_S = 10  # how long others may take to make the same new file
_migrating = threading.Lock()  # Alembic keeps its context in a module global


def connect(url: str) -> sa.Engine:
    """Prepare connections to an SQLAlchemy URL; SQLite's folder is made if needed.

    Raises CatalogError for a URL that cannot work here.
    """
    try:
        parsed = _parsed(url)
        is_file = parsed.get_backend_name() == "sqlite"
        return _connect_sqlite(parsed) if is_file else _connect_postgresql(parsed)
    except ImportError as error:
        raise CatalogError(
            f"PostgreSQL's driver is not installed ({error})",
            where=without_password(url),
            remedy="Run: pip install 'voicemill[postgres]'",
        ) from error
    except (ArgumentError, ValueError) as error:
        reason = error if isinstance(error, ArgumentError) else "its port is not a number"
        raise CatalogError(
            f"this catalog URL does not work ({reason})",
            where=without_password(url),
            remedy="Write it like sqlite:///output/catalog.db or postgresql://host/name",
        ) from error


def upgrade(engine: sa.Engine) -> None:
    """Run missing migrations; the usual case, none, costs one query and no Alembic import.

    Raises CatalogError for a catalog newer than this Voicemill.
    """
    with engine.connect() as connection:
        revision = _revision(connection)
    if revision == schema.HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    scripts = str(Path(__file__).with_name("migrations"))
    config.set_main_option("script_location", scripts.replace("%", "%%"))  # % means something
    try:
        with _migrating, engine.connect() as raw:
            if engine.dialect.name == "sqlite":
                _wait(raw, _SQLITE_UPGRADE_WAIT_S)
            connection = raw.execution_options(voicemill_writes=True)
            with connection.begin():
                if engine.dialect.name == "postgresql":  # SQLite's writer has its turn already
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
            if engine.dialect.name == "sqlite":
                _wait(raw, _SQLITE_WAIT_S)
    except SQLAlchemyError as error:
        raise CatalogError(
            f"this catalog could not be brought to the newest schema ({cause_of(error)}); "
            "it is as it was",
            where=without_password(str(engine.url)),
            remedy="Mend that, and open it again",
        ) from error
    except CommandError as error:
        raise CatalogError(
            f"this catalog has schema '{revision}', which this Voicemill does not know",
            where=without_password(str(engine.url)),
            remedy="It was made by a newer Voicemill: update this one",
        ) from error


def cause_of(error: SQLAlchemyError) -> str:
    """Return the first line of what the database itself said."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def without_password(url: str) -> str:
    """Return a URL as it may be shown, even one that is not quite a URL."""
    shown = re.sub(r"(//[^:/?]*):.*@", r"\1:***@", url, count=1)
    return re.sub(r"([?&](?:ssl)?password)=[^&]*", r"\1=***", shown)


def _parsed(url: str) -> sa.URL:
    parsed = sa.make_url(url)
    if "@" in (parsed.host or ""):
        raise ArgumentError("an @ in its password has to be written %40")
    # Our driver, whatever the URL names: people write postgresql:// or postgres://.
    drivers = {"sqlite": "sqlite", "postgresql": _DRIVER, "postgres": _DRIVER}
    if parsed.get_backend_name() not in drivers:
        raise ArgumentError("a catalog is kept in SQLite or PostgreSQL")
    return parsed.set(drivername=drivers[parsed.get_backend_name()])


def _connect_sqlite(url: sa.URL) -> sa.Engine:
    if url.database and not url.database.startswith("file:"):
        folder = Path(url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CatalogError(
                f"the catalog's folder cannot be made ({error.strerror})",
                where=str(folder),
                remedy="Name a folder that you may write to under [catalog] url",
            ) from error
    engine = sa.create_engine(url)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _connect_postgresql(url: sa.URL) -> sa.Engine:
    patience = {} if "connect_timeout" in url.query else {"connect_timeout": _CONNECT_WAIT_S}
    return sa.create_engine(
        url,
        connect_args=patience,
        pool_size=5,
        max_overflow=_CONNECTIONS - 5,
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, see _begin_sqlite
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_SQLITE_UPGRADE_WAIT_S * 1000}")
    _write_ahead(cursor)
    # A power cut may lose the last rows, never damage the file; their audio is then remade.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA busy_timeout = {_SQLITE_WAIT_S * 1000}")
    cursor.close()


def _wait(connection: sa.Connection, seconds: int) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None  # it is open
    driver.execute(f"PRAGMA busy_timeout = {seconds * 1000}")


def _write_ahead(cursor: Any) -> None:
    """Let readers and a writer work at once; the first to open a new file changes its mode.

    SQLite does not wait, whatever its time-out, when two change it at the same moment.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

    def is_locked(error: BaseException) -> bool:
        return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)

    Retrying(
        retry=retry_if_exception(is_locked),
        stop=stop_after_delay(_MODE_WAIT_S),
        wait=wait_random(0.01, 0.1),
        reraise=True,
    )(cursor.execute, "PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: sa.Connection) -> None:
    """Take the writer's turn at the start: one that reads first could not wait for it later."""
    writes = connection.get_execution_options().get("voicemill_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _revision(connection: sa.Connection) -> str:
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or ""
