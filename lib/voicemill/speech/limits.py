"""Rate limits that threads, processes and machines keep together.

One row says when the next request may start; whoever wants to send moves it on by one
interval in a transaction and sleeps until its own time has come. So requests are evenly
spaced, first come first served, and no window of a minute holds more than the limit allows.
This is the generic cell rate algorithm (ITU-T I.371, annex A) without a burst.

pyrate-limiter has this algorithm for memory and Redis only; its SQLite bucket is a sliding
window, which lets 100 requests through at once and then nothing for a minute, reads the
wall clock, and is polled by those who wait.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from voicemill.errors import EngineUnavailable
from voicemill.settings import SpeechSettings

# A turn further away than this, or than so many callers could be waiting for, was left by
# something else: a reboot, another clock.
_FURTHEST_S = 600.0
_MOST_WAITING = 1000
# Turns exactly one interval apart let 101 requests into a minute when the last comes a little
# early or the first a little late; so the limit is undercut by half a per cent.
_MARGIN = 1.005
_LONGEST_PAUSE_S = 300.0


class Turns(Protocol):
    """The shared row: hands out times to start at, `interval_s` apart."""

    def take(self, key: str, interval_s: float) -> float:
        """Reserve the next turn and return how many seconds it is away."""

    def hold_back(self, key: str, pause_s: float) -> None:
        """Let no new turn begin before `pause_s` seconds from now."""


@dataclass(frozen=True)
class RateLimit:
    """At most `per_minute` requests a minute under one key, evenly spaced."""

    key: str
    per_minute: int
    turns: Turns

    def wait(self) -> None:
        """Sleep until it is this caller's turn. Raises EngineUnavailable when none can be had."""
        wait_s = self.turns.take(self.key, 60 / self.per_minute * _MARGIN)
        if wait_s > 0:
            time.sleep(wait_s)

    def hold_back(self, pause_s: float) -> None:
        """Make everybody wait: the service asked for a pause."""
        self.turns.hold_back(self.key, min(pause_s, _LONGEST_PAUSE_S))


def rate_limit(engine: str, settings: SpeechSettings, root: Path) -> RateLimit:
    """Return the limit of an engine: shared on this machine, or through Redis if it is set."""
    per_minute = settings.requests_per_minute.get(engine, 100)
    if settings.limits_url:
        return RateLimit(engine, per_minute, RedisTurns(settings.limits_url))
    return RateLimit(engine, per_minute, FileTurns(root / "output" / "cache" / "limits.db"))


@dataclass(frozen=True)
class FileTurns:
    """Turns in an SQLite file, for all threads and processes of one machine.

    Counted on the monotonic clock, which all processes share and nobody can set; the row also
    names the boot that it belongs to.
    """

    file: Path
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def take(self, key: str, interval_s: float) -> float:
        """Reserve the next turn and return how many seconds it is away."""
        with self._lock:  # threads queue here rather than in SQLite's busy loop
            return self._move(key, 0.0, interval_s)

    def hold_back(self, key: str, pause_s: float) -> None:
        """Let no new turn begin before `pause_s` seconds from now."""
        with self._lock:
            self._move(key, pause_s, 0.0)

    def _move(self, key: str, at_least_s: float, step_s: float) -> float:
        """Put the next turn no nearer than `at_least_s`, take it, and move on by `step_s`."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.file, timeout=30, isolation_level=None)) as row:
                # Losing the last turns in a power cut costs nothing.
                row.execute("PRAGMA synchronous = OFF")
                row.execute("BEGIN IMMEDIATE")
                row.execute(
                    "CREATE TABLE IF NOT EXISTS turns (key TEXT PRIMARY KEY, boot TEXT, at REAL)"
                )
                found = row.execute("SELECT boot, at FROM turns WHERE key = ?", [key]).fetchone()
                now = time.monotonic()
                left_s = found[1] - now if found and found[0] == _boot() else 0.0
                wait_s = max(left_s if left_s <= _furthest_s(step_s) else 0.0, at_least_s, 0.0)
                row.execute(
                    "INSERT OR REPLACE INTO turns VALUES (?, ?, ?)",
                    [key, _boot(), now + wait_s + step_s],
                )
                row.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise EngineUnavailable(
                f"the rate limit cannot be kept ({error})",
                where=str(self.file),
                remedy="Make that folder writable, or delete the file if it is damaged",
            ) from error
        return wait_s


def _furthest_s(step_s: float) -> float:
    return max(_FURTHEST_S, _MOST_WAITING * step_s)


def _boot() -> str:
    """Name this start of the machine, where the system tells."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # only Linux has it; _FURTHEST_S bounds the harm elsewhere
        return ""


_REDIS_MOVE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local left = tonumber(redis.call('GET', KEYS[1]) or now) - now
if left > tonumber(ARGV[3]) then left = 0 end
local wait = math.max(left, tonumber(ARGV[1]), 0)
redis.call('SET', KEYS[1], string.format('%.6f', now + wait + ARGV[2]), 'EX', 3600)
return string.format('%.6f', wait)
"""


@dataclass(frozen=True)
class RedisTurns:
    """Turns in Redis, for all machines that name the same one; its clock is the clock."""

    url: str = field(repr=False)  # may hold a password

    def take(self, key: str, interval_s: float) -> float:
        """Reserve the next turn and return how many seconds it is away."""
        return self._move(key, 0.0, interval_s)

    def hold_back(self, key: str, pause_s: float) -> None:
        """Let no new turn begin before `pause_s` seconds from now."""
        self._move(key, pause_s, 0.0)

    def _move(self, key: str, at_least_s: float, step_s: float) -> float:
        try:
            import redis
        except ImportError as error:
            raise EngineUnavailable(
                "rate limits between machines need the package redis",
                where="limits_url",
                remedy="Install it with: pip install redis",
            ) from error
        try:
            with closing(redis.Redis.from_url(self.url)) as server:
                name = f"voicemill:turns:{key}"
                return float(
                    server.eval(_REDIS_MOVE, 1, name, at_least_s, step_s, _furthest_s(step_s))
                )
        except (redis.RedisError, ValueError) as error:
            raise EngineUnavailable(
                f"the Redis that keeps the rate limit does not answer ({type(error).__name__})",
                where="limits_url",
                remedy="Start it, or leave the setting empty to keep the limit on this machine",
            ) from error
