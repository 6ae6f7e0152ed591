"""Checking a collection: each clip that was not checked yet is measured, all are ranked."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voicemill.audio import Clip, read_clip
from voicemill.catalog import AudioSource, HeardFile, Item
from voicemill.errors import StoreError, StoreUnavailable, UnreadableAudio
from voicemill.production.other_takes import is_other_take
from voicemill.production.stopping import StopSign
from voicemill.production.workshop import Workshop
from voicemill.review.checks.expecting import Expectation, expectation
from voicemill.review.checks.finding import Finding, suspicion, worst
from voicemill.review.checks.pace import Paces, learnt, pace_finding
from voicemill.review.checks.pronunciation import pronunciation_finding
from voicemill.review.checks.recognisers import Recognisers, installed
from voicemill.review.checks.signal import signal_findings
from voicemill.review.checks.wording import words_finding

if TYPE_CHECKING:
    import pandas as pd

CHECKS = (
    "silence", "rules", "dropout", "clipping", "clicks", "start", "end", "noise", "hum",
    "pace", "pronunciation", "words",
)  # fmt: skip
_CHECKED = ("native", "tts")

# (clips done, clips to do, the key of the clip just done)
Report = Callable[[int, int, str], None]


@dataclass(frozen=True)
class _Task:
    item: Item
    source: AudioSource
    expected: Expectation
    hash: str


def check(
    collection: str,
    shop: Workshop,
    *,
    again: bool = False,
    recognisers: Recognisers | None = None,
    report: Report | None = None,
    stop: StopSign | None = None,
) -> pd.DataFrame:
    """Check every clip of a collection, and return them with the most suspicious first.

    Results are kept in the catalog as they come, by the file's checksum and what it should be,
    and used again; a clip that was made anew is checked anew. An interrupt finishes the clips
    in work and returns what is known.
    again: check also what was checked before.  recognisers: who listens, by default those that
    are installed, for English; `installed(words_model)` names a model for other languages.
    Columns: key, voice, file, suspicion (0 … 1), worst (a sentence), start_s and end_s of it,
    source_id, and the value of each of CHECKS (empty where it could not be made).
    Raises ItemUnknown, StoreUnavailable, CatalogError.
    """
    there = recognisers or installed()
    tasks = _tasks(collection, shop, there)
    known = {} if again else shop.catalog.heard.of(task.source.checksum for task in tasks)
    results = {task.source.id: known[_key(task)] for task in tasks if _key(task) in known}
    missing = [task for task in tasks if task.source.id not in results]
    if missing:
        shop.catalog.heard.forget_gone()
    sign = stop or StopSign()
    with sign.heeding_signals():
        results |= _checked(missing, shop, there, sign, report or _silent)
    return _table(tasks, results)


def check_source(item: Item, source: AudioSource, shop: Workshop) -> HeardFile:
    """Check one source of an item now, and keep the result. Raises StoreUnavailable."""
    there = installed()
    expected = expectation(item, source)
    task = _Task(item, source, expected, expected.hash(there.mark))
    return _kept(task, shop, there, _paces(shop, {source.voice}))


def check_clip(
    clip: Clip, expected: Expectation, there: Recognisers, paces: Paces
) -> tuple[Finding, ...]:
    """Make all checks of one clip, in the order of CHECKS."""
    found = list(signal_findings(clip, expected))
    found.append(pace_finding(clip, expected, paces))
    if not found[0].passed:  # there is nothing to recognise
        return tuple(found)
    found.append(pronunciation_finding(clip, expected, there))
    found.append(words_finding(clip, expected, there))
    return tuple(found)


def _tasks(collection: str, shop: Workshop, there: Recognisers) -> list[_Task]:
    items = {item.id: item for item in shop.catalog.items.of_collection(collection)}
    tasks = []
    for source in shop.catalog.sources.of_items(items):
        if source.source_type in _CHECKED:
            expected = expectation(items[source.item_id], source)
            tasks.append(_Task(items[source.item_id], source, expected, expected.hash(there.mark)))
    return tasks


def _key(task: _Task) -> tuple[str, str]:
    return task.source.checksum, task.hash


def _checked(
    tasks: Sequence[_Task], shop: Workshop, there: Recognisers, sign: StopSign, report: Report
) -> dict[int | None, HeardFile]:
    """Check clips, as many at once as there are cores; keep each result as it comes."""
    if not tasks:
        return {}
    paces = _paces(shop, {task.source.voice for task in tasks})
    results: dict[int | None, HeardFile] = {}

    def work(task: _Task) -> HeardFile | None:
        return None if sign.why else _kept(task, shop, there, paces)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        begun = {pool.submit(work, task): task for task in tasks}
        try:
            for number, future in enumerate(as_completed(begun), start=1):
                task, result = begun[future], future.result()
                if result is not None:
                    results[task.source.id] = result
                    report(number, len(tasks), task.item.key)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results


def _paces(shop: Workshop, voices: set[str]) -> Paces:
    """Learn from all collections: a voice speaks alike in each.

    Takes that were not kept are left out: their lengths are varied on purpose.
    """
    items = {item.id: item for item in shop.catalog.items.of_collection("")}
    sources = [one for one in shop.catalog.sources.of_items(items) if one.voice in voices]
    usual = (one for one in sources if not is_other_take(one))
    return learnt((items[one.item_id], one) for one in usual)


def _kept(task: _Task, shop: Workshop, there: Recognisers, paces: Paces) -> HeardFile:
    try:
        clip = read_clip(shop.store.read(task.source.file))
    except StoreUnavailable:
        raise
    except (StoreError, UnreadableAudio) as error:
        # Not kept: the file may come back.
        return _result(task, [Finding("file", 1.0, 1.0, False, error.what, doubt=1.0)])
    result = _result(task, check_clip(clip, task.expected, there, paces))
    shop.catalog.heard.keep(result)
    return result


def _result(task: _Task, findings: Sequence[Finding]) -> HeardFile:
    """Sum up what was found, the worst first."""
    findings = sorted(findings, key=lambda finding: (finding.passed, -finding.doubt))
    return HeardFile(
        checksum=task.source.checksum,
        expected=task.hash,
        suspicion=suspicion(findings),
        findings=[finding.as_json() for finding in findings],
    )


def _table(tasks: Sequence[_Task], results: dict[int | None, HeardFile]) -> pd.DataFrame:
    import pandas as pd

    columns = ["key", "voice", "file", "suspicion", "worst", "start_s", "end_s", "source_id"]
    rows = [_row(task, results[task.source.id]) for task in tasks if task.source.id in results]
    table = pd.DataFrame(rows, columns=[*columns, *CHECKS])
    return table.sort_values("suspicion", ascending=False, kind="stable", ignore_index=True)


def _row(task: _Task, result: HeardFile) -> dict[str, Any]:
    findings = [Finding(**one) for one in result.findings]
    bad = worst(findings)
    return {
        "key": task.item.key,
        "voice": task.source.voice,
        "file": task.source.file,
        "suspicion": result.suspicion,
        "worst": bad.sentence if bad else "",
        "start_s": bad.start_s if bad else None,
        "end_s": bad.end_s if bad else None,
        "source_id": task.source.id,
        **{finding.check: finding.value for finding in findings if finding.check in CHECKS},
    }


def _silent(_done: int, _total: int, _key: str) -> None:
    pass
