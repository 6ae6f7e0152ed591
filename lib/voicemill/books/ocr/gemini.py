"""Gemini, Google's models that read pictures: a question, its answer, what can go wrong between.

Optional, off without a key. The request is models.generateContent of the Gemini API (v1beta).
"""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from voicemill.books.cleaning.words import plain
from voicemill.errors import BookError

if TYPE_CHECKING:
    import httpx
    import tenacity

GOOGLE = "https://generativelanguage.googleapis.com"
TRIES = 4
FIRST_WAIT_S = 1.0  # doubled from try to try, where the service does not say how long
CONNECT_S = 15.0
MOST_BYTES = 8 * 1024**2  # of an answer; a full page in Devanagari has 30 kB
PASSING = frozenset((408, 429, 500, 502, 503, 504))
KEY = re.compile(r"[\x21-\x7e]+\Z")
MODEL = re.compile(r"[\w.-]+\Z", re.ASCII)
ONLINE = "Check the connection to the internet, or read it without Gemini"
KEY_REMEDY = "Check the key of Gemini in the settings; keys are made in Google AI Studio"
LATER = "Read it again later, or without Gemini"


class PageRefused(BookError):
    """The service works, but gives no text for this page."""


@dataclass(frozen=True)
class Gemini:
    """A key to the service, and which model reads.

    url: where the service is, "" for Google's own.  timeout_s: the longest wait for one page,
    tries in it.
    """

    key: str = field(repr=False)
    model: str = "gemini-3.5-flash"
    url: str = ""
    timeout_s: float = 180.0

    @property
    def name(self) -> str:
        """How it is called for people."""
        return f"Gemini ({self.model})"


class _Passing(Exception):
    """It failed this time. asked_s: how long the service asks to wait, None if it says nothing."""

    def __init__(self, error: BookError, asked_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.asked_s = asked_s


def ask(gemini: Gemini, question: dict[str, Any], wait: Callable[[float], None]) -> dict[str, Any]:
    """Send a question to the model and return its answer, both as JSON of generateContent.

    What passes (too many requests, a busy service, a lost connection) is tried up to four
    times, at the distance the service asks for, but never beyond timeout_s.
    wait: sleeps for seconds.  Raises BookError; no message holds the key.
    """
    import tenacity

    _check(gemini)
    until = time.monotonic() + gemini.timeout_s

    def enough(state: tenacity.RetryCallState) -> bool:
        late = time.monotonic() + _wait_s(state) >= until
        return late or state.attempt_number >= TRIES

    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_Passing),
        stop=enough,
        wait=_wait_s,
        sleep=wait,
        reraise=True,
    )
    try:
        return attempts(_once, gemini, json.dumps(question).encode(), until)
    except _Passing as passing:
        raise passing.error from None


