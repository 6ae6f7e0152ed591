"""One request to Edge's service: what it answered, or the sorted reason why it did not.

edge-tts ends its stream without an error when the connection is cut, and its receive_timeout
does not reach the WebSocket; both are made good here.
"""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from voicemill.errors import CannotSpeak, EngineUnavailable, SpeechError, SpeechInterrupted
from voicemill.speech.engine import Cue, Delivery, Voice

if TYPE_CHECKING:
    from edge_tts.typing import TTSChunk

    from voicemill.settings import SpeechSettings

_T = TypeVar("_T")
_TICKS_PER_S = 10_000_000
_GOODBYE_S = 0.2  # for the closing handshake of a connection that has gone silent
_ONLINE = "Check the network, or use a local voice such as piper:en_US-joe-medium"


@dataclass(frozen=True)
class Answer:
    """The MP3 bytes of one request and the cues that came with them."""

    mp3: bytes
    cues: tuple[Cue, ...]


@dataclass(frozen=True)
class Service:
    """Where the service is and how long to wait for it.

    url: of a gateway, http:// or https://, without the final slash; "" for Microsoft's own.
    """

    url: str = ""
    proxy: str | None = None
    connect_s: float = 10
    receive_s: float = 30

    @classmethod
    def of(cls, settings: SpeechSettings) -> Service:
        """Read the settings whose names begin with edge_."""
        return cls(
            settings.edge_url.rstrip("/"),
            settings.edge_proxy or None,
            settings.edge_connect_s,
            settings.edge_receive_s,
        )

    def prepare(self) -> None:
        """Load what a request needs, so that one whose turn has come starts at once.

        Raises EngineUnavailable when it is not installed.
        """
        try:
            import edge_tts  # noqa: F401
            import soundfile  # noqa: F401
        except ImportError as error:
            raise EngineUnavailable(
                f"edge-tts cannot be loaded ({error})",
                where="edge",
                remedy="Install it with: pip install edge-tts",
            ) from error

    def request(self, text: str, voice: Voice, delivery: Delivery) -> Answer:
        """Have one text of at most 4096 bytes spoken.

        Raises SpeechInterrupted, EngineUnavailable or CannotSpeak.
        """
        self.prepare()
        self._direct()
        return in_own_loop(_sorted(self._receive(text, voice, delivery), voice.id))

    def voices(self) -> list[dict[str, Any]]:
        """Fetch the full list of voices, as the service writes it. Raises like `request`."""
        self.prepare()
        import edge_tts

        self._direct()
        listing = asyncio.wait_for(
            edge_tts.list_voices(proxy=self.proxy), self.connect_s + self.receive_s
        )
        found: list[Any] = list(in_own_loop(_sorted(listing, "edge")))
        return found

    def probe(self, timeout_s: float) -> None:
        """Open a connection and close it. Raises EngineUnavailable when that fails."""
        self.prepare()
        in_own_loop(self._connect(timeout_s))

    async def _connect(self, timeout_s: float) -> None:
        import aiohttp
        import certifi
        from edge_tts.constants import BASE_URL

        # Any HTTP answer will do: it shows that the service can be reached, proxy included.
        url = self.url or f"https://{BASE_URL.partition('/')[0]}"
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        trusted = ssl.create_default_context(cafile=certifi.where())  # as edge-tts does
        try:
            async with (
                aiohttp.ClientSession(trust_env=True, timeout=timeout) as session,
                session.head(url, proxy=self.proxy, ssl=trusted, allow_redirects=False),
            ):
                pass
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise _unreachable(error, "edge") from error

    def _direct(self) -> None:
        """Point edge-tts at this service; it knows no other way than its module's constants."""
        from edge_tts import communicate, constants, voices

        speaking, listing = constants.WSS_URL, constants.VOICE_LIST
        if self.url:
            token = constants.TRUSTED_CLIENT_TOKEN
            # http becomes ws and https wss.
            speaking = f"ws{self.url[4:]}/edge/v1?TrustedClientToken={token}"
            listing = f"{self.url}/voices/list?trustedclienttoken={token}"
        vars(communicate)["WSS_URL"], vars(voices)["VOICE_LIST"] = speaking, listing

    async def _receive(self, text: str, voice: Voice, delivery: Delivery) -> Answer:
        from edge_tts import Communicate

        call = Communicate(
            text,
            voice.name,
            rate=f"{delivery.rate_percent:+d}%",
            volume=f"{delivery.volume_percent:+d}%",
            pitch=f"{delivery.pitch_hz:+d}Hz",
            boundary="WordBoundary",
            proxy=self.proxy,
            connect_timeout=math.ceil(self.connect_s),
            receive_timeout=math.ceil(self.receive_s),
        )
        received = _Received()
        await _while_heard(received.collect(call.stream()), received, self.receive_s)
        # edge-tts adds a request's bytes to this sum when the service says it has finished.
        if call.state["cumulative_audio_bytes"] != len(received.audio):
            raise SpeechInterrupted(
                "the connection was cut before the end of the audio", where=voice.id
            )
        return Answer(bytes(received.audio), tuple(received.cues))


