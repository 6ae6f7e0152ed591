"""The catalog's database: opened, brought to the newest schema, read and written with patience."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from voicemill.catalog.connecting import cause_of, connect, upgrade, without_password
from voicemill.catalog.patience import Patience
from voicemill.errors import CatalogError

Result = TypeVar("Result")

GONE_WAIT_S = 30.0  # how long a database that went away may take to come back


class Database:
    """One database, shared by threads.

    Work is a function of a connection. It runs in one transaction, and again from its start
    when the database went away in the middle, for as long as our patience lasts.
    """

    def __init__(self, url: str, patience_s: float = GONE_WAIT_S) -> None:
        """Connect to an SQLAlchemy URL, making or upgrading the catalog as needed.

        patience_s: how long to wait for a database that goes away later.
        Raises CatalogError when it cannot be reached, or is newer than this Voicemill.
        """
        self._url = without_password(url)
        self.engine = connect(url)
        self.dialect = self.engine.dialect.name
        self.patience = Patience(patience_s)
        # An SQLite transaction sees one moment anyhow; PostgreSQL's each statement's own.
        postgresql = self.dialect == "postgresql"
        self._one_moment = {"isolation_level": "REPEATABLE READ"} if postgresql else {}
        try:
            upgrade(self.engine)
        except (SQLAlchemyError, CatalogError) as error:
            self.engine.dispose()
            raise self._problem(error) if isinstance(error, SQLAlchemyError) else error from error
        name = self.engine.url.database
        on_disk = self.dialect == "sqlite" and name and name != ":memory:"
        self._file = Path(name).resolve() if on_disk and name else None
        self._file_identity = _identity(self._file) if self._file else None

    def read(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Return what `work` finds, all of it as of one moment. Raises CatalogError."""

        def once() -> Result:
            with self.engine.connect() as raw:
                connection = raw.execution_options(**self._one_moment)
                with connection.begin():
                    return work(connection)

        return self._patiently(once, writes=False)

    def write(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Do `work` wholly or not at all; it must bear being done twice. Raises CatalogError."""

        def once() -> Result:
            with self.engine.connect() as raw:
                connection = raw.execution_options(voicemill_writes=True)
                with connection.begin():
                    return work(connection)

        return self._patiently(once, writes=True)

    def insert(self, table: sa.Table) -> Any:
        """Begin an INSERT that can say what happens on conflict."""
        from sqlalchemy.dialects import postgresql, sqlite

        return (postgresql if self.dialect == "postgresql" else sqlite).insert(table)

    @property
    def now(self) -> sa.ColumnElement[Any]:
        """The database's clock, in UTC: the same for all machines that use it."""
        if self.dialect == "postgresql":
            return sa.func.timezone("UTC", sa.func.clock_timestamp())
        return sa.func.strftime("%Y-%m-%d %H:%M:%f", "now")

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def _patiently(self, once: Callable[[], Result], *, writes: bool) -> Result:
        try:
            self._need_file()
            result = once()  # almost always; preparing to try again costs more than a row
        except DBAPIError as error:
            if not self._may_pass(error):
                raise self._problem(error) from error
        except _FileGone:
            pass
        except SQLAlchemyError as error:
            raise self._problem(error) from error
        else:
            self.patience.answered(writes=writes)
            return result
        return self._again(once, writes=writes)

    def _again(self, once: Callable[[], Result], *, writes: bool) -> Result:
        """Try until the database is back, or it has been gone for too long."""

        def attempt() -> Result:
            self._need_file()
            result = once()
            self.patience.answered(writes=writes)
            return result

        try:
            return self.patience.wait(attempt, self._may_pass, writes=writes)
        except (SQLAlchemyError, _FileGone) as error:
            raise self._problem(error) from error

    def _need_file(self) -> None:
        """Refuse to go on with an SQLite file that was deleted or replaced under us.

        An open connection would go on writing into the deleted file without a word, and a new
        one would make an empty catalog in its place.
        """
        if self._is_file_gone():
            raise _FileGone("its file is gone, or another one lies in its place")

    def _is_file_gone(self) -> bool:
        return self._file is not None and _identity(self._file) != self._file_identity

    def _may_pass(self, error: BaseException) -> bool:
        # SQLite has words of its own, such as "disk I/O error", for a file that was moved.
        return _went_away(error) or self._is_file_gone()

    def _problem(self, error: Exception) -> CatalogError:
        if isinstance(error, _FileGone):
            return CatalogError(
                f"the catalog does not answer ({error})",
                where=self._url,
                remedy="Put it back and run again. If it is lost, restart this notebook or "
                "program: that makes a new one, and the finished files still lie in the store",
            )
        cause = cause_of(error) if isinstance(error, SQLAlchemyError) else str(error)
        things = "it exists, nothing else holds it and its disk is neither full nor read-only"
        if self.dialect == "postgresql":
            things = "its server runs, that [catalog] url is right and its disk not full"
        return CatalogError(
            f"the catalog does not answer ({cause})",
            where=self._url,
            remedy=f"Check that {things}; what is finished stays, and running again makes the rest",
        )


class _FileGone(Exception):
    """The database's file is not the one that was opened."""


def _went_away(error: BaseException) -> bool:
    """Whether it may pass: a restart, a lost connection, a moved folder, a full disk."""
    if isinstance(error, _FileGone):
        return True
    if not isinstance(error, DBAPIError):
        return False
    reason = str(error.orig).lower()
    signs = (
        "connection",
        "starting up",
        "shutting down",
        "deadlock detected",  # with another run: it has gone on, and so can we
        "unable to open database file",
        "database is locked",
        "disk is full",
        "no space left",
    )
    return error.connection_invalidated or (
        isinstance(error, OperationalError) and any(sign in reason for sign in signs)
    )


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