def _wait_s(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked_s = error.asked_s if isinstance(error, _Passing) else None
    return FIRST_WAIT_S * 2.0 ** (state.attempt_number - 1) if asked_s is None else asked_s


def _check(gemini: Gemini) -> None:
    """Refuse settings that the library for HTTP would show in its own errors."""
    if not KEY.match(gemini.key):
        what = "the key of Gemini is empty or has spaces or other signs that no key has"
        raise BookError(what, remedy=KEY_REMEDY)
    if not MODEL.match(gemini.model):
        what = f"'{gemini.model}' is no name of a model"
        raise BookError(what, remedy="Name one such as gemini-3.5-flash")
    if gemini.url and not gemini.url.startswith(("https://", "http://")):
        what = "the address of Gemini does not begin with https://"
        raise BookError(what, remedy="Correct it in the settings")


def _once(gemini: Gemini, body: bytes, until: float) -> dict[str, Any]:
    """Ask once; raises _Passing when it may work the next time."""
    import httpx

    address = f"{(gemini.url or GOOGLE).rstrip('/')}/v1beta/models/{gemini.model}:generateContent"
    headers = {"x-goog-api-key": gemini.key, "content-type": "application/json"}
    left_s = max(until - time.monotonic(), 0.01)
    times = httpx.Timeout(left_s, connect=min(CONNECT_S, left_s))
    client = httpx.Client(headers=headers, timeout=times, verify=_certificates())
    try:
        with client, client.stream("POST", address, content=body) as answer:
            data = _received(answer, until)
            status, asked_s = answer.status_code, _retry_after_s(answer.headers)
    except httpx.TimeoutException:
        raise _Passing(_error("Gemini did not answer in time", LATER)) from None
    except httpx.RequestError as error:
        reason = _safe(str(error) or type(error).__name__, gemini)
        raise _Passing(_error(f"Gemini cannot be reached ({reason})", ONLINE)) from None
    except (httpx.InvalidURL, UnicodeError, ValueError):
        what = "the address of Gemini is no address"
        raise _error(what, "Correct it in the settings") from None
    if status != 200:
        raise _failure(status, data, asked_s, gemini)
    return _parsed(data)


@cache
def _certificates() -> ssl.SSLContext:
    """Return whom to believe that they are the service; reading that takes 40 ms."""
    import httpx

    return httpx.create_ssl_context()


def _received(answer: httpx.Response, until: float) -> bytes:
    """Return the body, which may neither be endless nor come in drops for ever."""
    data = b""
    for piece in answer.iter_bytes():
        data += piece
        if len(data) > MOST_BYTES:
            raise PageRefused("Gemini gave an endless answer", remedy=LATER)
        if time.monotonic() > until:
            raise _Passing(_error("Gemini did not answer in time", LATER))
    return data


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        what = "the answer of Gemini is damaged or cut off"
        raise _Passing(PageRefused(what, remedy="Read the book again"))
    return answer


def _failure(
    status: int, data: bytes, asked_s: float | None, gemini: Gemini
) -> BookError | _Passing:
    """Return what an answer with this HTTP status means."""
    said, reasons, delay_s, daily = _told(data)
    message = f" ({_safe(said, gemini)})" if said else ""
    if status in (401, 403) or "API_KEY_INVALID" in reasons:
        return _error(f"Gemini does not accept the key{message}", KEY_REMEDY)
    if status == 404:
        what = f"Gemini has no model '{gemini.model}'{message}"
        return _error(what, "Name another one in the settings")
    if status == 429:
        error = _error(f"Gemini takes no more requests for now{message}", LATER)
        return error if daily else _Passing(error, asked_s if asked_s is not None else delay_s)
    if status in PASSING:
        return _Passing(
            _error(f"Gemini is not working right now ({status}){message}", LATER), asked_s
        )
    what = f"Gemini did not understand the request ({status}){message}"
    return _error(what, "Check address and model in the settings, or read it without Gemini")


def _told(data: bytes) -> tuple[str, set[str], float | None, bool]:
    """Read google.rpc.Status: message, reasons, the wait it asks for, whether a day is used up."""
    try:
        error = json.loads(data)["error"]
        details = [detail for detail in error.get("details", []) if isinstance(detail, dict)]
        message = plain(str(error.get("message", "")))[:200]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "", set(), None, False
    delays = [_seconds(str(detail.get("retryDelay", ""))) for detail in details]
    delay_s = next((delay for delay in delays if delay is not None), None)
    daily = any("PerDay" in json.dumps(detail.get("violations", "")) for detail in details)
    return message, {str(detail.get("reason", "")) for detail in details}, delay_s, daily


def _seconds(text: str) -> float | None:
    """Read google.protobuf.Duration as JSON has it, such as "22s" or "1.5s"."""
    match = re.fullmatch(r"(\d{1,9}(\.\d{1,9})?)s", text)
    return float(match[1]) if match else None


def _retry_after_s(headers: httpx.Headers) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds or a date; None when it is neither."""
    value = headers.get("retry-after", "")
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        return max((until - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _safe(text: str, gemini: Gemini) -> str:
    """Return a message of others without the key, should it repeat it."""
    return plain(text).replace(gemini.key, "…")[:200].rstrip(". ")


def _error(what: str, remedy: str) -> BookError:
    return BookError(what, remedy=remedy)
