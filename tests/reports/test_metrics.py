from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from voicemill.catalog import Catalog, Counts, Execution, Outcome
from voicemill.cli.metrics import metrics as command
from voicemill.reports.metrics import Metrics, as_prometheus, as_table, as_text, metrics
from voicemill.settings import Settings

AWKWARD = 'Tiếng "Việt"\\ {x}\n2'


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with closing(Catalog(Settings(root=tmp_path).catalog_url)) as found:
        yield found


@pytest.fixture
def measured(catalog: Catalog, tmp_path: Path) -> Metrics:
    """A project in which a run ended and another goes on."""
    made = {"made": True, "source_id": 1}
    outcomes = [
        Outcome(0, "words", "a", "completed", voice="piper:x", elapsed_s=0.5, **made),
        Outcome(1, "words", "b", "completed", voice="piper:x", elapsed_s=1.5, **made),
        Outcome(2, "words", "c", "failed", voice="edge:y"),
        Outcome(3, "words", "d", "skipped", voice="piper:x", source_id=3),
    ]
    done = catalog.runs.start("done", {}, 4)
    catalog.runs.record(done, outcomes, Counts(2, 1, 1))
    catalog.runs.finish(done, "completed", "", 2.0)
    open_run = catalog.runs.start("open", {}, 7)
    catalog.runs.record(open_run, [], Counts(completed=2))
    for name in (AWKWARD, "never"):
        begun = Execution("01_phonemes", datetime.now(UTC), schedule=name)
        status = "failed" if name == "never" else "completed"
        catalog.executions.finish(catalog.executions.start(begun), status)
    found = metrics(catalog, Settings(root=tmp_path))
    catalog.runs.leave(open_run)
    return found


def samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_a_project_is_measured(measured: Metrics) -> None:
    assert measured.success_rate == pytest.approx(2 / 3)
    assert measured.cache_hit_rate == pytest.approx(1 / 3)
    assert (measured.open_runs, measured.dead_runs, measured.queued_items) == (1, 0, 5)
    told = json.loads(json.dumps(measured.as_json()))
    assert told["outcomes"] == {"completed": 2, "failed": 1, "skipped": 1, "cancelled": 0}
    assert told["engines"]["piper"]["mean_s"] == 1.0
    assert told["engines"]["edge"]["success_rate"] == 0
    assert told["schedules"]["never"] is None
    assert datetime.fromisoformat(told["schedules"][AWKWARD]).tzinfo is not None


def test_prometheus_can_read_it(measured: Metrics) -> None:
    text = as_prometheus(measured)
    found = samples(text)
    assert found["voicemill_success_ratio",] == pytest.approx(2 / 3)
    assert found["voicemill_engine_success_ratio", "edge"] == 0
    assert found["voicemill_item_outcomes", "piper", "completed"] == 2
    assert found["voicemill_item_mean_seconds", "piper"] == 1.0
    assert found["voicemill_item_p95_seconds", "piper"] == 1.5
    assert ("voicemill_item_mean_seconds", "edge") not in found, "it never made anything"
    assert found["voicemill_queued_items",] == 5
    assert found["voicemill_window_seconds",] == 30 * 86400
    last = found["voicemill_schedule_last_success_timestamp_seconds", AWKWARD]
    assert last == pytest.approx(measured.taken_at.timestamp(), abs=60)
    [up] = [value for key, value in found.items() if key[0] == "voicemill_worker_up"]
    assert up == 1
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        assert family.name.startswith("voicemill_")


def test_a_new_project_tells_only_what_can_be_known(catalog: Catalog, tmp_path: Path) -> None:
    nothing = metrics(catalog, Settings(root=tmp_path))
    found = samples(as_prometheus(nothing))
    assert found["voicemill_open_runs",] == 0
    assert ("voicemill_success_ratio",) not in found
    assert nothing.as_json()["cache_hit_rate"] is None
    assert "none yet" in as_text(nothing)


def test_people_get_a_table(measured: Metrics) -> None:
    lines = as_text(measured).splitlines()
    assert lines[0] == "Items, last 30 days"
    assert "  success rate" in lines[1]
    assert lines[1].endswith("66.7 %")
    assert next(line for line in lines if line.startswith("  piper ")).endswith(
        "100 % of 2, 1.0 s an item, 95 % within 1.5 s"
    )
    assert next(line for line in lines if line.startswith("  never")).endswith("never")
    table = as_table(measured)
    assert list(table.columns) == ["about", "figure", "value"]
    assert len(table) > 15
    assert all(isinstance(value, str) for value in table["value"])


def test_it_looks_back_no_farther_than_records_are_kept(catalog: Catalog, tmp_path: Path) -> None:
    short = Settings(root=tmp_path, catalog={"run_days": 7})
    assert metrics(catalog, short).days == 7
    assert metrics(catalog, short, days=3).days == 3


def test_the_command_tells_it_in_three_ways(
    measured: Metrics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "voicemill.toml").touch()
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(command)

    def told(*options: str) -> str:
        result = CliRunner().invoke(app, options)
        assert result.exit_code == 0, result.output
        return result.stdout

    assert json.loads(told("--json", "--days", "2"))["days"] == 2
    assert samples(told("--prometheus"))["voicemill_item_outcomes", "edge", "failed"] == 1
    assert told().startswith("Items, last 30 days\n")
    assert CliRunner().invoke(app, ["--json", "--prometheus"]).exit_code != 0
    assert CliRunner().invoke(app, ["--days", "0"]).exit_code == 2
