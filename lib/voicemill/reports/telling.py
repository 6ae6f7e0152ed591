"""Telling people how a run without a person ended: by mail, chat, webhook, through Apprise."""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from voicemill.masking import masked, masked_values, secrets_of
from voicemill.production.progress import duration
from voicemill.settings import Settings

if TYPE_CHECKING:
    from voicemill.catalog import Catalog

_FAILURES = 5  # told; the report has all
_LONGEST_LINE = 300  # characters of one failure
_LONGEST_ERROR = 1500
_LONGEST_SUBJECT = 150
_KINDS = {"cancelled": "warning", "skipped": "warning"}
# What libraries log while they send may hold addresses with tokens in them.
_LOGGERS = ("apprise", "urllib3", "urllib3.connectionpool", "requests")


@dataclass(frozen=True)
class Ending:
    """How something that ran without a person ended.

    title: the notebook, or the schedule's entry.  status: completed, failed, cancelled or
    skipped.  counts: items by what became of them (total, completed, failed, skipped,
    cancelled).  failures: a sentence each.  error: why it could not go on.  report: its path.
    """

    title: str
    status: str
    counts: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[str, ...] = ()
    error: str = ""
    report: str = ""
    elapsed_s: float = 0.0
    started_by: str = ""

    @property
    def is_well(self) -> bool:
        """Whether all that was asked for was done."""
        undone = self.counts.get("failed", 0) + self.counts.get("cancelled", 0)
        return self.status == "completed" and not undone


def tell(ending: Ending, settings: Settings) -> list[str]:
    """Tell everybody in `settings.telling` how a run ended, all at once.

    Returns a sentence about each who could not be told, without secrets; nothing is raised,
    whatever a service does, and nobody is waited for longer than `timeout_s`.
    """
    wanted = settings.telling.when
    is_silent = wanted == "never" or (wanted == "failure" and ending.is_well)
    if is_silent or not settings.telling.urls:
        return []
    secrets = secrets_of(settings)
    # Before anything is shortened: half of a password is not found any more.
    subject, body = message(_masked(ending, secrets))
    kind = "success" if ending.is_well else _KINDS.get(ending.status, "failure")
    tries = [_Try(url.get_secret_value(), subject, body, kind) for url in settings.telling.urls]
    try:
        _load_services()
    except Exception as error:  # whatever it is: a run that is over must not end with it
        return [f"nobody was told: Apprise does not work here ({type(error).__name__}: {error})"]
    until_s = time.monotonic() + settings.telling.timeout_s
    for one in tries:
        one.start()
    for one in tries:
        one.join(max(until_s - time.monotonic(), 0))
    problems = [masked(one.problem, secrets) for one in tries]
    return [_one_line(problem, _LONGEST_LINE) for problem in problems if problem]


def first_failures(catalog: Catalog, run_ids: Iterable[str]) -> tuple[str, ...]:
    """Return the first failures of some runs, a sentence each."""
    found = (
        f"{row['collection']} '{row['key']}': {row['reason']}"
        for run_id in run_ids
        for row in catalog.runs.outcomes(run_id, "failed", _FAILURES)
    )
    return tuple(islice(found, _FAILURES))


def message(ending: Ending) -> tuple[str, str]:
    """Return subject and body, in plain text, of what people are told."""
    subject = f"Voicemill: {_one_line(_headline(ending), _LONGEST_SUBJECT)}"
    return subject, "\n\n".join(part for part in _paragraphs(ending) if part)


def _masked(ending: Ending, secrets: tuple[str, ...]) -> Ending:
    names = ("title", "failures", "error", "report", "started_by")
    return replace(
        ending, **{name: masked_values(getattr(ending, name), secrets) for name in names}
    )


def _headline(ending: Ending) -> str:
    counts, title = ending.counts, ending.title
    if ending.status != "completed":
        verb = "was " if ending.status in ("cancelled", "skipped") else ""
        return f"{title} {verb}{ending.status}"
    if counts.get("failed"):
        return f"{title}: {counts['failed']} of {_total(counts)} items failed"
    if counts.get("cancelled"):
        return f"{title}: {counts['cancelled']} of {_total(counts)} items were not begun"
    return f"{title} completed"


