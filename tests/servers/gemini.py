"""Gemini's generateContent on a loopback port, as strict about requests as the real service.

It knows its key and its models, checks the picture and the schema it is sent, and answers with
what a test gave it: blocks of a page, or troubles in the shapes the service has for them. It
does not read pictures: what stands on them the test knows.
"""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

KEY = "AIza-Test_0123456789"
MODEL = "gemini-test-flash"
VERSION = "gemini-test-flash-002"  # what answers say the model was
FIELDS = frozenset(("contents", "generationConfig", "systemInstruction", "safetySettings", "tools"))
CONFIG = frozenset(
    ("responseMimeType", "responseSchema", "temperature", "maxOutputTokens", "candidateCount")
)
TYPES = frozenset(("STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT"))
MOST_BYTES = 20 * 1024**2  # of a request with its picture inside


@dataclass(frozen=True)
class Answer:
    """What is sent back. cut: after so many bytes the connection is closed; silent: nothing is."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    silent: bool = False


@dataclass(frozen=True)
class Asked:
    """A request that was understood. size: of the picture, in pixels."""

    question: str
    size: tuple[int, int]
    schema: Mapping[str, Any]


def page(*blocks: tuple[str, str] | tuple[str, str, int], finish: str = "STOP") -> Answer:
    """Return the answer for a page of (kind, text) or (kind, text, level)."""
    told = [dict(zip(("kind", "text", "level"), block, strict=False)) for block in blocks]
    return said(json.dumps({"blocks": told}), finish)


def said(text: str, finish: str = "STOP") -> Answer:
    """Return an answer with this text."""
    content = {"role": "model", "parts": [{"text": text}]}
    return whole({"candidates": [{"content": content, "finishReason": finish, "index": 0}]})


def refused(reason: str) -> Answer:
    """Return the answer for a text that the model may not tell."""
    return whole({"candidates": [{"finishReason": reason, "index": 0}]})


def blocked(reason: str) -> Answer:
    """Return the answer for a picture that is not even looked at."""
    return whole({"promptFeedback": {"blockReason": reason}})


def whole(answer: Mapping[str, Any]) -> Answer:
    """Return an answer of status 200 with what is always in it."""
    usage = {"promptTokenCount": 1800, "totalTokenCount": 2400}
    told = {**answer, "usageMetadata": usage, "modelVersion": VERSION}
    return Answer(200, json.dumps(told).encode())


def trouble(
    status: int,
    name: str,
    message: str,
    details: Sequence[Mapping[str, Any]] = (),
    **headers: str,
) -> Answer:
    """Return an error as google.rpc.Status."""
    error = {"code": status, "message": message, "status": name, "details": list(details)}
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return Answer(status, json.dumps({"error": error}).encode(), named)


WRONG_KEY = trouble(
    400,
    "INVALID_ARGUMENT",
    "API key not valid. Please pass a valid API key.",
    [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}],
)


class GeminiServer:
    """The service while the `with` block runs. asked: what was understood; tries: all requests."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.tries = 0
        self._answers: list[Answer] = []
        self._released = threading.Event()

    def __enter__(self) -> GeminiServer:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                service.answer(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def will(self, *answers: Answer) -> None:
        """Answer the next requests so, one after the other; the last one from then on."""
        self._answers = list(answers)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.tries += 1
        body = request.rfile.read(int(request.headers["content-length"]))
        told = self._fault(request, body) or self._next()
        if told.silent:
            self._released.wait(30)
            return
        request.send_response(told.status)
        for name, value in told.headers.items():
            request.send_header(name, value)
        request.send_header("content-type", "application/json; charset=UTF-8")
        request.send_header("content-length", str(len(told.body)))
        request.end_headers()
        request.wfile.write(told.body[: told.cut])
        request.close_connection = True

    def _next(self) -> Answer:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def _fault(self, request: BaseHTTPRequestHandler, body: bytes) -> Answer | None:
        """Return the error the real service has for a request it does not understand."""
        path, _slash, name = request.path.rpartition("/")
        model, _colon, method = name.partition(":")
        if path != "/v1beta/models" or method != "generateContent":
            return Answer(404, b"<html>Not Found</html>")
        if request.headers.get("x-goog-api-key") != KEY:
            return WRONG_KEY
        if model != MODEL:
            message = f"models/{model} is not found for API version v1beta"
            return trouble(404, "NOT_FOUND", message)
        if len(body) > MOST_BYTES:
            return trouble(400, "INVALID_ARGUMENT", "Request payload size exceeds the limit")
        try:
            self.asked.append(_understood(json.loads(body)))
        except (ValueError, KeyError, TypeError, OSError, AssertionError) as error:
            return trouble(400, "INVALID_ARGUMENT", f"Invalid JSON payload received: {error!r}")
        return None


def _understood(request: Mapping[str, Any]) -> Asked:
    config = request["generationConfig"]
    assert set(request) <= FIELDS, set(request)
    assert set(config) <= CONFIG, set(config)
    assert config["responseMimeType"] == "application/json"
    _check_schema(config["responseSchema"])
    (content,) = request["contents"]
    shown, question = content["parts"]
    assert shown["inlineData"]["mimeType"] in {"image/jpeg", "image/png"}
    data = base64.b64decode(shown["inlineData"]["data"], validate=True)
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        size = picture.size
    return Asked(question["text"], size, config["responseSchema"])


def _check_schema(schema: Mapping[str, Any]) -> None:
    assert schema["type"] in TYPES, schema
    if schema["type"] == "OBJECT":
        assert set(schema.get("required", ())) <= set(schema["properties"])
        for part in schema["properties"].values():
            _check_schema(part)
    if schema["type"] == "ARRAY":
        _check_schema(schema["items"])
