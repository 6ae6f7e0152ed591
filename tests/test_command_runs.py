"""Runs seen and steered from the command line, in processes of their own."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from voicemill import Studio
from voicemill.catalog.schema import audio_source
from voicemill.speech.engines import Engines
from workbench import ESPEAK, VOICEMILL, opened, voicemill

MANY = 120


@contextmanager
def long_run(project: Path) -> Iterator[subprocess.Popen[str]]:
    """A run of many words without a person, that has begun to make them."""
    symbols = ["".join(letters) for letters in product("bdfhklmnp", "iɪeæʌʊuɑ", "dfklmnp")]
    table = pd.DataFrame({"symbol": symbols[:MANY]})
    table["example_word"] = "the word " + table["symbol"].index.astype(str)
    table.to_csv(project / "data" / "many.csv", index=False)
    words = ["run", "01_phonemes", "--json", "-p", "table=data/many.csv", "-p", f"voices={ESPEAK}"]
    with subprocess.Popen(
        [*VOICEMILL, *words],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if json.loads(line)["completed"] > 0:
                    break
            yield process
        finally:
            process.kill()


def end_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, _errors = process.communicate(timeout=60)
    found: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return found


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_what_is_in_work_and_a_rerun_the_rest(
    project: Path, engines: Engines, kind: signal.Signals
) -> None:
    with long_run(project) as process:
        process.send_signal(kind)
        last = end_of(process)
    assert process.returncode == 4
    assert last["completed"] + last["cancelled"] == MANY
    assert last["cancelled"] > 0
    assert (project / last["report"]).is_file()
    with closing(opened(project, engines)) as studio:
        assert len(studio.store.sizes()) == last["completed"]
        items = studio.read("data/many.csv", "phonemes")
        again = studio.produce(studio.plan(items, voices=[ESPEAK], rate="-30%")).summary
    assert (again.made, again.skipped) == (last["cancelled"], last["completed"])


def test_another_process_follows_a_run_and_sees_its_end(project: Path) -> None:
    with long_run(project) as process:
        following = voicemill("status", "--follow", "--json", cwd=project)
        last = end_of(process)
    lines = [json.loads(line) for line in following.stdout.splitlines()]
    assert following.returncode == 0
    assert lines[0]["run_id"] == last["run_id"]
    assert lines[0]["completed"] < MANY
    assert (lines[-1]["status"], lines[-1]["completed"]) == ("completed", MANY)
    assert [line["done"] for line in lines] == sorted(line["done"] for line in lines)


def test_another_process_cancels_a_run(project: Path) -> None:
    with long_run(project) as process:
        asked = voicemill("cancel", cwd=project)
        assert "was asked to stop" in asked.stdout
        last = end_of(process)
    assert process.returncode == 4
    told = voicemill("status", last["run_id"], cwd=project).stdout
    assert "cancelled from the command line" in told
    assert f"{last['cancelled']} cancelled" in told
    assert "is cancelled already" in voicemill("cancel", last["run_id"], cwd=project).stdout


def test_only_what_failed_is_made_again(project: Path, engines: Engines) -> None:
    table = ["-p", "collection=blocked", "-p", f"voices={ESPEAK}", "-p", "limit=3"]
    blocked = project / "output" / "audio" / "blocked"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where a folder is to be")
    assert voicemill("run", "01_phonemes", *table, "-p", "say=phoneme", cwd=project).returncode == 3
    told = voicemill("status", "last", cwd=project).stdout
    assert "3 failed" in told
    assert "failed: blocked 'iː':" in told

    blocked.unlink()
    again = voicemill("retry", cwd=project)
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("3 completed, 0 failed")
    with closing(opened(project, engines)) as studio:
        made = studio.best_audio("blocked", "iː").source
        assert made is not None
        assert made.metadata["say"] == "phoneme"
    assert "0 completed, 0 failed" in voicemill("retry", cwd=project).stdout


def test_runs_are_listed_and_a_wrong_id_names_the_right_one(project: Path) -> None:
    assert "There was no run yet" in voicemill("status", cwd=project).stdout
    voicemill("run", "01_phonemes", "-p", "limit=2", "-p", f"voices={ESPEAK}", cwd=project)
    [line] = voicemill("status", cwd=project).stdout.splitlines()
    run_id = line.split()[0]
    assert "2 completed, 0 failed, 0 skipped" in line
    assert f"Run {run_id}: completed" in voicemill("status", run_id[:12], cwd=project).stdout
    wrong = voicemill("status", run_id[:-1] + "x", cwd=project)
    assert wrong.returncode == 2
    assert f"Did you mean '{run_id}'?" in wrong.stderr


def test_the_maintenance_notebook_puts_a_project_in_order(project: Path, engines: Engines) -> None:
    with closing(opened(project, engines)) as studio:
        items = studio.read("data/phonemes.csv", "phonemes")
        made = studio.produce(studio.plan(items, voices=[ESPEAK], limit=4)).results
        lost, expired, spoken, kept = made["file"]
        studio.store.delete(lost)
        expire(studio, expired)
        folder = project / "data" / "native"
        folder.mkdir(exist_ok=True)
        # Anna says it her way: other samples than those in the catalog.
        (folder / f"{made['key'][2]}.mp3").write_bytes(studio.store.read(spoken) + b"\0" * 400)

    ended = voicemill(
        *("run", "06_maintenance", "-p", "recordings=data/native", "-p", "speaker=Anna"),
        *("-p", "licence=CC BY 4.0"),
        cwd=project,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("2 completed, 0 failed")
    report = project / ended.stdout.strip().rpartition("report: ")[2]
    page = report.read_text(encoding="utf-8")
    assert "1 missing" in page
    assert "1 sources and 1 files removed" in page
    with closing(opened(project, engines)) as studio:
        best = studio.best_audio("phonemes", made["key"][2])
        assert (best.source_type, best.source and best.source.voice) == ("native", "Anna")
        assert best.source is not None
        assert best.source.licence == "CC BY 4.0"
        for key in made["key"][:2]:
            assert studio.best_audio("phonemes", key).status == "success"
        assert kept in studio.store.sizes()
        assert studio.upkeep.doctor().findings == ()


def expire(studio: Studio, file: str) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    change = sa.update(audio_source).where(audio_source.c.file == file)
    studio.catalog.database.write(
        lambda connection: connection.execute(change.values(cached_until=yesterday))
    )
