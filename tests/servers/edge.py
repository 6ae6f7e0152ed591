"""A stand-in for Edge's speech service: its wire protocol, real speech, faults on demand.

Listens on a free loopback port in a thread of its own. Speaks with espeak-ng, encodes as the
service does (MP3, 24 kHz, 48 kbps, constant), and takes word boundaries from espeak's events.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from enum import Enum
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web
from edge_tts.drm import generate_sec_ms_gec_v2

from servers.edge_speech import TICKS_PER_S, VOICES, Spoken, Word, read_ssml, speak

FRAGMENT_BYTES = 1440  # five MP3 frames, 0.24 s


class Fault(Enum):
    """What goes wrong with one request."""

    NONE = "nothing"
    FORBIDDEN = "403 with the right Date"
    SLOW_DOWN = "429 with Retry-After"
    SERVER_ERROR = "500"
    OVERLOADED = "503"
    BAD_REQUEST = "400"
    RESET_AT_ONCE = "reset before the handshake"
    RESET_BEFORE_AUDIO = "reset before audio"
    RESET_MID_AUDIO = "reset in the middle of the audio"
    CLOSED_MID_AUDIO = "closed politely in the middle of the audio"
    NO_AUDIO = "no audio"
    ZERO_LENGTH_AUDIO = "audio of zero length"
    HALF_AUDIO = "audio cut to half"
    HALF_TEXT = "only half of the text is spoken"
    WRONG_CONTENT_TYPE = "wrong content type"
    NOT_AUDIO = "bytes that are not audio"
    BAD_METADATA = "malformed metadata"
    NO_METADATA = "no metadata"
    NO_END_OF_TURN = "everything but the end of the turn, then closed"
    SILENCE = "silence for a minute"
    SLOW_BYTES = "slow bytes"


STATUSES = {
    Fault.SLOW_DOWN: 429,
    Fault.SERVER_ERROR: 500,
    Fault.OVERLOADED: 503,
    Fault.BAD_REQUEST: 400,
}


@dataclass
class Behaviour:
    """What the service does; may be changed between requests.

    faults: of the first requests, in order; always: of those after them.
    told: what it tells of the words it spoke; the real one writes some its own way.
    clock_ahead_s: tokens of a client whose clock is that much behind are refused with 403.
    """

    faults: list[Fault] = field(default_factory=list)
    always: Fault = Fault.NONE
    latency_s: float = 0.0
    retry_after: str = "0"
    clock_ahead_s: float = 0.0
    gone_voices: frozenset[str] = frozenset()
    told: Callable[[list[Word]], list[Word]] = list


class EdgeService:
    """The service while the `with` block runs, on a port of its own or the given one.

    tls: the certificate to serve with; without one the service speaks plain HTTP.
    arrivals: the monotonic time of each request to speak; texts: what they asked for.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._port = port
        self._tls = tls
        self.behaviour = behaviour or Behaviour()
        self.arrivals: list[float] = []
        self.listings = self.probes = 0
        self.texts: list[str] = []
        self.queries: list[dict[str, str]] = []
        self.url = ""

    def __enter__(self) -> EdgeService:
        started: list[Exception | None] = []
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, args=(ready, started), daemon=True)
        self._thread.start()
        ready.wait(10)
        if started and started[0] is not None:
            raise started[0]
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    def _serve(self, ready: threading.Event, started: list[Exception | None]) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._run(ready))
        except Exception as error:
            started.append(error)
            ready.set()
        finally:
            self._loop.close()

    async def _run(self, ready: threading.Event) -> None:
        self._stopping = asyncio.Event()
        app = web.Application()
        app.router.add_route("HEAD", "/", self._probe)
        app.router.add_get("/edge/v1", self._speak)
        app.router.add_get("/voices/list", self._list)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port, ssl_context=self._tls)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"
        ready.set()
        await self._stopping.wait()
        await runner.cleanup()

    async def _probe(self, request: web.Request) -> web.Response:
        self.probes += 1
        return web.Response()

    async def _list(self, request: web.Request) -> web.Response:
        self.listings += 1
        fault = self._next_fault()
        if fault is Fault.WRONG_CONTENT_TYPE:
            return web.Response(
                text="<html>Log in to this network</html>", content_type="text/html"
            )
        if fault in STATUSES:
            return web.Response(status=STATUSES[fault])
        return web.json_response([v for v in VOICES if v["ShortName"] not in self._gone])

    @property
    def _gone(self) -> frozenset[str]:
        return self.behaviour.gone_voices

    def _next_fault(self) -> Fault:
        return self.behaviour.faults.pop(0) if self.behaviour.faults else self.behaviour.always

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        self.arrivals.append(time.monotonic())
        self.queries.append(dict(request.query))
        fault = self._next_fault()
        refusal = self._refusal(request, fault)
        if refusal is not None:
            return refusal
        if fault is Fault.RESET_AT_ONCE:
            return reset(request)
        socket = web.WebSocketResponse(compress=True)
        await socket.prepare(request)
        config = message_body((await socket.receive_str()), "speech.config")
        assert "audio-24khz-48kbitrate-mono-mp3" in config
        headers, ssml = split_message(await socket.receive_str())
        assert headers["Path"] == "ssml"
        voice, delivery, text = read_ssml(ssml)
        self.texts.append(text)
        heard = text[: len(text) // 2] if fault is Fault.HALF_TEXT else text
        spoken = await asyncio.to_thread(speak, heard, voice, delivery)
        spoken = replace(spoken, words=tuple(self.behaviour.told(list(spoken.words))))
        await asyncio.sleep(self.behaviour.latency_s)
        with contextlib.suppress(ConnectionResetError):  # the client lost its patience first
            await Turn(request, socket, headers["X-RequestId"], fault).answer(spoken)
        return socket

    def _refusal(self, request: web.Request, fault: Fault) -> web.Response | None:
        now = time.time() + self.behaviour.clock_ahead_s
        date = {"Date": formatdate(now, usegmt=True)}
        expected = {generate_sec_ms_gec_v2(now), generate_sec_ms_gec_v2(now - 5)}
        strange = self.behaviour.clock_ahead_s and request.query["Sec-MS-GEC"] not in expected
        if fault is Fault.FORBIDDEN or strange:
            return web.Response(status=403, headers=date)
        if fault in STATUSES:
            after = {"Retry-After": self.behaviour.retry_after} if fault is Fault.SLOW_DOWN else {}
            return web.Response(status=STATUSES[fault], headers=after)
        return None


@dataclass
class Turn:
    """One answer on one connection."""

    request: web.Request
    socket: web.WebSocketResponse
    id: str
    fault: Fault

    async def answer(self, spoken: Spoken) -> None:
        """Send turn.start, response, metadata and audio, turn.end, as far as the fault lets."""
        await self.text("turn.start", {"context": {"serviceTag": "stand-in"}})
        await self.text("response", {"context": {}, "audio": {"type": "inline"}})
        if self.fault is Fault.RESET_BEFORE_AUDIO:
            reset(self.request)
            return
        if self.fault is Fault.SILENCE:
            await asyncio.sleep(60)
        if self.fault is not Fault.NO_AUDIO:
            await self.audio_and_metadata(spoken)
        if self.fault in {Fault.CLOSED_MID_AUDIO, Fault.NO_END_OF_TURN, Fault.RESET_MID_AUDIO}:
            if self.fault is Fault.RESET_MID_AUDIO:
                reset(self.request)
            await self.socket.close()
            return
        await self.binary({"Path": "audio"}, b"")
        await self.text("turn.end", {})
        await self.socket.close()

    async def audio_and_metadata(self, spoken: Spoken) -> None:
        """Send audio in fragments, each word's boundary before the audio it begins in."""
        data, words = spoken.mp3, list(spoken.words)
        stop = len(data)
        if self.fault in {Fault.HALF_AUDIO, Fault.CLOSED_MID_AUDIO, Fault.RESET_MID_AUDIO}:
            stop //= 2
        if self.fault is Fault.NOT_AUDIO:
            data = b"\x00" * len(data)
        for start in range(0, stop, FRAGMENT_BYTES):
            while words and words[0][0] <= (start + FRAGMENT_BYTES) * 8 * TICKS_PER_S // 48_000:
                await self.word(words.pop(0))
            await self.fragment(data[start : min(start + FRAGMENT_BYTES, stop)])
        if self.fault is Fault.HALF_AUDIO:
            for word in words:
                await self.word(word)

    async def word(self, word: Word) -> None:
        """Send one word boundary, its text escaped as in the request."""
        if self.fault is Fault.NO_METADATA:
            return
        text = {"Text": escape(word.text), "Length": len(word.text)}
        data = {"Offset": word.start, "Duration": word.duration, "text": text}
        entry: dict[str, Any] = {"Type": "WordBoundary", "Data": data}
        if self.fault is Fault.BAD_METADATA:
            entry = {"Type": "WordBoundary", "Data": {"Offset": "soon"}}
        await self.text("audio.metadata", {"Metadata": [entry]})

    async def fragment(self, data: bytes) -> None:
        """Send one piece of audio."""
        kind = "text/html" if self.fault is Fault.WRONG_CONTENT_TYPE else "audio/mpeg"
        if self.fault is Fault.SLOW_BYTES:
            await asyncio.sleep(0.05)
        await self.binary(
            {"Content-Type": kind, "X-StreamId": "1", "Path": "audio"},
            b"" if self.fault is Fault.ZERO_LENGTH_AUDIO else data,
        )

    async def text(self, path: str, content: dict[str, Any]) -> None:
        """Send a text message: headers, a blank line, JSON."""
        headers = {
            "X-RequestId": self.id,
            "Content-Type": "application/json; charset=utf-8",
            "Path": path,
        }
        head = "\r\n".join(f"{name}:{value}" for name, value in headers.items())
        await self.socket.send_str(f"{head}\r\n\r\n{json.dumps(content, ensure_ascii=False)}")

    async def binary(self, headers: dict[str, str], data: bytes) -> None:
        """Send a binary message: the headers' length in two bytes, headers, data."""
        lines = {"X-RequestId": self.id, **headers}
        head = "".join(f"{name}:{value}\r\n" for name, value in lines.items()).encode()
        await self.socket.send_bytes(len(head).to_bytes(2, "big") + head + data)


def reset(request: web.Request) -> web.StreamResponse:
    """Cut the connection with a TCP reset rather than an orderly end."""
    assert request.transport is not None
    connection = request.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
    return web.Response()


def closed_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def split_message(message: str) -> tuple[dict[str, str], str]:
    """Take a client's text message apart into headers and body."""
    head, _, body = message.partition("\r\n\r\n")
    return dict(line.split(":", 1) for line in head.split("\r\n")), body


def message_body(message: str, path: str) -> str:
    """Return the body of a message that must have this path."""
    headers, body = split_message(message)
    assert headers["Path"] == path
    return body
