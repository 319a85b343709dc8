"""
The connections of one process: how many there may be, and how long each may keep us waiting.

Where there is no room for another, the one that has been idle longest makes it. One look a second judges all of them,
so that a request pays for no timer.
"""

import resource
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import structlog

from services.kit import metrics

log = structlog.get_logger()

RESERVE_LEAST, RESERVE_SHARE = 96, 8
"""Descriptors that are kept for databases, Kafka and files: this many, or one in so many."""
TOLD_EVERY_S = 60.0


class Wait(StrEnum):
    """What a connection waits for."""

    FIRST_BYTE = "first byte"
    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"
    NEXT = "next request"
    LEAVING = "leaving"


class Ended(StrEnum):
    """Why we ended a connection."""

    SILENT = "silent"
    IDLE = "idle"
    SLOW_HEAD = "slow_head"
    SLOW_BODY = "slow_body"
    SLOW_READER = "slow_reader"
    REFUSED = "refused"
    ROOM = "made_room"
    FULL = "full"


_USUAL = frozenset({Ended.IDLE})


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may take; times in seconds, *most_body* of a request's body in bytes, None: not here."""

    head_bytes: int
    headers: int
    head_s: float
    silent_s: float
    idle_s: float
    stalled_s: float
    most_body: int | None
    connections: int
    leaving_s: float = 2.0
    unread_s: float = 5.0


class Connection(Protocol):
    """One of them, as it is judged."""

    def look(self, now: float) -> None:
        """End it if it has kept us waiting for too long."""

    def make_room(self) -> None:
        """End it at once."""


def room_for_descriptors(most: int) -> int:
    """Raise the limit of open files as far as it goes; return how many of *most* connections it leaves room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return most
    return max(1, min(most, hard - max(RESERVE_LEAST, hard // RESERVE_SHARE)))


class Connections:
    """All connections of a process; *clock* is in seconds and never goes back."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits, self.clock = limits, clock
        self._all: set[Connection] = set()
        self._idle: dict[Connection, None] = {}  # longest first
        self._untold: Counter[str] = Counter()
        self._told_at = float("-inf")

    def add(self, connection: Connection) -> bool:
        """Take in a connection; say whether there was room, or another had to make it."""
        if len(self._all) >= self.limits.connections:
            if not self._idle:
                self.ended(Ended.FULL)
                return False
            oldest = next(iter(self._idle))
            self.remove(oldest)
            self.ended(Ended.ROOM)
            oldest.make_room()
        self._all.add(connection)
        self._idle[connection] = None
        metrics.CONNECTIONS.set(len(self._all))
        return True

    def remove(self, connection: Connection) -> None:
        """Forget a connection; it holds no descriptor any more, or soon."""
        self._all.discard(connection)
        self._idle.pop(connection, None)
        metrics.CONNECTIONS.set(len(self._all))

    def works(self, connection: Connection) -> None:
        """Note that a request of it is under way."""
        self._idle.pop(connection, None)

    def rests(self, connection: Connection) -> None:
        """Note that nothing of it is under way."""
        if connection in self._all:
            self._idle[connection] = None

    def ended(self, reason: Ended) -> None:
        """Count a connection that we ended."""
        metrics.CONNECTIONS_ENDED.labels(reason.value).inc()
        if reason not in _USUAL:
            self._untold[reason.value] += 1

    async def look(self) -> None:
        """Judge every connection, and tell now and then how many were ended, and why."""
        now = self.clock()
        for connection in list(self._all):
            connection.look(now)
        if self._untold and now - self._told_at >= TOLD_EVERY_S:
            log.warning("http.connections_ended", open=len(self._all), most=self.limits.connections, **self._untold)
            self._untold.clear()
            self._told_at = now