class _Received:
    """What has come so far, and when something last did."""

    def __init__(self) -> None:
        self.audio = bytearray()
        self.cues: list[Cue] = []
        self.heard_at = asyncio.get_running_loop().time()

    async def collect(self, stream: Any) -> None:
        message: TTSChunk
        async for message in stream:
            self.heard_at = asyncio.get_running_loop().time()
            if message["type"] == "audio":
                self.audio += message["data"]
            else:
                kind = "word" if message["type"] == "WordBoundary" else "sentence"
                start_s = message["offset"] / _TICKS_PER_S
                end_s = start_s + message["duration"] / _TICKS_PER_S
                self.cues.append(Cue(start_s, end_s, message["text"], kind))


async def _while_heard(
    work: Coroutine[Any, Any, None], received: _Received, receive_s: float
) -> None:
    """Let `work` go on for as long as it receives. Raises TimeoutError after a silence."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
    while not task.done():
        left_s = received.heard_at + receive_s - loop.time()
        if left_s <= 0:
            task.cancel()
            # Closing a silent WebSocket would wait 10 s for the other side.
            await asyncio.wait({task}, timeout=_GOODBYE_S)
            raise TimeoutError(f"no answer for {receive_s:g} s")
        await asyncio.wait({task}, timeout=left_s)
    await task


def in_own_loop(work: Coroutine[Any, Any, _T]) -> _T:
    """Run `work` in an event loop of its own, also where one is running (in a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _sorted(work: Coroutine[Any, Any, _T], where: str) -> _T:
    """Await `work`, with every error of the network and the service turned into ours."""
    import aiohttp
    from edge_tts.exceptions import EdgeTTSException, NoAudioReceived, SkewAdjustmentError

    try:
        return await work
    except SpeechError:
        raise
    except aiohttp.ClientResponseError as error:
        raise _refused(error, where) from error
    except SkewAdjustmentError as error:
        raise _forbidden(where) from error
    except TimeoutError as error:
        raise SpeechInterrupted(
            f"the service did not answer in time ({error or 'time-out'})", where=where
        ) from error
    except (aiohttp.ClientConnectorError, aiohttp.ClientSSLError, aiohttp.InvalidURL) as error:
        raise _unreachable(error, where) from error
    except (aiohttp.ClientError, OSError) as error:
        raise SpeechInterrupted(
            f"the connection was lost ({type(error).__name__})", where=where
        ) from error
    except NoAudioReceived as error:
        raise SpeechInterrupted(
            "the service sent no audio",
            where=where,
            remedy="If it stays so, this voice does not speak this text or is no longer offered",
        ) from error
    except EdgeTTSException as error:
        reason = str(error).rstrip(".")
        raise SpeechInterrupted(
            f"the service's answer makes no sense ({reason})", where=where
        ) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        # edge-tts takes the service's messages apart without checking them.
        raise SpeechInterrupted(
            "the service's answer makes no sense (a malformed message)", where=where
        ) from error


def _refused(error: Any, where: str) -> SpeechError:
    """Sort an HTTP status: later (408, 429, 5xx), not here (403, 407), or never (other 4xx)."""
    status = error.status
    if status == 403:
        return _forbidden(where)
    if status in (408, 425, 429) or status >= 500:
        reason = "asks us to slow down" if status == 429 else "has a problem"
        return SpeechInterrupted(
            f"the service {reason} (HTTP {status})",
            where=where,
            retry_after_s=_retry_after_s((error.headers or {}).get("Retry-After", "")),
        )
    if status == 407 or not 400 <= status < 500:
        return EngineUnavailable(
            f"something other than the speech service answered (HTTP {status})",
            where=where,
            remedy="Check edge_proxy and edge_url, and whether this network asks for a log-in",
        )
    return CannotSpeak(
        f"the service refuses this request (HTTP {status})",
        where=where,
        remedy="Choose another voice",
    )


def _forbidden(where: str) -> EngineUnavailable:
    return EngineUnavailable(
        "the service does not accept this client (HTTP 403)",
        where=where,
        remedy="Set this computer's clock, then update with: pip install --upgrade edge-tts",
    )


def _unreachable(error: Exception, where: str) -> EngineUnavailable:
    reason = str(error) or type(error).__name__
    return EngineUnavailable(
        f"the service cannot be reached ({reason})", where=where, remedy=_ONLINE
    )


def _retry_after_s(value: str) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds or a date; None when it is neither."""
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)
