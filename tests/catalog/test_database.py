"""Opening a catalog by its URL, in whichever database, and what goes wrong there."""

import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from catalog_samples import ROW

from servers.edge import closed_port
from servers.postgres import PostgresServer
from voicemill.catalog import Catalog
from voicemill.catalog.connecting import without_password
from voicemill.catalog.schema import item
from voicemill.errors import CatalogError

SECRET = "open-sesame"


def refused(url: str) -> CatalogError:
    """Return why a URL is refused, which must never give its password away."""
    with pytest.raises(CatalogError) as caught:
        Catalog(url)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return caught.value


def test_an_open_catalog_is_opened_again_with_what_it_had(url: str) -> None:
    with closing(Catalog(url)) as first:
        first.items.save([ROW])
    with closing(Catalog(url)) as again:
        assert again.items.get("words", "sheep").ipa == "ʃiːp"


def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "100% new" / "catalog.db"
    Catalog(f"sqlite:///{file}").close()
    assert file.is_file()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
def test_postgresql_is_named_as_people_name_it(postgres: PostgresServer, scheme: str) -> None:
    rest = postgres.new_database().partition("://")[2]
    with closing(Catalog(f"{scheme}://{rest}")) as catalog:
        catalog.items.save([ROW])
        assert catalog.items.get("words", "sheep").text == "sheep"


def test_a_catalog_of_a_newer_voicemill_is_refused_and_left_alone(url: str) -> None:
    with closing(Catalog(url)) as catalog:
        newer = sa.text("UPDATE alembic_version SET version_num = '9999'")
        catalog.database.write(lambda connection: connection.execute(newer))
        with pytest.raises(CatalogError, match="schema '9999'.*update this one"):
            Catalog(url)
        version = sa.text("SELECT version_num FROM alembic_version")
        assert catalog.database.read(lambda c: c.execute(version).scalar()) == "9999"


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "mystery://host/name", f"mysql://anna:{SECRET}@host/name"],
)
def test_a_wrong_url_shows_how_to_write_one(url: str) -> None:
    message = str(refused(url))
    assert "sqlite:///output/catalog.db or postgresql://host/name" in message


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"postgresql://anna:{SECRET}@host:port/name", "its port is not a number"),
        (f"postgresql://anna:{SECRET}@moon@host/name", "has to be written %40"),
        (f"postgresql//anna:{SECRET}@host/name", "could not parse"),
    ],
)
def test_a_url_with_a_slip_says_which_without_its_password(url: str, why: str) -> None:
    message = str(refused(url))
    assert why in message.lower() or why in message
    assert "anna:***@host" in message


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://anna:secret@host/name", "postgresql://anna:***@host/name"),
        ("postgresql://anna:s:e@c/r@host/name", "postgresql://anna:***@host/name"),
        ("postgresql://host/name?user=a&password=secret&b=1",
         "postgresql://host/name?user=a&password=***&b=1"),
        ("postgresql://host:5432/name", "postgresql://host:5432/name"),
        ("sqlite:////home/anna/catalog.db", "sqlite:////home/anna/catalog.db"),
    ],
)  # fmt: skip
def test_what_is_shown_of_a_url_has_no_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_without_the_driver_the_remedy_is_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    message = str(refused(f"postgresql://anna:{SECRET}@host/name"))
    assert "pip install 'voicemill[postgres]'" in message


def test_a_server_that_does_not_answer_is_one_sentence() -> None:
    port = closed_port()
    error = refused(f"postgresql://anna:{SECRET}@127.0.0.1:{port}/name")
    assert error.where == f"postgresql://anna:***@127.0.0.1:{port}/name"
    assert "refused" in error.what
    assert "its server runs" in error.remedy
    assert "\n" not in str(error)


def test_a_host_that_does_not_exist_is_named() -> None:
    assert "no-such-host.invalid" in refused(f"postgresql://a:{SECRET}@no-such-host.invalid/b").what


def test_a_wrong_password_is_refused_and_not_shown(postgres: PostgresServer) -> None:
    right = postgres.new_user(password="Ali Baba")
    Catalog(right).close()
    wrong = sa.make_url(right).set(password=SECRET).render_as_string(hide_password=False)
    assert "password authentication failed" in refused(wrong).what


def test_a_database_that_does_not_exist_is_named(postgres: PostgresServer) -> None:
    url = sa.make_url(postgres.new_database()).set(database="no_such_one", password=SECRET)
    assert "no_such_one" in refused(url.render_as_string(hide_password=False)).what


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text("This is a letter, not a database. " * 50)
    with pytest.raises(CatalogError, match="not a database"):
        Catalog(f"sqlite:///{tmp_path / 'catalog.db'}")


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("a file where a folder should be")
    with pytest.raises(CatalogError, match=r"output: the catalog's folder cannot be made"):
        Catalog(f"sqlite:///{tmp_path / 'output' / 'catalog.db'}")


def test_work_that_fails_leaves_nothing_behind(catalog: Catalog) -> None:
    def half(connection: sa.Connection) -> None:
        connection.execute(sa.text("INSERT INTO run (id) VALUES ('half')"))

    with pytest.raises(CatalogError, match=r"NOT NULL|null value"):
        catalog.database.write(half)
    assert catalog.runs.table() == []


def test_what_is_read_is_all_of_one_moment(url: str, catalog: Catalog) -> None:
    count = sa.select(sa.func.count()).select_from(item)
    with closing(Catalog(url)) as other:

        def twice(connection: sa.Connection) -> tuple[int, int]:
            before = connection.execute(count).scalar_one()
            other.items.save([ROW])
            return before, connection.execute(count).scalar_one()

        assert catalog.database.read(twice) == (0, 0)
        assert catalog.database.read(twice) == (1, 1)


def test_two_that_wait_for_each_other_both_get_through(catalog: Catalog) -> None:
    keys = ("sheep", "ship")
    catalog.items.save([{**ROW, "key": key} for key in keys])
    both_hold_one = threading.Barrier(2)

    def crossed(keys: tuple[str, ...]) -> Callable[[sa.Connection], None]:
        first_time = iter([True])

        def work(connection: sa.Connection) -> None:
            for key in keys:
                rename = sa.update(item).where(item.c.key == key).values(text=f"by {keys[0]}")
                connection.execute(rename)
                if catalog.database.dialect == "postgresql" and next(first_time, False):
                    both_hold_one.wait(timeout=30)

        return work

    with ThreadPoolExecutor(2) as both:
        list(both.map(catalog.database.write, [crossed(keys), crossed(keys[::-1])]))
    assert len({found.text for found in catalog.items.table()}) == 1
