"""Pages are narrated sentence by sentence; what was said once is not said again."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from voicemill import Studio
from voicemill.audio import Clip, loudness_lufs, read_clip
from voicemill.catalog import AudioSource
from voicemill.catalog.audio_source import PART
from voicemill.errors import BookError, UnknownName
from workbench import ESPEAK, PIPER, broken_voice

FIRST = "# The Hill\n\nTom went up the hill. It was late.\n\nThe sun went down behind the trees."
SECOND = "He looked for his dog. It was late.\n\nNobody came."


def book(
    studio: Studio, first: str = FIRST, second: str = SECOND, **columns: list[str]
) -> pd.DataFrame:
    table = pd.DataFrame({"page": ["1", "2"], "chapter": "The Hill", "text": [first, second]})
    return studio.read(table.assign(language="en", **columns), kind="book", collection="hill")


def narrated(
    studio: Studio, pages: pd.DataFrame, voice: str = ESPEAK, **wishes: object
) -> dict[str, AudioSource]:
    run = studio.produce(studio.plan(pages, voices=[voice], **wishes))  # type: ignore[arg-type]
    assert not run.errors, run.errors
    return {key: source_of(studio, key) for key in pages["key"]}


def source_of(studio: Studio, key: str) -> AudioSource:
    source = studio.best_audio("hill", key).source
    assert source is not None
    return source


def clip_of(studio: Studio, source: AudioSource) -> Clip:
    from io import BytesIO

    return read_clip(BytesIO(studio.store.read(source.file)))


def sentences_kept(studio: Studio) -> list[AudioSource]:
    return [source for source in studio.catalog.sources.all() if source.source_type == PART]


def test_changing_one_sentence_makes_one_sentence(studio: Studio) -> None:
    made = narrated(studio, book(studio))
    # "It was late." is on both pages; whichever page came first made it.
    assert sum(source.metadata["sentences_made"] for source in made.values()) == 6
    changed = book(studio, second=SECOND.replace("Nobody", "Somebody"))
    plan = studio.plan(changed, voices=[ESPEAK])
    assert plan["action"].tolist() == ["skip", "generate"]
    assert plan["reason"][1] == "2 of 3 sentences exist"
    again = narrated(studio, changed)
    assert again["1"].checksum == made["1"].checksum
    assert again["2"].metadata["sentences_made"] == 1


def test_longer_pauses_need_no_new_sentence(studio: Studio) -> None:
    before = narrated(studio, book(studio), pauses={"sentence": 0.2})["2"]
    after = narrated(studio, book(studio), pauses={"sentence": 0.7})["2"]
    assert after.metadata["sentences_made"] == 0
    assert after.duration_s - before.duration_s == pytest.approx(0.5, abs=0.05)


def test_another_profile_needs_no_new_sentence(studio: Studio) -> None:
    narrated(studio, book(studio))
    quiet = narrated(studio, book(studio), profile="librivox")["2"]
    assert quiet.metadata["sentences_made"] == 0
    assert all(check["passed"] for check in quiet.metadata["checks"])


def test_cues_are_where_the_sentences_are(studio: Studio) -> None:
    source = narrated(studio, book(studio), PIPER)["1"]
    clip = clip_of(studio, source)
    heard = source.metadata["page"]["heard_s"]
    text = source.metadata["page"]["text"]
    said = [text[start:end] for start, end in source.metadata["page"]["sentences"]]
    assert said == [
        "The Hill",
        "Tom went up the hill.",
        "It was late.",
        "The sun went down behind the trees.",
    ]
    for start_s, end_s in heard:
        assert level_db(clip, start_s + 0.1, end_s - 0.1) > -40
        assert level_db(clip, end_s + 0.05, end_s + 0.3) < -60
        assert level_db(clip, start_s - 0.03, start_s - 0.005) < -60
    assert [round(b[0] - a[1], 2) for a, b in pairwise(heard)] == [
        2.5,
        0.6,
        1.0,
    ]


def level_db(clip: Clip, start_s: float, end_s: float) -> float:
    part = clip.samples[round(start_s * clip.rate_hz) : round(end_s * clip.rate_hz)]
    return 10 * float(np.log10(np.mean(part.astype(np.float64) ** 2) + 1e-12))


def test_sentences_voices_and_pages_are_equally_loud(studio: Studio) -> None:
    cast = {"Anna": ESPEAK}
    text = "Tom sat down by the door. “Where have you been all this time?” asked Anna. Nobody knew."
    made = narrated(studio, book(studio, second=text), PIPER, cast=cast)
    assert made["2"].metadata["voices"] == [PIPER, ESPEAK]
    levels = []
    for source in made.values():
        clip = clip_of(studio, source)
        assert loudness_lufs(clip) == pytest.approx(-16, abs=0.4)
        for start_s, end_s in source.metadata["page"]["heard_s"]:
            rate = clip.rate_hz
            levels.append(loudness_lufs(clip.between(round(start_s * rate), round(end_s * rate))))
    assert max(levels) - min(levels) < 1.0


def test_a_page_that_names_a_voice_is_narrated_by_it(studio: Studio) -> None:
    made = narrated(studio, book(studio, voice=["", "espeak:en-us"]))
    assert [source.voice for source in made.values()] == [ESPEAK, "espeak:en-us"]


def test_a_cast_can_come_from_a_table_and_its_narrator_tells_the_book(studio: Studio) -> None:
    table = studio.settings.root / "cast.csv"
    table.write_text("Speaker;Voice\nnarrator;espeak:en-us\nAnna;espeak:en-gb\n", encoding="utf-8")
    text = "“Come in,” said Anna. “Thank you,” said the man."
    made = narrated(studio, book(studio, second=text), PIPER, cast="cast.csv")
    assert made["2"].metadata["voices"] == ["espeak:en-gb", "espeak:en-us"]
    table.write_text("name,voice\nAnna,\n", encoding="utf-8")
    with pytest.raises(BookError, match="there is no voice"):
        studio.plan(book(studio), cast="cast.csv")


def test_a_voice_of_the_cast_that_does_not_exist_is_refused_before_work(studio: Studio) -> None:
    text = "“Come in,” said Anna."
    with pytest.raises(UnknownName, match="espeak:en-gb"):
        studio.plan(book(studio, second=text), voices=[ESPEAK], cast={"Anna": "espeak:en-bg"})


def test_a_pause_that_does_not_exist_is_refused(studio: Studio) -> None:
    with pytest.raises(UnknownName, match="sentence"):
        studio.plan(book(studio), pauses={"sentense": 1.0})


def test_the_same_sentence_said_by_all_pages_at_once_is_made_once(studio: Studio) -> None:
    table = pd.DataFrame({"page": [str(n) for n in range(12)], "chapter": "", "text": SECOND})
    pages = studio.read(table.assign(language="en"), kind="book", collection="hill")
    # Each page has an ending of its own, so that no page is another.
    pages["text"] += [f"\n\nPage {n}." for n in range(12)]
    made = narrated(studio, pages)
    assert sum(source.metadata["sentences_made"] for source in made.values()) == 3 + 12
    assert len({source.file for source in sentences_kept(studio)}) == 3 + 12


def test_when_a_voice_breaks_off_another_narrates_the_whole_page(studio: Studio) -> None:
    broken = broken_voice(studio)
    run = studio.produce(studio.plan(book(studio), voices=[broken, ESPEAK]))
    assert run.summary.completed == 2
    source = source_of(studio, "1")
    assert source.metadata["voices"] == [ESPEAK]
    assert source.metadata["passed_over"][0]["voice"] == broken


def test_when_a_voice_of_the_cast_breaks_off_the_narrator_says_it(studio: Studio) -> None:
    broken = broken_voice(studio)
    text = "Tom knocked. “Come in,” said Anna."
    cast = {"Anna": broken}
    run = studio.produce(studio.plan(book(studio, second=text), voices=[ESPEAK], cast=cast))
    assert run.summary.completed == 2
    assert source_of(studio, "2").metadata["voices"] == [ESPEAK]
    changed = book(studio, second=text + " It rained.")
    failed = studio.produce(studio.plan(changed, voices=[ESPEAK], cast=cast, fallback=False))
    assert (failed.summary.skipped, failed.summary.failed) == (1, 1)


def test_a_page_nobody_can_speak_says_which_sentence_and_why(studio: Studio) -> None:
    pages = book(studio).assign(language=["en", "tlh"])
    plan = studio.plan(pages, voices=[PIPER])
    assert plan["action"].tolist() == ["generate", "skip"]
    assert "nobody can say “He looked for his dog.”" in plan["reason"][1]
    assert "tlh" in plan["reason"][1]


def test_kept_sentences_are_no_audio_of_their_page_and_go_with_it(studio: Studio) -> None:
    made = narrated(studio, book(studio))
    studio.upkeep.clear("hill", "1")
    assert studio.best_audio("hill", "1").source_type == "web_speech"
    assert studio.best_audio("hill", "2").file == made["2"].file
    left = sentences_kept(studio)
    assert {source.metadata["text"] for source in left} == {
        "He looked for his dog.",
        "It was late.",
        "Nobody came.",
    }
    assert str(studio.upkeep.doctor()).endswith("all is well")
    assert studio.upkeep.missing()["key"].tolist() == ["1"]
    studio.upkeep.delete("hill", "2")
    assert studio.store.entries() == {}


def test_missing_pages_are_made_again_as_they_were_asked_for(studio: Studio) -> None:
    text = "Tom knocked. “Come in,” said Anna."
    made = narrated(
        studio, book(studio, second=text), cast={"Anna": "espeak:en-us"}, pauses={"turn": 0.9}
    )
    studio.store.delete(made["2"].file)
    run = studio.produce(studio.upkeep.missing())
    assert run.summary.completed == 1
    again = source_of(studio, "2")
    assert (again.checksum, again.metadata["sentences_made"]) == (made["2"].checksum, 0)


def test_a_forced_run_says_every_sentence_again(studio: Studio) -> None:
    narrated(studio, book(studio))
    again = narrated(studio, book(studio), force=True)
    assert sum(source.metadata["sentences_made"] for source in again.values()) == 6
    assert str(studio.upkeep.doctor()).endswith("all is well")


def test_one_page_is_made_again_as_it_was_narrated(studio: Studio) -> None:
    text = "Tom knocked. “Come in,” said Anna."
    wishes = {"cast": {"Anna": "espeak:en-us"}, "rate": "-10%"}
    narrated(studio, book(studio, second=text), **wishes)
    again = studio.make("hill", "2")
    assert again.metadata["voices"] == [ESPEAK, "espeak:en-us"]
    assert again.metadata["delivery"].startswith("-10%")
    assert again.metadata["sentences_made"] == 3
    other = studio.make("hill", "2", voices=[PIPER], rate="+5%", force=False)
    assert other.metadata["voices"] == [PIPER, "espeak:en-us"]
    assert other.metadata["delivery"].startswith("+5%")
