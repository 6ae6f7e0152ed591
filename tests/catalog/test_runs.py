from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from catalog_samples import ROW, died, source_of

from voicemill.catalog import Catalog, Claim, Counts, Item, Outcome, Store
from voicemill.catalog.runs import KILLED
from voicemill.catalog.schema import claim, run, run_item
from voicemill.errors import CatalogError, UnknownName


def changed(catalog: Catalog, run_id: str, **values: object) -> None:
    """Change a run as another machine, or time, would have."""
    statement = sa.update(run).where(run.c.id == run_id).values(values)
    catalog.database.write(lambda connection: connection.execute(statement))


def test_a_run_keeps_its_counts_and_outcomes(catalog: Catalog) -> None:
    run_id = catalog.runs.start("night", {"say": "word"}, 3, "cron")
    failed = Outcome(1, "words", "b", "failed", reason="no sound", error_class="CannotSpeak")
    made = Outcome(0, "words", "a", "completed", request=1, made=True, source_id=7, elapsed_s=0.5)
    catalog.runs.record(run_id, [failed, made], Counts(completed=1, failed=1))
    catalog.runs.finish(run_id, "completed", "", 2.5)
    state = catalog.runs.state(run_id)
    assert (state.status, state.title, state.started_by) == ("completed", "night", "cron")
    assert (state.counts, state.total) == (Counts(completed=1, failed=1), 3)
    assert (state.parameters, state.elapsed_s) == ({"say": "word"}, 2.5)
    assert state.finished_at is not None
    assert state.finished_at >= state.started_at
    names = Outcome.__dataclass_fields__
    found = [{name: row[name] for name in names} for row in catalog.runs.outcomes(run_id)]
    assert [Outcome(**row) for row in found] == [made, failed]
    [row] = catalog.runs.outcomes(run_id, "failed")
    assert (row["key"], row["reason"]) == ("b", "no sound")
    assert len(catalog.runs.outcomes(run_id, limit=1)) == 1


def test_an_outcome_written_twice_counts_once(catalog: Catalog) -> None:
    run_id = catalog.runs.start("", {}, 1)
    for _ in range(2):  # as when the answer to the first time was lost
        catalog.runs.record(run_id, [Outcome(0, "words", "a", "completed")], Counts(completed=1))
    assert len(catalog.runs.outcomes(run_id)) == 1


def test_a_title_may_be_as_long_as_the_item_it_names(catalog: Catalog) -> None:
    run_id = catalog.runs.start("one item: " + "words" * 100, {}, 1, "anna@desk" * 50)
    assert catalog.runs.state(run_id).title.startswith("one item: words")


def test_the_newest_run_is_found_without_its_id(catalog: Catalog) -> None:
    older, newer = (catalog.runs.start(title, {}, 0) for title in ("older", "newer"))
    changed(catalog, older, started_at=datetime.now(UTC) - timedelta(hours=1))
    assert catalog.runs.state().id == newer
    assert [row["id"] for row in catalog.runs.table()] == [newer, older]
    assert [row["id"] for row in catalog.runs.table(limit=1)] == [newer]


def test_a_run_is_found_by_the_beginning_of_its_id_if_only_one_has_it(catalog: Catalog) -> None:
    with pytest.raises(UnknownName, match="no run"):
        catalog.runs.state()
    ids = sorted(catalog.runs.start(title, {}, 0) for title in ("a", "b"))
    length = next(n for n, pair in enumerate(zip(*ids, strict=True), 1) if len(set(pair)) == 2)
    assert catalog.runs.state(ids[0][:length]).id == ids[0]
    with pytest.raises(UnknownName, match=f"no run '{ids[0][:8]}'.*{ids[0]}"):
        catalog.runs.state(ids[0][:8])
    with pytest.raises(UnknownName, match="no run '%'"):
        catalog.runs.state("%")


def test_a_wish_to_stop_reaches_the_run_with_its_next_sign_of_life(catalog: Catalog) -> None:
    run_id = catalog.runs.start("", {}, 2)
    assert catalog.runs.record(run_id, [], Counts()) == ""
    catalog.runs.ask_to_stop(run_id, "enough for today")
    assert catalog.runs.record(run_id, [], Counts()) == "enough for today"
    with pytest.raises(UnknownName):
        catalog.runs.ask_to_stop("nonsense", "")


def test_a_run_shows_what_it_is_making_while_it_lives(catalog: Catalog) -> None:
    run_id = catalog.runs.start("", {}, 2)
    for position, key in enumerate(("sheep", "ship")):
        catalog.claims.take(Claim(key, run_id, position, f"words '{key}'"))
    state = catalog.runs.state(run_id)
    assert (state.status, state.making) == ("processing", ("words 'sheep'", "words 'ship'"))
    catalog.runs.finish(run_id, "completed", "", 1)
    assert catalog.runs.state(run_id).making == ()


def test_a_run_whose_process_died_has_failed_and_gives_its_claims_back(url: str) -> None:
    run_id = died(url)
    with closing(Catalog(url)) as catalog:
        alive = catalog.runs.start("alive", {}, 1)
        assert catalog.runs.dead() == [run_id]
        before = catalog.runs.state(run_id)
        assert (before.status, before.error, before.making) == ("failed", KILLED, ())
        assert catalog.runs.settle_dead() == [run_id]
        after = catalog.runs.state(run_id)
        assert (after.status, after.error, after.making) == ("failed", KILLED, ())
        assert after.finished_at is not None
        assert catalog.runs.dead() == []
        assert catalog.claims.of_run(run_id) == []
        assert catalog.runs.state(alive).status == "processing"


