"""Opening the catalog's database and bringing it to the newest schema."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from voicemill.catalog import schema
from voicemill.errors import CatalogError

_SQLITE_WAIT_S = 30  # how long to wait for another writer
_migrating = threading.Lock()  # Alembic keeps its context in a module global


def open_database(url: str) -> sa.Engine:
    """Connect to the catalog at an SQLAlchemy URL, making or upgrading it as needed.

    Raises CatalogError when it cannot be reached, or is newer than this Voicemill.
    """
    try:
        engine = sa.create_engine(url)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise CatalogError(
            f"this catalog URL does not work ({error})",
            where=_without_password(url),
            remedy="Write it like sqlite:///output/catalog.db or postgresql+psycopg://host/name",
        ) from error
    if engine.dialect.name == "sqlite":
        if engine.url.database:
            Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
        sa.event.listen(engine, "connect", _prepare_sqlite)
    try:
        with translated(url):
            _upgrade(engine)
    except CatalogError:
        engine.dispose()
        raise
    return engine


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn the database's exceptions into CatalogError."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise CatalogError(
            f"the catalog does not answer ({cause})",
            where=_without_password(place),
            remedy="Check that it exists, is not read-only and that its disk is not full",
        ) from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_SQLITE_WAIT_S * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # A power cut may lose the last rows, never damage the file; their audio is then remade.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _upgrade(engine: sa.Engine) -> None:
    """Run missing migrations; the usual case, none, costs one query and no Alembic import."""
    revision = _revision(engine)
    if revision == schema.HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    try:
        with _migrating, engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise CatalogError(
            f"this catalog has schema '{revision}', which this Voicemill does not know",
            where=_without_password(str(engine.url)),
            remedy="It was made by a newer Voicemill: update this one",
        ) from error


def _revision(engine: sa.Engine) -> str:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or ""


def _without_password(url: str) -> str:
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return url