def _paragraphs(ending: Ending) -> Iterator[str]:
    counts = ending.counts
    yield f"{_one_line(_headline(ending), _LONGEST_LINE)}."
    if ending.error:
        yield _shortened(ending.error.strip(), _LONGEST_ERROR)
    if counts:
        names = ("completed", "failed", "skipped", "cancelled")
        told = ", ".join(f"{counts[name]} {name}" for name in names if counts.get(name))
        yield f"Items: {told or 'none'} of {_total(counts)}."
    if ending.failures:
        lines = [f"- {_one_line(one, _LONGEST_LINE)}" for one in ending.failures[:_FAILURES]]
        more = max(counts.get("failed", 0), len(ending.failures)) - len(lines)
        yield "\n".join(["Failed:", *lines, *([f"… and {more} more"] if more > 0 else [])])
    yield f"Report: {ending.report}" if ending.report else ""
    by = f", started by {ending.started_by}" if ending.started_by else ""
    yield f"It took {duration(ending.elapsed_s)} on {socket.gethostname()}{by}."


def _total(counts: Mapping[str, int]) -> int:
    return counts.get("total", 0) or sum(counts.values())


def _one_line(text: str, longest: int) -> str:
    return _shortened(" ".join(text.split()), longest)


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 2]} …"


class _Try(threading.Thread):
    """One attempt to reach one service; a thread nobody waits for when it hangs."""

    def __init__(self, url: str, subject: str, body: str, kind: str) -> None:
        super().__init__(name=f"telling {_service(url)}", daemon=True)
        self._url, self._subject, self._body, self._kind = url, subject, body, kind
        self._problem: str | None = None  # None: not over yet

    @property
    def problem(self) -> str:
        """What went wrong so far, as a sentence; "" when it was told."""
        if self._problem is None:
            return f"{_service(self._url)} was not told: it did not answer in time"
        return f"{_service(self._url)} was not told: {self._problem}" if self._problem else ""

    def run(self) -> None:
        with _overhearing() as said:
            try:
                self._problem = self._send(said)
            except Exception as error:  # a plugin's own; it must not end a run that is over
                self._problem = f"{type(error).__name__}: {error}"

    def _send(self, said: list[str]) -> str:
        """Return why it could not be sent, "" when it was."""
        import apprise

        # In this very thread: those of Apprise's own pool would keep Python from ending.
        asset = apprise.AppriseAsset(async_mode=False)
        asset._service_timeout = 0  # a limit of its own would bring that pool back
        notifier = apprise.Apprise(asset=asset)
        if not notifier.add(self._url):
            return "its address is none that Apprise understands; correct it in [telling] urls"
        was_sent = notifier.notify(
            title=self._subject,
            body=self._body,
            notify_type=getattr(apprise.NotifyType, self._kind.upper()),
            body_format=apprise.NotifyFormat.TEXT,  # what names of items hold is shown, not obeyed
        )
        return "" if was_sent else "; ".join(dict.fromkeys(said)) or "it refused the message"


def _load_services() -> None:
    """Let Apprise read its plugins, once, where nobody's time runs yet."""
    import apprise

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of plugins' own about what they import
        apprise.Apprise.instantiate("json://localhost")


def _service(url: str) -> str:
    """Return the kind of service an address is of, without anything secret."""
    found = re.match(r"\s*([A-Za-z][A-Za-z0-9+.\-]{1,30})://", url)
    return found[1].lower() if found else "an address without a service"


# What libraries say where a message is being sent, None elsewhere.
_said: ContextVar[list[str] | None] = ContextVar("said", default=None)
# Apprise tells what a mail server answered, such as to a wrong password, only to developers.
_ANSWER = re.compile(r"\((\d{3}, b?['\"].*)\)$")


def _overheard(record: logging.LogRecord) -> bool:
    """Take down what is said while we send, instead of letting it get into any log."""
    said = _said.get()
    if said is None:
        return record.levelno >= logging.getLogger().getEffectiveLevel()
    text = record.getMessage()
    answer = _ANSWER.search(text)
    if answer:
        said.append(f"it answered {answer[1]}")
    elif record.levelno >= logging.WARNING:
        said.append(text)
    return False


@contextmanager
def _overhearing() -> Iterator[list[str]]:
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.addFilter(_overheard)  # once; adding it again does nothing
        logger.setLevel(logging.DEBUG)
    said: list[str] = []
    token = _said.set(said)
    try:
        yield said
    finally:
        _said.reset(token)
