"""Addresses and options of a store: which can be used, and what of them is never shown."""

import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from servers.s3 import SECRET
from voicemill.catalog import Store
from voicemill.errors import StoreError
from voicemill.settings import StoreSettings


def test_a_file_url_is_a_folder(tmp_path: Path) -> None:
    Store(f"file://{tmp_path}/audio").write("words/a.mp3", b"x")
    assert Store(str(tmp_path / "audio")).sizes() == {"words/a.mp3": 1}
    assert Store(str(tmp_path)).local_path("audio/words/a.mp3") == tmp_path / "audio/words/a.mp3"
    assert Store("memory://x").local_path("words/a.mp3") is None


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mystery://host/x", "Protocol not known: mystery"),
        ("s3://", "the bucket is missing. Write s3://bucket/folder"),
        ("simplecache::s3://bucket/x", "addresses with '::' are not supported"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(url: str, sentence: str) -> None:
    with pytest.raises(StoreError, match="this place cannot be used") as caught:
        Store(url)
    assert sentence in str(caught.value)


def test_without_s3fs_the_message_says_how_to_install_it() -> None:
    script = """
import sys
sys.modules["s3fs"] = None
from voicemill.catalog import Store
from voicemill.errors import StoreError
try:
    Store("s3://bucket/audio")
except StoreError as error:
    print(error)
"""
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "pip install 'voicemill[s3]'" in run.stdout, run.stderr


@pytest.mark.parametrize(
    ("url", "options"),
    [
        (f"s3://AKIATESTS:{SECRET}@bucket/audio", {}),
        ("s3://bucket/audio", {"key": "AKIATESTS", "secret": SECRET, "endpont_url": SECRET}),
        ("s3://bucket/audio", {"endpoint_url": "http://me:S3cret@127.0.0.1:1", "secret": SECRET}),
        ("s3://bucket/audio", {"client_kwargs": {"aws_secret_access_key": SECRET, "x": 1}}),
        (f"ftp://me:{SECRET}@127.0.0.1:1/audio", {}),
        (f"mystery://me:{SECRET}@host/x", {}),
    ],
)
def test_secrets_are_never_shown(url: str, options: dict[str, object]) -> None:
    once = {"retries": {"max_attempts": 0}}  # nothing listens on port 1
    options = {"endpoint_url": "http://127.0.0.1:1", "config_kwargs": once, **options}
    with pytest.raises(StoreError) as caught:
        Store(url, options).check()
    error = caught.value
    shown = f"{error} {error!r}" + "".join(traceback.format_exception(error))
    assert "cannot be used" in shown or "no file can be written here" in shown
    assert "S3cret" not in shown


def test_a_store_is_printed_without_its_secrets() -> None:
    store = Store(f"s3://me:{SECRET}@bucket/audio", {"secret": SECRET})
    assert f"{store!r} {store}" == "Store('s3://***@bucket/audio') Store('s3://***@bucket/audio')"
    settings = StoreSettings(url=f"s3://me:{SECRET}@bucket/audio", options={"secret": SECRET})
    assert "S3cret" not in f"{settings!r} {settings}"