def test_a_run_that_its_process_left_without_ending_it_is_dead(catalog: Catalog) -> None:
    run_id = catalog.runs.start("", {}, 1)
    assert catalog.runs.dead() == []
    catalog.runs.leave(run_id)
    assert catalog.runs.settle_dead() == [run_id]


@pytest.mark.parametrize(("silent_s", "dead"), [(5, False), (300, True), (-3600, True)])
def test_a_run_on_another_machine_lives_as_long_as_it_gives_signs(
    catalog: Catalog, silent_s: int, dead: bool
) -> None:
    run_id = catalog.runs.start("", {}, 1)
    seen = datetime.now(UTC) - timedelta(seconds=silent_s)
    changed(catalog, run_id, process="elsewhere/1234 7 99", alive_at=seen)
    assert catalog.runs.dead() == ([run_id] if dead else [])


def test_a_run_of_the_first_schema_that_never_ended_is_dead(catalog: Catalog) -> None:
    run_id = catalog.runs.start("", {}, 1)
    began = datetime.now(UTC) - timedelta(days=200)
    changed(catalog, run_id, process="", alive_at=None, started_at=began)
    assert catalog.runs.state(run_id).status == "failed"
    assert catalog.runs.settle_dead() == [run_id]
    assert catalog.runs.prune(90) == 1


def test_old_runs_are_pruned_with_what_they_recorded(catalog: Catalog) -> None:
    ages = {"young": 89, "old": 91, "going": 200}
    ids = {title: catalog.runs.start(title, {}, 1) for title in ages}
    for title, days in ages.items():
        run_id = ids[title]
        catalog.runs.record(run_id, [Outcome(0, "words", "a", "completed")], Counts(completed=1))
        catalog.claims.take(Claim(title, run_id, 0))
        then = datetime.now(UTC) - timedelta(days=days)
        ended = {"status": "completed", "finished_at": then} if title != "going" else {}
        changed(catalog, run_id, started_at=then, **ended)
    assert catalog.runs.prune(90) == 1
    assert {row["title"] for row in catalog.runs.table()} == {"young", "going"}
    for table in (run_item, claim):
        left = catalog.database.read(
            lambda connection, table=table: set(
                connection.execute(sa.select(table.c.run_id)).scalars()
            )
        )
        assert left == {ids["young"], ids["going"]}
    with pytest.raises(CatalogError):
        catalog.runs.record(ids["old"], [], Counts())


def test_each_item_has_the_request_of_its_newest_run(catalog: Catalog) -> None:
    first = catalog.runs.start("", {"requests": ["a"]}, 2)
    both = [Outcome(n, "words", key, "completed") for n, key in enumerate(("sheep", "ship"))]
    catalog.runs.record(first, both, Counts(completed=2))
    second = catalog.runs.start("", {"requests": ["b", "c"]}, 1)
    again = Outcome(0, "words", "ship", "failed", request=1)
    catalog.runs.record(second, [again], Counts(failed=1))
    assert catalog.runs.last_requests("words") == {
        ("words", "sheep"): ({"requests": ["a"]}, 0),
        ("words", "ship"): ({"requests": ["b", "c"]}, 1),
    }
    assert catalog.runs.last_requests("letters") == {}


def test_the_cost_of_a_voice_is_measured_by_what_it_made(catalog: Catalog) -> None:
    catalog.items.save([{**ROW, "key": "a", "text": "ten letter"}])
    assert catalog.runs.cost_s_per_char("piper:joe") is None
    run_id = catalog.runs.start("", {}, 1)
    outcomes = [
        Outcome(0, "words", "a", "completed", voice="piper:joe", made=True, elapsed_s=0.5),
        Outcome(1, "words", "a", "completed", voice="piper:joe", elapsed_s=0.0),
        Outcome(2, "words", "a", "failed", voice="piper:joe", elapsed_s=9.0),
        Outcome(3, "words", "a", "completed", voice="edge:aria", made=True, elapsed_s=9.0),
    ]
    catalog.runs.record(run_id, outcomes, Counts(completed=3, failed=1))
    assert catalog.runs.cost_s_per_char("piper:joe") == pytest.approx(0.05)


def test_what_was_said_several_times_does_not_make_a_voice_look_slow(
    catalog: Catalog, store: Store, sheep: Item
) -> None:
    run_id = catalog.runs.start("", {}, 2)
    for place, (name, details, elapsed_s) in enumerate(
        [("once", {"engine": "piper"}, 0.5), ("best", {"take": {"number": 3}}, 9.0)]
    ):
        source = source_of(sheep, store, fingerprint=name, metadata=details)
        source_id = catalog.sources.record(source).id
        made = Outcome(place, "words", "sheep", "completed", made=True, voice="piper:joe")
        made = replace(made, elapsed_s=elapsed_s, source_id=source_id)
        catalog.runs.record(run_id, [made], Counts(completed=1))
    assert catalog.runs.cost_s_per_char("piper:joe") == pytest.approx(0.5 / len(sheep.text))


def test_ids_sort_by_time(catalog: Catalog) -> None:
    ids = [catalog.runs.start("", {}, 0) for _ in range(3)]
    assert all(older[:15] <= newer[:15] for older, newer in pairwise(ids))
    assert len(set(ids)) == 3
