"""A comparison from its clips to its files, with real voices."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from comparing_samples import ESPEAKS

from voicemill import Studio
from voicemill.audio import loudness_lufs
from voicemill.errors import ParameterError, UnknownName
from voicemill.review.comparing import Comparing, Comparison
from voicemill.review.comparing.blind import Ballot
from voicemill.review.comparing.clips import KEPT_DAYS
from workbench import ESPEAK, PIPER


def vote_all(comparison: Comparison, studio: Studio, listener: str, best: str) -> None:
    """Vote for one voice wherever it is heard, for nobody elsewhere."""
    ballot = Ballot(comparison.id, listener, 3, comparison.setup, studio.shop)
    while pair := ballot.next():
        sides = {pair.first_voice: "first", pair.second_voice: "second"}
        ballot.vote(pair.place, sides.get(best, "tie"), 1.0)


def test_clips_are_generated_sources_with_a_short_life(
    comparison: Comparison, studio: Studio
) -> None:
    sources = studio.sources()
    assert len(sources) == 12
    assert set(sources["source_type"]) == {"generated"}
    left = sources["cached_until"] - datetime.now(UTC)
    assert all(timedelta(days=KEPT_DAYS - 1) < each <= timedelta(days=KEPT_DAYS) for each in left)
    again = studio.plan(studio.read("data/phonemes.csv", kind="phonemes"), voices=[ESPEAK])
    assert (again["action"] == "reuse").sum() == 4


def test_what_production_made_is_used_and_stays_what_it_is(
    studio: Studio, comparing: Comparing, items: pd.DataFrame
) -> None:
    made = studio.produce(studio.plan(items, voices=[ESPEAK]))
    before = studio.catalog.sources.by_ids(made.results["source_id"])
    wishes = studio.catalog.runs.last_requests("phonemes")
    comparison = comparing.start(items, ESPEAKS)
    after = studio.catalog.sources.by_ids(before)
    assert {one.source_type for one in after.values()} == {"tts"}
    assert {one.checksum for one in after.values()} == {one.checksum for one in before.values()}
    assert all(after[number].cached_until == before[number].cached_until for number in before)
    heard = {comparison.clips.sources[key, ESPEAK].id for key in items["key"]}
    assert heard == set(before)
    assert studio.best_audio("phonemes", "iː").source_type == "tts"
    assert studio.catalog.runs.last_requests("phonemes") == wishes


def test_voices_of_two_engines_are_equally_loud(
    studio: Studio, comparing: Comparing, items: pd.DataFrame
) -> None:
    comparison = comparing.start(items, [PIPER, ESPEAK], profile="classic")
    apart, as_made = [], []
    for key in items["key"]:
        clips = comparison.clips.levelled(key, comparison.voices, studio.shop)
        one, other = (loudness_lufs(clip) for clip in clips)
        apart.append(abs(one - other))
        made = [
            loudness_lufs(comparison.clips.sound(key, voice, studio.shop))
            for voice in comparison.voices
        ]
        as_made.append(abs(made[0] - made[1]))
        assert max(one, other) <= max(made) + 0.05
    assert max(as_made) > 0.5  # this profile levels by peak, not by loudness
    assert max(apart) < 0.05


def test_begun_again_or_opened_by_its_id_it_is_the_same(
    comparing: Comparing, comparison: Comparison, items: pd.DataFrame, studio: Studio
) -> None:
    vote_all(comparison, studio, "Anna", ESPEAKS[0])
    assert comparing.start(items, ESPEAKS, title="three", seed=3).id == comparison.id
    assert comparing.start(items, ESPEAKS, title="three", seed=4).id != comparison.id
    opened = Comparing(studio.shop).open(comparison.id)
    assert (opened.title, opened.voices) == ("three", ESPEAKS)
    assert opened.ranking() == comparison.ranking()
    table = comparing.table().set_index("id")
    assert table.loc[comparison.id, "votes"] == 12
    with pytest.raises(UnknownName):
        comparing.open("never")


def test_opened_after_its_clips_expired_it_makes_them_again(
    comparison: Comparison, comparing: Comparing, studio: Studio
) -> None:
    figures = comparison.measures()
    sources = studio.catalog.sources
    for source in sources.all():
        sources.record(replace(source, cached_until=datetime.now(UTC) - timedelta(days=1)))
    studio.upkeep.remove_expired()
    assert studio.sources().empty
    opened = comparing.open(comparison.id)
    pd.testing.assert_frame_equal(opened.measures(), figures)  # kept, not measured again
    assert studio.sources().empty
    assert opened.grid().html.count("<audio") == 12
    assert set(studio.sources()["source_type"]) == {"generated"}
    runs = len(studio.runs())
    assert comparing.open(comparison.id).grid().html.count("<audio") == 12
    assert len(studio.runs()) == runs


def test_a_listener_goes_on_where_they_stopped_and_others_hear_their_own(
    comparison: Comparison, studio: Studio
) -> None:
    def ballot(name: str) -> Ballot:
        return Ballot(comparison.id, name, 3, comparison.setup, studio.shop)

    first = ballot("Anna")
    for choice in ("first", "tie", "second"):
        pair = first.next()
        assert pair is not None
        first.vote(pair.place, choice, 2.0)
    following = ballot("Anna").next()
    assert following is not None
    assert following.place == 3
    other = ballot("Bình").next()
    assert other is not None
    assert other.place == 0
    back = ballot("Anna").back(following.place)
    assert back is not None
    assert back.place == 2
    ballot("Anna").vote(2, "tie", 1.0)
    votes = studio.catalog.comparisons.votes(comparison.id, "Anna")
    assert [vote.choice for vote in votes] == ["first", "tie", "tie"]
    assert ballot("Bình").back(None) is None


def test_the_ranking_is_shown_whole_and_by_category(comparison: Comparison, studio: Studio) -> None:
    assert "Nobody has voted yet" in comparison.result().html
    for listener in ("Anna", "Bình", "Chi", "Dũng"):
        vote_all(comparison, studio, listener, "espeak:en-us")
    ranking = comparison.ranking()
    assert ranking.best == "espeak:en-us"
    assert set(ranking.standings[0].better_than) == {ESPEAKS[0], ESPEAKS[2]}
    assert (ranking.votes, ranking.listeners) == (48, 4)
    assert comparison.ranking("fricative").votes == 12
    page = comparison.result().html
    assert "48 votes of 4 listeners" in page
    assert "By category of items" in page
    assert "not told apart yet" in page


def test_everything_is_exported_as_csv(comparison: Comparison, studio: Studio) -> None:
    vote_all(comparison, studio, "=Anna()", "espeak:en-us")
    files = {file.stem: file for file in comparison.export()}
    assert sorted(files) == ["measures", "ranking", "votes", "vowels"]
    assert files["votes"].parent == studio.settings.output / "comparisons" / comparison.id
    rows = {
        name: list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
        for name, file in files.items()
    }
    assert len(rows["votes"]) == 12
    assert {row["listener"] for row in rows["votes"]} == {"'=Anna()"}
    assert {row["preferred"] for row in rows["votes"]} == {"espeak:en-us", ""}
    assert rows["ranking"][0]["voice"] == "espeak:en-us"
    assert [row["voice"] for row in rows["measures"]] == list(ESPEAKS)
    assert {row["vowel"] for row in rows["vowels"]} == {"iː", "æ", "uː"}


def test_measures_are_what_such_voices_have(comparison: Comparison) -> None:
    measures = comparison.measures().set_index("voice")
    assert measures["items"].tolist() == [4, 4, 4]
    assert measures["pitch_hz"].between(70, 130).all()
    assert (measures["pitch_low_hz"] < measures["pitch_high_hz"]).all()
    assert measures["phonemes_per_s"].between(2, 15).all()
    assert measures["level_lufs"].between(-17, -15).all()
    assert (measures["cost_s_per_s"] > 0).all()
    vowels = comparison.vowels()
    mine = vowels[vowels["voice"] == "espeak:en-us"].set_index("vowel")
    assert mine.loc["iː", "f1_hz"] < 400 < mine.loc["æ", "f1_hz"]
    assert mine.loc["iː", "f2_hz"] > 2000 > mine.loc["uː", "f2_hz"]
    assert "Hillenbrand" in mine.loc["iː", "reference"]
    assert "Deterding" in vowels[vowels["voice"] == "espeak:en-gb"]["reference"].iloc[0]


def test_the_page_names_each_voice_and_what_it_could_not_say(
    comparing: Comparing, studio: Studio
) -> None:
    table = pd.DataFrame({"key": ["sheep", "nothing"], "text": ["sheep", "…"]})
    comparison = comparing.start(studio.read(table), ESPEAKS[:2])
    page = comparison.grid().html
    assert page.count("<audio") == 2
    assert re.search(r'class="vm-bad">[^<]+</span>', page)
    assert "<script" not in page
    assert comparison.setup.spoken["nothing"] == []
    figures = comparison.side_by_side().html
    assert "Pitch, median, Hz" in figures
    assert "no vowels to chart" in comparison.chart().html


def test_what_cannot_be_compared_is_said_before_anything_is_spoken(
    comparing: Comparing, items: pd.DataFrame, studio: Studio
) -> None:
    with pytest.raises(ParameterError, match="two voices"):
        comparing.start(items, [ESPEAK, ESPEAK])
    with pytest.raises(UnknownName, match="espeak:en-us"):
        comparing.start(items, [ESPEAK, "espeak:en-uss"])
    with pytest.raises(ParameterError, match="nothing to compare"):
        comparing.start(items.head(0), ESPEAKS)
    assert studio.sources().empty
