"""What a reviewer does at the desk, as the catalog knows it afterwards."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from voicemill import Studio
from voicemill.catalog import HeardFile
from voicemill.errors import ItemError, ItemLocked, ParameterError, UnknownName
from voicemill.review.desk import open_desk
from voicemill.review.desk.remaking import Wanted
from voicemill.review.desk.session import Session
from workbench import ESPEAK


def row_of(desk: Session, key: str) -> dict[str, Any]:
    return next(row for row in desk.rows() if row["key"] == key)


def judge(desk: Session, key: str, word: str, **more: Any) -> str:
    row = row_of(desk, key)
    return desk.judge(row["id"], row["checksum"], word, voice=row["voice"], **more)


def test_a_clip_comes_with_its_audio_and_all_that_is_known(studio: Studio, desk: Session) -> None:
    row = row_of(desk, "sheep")
    facts, data = desk.clip(row["id"])
    assert data == studio.store.read(studio.catalog.sources.get(row["source"]).file)  # type: ignore[union-attr]
    assert facts["mime"] == "audio/mpeg"
    assert [source["id"] for source in facts["sources"]] == [row["source"]]
    desk.played(row["source"])
    assert desk.clip(row["id"])[0]["sources"][0]["plays"] == 1
    silent = row_of(desk, "dog")
    assert (silent["source"], silent["type"]) == (0, "web_speech")
    assert desk.clip(silent["id"])[1] == b""


def test_every_step_can_be_taken_back_one_by_one(studio: Studio, desk: Session) -> None:
    judge(desk, "ship", "approved", rating=5)
    judge(desk, "ship", "rejected", comment="too short")
    row = row_of(desk, "ship")
    desk.lock(row["id"], locked=True)
    desk.prefer(row["id"], row["source"])
    said = [desk.undo()[0] for _step in range(2)]
    assert said == ["undone: ship plays tts espeak:en-gb", "undone: locked ship"]
    item = studio.catalog.items.get("words", "ship")
    assert (item.locked, item.preferred_source_id) == (False, None)
    assert row_of(desk, "ship")["mine"]["comment"] == "too short"
    assert desk.undo() == ("undone: rejected ship", row["id"])
    mine = row_of(desk, "ship")
    assert (mine["status"], mine["mine"]["rating"]) == ("approved", 5)
    assert desk.clip(row["id"])[0]["sources"][0]["approved"]
    desk.undo()
    assert row_of(desk, "ship")["status"] == "to review"
    assert desk.undo() == ("nothing to undo in this session", 0)


def test_a_verdict_sent_twice_is_kept_once(studio: Studio, desk: Session) -> None:
    for _time in range(2):
        judge(desk, "cat", "approved", token="t1")
    assert len(studio.catalog.reviews.table(history=True)) == 1


def test_others_are_not_heard_before_ones_own_word(studio: Studio, desk: Session) -> None:
    anna, binh = (Session(studio.shop, "words", who, required=2) for who in ("anna", "binh"))
    judge(anna, "fish", "approved", comment="lovely")
    row = row_of(binh, "fish")
    assert (row["status"], row["others"], row["hidden"]) == ("to review", [], 1)
    assert row_of(anna, "fish")["status"] == "waiting"
    judge(binh, "fish", "rejected")
    row = row_of(binh, "fish")
    assert (row["status"], row["others"][0]["comment"]) == ("disagreed", "lovely")


def test_a_clip_made_again_waits_beside_the_one_there_is(studio: Studio, desk: Session) -> None:
    row = row_of(desk, "tree")
    judge(desk, "tree", "approved")
    made = desk.again(row["id"], Wanted(voice="espeak:en-us", rate="-10%"))
    assert made["new"]
    assert studio.best_audio("words", "tree").source.id == row["source"]  # type: ignore[union-attr]
    new = studio.catalog.sources.get(made["source"])
    assert new is not None
    said = desk.judge(row["id"], new.checksum, "approved")
    assert said == "approved tree; what is played is still tts espeak:en-gb"
    desk.undo()
    desk.keep(row["id"])
    best = studio.best_audio("words", "tree").source
    assert best is not None
    assert (best.id, best.voice) == (made["source"], "espeak:en-us")
    assert best.metadata["delivery"] == "-10% +0Hz +0%"
    assert row_of(desk, "tree")["status"] == "to review"  # another file
    desk.undo()
    assert row_of(desk, "tree")["status"] == "approved"


def test_what_is_discarded_leaves_nothing_behind(studio: Studio, desk: Session) -> None:
    row = row_of(desk, "tree")
    files = studio.store.sizes()
    made = desk.again(row["id"], Wanted(respelling="treee"))
    assert studio.catalog.sources.get(made["source"]).metadata["spoken"] == "treee"  # type: ignore[union-attr]
    assert studio.catalog.items.get("words", "tree").text == "tree"
    desk.discard(row["id"])
    assert studio.store.sizes() == files
    item = studio.catalog.items.get("words", "tree")
    assert item.preferred_source_id is None
    assert row_of(desk, "tree")["source"] == row["source"]
    with pytest.raises(ItemError, match="no new clip waits"):
        desk.keep(row["id"])


def test_ipa_between_slashes_is_spoken(studio: Studio, desk: Session) -> None:
    row = row_of(desk, "ship")
    made = desk.again(row["id"], Wanted(respelling="/ʃiːp/"))
    source = studio.catalog.sources.get(made["source"])
    before = studio.catalog.sources.get(row["source"])
    assert source is not None
    assert before is not None
    assert source.checksum != before.checksum
    assert source.metadata["lexicon"] == ["ship"]


def test_what_exists_already_is_not_made_twice(desk: Session) -> None:
    row = row_of(desk, "ship")
    made = desk.again(row["id"], Wanted())
    assert (made["new"], made["source"]) == (False, row["source"])


@pytest.mark.parametrize(
    ("wanted", "kind", "message"),
    [
        (Wanted(voice="espeak:xx"), UnknownName, "no voice 'espeak:xx'"),
        (Wanted(rate="fast"), ParameterError, "'fast' is not a rate"),
        (Wanted(term="dog", respelling="dogg"), ItemError, "'dog' is not in its text"),
    ],
)
def test_a_wish_that_cannot_be_met_changes_nothing(
    studio: Studio, desk: Session, wanted: Wanted, kind: type[Exception], message: str
) -> None:
    row = row_of(desk, "cat")
    with pytest.raises(kind, match=message):
        desk.again(row["id"], wanted)
    assert studio.catalog.items.get("words", "cat").preferred_source_id is None
    desk.lock(row["id"], locked=True)
    with pytest.raises(ItemLocked):
        desk.again(row["id"], Wanted(rate="+5%"))


def recording(duration_s: float = 1.0) -> bytes:
    rate_hz = 48_000
    times = np.arange(int(duration_s * rate_hz)) / rate_hz
    data = io.BytesIO()
    tone = 0.3 * np.sin(2 * np.pi * 220 * times) * np.clip(np.sin(6 * times), 0, 1)
    soundfile.write(data, tone, rate_hz, format="WAV")
    return data.getvalue()


def test_a_recording_is_trimmed_kept_and_played_first(studio: Studio, desk: Session) -> None:
    row = row_of(desk, "shoe")
    kept = desk.record(row["id"], recording(), (0.1, 0.5), "Anna", "CC BY 4.0")
    best = studio.best_audio("words", "shoe").source
    assert best is not None
    assert (best.id, best.source_type, best.voice) == (kept["source"], "native", "Anna")
    assert best.metadata["recording"]["duration_s"] == pytest.approx(0.4)
    assert best.licence == "CC BY 4.0"
    assert best.origin == "microphone"
    assert desk.undo()[0] == "undone: recorded shoe"
    assert studio.best_audio("words", "shoe").source_type == "tts"


def test_a_lost_file_is_said_and_another_is_played(studio: Studio, desk: Session) -> None:
    row = row_of(desk, "sheep")
    desk.again(row["id"], Wanted(rate="+10%"))
    desk.keep(row["id"])
    lost = studio.best_audio("words", "sheep").source
    assert lost is not None
    studio.store.delete(lost.file)
    facts, data = desk.clip(row["id"])
    assert lost.file in facts["missing"]
    assert (facts["source"], bool(data)) == (row["source"], True)


def test_what_checks_found_comes_with_its_place(studio: Studio, desk: Session) -> None:
    row = row_of(desk, "fish")
    findings = [
        {
            "name": "cut end",
            "sentence": "it is cut off",
            "start_s": 0.4,
            "end_s": 0.5,
            "passed": False,
        },
        {"name": "level", "sentence": "the level is right", "passed": True},
    ]
    studio.catalog.heard.keep(HeardFile(row["checksum"], "before", 0.1, []))
    studio.catalog.heard.keep(HeardFile(row["checksum"], "now", 0.8, findings))
    row = row_of(desk, "fish")
    assert (row["suspicious"], row["why"]) == (True, "it is cut off")
    place = {"sentence": "it is cut off", "start_s": 0.4, "end_s": 0.5}
    assert desk.clip(row["id"])[0]["complaints"] == [place]
    shown = open_desk(studio.shop, "words").summary.html
    assert "it is cut off" in shown


def test_a_new_clip_is_checked_where_the_earlier_one_was(studio: Studio, desk: Session) -> None:
    row = row_of(desk, "tree")
    unheard = desk.again(row["id"], Wanted(rate="+90%"))
    assert "but" not in unheard["said"]
    desk.discard(row["id"])
    studio.catalog.heard.keep(HeardFile(row["checksum"], "earlier", 0.1, []))
    hurried = desk.again(row["id"], Wanted(respelling="a tree that says a lot in no time at all"))
    [complaint, *_more] = desk.clip(row["id"], hurried["source"])[0]["complaints"]
    assert complaint["sentence"] in hurried["said"]


def test_a_page_comes_with_its_sentences_and_words(studio: Studio) -> None:
    pages = studio.read(
        pd.DataFrame({"page": ["1"], "text": ["The mill stands. The river runs by the mill."]}),
        kind="book",
        collection="short",
    )
    studio.produce(studio.plan(pages, voices=[ESPEAK]))
    desk = Session(studio.shop, "short", "anna")
    [row] = desk.rows()
    facts, _data = desk.clip(row["id"])
    assert [text for *_times, text in facts["cues"]] == [
        "The mill stands.",
        "The river runs by the mill.",
    ]
    words = [text for *_times, text in facts["words"]]
    assert words == ["The", "mill", "stands", "The", "river", "runs", "by", "the", "mill"]
    starts = [start_s for start_s, _end_s, _text in facts["words"]]
    assert starts == sorted(starts)
    assert starts[3] >= facts["cues"][1][0]


def test_wrong_wishes_for_a_desk_are_refused(studio: Studio, desk: Session) -> None:
    with pytest.raises(ParameterError, match="'everything' is not a list"):
        open_desk(studio.shop, show="everything")
    with pytest.raises(ParameterError, match="0 reviewers"):
        open_desk(studio.shop, required=0)
    with pytest.raises(ItemError, match="no collection 'none'"):
        open_desk(studio.shop, "none")
    with pytest.raises(ItemError, match="needs a name"):
        desk.call(" ")
