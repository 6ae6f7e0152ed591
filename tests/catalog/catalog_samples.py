"""Rows that the tests of the catalog share."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace

from voicemill.catalog import AudioSource, Item, Store

ROW = {
    "collection": "words",
    "key": "sheep",
    "order": 1,
    "text": "sheep",
    "ipa": "ʃiːp",
    "sound": "",
    "language": "en",
    "category": "",
    "locked": False,
}


def source_of(
    item: Item, store: Store, kind: str = "tts", *, data: bytes = b"", **changes: object
) -> AudioSource:
    """Return a source whose file is in the store under a name as ours are.

    data: the file's bytes, different for every kind unless given.
    """
    data = data or f"audio of {kind}".encode()
    checksum = hashlib.sha256(data).hexdigest()
    file = f"words/{item.key}_{kind}_{checksum[:8]}.mp3"
    store.write(file, data)
    source = AudioSource(
        item_id=item.id,
        source_type=kind,
        file=file,
        format="mp3",
        duration_s=0.5,
        size_bytes=len(data),
        checksum=checksum,
        fingerprint=kind,
        voice=f"voice-of-{kind}",
        language="en",
    )
    return replace(source, **changes)  # type: ignore[arg-type]


# Begins a run with a claim, and dies without a word.
DIES = """
import os, sys
from voicemill.catalog import Catalog, Claim
catalog = Catalog(sys.argv[1])
run_id = catalog.runs.start("night", {}, 3, "cron")
catalog.claims.take(Claim("f", run_id, 0, "words 'sheep'"))
print(run_id, flush=True)
os._exit(9)
"""


def died(url: str) -> str:
    """Return the id of a run whose process is gone."""
    ended = subprocess.run(
        [sys.executable, "-c", DIES, url], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 9, ended.stderr
    return ended.stdout.strip()
