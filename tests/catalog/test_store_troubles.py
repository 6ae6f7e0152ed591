"""Disks that are full or read-only, folders and services that go and come back."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from servers.s3 import ENVIRONMENT, S3Server
from troubles import small_disk
from voicemill.catalog import Store
from voicemill.errors import StoreError, StoreUnavailable

WORD = bytes(100_000)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A folder that every user of this machine can reach."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def forbidden(paths: list[Path], mode: int) -> Iterator[None]:
    """Take rights away, and be somebody whom that hinders, as it does not hinder root."""
    before = [path.stat().st_mode for path in paths]
    for path in paths:
        path.chmod(mode)
    nobody, root = 65534, os.geteuid() == 0
    if root:
        os.seteuid(nobody)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path, old in zip(reversed(paths), reversed(before), strict=True):
            path.chmod(old)


def remounted(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def unavailable(ask: Callable[[], object]) -> str:
    with pytest.raises(StoreUnavailable) as caught:
        ask()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(StoreError) as caught:
        ask()
    assert not isinstance(caught.value, StoreUnavailable)
    return str(caught.value)


def test_a_full_disk_keeps_what_was_finished_and_takes_more_when_there_is_room(disk: Path) -> None:
    store = Store(str(disk / "audio"))
    store.write("words/sheep.mp3", b"finished")
    (disk / "films").write_bytes(bytes(900_000))
    for attempt in (
        lambda: store.write("words/sheep.mp3", bytes(200_000)),
        lambda: store.write("new/ship.mp3", bytes(200_000)),
    ):
        assert unavailable(attempt) == (
            f"{disk}/audio: no file can be written here, the disk is full. "
            "Make room there, then run again; finished files stay"
        )
    assert store.read("words/sheep.mp3") == b"finished"
    assert (store.sizes(), store.leftovers()) == ({"words/sheep.mp3": 8}, {})
    (disk / "more films").write_bytes(bytes(90_000))
    assert "the disk is full" in unavailable(store.check)
    (disk / "films").unlink()
    store.check()
    store.write("new/ship.mp3", bytes(200_000))
    assert store.sizes() == {"words/sheep.mp3": 8, "new/ship.mp3": 200_000}
    assert store.leftovers() == {}


def test_a_read_only_disk_is_read_and_written_again_when_it_may_be(disk: Path) -> None:
    store = Store(str(disk / "audio"))
    store.write("words/sheep.mp3", b"finished")
    remounted(disk, "ro")
    for attempt in (
        lambda: store.write("words/sheep.mp3", WORD),
        lambda: store.write("new/ship.mp3", WORD),
        store.check,
    ):
        sentence = "no file can be written here, this place is read-only. Allow it, or name"
        assert sentence in unavailable(attempt)
    message = unavailable(lambda: store.delete("words/sheep.mp3"))
    assert "no file can be removed here, this place is read-only" in message
    assert store.read("words/sheep.mp3") == b"finished"
    remounted(disk, "rw")
    store.check()
    store.write("words/sheep.mp3", WORD)
    assert (store.sizes(), store.leftovers()) == ({"words/sheep.mp3": len(WORD)}, {})


def test_a_folder_without_permission_says_so(shelf: Path) -> None:
    store = Store(str(shelf / "audio"))
    store.write("words/sheep.mp3", b"finished")
    with forbidden([shelf / "audio" / "words", shelf / "audio"], 0o555):
        for ask in (
            lambda: store.write("words/sheep.mp3", WORD),
            lambda: store.write("new/ship.mp3", WORD),
            lambda: store.delete("words/sheep.mp3"),
            store.check,
        ):
            assert "here, you may not write there. Allow it, or name" in unavailable(ask)
        assert store.read("words/sheep.mp3") == b"finished"
    with forbidden([shelf / "audio"], 0o000):
        for ask in (
            lambda: store.read("words/sheep.mp3"),
            lambda: store.size("words/sheep.mp3"),
            store.entries,
        ):
            assert "here, you may not look there" in unavailable(ask)
    with forbidden([shelf / "audio" / "words" / "sheep.mp3"], 0o000):
        assert "this file cannot be read, it is forbidden" in refused(
            lambda: store.read("words/sheep.mp3")
        )
    store.write("words/sheep.mp3", WORD)
    assert (store.sizes(), store.leftovers()) == ({"words/sheep.mp3": len(WORD)}, {})


def test_a_deleted_store_is_empty_and_made_again_by_the_next_file(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "deep" / "audio"))
    store.write("words/sheep.mp3", b"finished")
    shutil.rmtree(tmp_path / "deep")
    assert (store.entries(), store.leftovers(), store.size("words/sheep.mp3")) == ({}, {}, None)
    assert "it is not there. Produce its item again" in refused(
        lambda: store.read("words/sheep.mp3")
    )
    store.delete("words/sheep.mp3")
    store.write("words/sheep.mp3", b"again")
    assert store.sizes() == {"words/sheep.mp3": 5}


def test_a_file_where_the_store_should_be_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "audio").write_text("a file, not a folder")
    store = Store(str(tmp_path / "audio"))
    for ask in (
        lambda: store.write("words/sheep.mp3", b"one"),
        lambda: store.read("words/sheep.mp3"),
        lambda: store.size("words/sheep.mp3"),
        store.entries,
        store.check,
    ):
        assert "a file lies where the store's folder should be" in unavailable(ask)
    (tmp_path / "audio").unlink()
    store.check()


def test_what_has_a_files_name_stops_only_that_file(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    (tmp_path / "words" / "sheep.mp3").mkdir(parents=True)
    (tmp_path / "letters").write_text("a file, not a folder")
    for ask in (
        lambda: store.write("words/sheep.mp3", b"one"),
        lambda: store.read("words/sheep.mp3"),
        lambda: store.checksum("words/sheep.mp3"),
        lambda: store.delete("words/sheep.mp3"),
    ):
        assert f"{tmp_path}/words/sheep.mp3: this file cannot be " in refused(ask)
        assert "a folder has its name" in refused(ask)
    message = refused(lambda: store.write("letters/a.mp3", b"one"))
    assert "this file cannot be written, a file lies where its folder should be" in message
    assert "its name is too long" in refused(lambda: store.write(f"words/{'x' * 300}.mp3", b"one"))
    store.write("words/ship.mp3", b"two")
    assert set(store.entries()) == {"letters", "words/ship.mp3"}
    assert store.leftovers() == {}


def test_a_service_that_stops_is_used_again_when_it_is_back(server: S3Server) -> None:
    store = Store(f"s3://{server.make_bucket()}/audio", server.options)
    store.write("words/sheep.mp3", b"finished")
    server.stop()
    for ask in (
        lambda: store.write("words/ship.mp3", WORD),
        lambda: store.read("words/sheep.mp3"),
        lambda: store.checksum("words/sheep.mp3"),
        lambda: store.size("words/sheep.mp3"),
        lambda: store.delete("words/sheep.mp3"),
        store.entries,
        store.leftovers,
        store.check,
    ):
        assert "the service cannot be reached (" in unavailable(ask)
    server.start()
    store.check()
    store.write("words/ship.mp3", WORD)
    assert store.sizes() == {"words/sheep.mp3": 8, "words/ship.mp3": len(WORD)}
    assert store.leftovers() == {}


def test_a_missing_bucket_is_no_empty_store(server: S3Server) -> None:
    store = Store("s3://no-bucket-yet/audio", server.options)
    for ask in (
        lambda: store.write("words/sheep.mp3", WORD),
        lambda: store.read("words/sheep.mp3"),
        lambda: store.checksum("words/sheep.mp3"),
        lambda: store.size("words/sheep.mp3"),
        lambda: store.delete("words/sheep.mp3"),
        store.entries,
        store.check,
    ):
        assert "here, the bucket does not exist. Create it" in unavailable(ask)
    server.make_bucket("no-bucket-yet")
    store.write("words/sheep.mp3", WORD)
    assert store.sizes() == {"words/sheep.mp3": len(WORD)}


def test_refused_credentials_are_told_from_missing_files(
    server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(f"s3://{server.make_bucket()}/audio", server.options)
    store.write("words/sheep.mp3", b"finished")
    with server.strangers_refused():
        for ask in (
            lambda: store.write("words/ship.mp3", WORD),
            lambda: store.read("words/sheep.mp3"),
            lambda: store.size("words/ship.mp3"),
            lambda: store.delete("words/sheep.mp3"),
            store.entries,
            store.check,
        ):
            message = unavailable(ask)
            assert "access is refused (" in message
            assert "Check the credentials in the environment" in message
    assert store.sizes() == {"words/sheep.mp3": 8}
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    without = Store(store.url, server.options)
    assert "access is refused (Unable to locate credentials)" in unavailable(without.check)


def test_wrong_addresses_and_options_say_what_to_correct(server: S3Server) -> None:
    misspelt = Store("s3://bucket/audio", {**server.options, "endpont": "x"})
    assert "unexpected keyword argument 'endpont'" in unavailable(misspelt.check)
    assert "Correct url and options under [store]" in unavailable(misspelt.check)
    assert "Invalid bucket name" in unavailable(Store("s3://no bucket", server.options).check)
