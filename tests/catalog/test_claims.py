from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from catalog_samples import died

from voicemill.catalog import Catalog, Claim


@pytest.fixture
def runs(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Two runs that are going on."""
    ids = tuple(catalog.runs.start(title, {}, 2) for title in ("first", "second"))
    yield ids[0], ids[1]
    for run_id in ids:
        catalog.runs.leave(run_id)


def test_only_one_of_two_runs_gets_a_claim(catalog: Catalog, runs: tuple[str, str]) -> None:
    first, second = (Claim("f", run_id, 0, "words 'sheep'") for run_id in runs)
    assert catalog.claims.take(first)
    assert not catalog.claims.take(second)
    assert catalog.claims.take(first)  # as when the answer to the first time was lost
    assert not catalog.claims.take(replace(first, position=1))  # another row with the same sound
    assert catalog.claims.of_run(runs[0]) == [first]
    assert catalog.claims.of_run(runs[1]) == []


def test_a_claim_given_back_is_free(catalog: Catalog, runs: tuple[str, str]) -> None:
    mine = [Claim(name, runs[0], position) for position, name in enumerate("abc")]
    assert all(catalog.claims.take(claim) for claim in mine)
    catalog.claims.release(runs[0], 1)
    assert catalog.claims.of_run(runs[0]) == [mine[0], mine[2]]
    assert catalog.claims.take(Claim("b", runs[1], 0))
    catalog.claims.release(runs[0])
    assert catalog.claims.of_run(runs[0]) == []
    assert catalog.claims.of_run(runs[1]) == [Claim("b", runs[1], 0)]


def test_the_claim_of_a_run_that_left_can_be_taken_over(
    catalog: Catalog, runs: tuple[str, str]
) -> None:
    held = Claim("f", runs[0], 0, "words 'sheep'")
    assert catalog.claims.take(held)
    assert catalog.claims.dead() == []
    catalog.runs.leave(runs[0])
    assert catalog.claims.dead() == [held]
    mine = Claim("f", runs[1], 5)
    assert catalog.claims.take(mine)
    assert catalog.claims.of_run(runs[1]) == [mine]
    assert catalog.claims.dead() == []


def test_the_claim_of_a_killed_process_can_be_taken_over(url: str) -> None:
    dead = died(url)
    with closing(Catalog(url)) as catalog:
        assert [claim.run_id for claim in catalog.claims.dead()] == [dead]
        run_id = catalog.runs.start("next", {}, 1)
        assert catalog.claims.take(Claim("f", run_id, 0))


def test_of_many_that_ask_at_once_exactly_one_gets_it(
    url: str, catalog: Catalog, runs: tuple[str, str]
) -> None:
    with closing(Catalog(url)) as other, ThreadPoolExecutor(8) as workers:
        for number in range(10):
            wanted = [Claim(f"f{number}", runs[n % 2], n) for n in range(8)]
            taken = workers.map(
                lambda catalog, claim: catalog.claims.take(claim), [catalog, other] * 4, wanted
            )
            assert sum(taken) == 1
