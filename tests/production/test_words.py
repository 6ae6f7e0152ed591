"""Lexicon and normalisation, seen from a table: what is planned, what is made again."""

from pathlib import Path

import pandas as pd
import pytest

from voicemill import Studio
from voicemill.speech.engines import Engines
from workbench import ESPEAK, PIPER, opened

HEADER = "term,language,respelling,ipa,part_of_speech\n"


def with_lexicon(project: Path, engines: Engines, *lines: str) -> Studio:
    (project / "data" / "lexicon.csv").write_text(HEADER + "\n".join(lines), encoding="utf-8")
    return opened(project, engines)


@pytest.fixture
def table() -> pd.DataFrame:
    texts = {"a": "Ask Nguyen about it.", "b": "A small ship.", "c": "Nguyen has 3 ships."}
    return pd.DataFrame({"key": list(texts), "text": list(texts.values())})


def test_numbers_are_written_out_in_the_plan(studio: Studio, table: pd.DataFrame) -> None:
    plan = studio.plan(studio.read(table), voices=[ESPEAK]).set_index("key")
    assert plan.loc["c", "speak"] == "Nguyen has three ships."
    assert plan.loc["b", "speak"] == "A small ship."


def test_changing_an_entry_makes_again_what_contains_it(
    project: Path, engines: Engines, table: pd.DataFrame
) -> None:
    first = with_lexicon(project, engines, "Nguyen,en,,wɪn,")
    first.produce(first.plan(first.read(table), voices=[ESPEAK]))
    first.close()
    second = with_lexicon(project, engines, "Nguyen,en,,ŋwɪn,")
    plan = second.plan(second.read(table), voices=[ESPEAK])
    second.close()
    assert dict(zip(plan["key"], plan["action"], strict=True)) == {
        "a": "generate",
        "b": "skip",
        "c": "generate",
    }


@pytest.mark.parametrize("voice", [ESPEAK, PIPER])
def test_an_entry_in_ipa_is_spoken_by_voices_that_read_it(
    project: Path, engines: Engines, voice: str
) -> None:
    studio = with_lexicon(project, engines, "ship,en,,ˈelɪfənt,")
    table = pd.DataFrame({"key": ["a"], "text": ["A ship."]})
    run = studio.produce(studio.plan(studio.read(table), voices=[voice]))
    (project / "data" / "lexicon.csv").unlink()
    without = opened(project, engines)
    usual = without.produce(without.plan(without.read(table), voices=[voice]))
    for opened_studio in (studio, without):
        opened_studio.close()
    assert run.results["duration_s"][0] > usual.results["duration_s"][0] * 1.15
    source = run.results["source_id"][0]
    assert source != usual.results["source_id"][0]


def test_ipa_of_another_accent_is_respelled(project: Path, engines: Engines) -> None:
    studio = with_lexicon(project, engines, "vowel,en,vow el,vɒɒl,", "ship,en,,ʃɒp,")
    table = pd.DataFrame({"key": ["a", "b"], "text": ["A vowel.", "A ship."]})
    plan = studio.plan(studio.read(table), voices=[PIPER]).set_index("key")
    studio.close()
    assert plan.loc["a", "speak"] == "A vow el."
    assert "the lexicon's IPA is respelled" in plan.loc["a", "reason"]
    assert plan.loc["b", "speak"] == "A ship."
    assert "cannot use the lexicon's IPA for 'ship'" in plan.loc["b", "reason"]


def test_the_record_names_the_entries_used(
    project: Path, engines: Engines, table: pd.DataFrame
) -> None:
    studio = with_lexicon(project, engines, "Nguyen,en,Win,,")
    studio.produce(studio.plan(studio.read(table), voices=[ESPEAK]))
    used = studio.best_audio("words", "a").source
    unused = studio.best_audio("words", "b").source
    studio.close()
    assert used is not None
    assert unused is not None
    assert (used.metadata["lexicon"], unused.metadata["lexicon"]) == (["Nguyen"], [])


def test_a_wrong_lexicon_is_refused_with_every_problem(project: Path, engines: Engines) -> None:
    from voicemill.errors import TableError

    with pytest.raises(TableError) as caught:
        with_lexicon(project, engines, ",en,x,,", "Nguyen,en,,,")
    assert len(caught.value.problems) == 2
    assert "row 2" in str(caught.value)


def test_an_audition_plays_a_word_before_and_after(project: Path, engines: Engines) -> None:
    studio = with_lexicon(project, engines, "Nguyen,en,,wɪn,")
    html = studio.audition("Ask Nguyen.", ESPEAK).html
    studio.close()
    assert html.count("<audio") == 2
    assert "Ask /wɪn/." in html
