"""The store, in a folder, on S3 and on whatever else fsspec reaches: the same everywhere."""

import hashlib
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from servers.s3 import ENVIRONMENT, S3Server
from voicemill.catalog import Store
from voicemill.errors import StoreError, StoreUnavailable

LEFTOVER = f"words/.{'0' * 32}.tmp"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=["folder", "s3", "memory"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, s3: S3Server) -> Callable[[], Store]:
    """Open one and the same place, as often as wanted, as other processes would."""
    if request.param == "s3":
        url = f"s3://{s3.make_bucket()}/deep/audio"
        return lambda: Store(url, s3.options)
    memory = f"memory://{uuid.uuid4().hex}/audio"
    return lambda: Store(str(tmp_path / "audio") if request.param == "folder" else memory)


@pytest.fixture
def store(opened: Callable[[], Store]) -> Store:
    return opened()


def python(script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_file_is_replaced_whole_and_leaves_nothing_behind(store: Store) -> None:
    store.write("words/sheep.mp3", b"one")
    store.write("words/sheep.mp3", b"three")
    assert store.read("words/sheep.mp3") == b"three"
    assert store.size("words/sheep.mp3") == 5
    assert store.sizes() == {"words/sheep.mp3": 5}
    assert store.leftovers() == {}


def test_a_file_may_lie_at_the_top_and_be_empty(store: Store) -> None:
    store.write("silence.mp3", b"")
    assert store.read("silence.mp3") == b""
    assert store.sizes() == {"silence.mp3": 0}
    assert store.checksum("silence.mp3") == hashlib.sha256(b"").hexdigest()


def test_what_others_write_and_delete_is_seen_at_once(opened: Callable[[], Store]) -> None:
    here, elsewhere = opened(), opened()
    assert here.entries() == {}
    assert here.size("words/sheep.mp3") is None
    elsewhere.write("words/sheep.mp3", b"one")
    assert (here.sizes(), here.size("words/sheep.mp3")) == ({"words/sheep.mp3": 3}, 3)
    elsewhere.write("words/sheep.mp3", b"three")
    elsewhere.write("words/ship.mp3", b"two")
    assert here.sizes() == {"words/sheep.mp3": 5, "words/ship.mp3": 3}
    assert here.read("words/sheep.mp3") == b"three"
    elsewhere.delete("words/sheep.mp3")
    assert (here.sizes(), here.size("words/sheep.mp3")) == ({"words/ship.mp3": 3}, None)
    with pytest.raises(StoreError, match="it is not there"):
        here.read("words/sheep.mp3")


def test_a_listing_says_when_a_file_was_written(store: Store) -> None:
    a_second = timedelta(seconds=1)  # S3 counts in whole ones
    before = datetime.now(UTC) - a_second
    store.write("words/sheep.mp3", b"one")
    changed_at = store.entries()["words/sheep.mp3"].changed_at
    assert changed_at is not None
    assert changed_at.utcoffset() == timedelta(0)
    assert before <= changed_at <= datetime.now(UTC) + a_second


def test_a_folder_is_listed_without_those_of_similar_names(store: Store) -> None:
    for path in ("words/a.mp3", "words/more/b.mp3", "words-2/c.mp3", "words.mp3"):
        store.write(path, b"x")
    assert set(store.entries("words")) == {"words/a.mp3", "words/more/b.mp3"}
    assert len(store.entries()) == 4
    assert store.entries("nothing") == {}
    assert store.entries("words.mp3") == {}
    assert store.size("words") is None


def test_names_of_all_scripts_and_signs_come_back_as_they_were(store: Store) -> None:
    paths = {f"words/{name}_1a2b3c4d.mp3" for name in ("ʃ", "नमस्ते", "a b+c%20&d", "é#1", "[x]*@")}
    for path in paths:
        store.write(path, path.encode())
    assert set(store.entries()) == paths
    assert {store.read(path).decode() for path in paths} == paths
    for path in paths:
        store.delete(path)
    assert store.entries() == {}


def test_a_missing_file_is_nobodys_trouble_but_its_readers(store: Store) -> None:
    store.write("words/sheep.mp3", b"one")
    for ask in (store.read, store.checksum):
        with pytest.raises(StoreError, match="words/ship.mp3: this file cannot be read, it is not"):
            ask("words/ship.mp3")
    store.delete("words/ship.mp3")
    store.delete("nowhere/ship.mp3")
    assert list(store.entries()) == ["words/sheep.mp3"]


def test_a_checksum_covers_all_of_a_large_file(store: Store) -> None:
    data = Random(1).randbytes(9_000_001)
    store.write("books/whole.m4a", data)
    assert store.checksum("books/whole.m4a") == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    "path", ["../x.mp3", "/etc/passwd", "words/../../x.mp3", "", ".", "words/", "a//b", "a\0b"]
)
def test_a_path_that_leaves_the_store_is_refused(store: Store, path: str) -> None:
    for ask in (store.read, store.size, store.checksum, store.delete, store.local_path):
        with pytest.raises(StoreError, match="no path inside the store"):
            ask(path)
    with pytest.raises(StoreError, match="no path inside the store"):
        store.write(path, b"x")


