"""Takes: a short item is said in several ways, and the way that is understood best is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from voicemill import Studio
from voicemill.audio import read_clip
from voicemill.catalog import AudioSource
from voicemill.catalog.schema import audio_source
from voicemill.errors import ParameterError, StoreError
from voicemill.production.judging import Said
from voicemill.production.results import Run
from voicemill.review import judging
from voicemill.speech.engines import Engines
from workbench import ESPEAK, PIPER, opened

# The one is understood at once; the other this voice never says well.
EASY, HARD = "tree", "zoo"
IPA = {EASY: "triː", HARD: "zuː"}


def table(*words: str) -> pd.DataFrame:
    ipa = [IPA.get(word, "") for word in words]
    return pd.DataFrame({"key": words, "text": words, "ipa": ipa})


def planned(studio: Studio, *words: str, takes: int = 4, **wish: object) -> pd.DataFrame:
    wish = {"voices": [PIPER], "rate": "-30%", **wish}
    items = studio.read(table(*words), collection="words").assign(language="en")
    return studio.plan(items, takes=takes, **wish)  # type: ignore[arg-type]


def made(studio: Studio, *words: str, takes: int = 4, **wish: object) -> Run:
    plan = planned(studio, *words, takes=takes, **wish)
    return studio.produce(plan, report=lambda _progress: None)


def sources_of(studio: Studio, word: str) -> tuple[AudioSource, list[AudioSource]]:
    """Return the take that was kept, and the others by number."""
    item = studio.catalog.items.get("words", word)
    found = studio.catalog.sources.of_item(item.id)
    [kept] = [one for one in found if one.source_type == "tts"]
    others = [one for one in found if one.source_type == "generated"]
    return kept, sorted(others, key=lambda one: int(one.metadata["take"]["number"]))


def test_the_take_that_is_understood_best_is_kept_and_the_others_are_at_hand(
    studio: Studio,
) -> None:
    [row] = made(studio, HARD).results.to_dict("records")
    kept, others = sources_of(studio, HARD)
    takes = {one.metadata["take"]["number"]: one for one in [kept, *others]}
    assert sorted(takes) == [1, 2, 3, 4]
    assert len({one.checksum for one in takes.values()}) == 4
    scores = {number: one.metadata["take"]["score"] for number, one in takes.items()}
    facts = kept.metadata["take"]
    assert facts["kept"]
    assert facts["score"] == max(scores.values())
    assert dict(facts["scores"]) == scores
    assert row["reason"] == f"take {facts['number']} of 4, score {facts['score']:.2f}"
    assert studio.best_audio("words", HARD).source == kept
    for other in others:
        assert other.cached_until is not None
        assert kept.cached_until is not None
        assert other.cached_until < kept.cached_until
        assert read_clip(studio.store.read(other.file)).duration_s > 0.2
    assert studio.upkeep.doctor().findings == ()
    # Another day, another run: the same takes, and nothing twice.
    before = [one.checksum for one in [kept, *others]]
    made(studio, HARD, force=True)
    kept, others = sources_of(studio, HARD)
    assert [one.checksum for one in [kept, *others]] == before
    assert planned(studio, HARD)["action"].tolist() == ["skip"]


def test_no_more_takes_are_made_once_one_is_good(studio: Studio) -> None:
    made(studio, EASY)
    kept, others = sources_of(studio, EASY)
    assert others == []
    assert kept.metadata["take"]["scores"] == [[1, kept.metadata["take"]["score"]]]


def test_a_plan_says_how_many_takes_and_what_they_cost(studio: Studio) -> None:
    one, several = planned(studio, HARD, takes=1), planned(studio, HARD, takes=8)
    assert one["reason"].tolist() == [""]
    assert several["reason"].tolist() == ["the best of up to 8 takes"]
    assert one["fingerprint"][0] != several["fingerprint"][0]
    assert 2 * one["estimate_s"][0] < several["estimate_s"][0]
    assert planned(studio, HARD, takes=20)["reason"].tolist() != one["reason"].tolist()
    for wrong in (0, 21):
        with pytest.raises(ParameterError, match=f"{wrong} is no number of takes.*1 to 20"):
            planned(studio, HARD, takes=wrong)


def test_a_plan_says_why_there_is_only_one_take(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def why(plan: pd.DataFrame, usual: pd.DataFrame) -> str:
        assert plan["fingerprint"].tolist() == usual["fingerprint"].tolist()
        return str(plan["reason"][0])

    def of(text: str, language: str, voice: str, say: str = "word") -> str:
        items = studio.read(table(text)).assign(language=language, sound="ɡ")
        wish = {"voices": [voice], "say": say}
        return why(studio.plan(items, takes=8, **wish), studio.plan(items, **wish))  # type: ignore[arg-type]

    assert of("bag", "en", ESPEAK) == "one take: espeak has nothing to vary"
    said = Said("xin chào", "", "vi")
    assert judging.PhonemeJudge().why_not(said) == "there is no recogniser for vi"
    long = of("the cat sat on the mat again", "en", PIPER)
    assert long == "one take: it has more than 5 words"
    sound = of("bag", "en", PIPER, say="both")
    assert "one take: the recogniser knows words, not lone sounds" in sound
    pages = studio.read(table("bag")).assign(chapter="One", language="en")
    narrated = studio.plan(pages, voices=[PIPER], takes=8)
    told = why(narrated, studio.plan(pages, voices=[PIPER]))
    assert told == "one take: sentences of a page are said once"
    monkeypatch.setattr(judging, "find_spec", lambda _name: None)
    told = of("bag", "en", PIPER)
    assert told.startswith("one take: there is no recogniser; install it with: pip install")


def test_the_lexicon_decides_what_a_take_should_sound_like(project: Path, engines: Engines) -> None:
    lexicon = "term,language,respelling,ipa\nbag,en,,bæd\nsheep,en,,ʃiːp\n"
    (project / "data" / "lexicon.csv").write_text(lexicon, encoding="utf-8")
    studio = opened(project, engines)
    items = studio.read(table("bag", "a sheep ran")).assign(language="en")
    plan = studio.plan(items, voices=[PIPER], takes=4)
    assert plan["reason"].tolist() == [
        "the best of up to 4 takes",
        "one take: the lexicon has words of it said in its own way",
    ]
    studio.close()


def test_takes_expire_and_are_cleared_with_their_item(studio: Studio) -> None:
    made(studio, HARD, takes=2)
    kept, [other] = sources_of(studio, HARD)
    in_a_week = {"cached_until": datetime.now(UTC) - timedelta(days=1)}
    mine = audio_source.c.id == other.id
    change = sa.update(audio_source).where(mine).values(in_a_week)
    studio.catalog.database.write(lambda connection: connection.execute(change))
    removed = studio.upkeep.remove_expired()
    assert (removed.sources, removed.files) == (1, 1)
    assert list(studio.store.sizes()) == [kept.file]
    made(studio, HARD, takes=2, force=True)
    assert studio.upkeep.clear("words", HARD).files == 2
    assert studio.store.sizes() == {}


def test_a_kept_take_that_went_missing_is_made_again_though_others_are_there(
    studio: Studio,
) -> None:
    made(studio, HARD, takes=2)
    kept, _others = sources_of(studio, HARD)
    studio.store.delete(kept.file)
    [row] = studio.upkeep.missing("words").to_dict("records")
    assert (row["key"], row["action"], row["takes"]) == (HARD, "generate", 2)
    assert row["fingerprint"] == kept.fingerprint


def test_a_voice_that_cannot_speak_gives_way_also_with_takes(studio: Studio) -> None:
    run = made(studio, HARD, voices=[f"{PIPER}", ESPEAK], takes=2)
    assert run.results["voice"].tolist() == [PIPER]
    items = studio.read(table("xin chào")).assign(language="vi")
    plan = studio.plan(items, voices=[PIPER, "espeak:vi"], takes=2)
    assert plan["voice"].tolist() == ["espeak:vi"]
    assert plan["reason"][0].endswith("one take: espeak has nothing to vary")


def test_without_room_for_the_other_takes_the_kept_one_counts(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = studio.store.write
    written: list[str] = []

    def full(path: str, data: bytes) -> None:
        written.append(path)
        if len(written) > 1:
            raise StoreError("there is no space left", where=path)
        write(path, data)

    monkeypatch.setattr(studio.store, "write", full)
    [row] = made(studio, HARD, takes=3).results.to_dict("records")
    assert row["status"] == "completed"
    assert "not all of its other takes were kept: there is no space left" in row["reason"]
    assert list(studio.store.sizes()) == [row["file"]]


_KILLED = """
import os, signal, sys
from dataclasses import replace
from voicemill import Studio
from voicemill.review.judging import PhonemeJudge

class Last(PhonemeJudge):
    def hear(self, clip, said):
        heard = super().hear(clip, said)
        print("heard", flush=True)
        self.count = getattr(self, "count", 0) + 1
        if self.count == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return heard

studio = Studio.open(sys.argv[1])
studio = Studio(replace(studio.shop, judge=Last()))
studio.produce(studio.plan(studio.read("words.csv"), voices=[sys.argv[2]], takes=8))
"""


def test_killed_between_two_takes_nothing_is_half_there(project: Path, engines: Engines) -> None:
    table(HARD).assign(language="en").to_csv(project / "words.csv", index=False)
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, str(project), PIPER],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert ended.stdout.count("heard") == 3
    studio = opened(project, engines)
    assert studio.sources().empty
    assert studio.store.sizes() == {}
    run = studio.produce(studio.plan(studio.read("words.csv"), voices=[PIPER], takes=3))
    assert run.results["status"].tolist() == ["completed"]
    assert len(studio.sources()) == 3
    assert studio.upkeep.doctor().findings == ()
    studio.close()