def test_a_check_that_succeeds_leaves_nothing(store: Store) -> None:
    store.check()
    assert (store.entries(), store.leftovers()) == ({}, {})


def test_what_a_killed_writer_left_is_no_finished_file(store: Store) -> None:
    store.write("words/sheep.mp3", b"one")
    store.write("words/notes.tmp", b"a person's own")
    store.write(LEFTOVER, b"hal")
    assert set(store.entries()) == {"words/sheep.mp3", "words/notes.tmp"}
    assert {path: entry.size_bytes for path, entry in store.leftovers().items()} == {LEFTOVER: 3}
    store.delete(LEFTOVER)
    assert store.leftovers() == {}


def test_many_threads_write_read_and_delete_the_same_files(store: Store) -> None:
    def read_unless_gone(path: str) -> bytes:
        try:
            return store.read(path)
        except StoreError as error:  # another thread deleted it
            if isinstance(error, StoreUnavailable) or "it is not there" not in str(error):
                raise
            return b""

    def work(worker: int) -> None:
        random = Random(worker)
        for _ in range(10):
            path = f"shared-{random.randrange(2)}/sheep.mp3"
            store.write(path, bytes([worker]) * (1000 + worker))
            if random.random() < 0.5:
                store.delete(path)
            data = read_unless_gone(path)
            assert data == data[:1] * len(data)
            assert len(data) in (0, 1000 + max(data, default=0))
            store.entries()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert store.leftovers() == {}


def test_many_threads_write_many_files(opened: Callable[[], Store]) -> None:
    store = opened()
    paths = {f"words-{n % 7}/{n}.mp3": f"sound {n}".encode() for n in range(80)}
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(store.write, paths, paths.values()))
        found = dict(zip(paths, threads.map(store.read, paths), strict=True))
    assert found == paths
    assert set(opened().entries()) == set(paths)


def test_objects_that_stand_for_folders_are_no_files(s3: S3Server) -> None:
    bucket = s3.make_bucket()
    for path in ("audio/", "audio/words/", "audio/words/sheep.mp3"):
        s3.put(f"{bucket}/{path}", b"")
    assert list(Store(f"s3://{bucket}/audio", s3.options).entries()) == ["words/sheep.mp3"]


def test_a_store_goes_on_in_a_forked_process(s3: S3Server) -> None:
    script = f"""
import os
from voicemill.catalog import Store
store = Store("s3://{s3.make_bucket()}/audio", {s3.options!r})
store.write("words/a.mp3", b"parent")
if os.fork() == 0:
    try:
        store.write("words/b.mp3", store.read("words/a.mp3"))
        os._exit(0)
    finally:
        os._exit(1)
assert os.wait()[1] == 0
print(sorted(store.sizes()))
"""
    run = python(script)
    assert run.stdout.strip() == "['words/a.mp3', 'words/b.mp3']", run.stderr


def test_deleting_the_last_file_removes_its_folders_but_not_the_store(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "audio"))
    for path in ("words/en/a.mp3", "words/b.mp3", "top.mp3"):
        store.write(path, b"x")
    store.delete("words/en/a.mp3")
    assert list((tmp_path / "audio" / "words").iterdir()) == [
        tmp_path / "audio" / "words" / "b.mp3"
    ]
    store.delete("words/b.mp3")
    store.delete("top.mp3")
    assert list((tmp_path / "audio").iterdir()) == []


def test_a_folder_that_moved_to_another_disk_is_followed_but_no_file_shows_twice(
    tmp_path: Path,
) -> None:
    store = Store(str(tmp_path / "audio"))
    store.write("words/a.mp3", b"x")
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "b.mp3").write_bytes(b"x")
    for link, to in {
        "books": tmp_path / "disk",
        "same": tmp_path / "audio" / "words",
        "up": tmp_path,
        "nowhere": tmp_path / "gone",
        "itself": tmp_path / "audio" / "itself",
    }.items():
        (tmp_path / "audio" / link).symlink_to(to)
    (tmp_path / "disk" / "again").symlink_to(tmp_path / "disk")
    assert set(store.entries()) == {"words/a.mp3", "books/b.mp3"}


def test_a_writer_killed_halfway_leaves_the_old_file_and_a_leftover(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.write("words/sheep.mp3", b"finished")
    # The system kills a process that writes beyond its limit, in the middle of the file.
    script = f"""
import resource, signal
from voicemill.catalog import Store
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
Store({str(tmp_path)!r}).write("words/sheep.mp3", bytes(100_000))
"""
    run = python(script)
    assert run.returncode < 0
    assert store.read("words/sheep.mp3") == b"finished"
    assert list(store.entries()) == ["words/sheep.mp3"]
    [(path, entry)] = store.leftovers().items()
    assert (path.startswith("words/."), entry.size_bytes) == (True, 5000)
